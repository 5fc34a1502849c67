import { scheduler } from 'node:timers/promises'
import type { ClientId, Session } from '../domain/session.ts'
import { isClosed } from '../domain/status.ts'
import { commandSessions } from '../lifecycle/client.ts'
import { changeOf } from '../store/client-change.ts'
import type { ClientChange } from '../store/port.ts'
import type { Asking } from './command-session.ts'
import type { Dependencies } from './dependencies.ts'
import { runCommand } from './run-command.ts'

/** How many clients are written in one transaction. */
const BATCH = 100

/** How many are found at once: finding them takes going through all that the user has. */
const FOUND = 100 * BATCH

/** Whose sessions to revoke: a user's on every client, or all of one client's. */
export type RevokeAll = Asking & {
  /** The one that stays: the session that asks, where a user signs out everywhere else. */
  readonly except?: string | undefined
} & (
    | { readonly userId: string; readonly clientId?: undefined }
    | { readonly clientId: string; readonly userId?: undefined }
  )

/** What became of revoking many. */
export interface RevokeAllOutcome {
  /** How many sessions were revoked. */
  readonly revoked: number
}

/**
 * Revokes every open session of a user, or of a client, that was there when it was asked; those that begin meanwhile may be
 * among them. No clock bounds it: a session that began by a clock that is ahead is revoked as well.
 *
 * However many there are: they are taken a hundred clients at a time, each hundred in a transaction, and between them the
 * process has its turn at everything else. Where it is cut short, the hundreds that were done are, and asking again does
 * the rest.
 *
 * @throws {TypeError} When neither a user nor a client is named, or both are: nothing is revoked by mistake.
 * @throws {StoreError} When the store fails.
 */
export async function revokeAll(dependencies: Dependencies, request: RevokeAll): Promise<RevokeAllOutcome> {
  if ((typeof request.userId === 'string') === (typeof request.clientId === 'string')) {
    throw new TypeError('revokeAll is of a user or of a client: name one of them')
  }
  let revoked = 0
  for await (const clientIds of batchesOf(dependencies, request)) {
    revoked += await revokeOn(dependencies, request, clientIds)
    await scheduler.yield()
  }
  return { revoked }
}

async function* batchesOf(
  { store }: Dependencies,
  { userId, clientId }: RevokeAll,
): AsyncGenerator<readonly ClientId[]> {
  if (userId === undefined) {
    yield [clientId as ClientId]
    return
  }
  for (let after: ClientId | null = null; ; ) {
    const found: readonly ClientId[] = await store.findOpenOfUser({ userId, after, limit: FOUND })
    for (let begin = 0; begin < found.length; begin += BATCH) yield found.slice(begin, begin + BATCH)
    if (found.length < FOUND) return
    after = found.at(-1) ?? null
  }
}

function revokeOn(
  { store, policy }: Dependencies,
  { userId, except, askedBy }: RevokeAll,
  clientIds: readonly ClientId[],
): Promise<number> {
  return runCommand(store, { clientIds, sessions: 'open' }, ({ clients, now }) => {
    const isMeant = (session: Session) =>
      session.id !== except && !isClosed(session.status) && (userId === undefined || session.userId === userId)
    const changes: ClientChange[] = []
    for (const client of clients) {
      const outcome = commandSessions(client, isMeant, 'revoke', now, { policy, askedBy })
      if (outcome.changed) changes.push(changeOf(client, outcome.client, outcome.transitions, now))
    }
    const revoked = changes.flatMap(({ transitions }) => transitions).filter(({ cause }) => cause === 'revoke').length
    return { result: revoked, changes }
  })
}
