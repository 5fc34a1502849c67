import { scheduler } from 'node:timers/promises'
import type { Form } from '../domain/form.ts'
import { settleClient } from '../lifecycle/client.ts'
import { MAXIMUM_SIZE } from '../snapshot/parse-text.ts'
import { writeStored } from '../snapshot/write-stored.ts'
import type { StoredClient, StoredSession } from '../store/port.ts'
import type { Dependencies } from './dependencies.ts'

/** How to export. */
export interface ExportOptions {
  /** What members are called; where it is left out, each client's as in the snapshot that it came in. */
  readonly form?: Form | undefined
}

/** How many clients are written before others have their turn. */
const TURN = 500

/** How many sessions, and how many ids of sessions, a snapshot may have. @see schemas/client.schema.json */
const MAXIMUM_SESSIONS = 1000

/**
 * Exports every client as a snapshot, a line of JSON each, by id: all as of one instant, whoever writes meanwhile.
 *
 * A snapshot has every session that the client holds, shown or not, settled at that instant. What came in comes out as
 * it was written, members that nobody knows too, but for what the lifecycle changed. What never was in a snapshot gets
 * the members that its schema requires.
 *
 * Each line can be imported. A client that is too large for one snapshot, with over 1,000 sessions or 8 MiB of text, is
 * several, one behind the other, which an import puts together again.
 *
 * @throws {TypeError} For a form that is none.
 * @throws {StoreError} When the store fails.
 */
export function exportClients(
  dependencies: Pick<Dependencies, 'store'>,
  { form }: ExportOptions = {},
): AsyncGenerator<string, void, undefined> {
  if (form !== undefined && form !== 'sdk' && form !== 'wire') throw new TypeError('a form is sdk or wire')
  return exportAll(dependencies, form)
}

async function* exportAll(
  { store }: Pick<Dependencies, 'store'>,
  form: Form | undefined,
): AsyncGenerator<string, void, undefined> {
  const snapshot = await store.snapshot()
  try {
    let turn = 0
    for await (const client of snapshot.clients()) {
      yield* linesOf(settleClient(client, snapshot.now).client, form)
      if (++turn % TURN === 0) await scheduler.yield()
    }
  } finally {
    await snapshot[Symbol.asyncDispose]()
  }
}

function* linesOf(client: StoredClient, form: Form | undefined): Generator<string> {
  const { sessions, sessionIds } = client
  const isSmall = sessions.length <= MAXIMUM_SESSIONS && sessionIds.length <= MAXIMUM_SESSIONS
  const line = isSmall ? writeStored(client, form) : null
  if (line !== null && !isTooLarge(line)) yield line
  else if (sessions.length < 2) yield writeStored(partOf(client, sessions), form)
  else {
    const half = Math.ceil(sessions.length / 2)
    yield* linesOf(partOf(client, sessions.slice(0, half)), form)
    yield* linesOf(partOf(client, sessions.slice(half)), form)
  }
}

/** A UTF-16 unit is three bytes of UTF-8 at most. */
function isTooLarge(line: string): boolean {
  return line.length * 3 > MAXIMUM_SIZE && Buffer.byteLength(line) > MAXIMUM_SIZE
}

/** A client with some of its sessions, which lists those and no others. */
function partOf(client: StoredClient, sessions: readonly StoredSession[]): StoredClient {
  const ids = new Set(sessions.map(({ id }) => id))
  const listed = new Set(client.sessionIds.filter((id) => ids.has(id)))
  return { ...client, sessions, sessionIds: [...listed] }
}
