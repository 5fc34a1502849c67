/**
 * The seed of every property that draws with fast-check: `TENURE_TEST_SEED`, or one that is always the same. A property that
 * fails prints it. Imported, for what it does, by each file that imports fast-check.
 */
import fc from 'fast-check'

const FIXED = 20_260_801

const given = process.env['TENURE_TEST_SEED']
// fast-check would cut another number down to one of 32 bits, and print that.
if (given !== undefined && String(Number(given) | 0) !== given) {
  throw new TypeError(`TENURE_TEST_SEED is '${given}': give it a whole number from -2147483648 to 2147483647`)
}
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: given === undefined ? FIXED : Number(given) })
