import { scheduler } from 'node:timers/promises'
import type { EpochMs } from '../domain/instant.ts'
import type { Asking } from './command-session.ts'
import type { Dependencies } from './dependencies.ts'
import { type BatchEntry, type ImportResult, importBatch } from './import/import-batch.ts'
import { readSnapshot } from './import/read-snapshot.ts'

/** How to import. */
export interface ImportOptions extends Asking {
  /** Whether what is odd rejects a document: `false` where it is left out. */
  readonly strict?: boolean | undefined
}

/** How many documents, and how many characters of them, are written in one transaction. */
const BATCH_DOCUMENTS = 500
const BATCH_CHARACTERS = 8 * 1024 * 1024

/**
 * Imports a stream of Client snapshots, and tells of each what became of it, in the order of the stream.
 *
 * - A client that is not stored begins as it is in its snapshot, each session with the status that it has there. What
 *   its deadlines have ended since is dead to every reader at once, and the sweep writes it down.
 * - A client that is stored is merged with its snapshot. Whatever the snapshot knows less of than the store stays as it
 *   is: nothing older overwrites what is newer, nothing dead comes back to life, nothing purged comes back at all.
 * - A document is rejected whole when it is no valid snapshot (a status that is none of the eight included), names a
 *   session twice, holds a session that its `clientId`, or the store, gives to another client, or says another user or
 *   another creation than the store. A strict import rejects what is odd as well.
 *
 * Sessions come with a row in the ledger, cause `import`; so does each status that a snapshot changed.
 *
 * Each result comes after its document is durable. Whoever keeps the `index` of the last result goes on behind it; to
 * begin anew does no harm, for a document that is imported again is `unchanged`. Documents are read ahead, up to 500 of
 * them, and written in one transaction.
 *
 * @param documents JSON texts, or documents already parsed, in either form.
 * @throws {TypeError} For one text, which is a list of characters.
 * @throws {StoreError} When the store fails; what was told of is written.
 * @see mergeSession in import/merge-session.ts and mergeClient in import/merge-client.ts for what is merged how
 */
export function importClients(
  dependencies: Dependencies,
  documents: Iterable<unknown> | AsyncIterable<unknown>,
  options: ImportOptions = {},
): AsyncGenerator<ImportResult, void, undefined> {
  if (typeof documents === 'string') throw new TypeError('an import takes a list or a stream of documents, not a text')
  return importAll(dependencies, documents, options)
}

async function* importAll(
  dependencies: Dependencies,
  documents: Iterable<unknown> | AsyncIterable<unknown>,
  { strict = false, askedBy }: ImportOptions,
): AsyncGenerator<ImportResult, void, undefined> {
  for await (const batch of readBatches(dependencies, documents, strict)) {
    yield* await importBatch(dependencies, batch, askedBy)
    // A list, and a store in this process, would let nobody else have a turn.
    await scheduler.yield()
  }
}

/** Reads documents until there are enough of them for a transaction. */
async function* readBatches(
  { store }: Dependencies,
  documents: Iterable<unknown> | AsyncIterable<unknown>,
  strict: boolean,
): AsyncGenerator<readonly BatchEntry[]> {
  let batch: BatchEntry[] = []
  let characters = 0
  let index = 0
  let now: EpochMs | null = null
  for await (const document of documents) {
    // Not before the stream is listened to: lines of a file, say, are lost on who is not there yet.
    now ??= await store.now()
    const read = readSnapshot(document, strict, now)
    batch.push({ index, read })
    index += 1
    characters += read.errors === undefined ? read.characters : 0
    if (batch.length < BATCH_DOCUMENTS && characters < BATCH_CHARACTERS) continue
    yield batch
    batch = []
    characters = 0
    now = null
  }
  if (batch.length > 0) yield batch
}
