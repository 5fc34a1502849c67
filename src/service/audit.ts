import { scheduler } from 'node:timers/promises'
import type { ClientId, SessionId } from '../domain/session.ts'
import type { SessionRecords, StoreSnapshot } from '../store/port.ts'
import { checkClient } from './audit/check-client.ts'
import { checkSession } from './audit/check-session.ts'
import type { Difference, Report } from './audit/differences.ts'
import { SeenSequences } from './audit/seen-sequences.ts'
import type { Dependencies } from './dependencies.ts'

/** How many clients or sessions are looked at before others have their turn. */
const TURN = 500

/** What an audit looked at. */
export interface AuditTotals {
  readonly clients: number
  readonly sessions: number
  /** Sessions that were purged, and whose ledger is still there. */
  readonly purged: number
  /** Ledger rows. */
  readonly entries: number
  readonly differences: number
}

/**
 * Replays the ledger against the rows, and answers each difference; at its end, what it looked at.
 *
 * It goes by what the store held at one moment, and neither writes nor keeps others from writing. What the clock has done
 * since a session was last settled is no difference: nobody has written it down yet.
 *
 * @throws {StoreError} When the store fails.
 * @see DIFFERENCES in audit/differences.ts
 */
export async function* audit({ store }: Pick<Dependencies, 'store'>): AsyncGenerator<Difference, AuditTotals> {
  const snapshot = await store.snapshot()
  try {
    return yield* auditSnapshot(snapshot)
  } finally {
    await snapshot[Symbol.asyncDispose]()
  }
}

async function* auditSnapshot(snapshot: StoreSnapshot): AsyncGenerator<Difference, AuditTotals> {
  const run = new AuditRun()
  let turn = 0
  for await (const client of snapshot.clients()) {
    run.clients += 1
    run.held += client.sessions.length
    checkClient(client, run.reportOn(client.id, null))
    if (run.hasNews) yield* run.take()
    if (++turn % TURN === 0) await scheduler.yield()
  }
  for await (const records of snapshot.sessionRecords()) {
    run.look(records)
    if (run.hasNews) yield* run.take()
    if (++turn % TURN === 0) await scheduler.yield()
  }
  // Which they are is found out only where there are any: that takes the ids of all clients.
  if (run.held < run.sessions) yield* run.findStrays(snapshot)
  return run.totals
}

/** What an audit has counted, and the differences that it has yet to tell of. */
class AuditRun {
  clients = 0
  sessions = 0
  /** Sessions that were found by their clients. */
  held = 0
  #purged = 0
  #entries = 0
  #told = 0
  #differences: Difference[] = []
  readonly #seen = new SeenSequences()

  get totals(): AuditTotals {
    const { clients, sessions } = this
    return { clients, sessions, purged: this.#purged, entries: this.#entries, differences: this.#told }
  }

  get hasNews(): boolean {
    return this.#differences.length > 0
  }

  look(records: SessionRecords): void {
    const { session, entries, purge, sessionId } = records
    if (session !== null) this.sessions += 1
    else if (purge !== null) this.#purged += 1
    this.#entries += entries.length
    const clientId = session?.clientId ?? entries[0]?.clientId ?? purge?.clientId ?? null
    const report = this.reportOn(clientId, sessionId)
    for (const { sequence } of entries) {
      if (!this.#seen.add(sequence)) report('sequence-repeated', null, sequence, sequence)
    }
    checkSession(records, report)
  }

  /** The differences since it was last asked. */
  take(): readonly Difference[] {
    const differences = this.#differences
    this.#differences = []
    this.#told += differences.length
    return differences
  }

  reportOn(clientId: ClientId | null, sessionId: SessionId | null): Report {
    return (code, expected, found, sequence) => {
      this.#differences.push({ code, clientId, sessionId, sequence: sequence ?? null, expected, found })
    }
  }

  async *findStrays(snapshot: StoreSnapshot): AsyncGenerator<Difference> {
    const clientIds = new Set<ClientId>()
    for await (const { id } of snapshot.clients()) clientIds.add(id)
    for await (const { session, sessionId } of snapshot.sessionRecords()) {
      if (session === null || clientIds.has(session.clientId)) continue
      this.reportOn(session.clientId, sessionId)('client-missing', session.clientId, null)
      yield* this.take()
    }
  }
}
