import type { DatabaseSync } from 'node:sqlite'
import type { EpochMs } from '../../domain/instant.ts'
import type { ClientId, SessionId } from '../../domain/session.ts'
import type { SessionRecords, StoredClient, StoreSnapshot } from '../port.ts'
import { toEntry, toPurgeMark, toSession } from '../rows.ts'
import { faultless } from './faults.ts'
import { readClient } from './read.ts'
import { prepareStatements, type Statements } from './statements.ts'

/** How many rows are read before others get their turn. */
const BATCH = 500

/**
 * A file as it is at one moment: a connection of its own, in a transaction that reads, and sees what was there when it
 * began. With a write-ahead log it keeps nobody from writing.
 */
export class FileSnapshot implements StoreSnapshot {
  readonly now: EpochMs
  readonly #database: DatabaseSync
  readonly #statements: Statements
  #isClosed = false

  /** @param database A connection that nobody else uses; closed with the snapshot, or where it cannot be taken. */
  constructor(database: DatabaseSync, now: EpochMs) {
    this.now = now
    this.#database = database
    try {
      this.#statements = prepareStatements(database)
      database.exec('BEGIN')
      // The view is taken with the first read.
      database.prepare('SELECT count(*) FROM sqlite_schema').get()
    } catch (error) {
      database.close()
      throw error
    }
  }

  async *clients(): AsyncGenerator<StoredClient> {
    yield* eachClient(this.#statements)
  }

  async *sessionRecords(): AsyncGenerator<SessionRecords> {
    yield* eachSession(this.#statements)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#database.close()
  }
}

/** What is in memory, as it is at one moment: no second connection sees it, so it is read at once and held. */
export class MemorySnapshot implements StoreSnapshot {
  readonly now: EpochMs
  readonly #clients: readonly StoredClient[]
  readonly #records: readonly SessionRecords[]

  constructor(statements: Statements, now: EpochMs) {
    this.now = now
    this.#clients = [...eachClient(statements)]
    this.#records = [...eachSession(statements)]
  }

  async *clients(): AsyncGenerator<StoredClient> {
    yield* this.#clients
  }

  async *sessionRecords(): AsyncGenerator<SessionRecords> {
    yield* this.#records
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

function* eachClient(statements: Statements): Generator<StoredClient> {
  for (const id of eachId(statements, 'clientIdsFrom')) {
    const selection = { sessions: 'all', documents: true } as const
    const client = faultless(() => readClient(statements, id as ClientId, selection))
    if (client !== null) yield client
  }
}

function* eachSession(statements: Statements): Generator<SessionRecords> {
  for (const id of eachId(statements, 'sessionIdsFrom')) yield faultless(() => recordsOf(statements, id as SessionId))
}

function* eachId(statements: Statements, from: 'clientIdsFrom' | 'sessionIdsFrom'): Generator<string> {
  for (let after = ''; ; ) {
    const batch = faultless(() => statements[from].all({ after, limit: BATCH })).map(({ id }) => id as string)
    yield* batch
    if (batch.length < BATCH) return
    after = batch.at(-1) as string
  }
}

function recordsOf(statements: Statements, sessionId: SessionId): SessionRecords {
  const row = statements.sessionWithDocument.get(sessionId)
  const mark = statements.purge.get(sessionId)
  return {
    sessionId,
    session: row === undefined ? null : toSession(row),
    entries: statements.entriesOfSession.all(sessionId).map(toEntry),
    purge: mark === undefined ? null : toPurgeMark(mark),
    dueAt: (row?.['due_at'] as EpochMs | null | undefined) ?? null,
  }
}
