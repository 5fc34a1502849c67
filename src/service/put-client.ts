import type { EpochMs } from '../domain/instant.ts'
import type { Finding } from '../snapshot/findings.ts'
import { readClient } from '../snapshot/read-client.ts'
import type { StoredClient, View } from '../store/port.ts'
import type { Asking } from './command-session.ts'
import type { Dependencies } from './dependencies.ts'
import { type ImportedDocument, importBatch } from './import/import-batch.ts'
import { readSnapshot } from './import/read-snapshot.ts'
import { clientRevision } from './revision.ts'

/** How one snapshot is put in. */
export interface PutClient extends Asking {
  /** Whether what is odd rejects it. */
  readonly strict?: boolean | undefined
  /** Whether what is stored is what the caller thinks: its revision, and `null` where there is no such client. */
  readonly isExpected?: ((revision: string | null) => boolean) | undefined
}

/** What became of a snapshot that was put in. */
export type PutClientOutcome =
  | { readonly put: true; readonly imported: ImportedDocument; readonly warnings: readonly Finding[] }
  | { readonly put: false; readonly reason: 'rejected'; readonly errors: readonly Finding[] }
  /** What is stored is not what the caller thought. */
  | { readonly put: false; readonly reason: 'unexpected' }

/** Ends an import whose caller thought that something else is stored. */
class Unexpected extends Error {}

/**
 * Puts one snapshot of a client in, as an import does, where what is stored is what the caller thinks.
 *
 * @param id The client that it has to be of.
 * @param text JSON.
 * @throws {StoreError} When the store fails; nothing was written then, unless its answer was lost.
 * @see importClients for what is merged how
 */
export async function putClient(
  dependencies: Dependencies,
  id: string,
  text: string,
  { strict = false, askedBy, isExpected }: PutClient,
): Promise<PutClientOutcome> {
  const now = await dependencies.store.now()
  const read = readSnapshot(text, strict, now)
  if (read.errors !== undefined) return { put: false, reason: 'rejected', errors: read.errors }
  if (read.id !== id) return { put: false, reason: 'rejected', errors: [OTHER_CLIENT] }
  const expect = ({ clients, now }: View) => {
    if (isExpected?.(revisionIn(clients, id, now)) === false) throw new Unexpected()
  }
  try {
    const [result] = await importBatch(dependencies, [{ index: 0, read }], askedBy, expect)
    if (result === undefined || result.result === 'rejected') {
      return { put: false, reason: 'rejected', errors: result?.errors ?? [] }
    }
    const { warnings } = readClient(text, { now })
    return { put: true, imported: result, warnings }
  } catch (error) {
    if (error instanceof Unexpected) return { put: false, reason: 'unexpected' }
    throw error
  }
}

const OTHER_CLIENT: Finding = {
  code: 'wrong-value',
  path: '/id',
  message: 'is not the id of the client that it was put to',
}

function revisionIn(clients: readonly StoredClient[], id: string, now: EpochMs): string | null {
  const client = clients.find((each) => each.id === id)
  return client === undefined ? null : clientRevision(client, now)
}
