/** What every error of a store has to be, whichever fault it tells of. */
import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { StoreError, type StoreErrorCode } from '../../src/domain/errors.ts'

/** What no message may have in it: ids, places on this machine, passwords. */
const SECRETS = [/(?:sess|client|user)_/, /:\/\//, new RegExp(tmpdir()), /secret/]

/**
 * Waits for work that its store is to fail, and answers the error: of this code, with a message that says so much and
 * can go into any log.
 */
export async function faultOf(work: Promise<unknown>, code: StoreErrorCode, saying: RegExp): Promise<StoreError> {
  const error = await work.then(
    (answer) => assert.fail(`it answered ${JSON.stringify(answer)}, where ${code} was due`),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof StoreError, `not a StoreError, but ${String(error)}`)
  assert.equal(error.code, code, `${error.message}; ${String(error.cause)}`)
  assert.match(error.message, saying)
  for (const secret of SECRETS) assert.doesNotMatch(error.message, secret)
  return error
}

/** The same, where it was the driver that failed: its error is the cause. */
export async function driverFaultOf(work: Promise<unknown>, code: StoreErrorCode, saying: RegExp): Promise<StoreError> {
  const error = await faultOf(work, code, saying)
  assert.ok(error.cause instanceof Error, 'its cause is not there')
  return error
}
