import { newClientId, newSessionId } from '../domain/ids.ts'
import type { EpochMs } from '../domain/instant.ts'
import type { Policy } from '../domain/policy.ts'
import type { ClientId, Session, SessionId, UserId } from '../domain/session.ts'
import { isLive, type LiveStatus } from '../domain/status.ts'
import type { Transition } from '../domain/transition.ts'
import { commandSessions, settleClient, signInClient } from '../lifecycle/client.ts'
import { newSessionDocument, type SessionMembers } from '../snapshot/write-stored.ts'
import { changeOf } from '../store/client-change.ts'
import type { ClientChange, Decision, Store, StoredClient, View } from '../store/port.ts'
import type { Asking } from './command-session.ts'
import type { Dependencies } from './dependencies.ts'
import { type SessionRecord, sessionOf, toSessionRecord } from './records.ts'
import { runCommand, unchanged } from './run-command.ts'

/** Who signs in, and where. */
export interface SignIn extends Asking {
  readonly userId: UserId
  /** The client to sign in on; a new one is made where it is left out. */
  readonly clientId?: ClientId | undefined
  /** The new session's id; a KSUID where it is left out. With one of the caller's, the call can be repeated safely. */
  readonly sessionId?: SessionId | undefined
  /** `pending` where tasks are left; `active` where it is left out. */
  readonly status?: LiveStatus | undefined
  /** What else is kept of the new session; Tenure itself goes by none of it. */
  readonly members?: SessionMembers | undefined
}

/**
 * Why a sign-in changed nothing:
 *
 * - `repeated`: the session of this id is signed in on this client already; not an error
 * - `id-taken`: the id belongs to another session, or to one that is over
 * - `unknown-client`: no client has this id
 * - `session-exists`: single-session mode, and the policy rejects a second one
 * - `too-many-sessions`: the policy's `maximumSessionsPerUser`, where it rejects what is over
 */
export type SignInRefusal = 'repeated' | 'id-taken' | 'unknown-client' | 'session-exists' | 'too-many-sessions'

/** What became of a sign-in. The transitions are those of every client that it changed. */
export type SignInOutcome =
  | { readonly changed: true; readonly session: SessionRecord; readonly transitions: readonly Transition[] }
  | { readonly changed: false; readonly reason: 'repeated'; readonly session: SessionRecord }
  | { readonly changed: false; readonly reason: Exclude<SignInRefusal, 'repeated'>; readonly session: null }

/**
 * Signs a user in: a new session begins on a client, and what it takes the place of is replaced.
 *
 * Under a maximum of sessions a user, the user's live sessions on every client are counted; those of this client that the
 * new one replaces do not count.
 *
 * @throws {StoreError} When the store fails; nothing was written then, unless its answer was lost.
 */
export async function signIn(dependencies: Dependencies, request: SignIn): Promise<SignInOutcome> {
  const { store, policy } = dependencies
  const { clientId, sessionId, userId } = request
  const known = sessionId === undefined ? 'unknown' : await findKnown(store, sessionId)
  if (known === 'purged') return refused('id-taken')
  const selection = {
    clientIds: clientId === undefined ? [] : [clientId],
    sessionIds: sessionId === undefined ? [] : [sessionId],
    userId: policy.maximumSessionsPerUser === null ? undefined : userId,
    sessions: 'all',
  } as const
  return runCommand(store, selection, (view) => {
    // What was there, and is not any more, has been purged meanwhile.
    const isGone = known === 'held' && !view.clients.some((client) => holds(client, sessionId))
    return isGone ? unchanged(refused('id-taken')) : decideSignIn(dependencies, request, view)
  })
}

/**
 * What is known of the id that a caller chose. The row is looked for before the mark: who looks the other way round finds
 * neither of a session that is purged in between.
 */
async function findKnown(store: Store, id: SessionId): Promise<'held' | 'purged' | 'unknown'> {
  if ((await store.findSessions([id])).length > 0) return 'held'
  return (await store.findPurged([id])).length > 0 ? 'purged' : 'unknown'
}

function holds({ sessions }: StoredClient, sessionId: string | undefined): boolean {
  return sessions.some(({ id }) => id === sessionId)
}

function decideSignIn(dependencies: Dependencies, request: SignIn, view: View): Decision<SignInOutcome> {
  const { policy, randomness } = dependencies
  const { userId, askedBy, status = 'active' } = request
  const { now } = view
  const client = clientOf(dependencies, request, view)
  if (client === undefined) return unchanged(refused('unknown-client'))
  const id = request.sessionId ?? newSessionId(now, randomness)
  if (view.clients.some((other) => other.id !== client.id && holds(other, id))) return unchanged(refused('id-taken'))
  const place = client.sessions.reduce((last, session) => Math.max(last, session.place), -1) + 1
  const arrival = { id, userId, status, version: 0, place, closedAt: null, document: null }
  const outcome = signInClient(client, arrival, now, { policy, askedBy })
  if (!outcome.changed) {
    if (outcome.reason !== 'repeated') return unchanged(refused(outcome.reason as 'session-exists' | 'id-taken'))
    const session = toSessionRecord(sessionOf(outcome.client, id))
    return unchanged({ changed: false, reason: 'repeated', session })
  }
  const overflow = makeRoom(view, client.id, { id, userId }, policy)
  if (overflow === null) return unchanged(refused('too-many-sessions'))
  const after = withMembers(outcome.client, id, request.members)
  const change = changeOf(client.version === 0 ? null : client, after, outcome.transitions, now)
  const changes = [change, ...overflow]
  const transitions = changes.flatMap((each) => each.transitions)
  const session = { ...request.members, ...toSessionRecord(sessionOf(change.after, id)) }
  return { result: { changed: true, session, transitions }, changes, guardsUser: view.user !== null }
}

/** A client whose new session keeps these members in a document, as one that was imported has. */
function withMembers(client: StoredClient, id: SessionId, members: SessionMembers | undefined): StoredClient {
  if (members === undefined || Object.keys(members).length === 0) return client
  const sessions = client.sessions.map((session) => {
    return session.id === id ? { ...session, document: newSessionDocument(session, members) } : session
  })
  return { ...client, sessions }
}

/** The client that is named; where none is, the one that a repeated call made the first time, or a new one. */
function clientOf({ randomness }: Dependencies, request: SignIn, { clients, now }: View): StoredClient | undefined {
  const { clientId, sessionId } = request
  if (clientId !== undefined) return clients.find(({ id }) => id === clientId)
  const holder = clients.find((client) => holds(client, sessionId))
  return holder ?? newClient(newClientId(now, randomness), now)
}

function newClient(id: ClientId, now: EpochMs): StoredClient {
  const nothingYet = { sessionIds: [], sessions: [], lastActiveSessionId: null, document: null, version: 0 }
  return { id, ...nothingYet, createdAt: now, updatedAt: now }
}

/**
 * Replaces the user's oldest sessions on other clients, so that the new one is not over the maximum.
 *
 * @returns What changes there; `null` where the policy rejects the sign-in instead.
 */
function makeRoom(
  { clients, now }: View,
  clientId: ClientId,
  arrival: { readonly id: SessionId; readonly userId: UserId },
  policy: Policy,
): ClientChange[] | null {
  const { maximumSessionsPerUser, onOverflow } = policy
  if (maximumSessionsPerUser === null) return []
  const others = clients.filter(({ id }) => id !== clientId)
  const isCounted = ({ userId, status }: Session) => userId === arrival.userId && isLive(status)
  const live = others.flatMap((client) => settleClient(client, now).client.sessions.filter(isCounted))
  const excess = live.length + 1 - maximumSessionsPerUser
  if (excess <= 0) return []
  if (onOverflow === 'reject') return null
  const oldest = live.sort(byAge).slice(0, excess)
  const ids = new Set(oldest.map(({ id }) => id))
  return others.flatMap((client) => {
    const makesWay = ({ id }: Session) => ids.has(id)
    const outcome = commandSessions(client, makesWay, 'replace', now, { policy, askedBy: arrival.id })
    return outcome.changed ? [changeOf(client, outcome.client, outcome.transitions, now)] : []
  })
}

function byAge(a: Session, b: Session): number {
  return a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1)
}

function refused(reason: Exclude<SignInRefusal, 'repeated'>): SignInOutcome {
  return { changed: false, reason, session: null }
}
