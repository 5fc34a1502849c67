import { readClient } from '../src/snapshot/read-client.ts'
import { validatorOf } from '../src/snapshot/validators.ts'
import { SOME_DUE, wireClientOf } from './fleet.ts'
import { type Comparison, within } from './measurement.ts'

/** Reading a parsed snapshot with all its findings, against AJV's compiled validator of the same schema alone. */
export async function compareValidation(): Promise<Comparison[]> {
  const comparisons: Comparison[] = []
  for (const size of [1, 5, 20]) {
    const texts = Array.from({ length: 512 }, (_, index) => JSON.stringify(wireClientOf(index, size)))
    const documents = texts.map((text) => JSON.parse(text) as unknown)
    const validate = validatorOf('wire', 'reject', 'first')
    const overAll = (read: (document: unknown) => unknown) => {
      let index = 0
      return () => {
        index = (index + 1) & 511
        return read(documents[index])
      }
    }
    const bare = { what: 'compiled AJV alone', call: overAll(validate) }
    const read = { what: 'readClient', call: overAll((document) => readClient(document, { now: SOME_DUE })) }
    comparisons.push(await within(`validation with findings, ${size} sessions`, 2, read, bare))
  }
  return comparisons
}
