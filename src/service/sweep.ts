import type { EpochMs } from '../domain/instant.ts'
import { settleClient } from '../lifecycle/client.ts'
import { changeOf } from '../store/client-change.ts'
import type { ClientChange, StoredClient } from '../store/port.ts'
import { limitOf, type Pass, type PassOptions, runPass } from './bounded-pass.ts'
import type { Dependencies } from './dependencies.ts'

/** What a sweep wrote down. */
export interface SweepOutcome {
  /** How many sessions have another status now. */
  readonly settled: number
  /** How many transitions that were: passing both deadlines makes two. */
  readonly transitions: number
  /** Clients that other writers had hold of while they were taken. They stay due, for the next sweep. */
  readonly busy: number
  /** Whether nothing is due any more of what was due when it began. What another sweep is just settling still is. */
  readonly isDone: boolean
}

/**
 * One bounded pass that writes down what the clock has done: settles the sessions that are due, the oldest deadline first,
 * five hundred to a transaction, each with its ledger rows. Sweeps at the same time share what is due, on PostgreSQL by
 * passing over what another has locked.
 *
 * Every read says the same without it. A session that is extended, or ends otherwise, before it is written is spared. It
 * costs what is due, not what is stored. Where it is cut short, what was written is, and another sweep does the rest.
 *
 * @throws {TypeError} For a limit that is none.
 * @throws {StoreError} When the store fails.
 */
export async function sweep({ store }: Pick<Dependencies, 'store'>, options: PassOptions = {}): Promise<SweepOutcome> {
  const limit = limitOf(options)
  const dueBy = await store.now()
  const find = (rows: number) => store.findDue(dueBy, rows)
  const change: NonNullable<Pass['change']> = (limit, choose, decide) =>
    store.changeDue({ dueBy, limit, choose }, decide)
  let settled = 0
  let transitions = 0
  const written = (change: ClientChange) => {
    const sessions = new Set(change.transitions.map(({ sessionId }) => sessionId)).size
    settled += sessions
    transitions += change.transitions.length
    return sessions
  }
  const { busy, isDone } = await runPass(store, { find, change, sessions: 'open', decide: settle, written, limit })
  return { settled, transitions, busy, isDone }
}

function settle(client: StoredClient, now: EpochMs): ClientChange | null {
  const settled = settleClient(client, now)
  return settled.transitions.length === 0 ? null : changeOf(client, settled.client, settled.transitions, now)
}
