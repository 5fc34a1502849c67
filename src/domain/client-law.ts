/**
 * The law of a client: what the sessions on one device do to each other.
 *
 * Each session's own fate is the session machine's; here stands what is decided between them: whose deadlines fall
 * first, whom a sign-in replaces, what the client then shows; last-active.ts says who comes next. The functions are pure
 * and take the engine that steps a session: client.machine.ts hands them the machine, src/lifecycle the table.
 */
import {
  type CommandOptions,
  type CommandOutcome,
  NO_TRANSITIONS,
  type SessionCommand,
  type SessionEngine,
} from './command.ts'
import { deadlinesFrom } from './deadlines.ts'
import { type EpochMs, later } from './instant.ts'
import { followLastActive, inTime, type Move, successor } from './last-active.ts'
import { defaultPolicy, type Policy } from './policy.ts'
import type { Client, Session, SessionId, UserId } from './session.ts'
import { isLive, type LiveStatus, type Status } from './status.ts'
import { type Transition, transitionInto } from './transition.ts'

/** A client as it is at an instant, and the transitions of its sessions on the way there. */
export interface SettledClient<C extends Client = Client> {
  /** The very object that was given, where nothing was due. */
  readonly client: C
  /** In the order they took effect; at one instant `expireAt` before `abandonAt`, then the sessions' order. */
  readonly transitions: readonly Transition[]
}

/**
 * Why a client's command changed nothing, besides what {@link CommandOutcome} knows:
 *
 * - `throttled`: a touch sooner than the policy's `touchInterval` after the last
 * - `unknown-session`: the client holds no session of that id
 * - `session-exists`: a sign-in in single-session mode, where the policy rejects it
 * - `id-taken`: a sign-in whose session id another user's session, or one that is over, has on the client already
 */
export type ClientUnchanged =
  | (CommandOutcome & { changed: false })['reason']
  | 'throttled'
  | 'unknown-session'
  | 'session-exists'
  | 'id-taken'

/** A client after a command. What deadlines did first is in `client` and `transitions` either way. */
export type ClientOutcome<C extends Client = Client> =
  | (SettledClient<C> & { readonly changed: true })
  | (SettledClient<C> & { readonly changed: false; readonly reason: ClientUnchanged })

/** A session about to begin. Members beyond these stay on it. */
export interface NewSession {
  readonly id: SessionId
  readonly userId: UserId
  /** `pending` where tasks are left before the sign-in is whole; `active` where it is left out. */
  readonly status?: LiveStatus
}

/** The commands that are asked of one of a client's sessions by its id. `replace` is what a sign-in does. */
export type ClientCommand = Exclude<SessionCommand, 'replace'>

/** Settles every session of a client in time order, and lets the next live session be the last active one. */
export function settleClient<C extends Client>(engine: SessionEngine, client: C, now: EpochMs): SettledClient<C> {
  let sessions: Session[] | undefined
  const moves: Move[] = []
  for (const [index, session] of client.sessions.entries()) {
    const settled = engine.settle(session, now)
    if (settled.transitions.length === 0) continue
    sessions ??= client.sessions.slice()
    sessions[index] = settled.session
    for (const transition of settled.transitions) moves.push({ transition, index })
  }
  if (sessions === undefined) return { client, transitions: NO_TRANSITIONS }
  moves.sort((a, b) => inTime(a.transition, b.transition) || a.index - b.index)
  const transitions = moves.map(({ transition }) => transition)
  return { client: followLastActive({ ...client, sessions }, client, moves), transitions }
}

/** Gives one session of a client a command, and the client what follows from it. */
export function commandClient<C extends Client>(
  engine: SessionEngine,
  client: C,
  sessionId: SessionId,
  command: ClientCommand,
  now: EpochMs,
  options: CommandOptions = {},
): ClientOutcome<C> {
  const settled = settleClient(engine, client, now)
  const session = find(settled.client, sessionId)
  if (session === undefined) return unchanged(settled, 'unknown-session')
  const policy = options.policy ?? defaultPolicy
  if (command === 'touch' && isThrottled(settled.client, session, now, policy)) return unchanged(settled, 'throttled')
  const outcome = applyTo(engine, settled, ({ id }) => id === sessionId, command, now, options)
  // What is touched is last active, be it a touch that found everything else as it is.
  if (command === 'touch' && isLive(session.status)) return selected(outcome, sessionId, now)
  return outcome
}

/** Makes a live session the client's last active one. No activity is recorded and no deadline slides. */
export function selectSession<C extends Client>(
  engine: SessionEngine,
  client: C,
  sessionId: SessionId,
  now: EpochMs,
): ClientOutcome<C> {
  const settled = settleClient(engine, client, now)
  const session = find(settled.client, sessionId)
  if (session === undefined) return unchanged(settled, 'unknown-session')
  if (!isLive(session.status)) return unchanged(settled, session.status)
  return selected(unchanged(settled, 'repeated'), sessionId, now)
}

/** Ends every live session of a client, or removes every session from it. */
export function signOutClient<C extends Client>(
  engine: SessionEngine,
  client: C,
  command: 'end' | 'remove',
  now: EpochMs,
  options: CommandOptions = {},
): ClientOutcome<C> {
  const isMeant = ({ status }: Session) => (command === 'end' ? isLive(status) : status !== 'removed')
  return commandSessions(engine, client, isMeant, command, now, options)
}

/** Gives one command to each of a client's sessions that is meant, as it is once settled. */
export function commandSessions<C extends Client>(
  engine: SessionEngine,
  client: C,
  isMeant: (session: Session) => boolean,
  command: Exclude<SessionCommand, 'touch'>,
  now: EpochMs,
  options: CommandOptions = {},
): ClientOutcome<C> {
  return applyTo(engine, settleClient(engine, client, now), isMeant, command, now, options)
}

/**
 * Signs a user in: a new session joins the client, and what it takes the place of is replaced.
 *
 * The same user's older sessions on the client are replaced in either mode, the ended and the expired ones too. In
 * single-session mode every other live session is replaced, or the sign-in is refused, as the policy says. An active
 * session is last active at once; a pending one when it is touched, or where it is next to a last active one replaced.
 * Of the policy `maximumSessionsPerUser` is not enforced here: a client does not know its users' other sessions.
 */
export function signInClient<C extends Client>(
  engine: SessionEngine,
  client: C,
  arrival: NewSession,
  now: EpochMs,
  options: CommandOptions = {},
): ClientOutcome<C> {
  const settled = settleClient(engine, client, now)
  const policy = options.policy ?? defaultPolicy
  const isSingle = policy.sessionMode === 'single'
  const namesake = find(settled.client, arrival.id)
  if (namesake !== undefined) {
    const isRepeated = namesake.userId === arrival.userId && isLive(namesake.status)
    return unchanged(settled, isRepeated ? 'repeated' : 'id-taken')
  }
  if (isSingle && policy.onConflict === 'reject' && settled.client.sessions.some(({ status }) => isLive(status))) {
    return unchanged(settled, 'session-exists')
  }
  const session = begin(arrival, settled.client, now, policy)
  const joined = join(settled, session, now, options.askedBy)
  const makesWay = ({ id, userId, status }: Session) =>
    id !== session.id && (userId === session.userId || (isSingle && isLive(status)))
  const outcome = applyTo(engine, joined, makesWay, 'replace', now, { ...options, askedBy: session.id })
  return { changed: true, client: outcome.client, transitions: outcome.transitions }
}

/**
 * The sessions that a client shows as a resource, newest last: `removed` ones are left out, and in single-session mode
 * `revoked` ones too. What it leaves out is still held, and can be read and listed as sessions.
 */
export function showClient<C extends Client>(client: C, { sessionMode }: Pick<Policy, 'sessionMode'>): C {
  const shown = client.sessions
    .filter(({ status }) => isShown(status, sessionMode))
    .sort((a, b) => a.createdAt - b.createdAt)
  return { ...client, sessions: shown, sessionIds: shown.map(({ id }) => id) }
}

/** Whether a client shows a session of this status. */
export function isShown(status: Status, sessionMode: Policy['sessionMode']): boolean {
  return status !== 'removed' && !(sessionMode === 'single' && status === 'revoked')
}

/** The session of an id; where a snapshot holds it twice, a live one before the others. */
function find({ sessions }: Client, sessionId: SessionId): Session | undefined {
  const named = sessions.filter(({ id }) => id === sessionId)
  return named.find(({ status }) => isLive(status)) ?? named[0]
}

/** Gives a command to each session that is meant, and the client what follows. */
function applyTo<C extends Client>(
  engine: SessionEngine,
  settled: SettledClient<C>,
  isMeant: (session: Session) => boolean,
  command: SessionCommand,
  now: EpochMs,
  options: CommandOptions,
): ClientOutcome<C> {
  const transitions = [...settled.transitions]
  let isChanged = false
  let reason: ClientUnchanged = 'repeated'
  const sessions = settled.client.sessions.map((session) => {
    if (!isMeant(session)) return session
    const outcome = engine.apply(session, command, now, options)
    if (!outcome.changed) {
      reason = outcome.reason
      return session
    }
    isChanged = true
    transitions.push(...outcome.transitions)
    return outcome.session
  })
  if (!isChanged) return unchanged(settled, reason)
  const instant = transitions.reduce((latest, transition) => later(latest, transition.at), now)
  const { sessionMode } = options.policy ?? defaultPolicy
  return { changed: true, client: concluded(settled.client, sessions, instant, sessionMode), transitions }
}

/** The client after its sessions took a command: who is last active, and which sessions it no longer shows. */
function concluded<C extends Client>(
  client: C,
  sessions: readonly Session[],
  instant: EpochMs,
  sessionMode: Policy['sessionMode'],
): C {
  const named = client.lastActiveSessionId
  const isNamedLive = ({ id, status }: Session) => id === named && isLive(status)
  const stopped = client.sessions.some(isNamedLive) && !sessions.some(isNamedLive)
  const live = sessions.filter(({ status }) => isLive(status))
  // Who took the command is a new object; everybody else is the one that was there.
  const gone = client.sessions.filter((session, index) => {
    const after = sessions[index]
    return after !== undefined && after !== session && !isShown(after.status, sessionMode)
  })
  const goneIds = new Set(gone.map(({ id }) => id))
  const sessionIds = gone.length === 0 ? client.sessionIds : client.sessionIds.filter((id) => !goneIds.has(id))
  const showsLess =
    sessionIds.length < client.sessionIds.length || gone.some(({ status }) => isShown(status, sessionMode))
  return {
    ...client,
    sessions,
    sessionIds,
    lastActiveSessionId: stopped ? successor(live, instant) : named,
    updatedAt: stopped || showsLess ? later(client.updatedAt, instant) : client.updatedAt,
  }
}

function selected<C extends Client>(outcome: ClientOutcome<C>, sessionId: SessionId, now: EpochMs): ClientOutcome<C> {
  const { client, transitions } = outcome
  if (client.lastActiveSessionId === sessionId) return outcome
  const updatedAt = later(client.updatedAt, now)
  return { changed: true, client: { ...client, lastActiveSessionId: sessionId, updatedAt }, transitions }
}

function unchanged<C extends Client>(settled: SettledClient<C>, reason: ClientUnchanged): ClientOutcome<C> {
  return { ...settled, changed: false, reason }
}

function isThrottled(client: Client, session: Session, now: EpochMs, { touchInterval }: Policy): boolean {
  return (
    session.id === client.lastActiveSessionId && isLive(session.status) && now - session.lastActiveAt < touchInterval
  )
}

function begin(arrival: NewSession, client: Client, now: EpochMs, policy: Policy): Session {
  return {
    ...arrival,
    clientId: client.id,
    status: arrival.status ?? 'active',
    lastActiveAt: now,
    ...deadlinesFrom(policy, now, now),
    updatedAt: now,
    createdAt: now,
  }
}

/** The client with a session that has just begun, and the transition that began it. */
function join<C extends Client>(
  { client, transitions }: SettledClient<C>,
  session: Session,
  now: EpochMs,
  askedBy: string | undefined,
): SettledClient<C> {
  const { id, status: to } = session
  const begun = { ...transitionInto(session, { to, cause: 'sign-in' }, now, askedBy), from: null }
  const joined = {
    ...client,
    sessions: [...client.sessions, session],
    sessionIds: [...client.sessionIds, id],
    lastActiveSessionId: to === 'active' ? id : client.lastActiveSessionId,
    updatedAt: later(client.updatedAt, now),
  }
  return { client: joined, transitions: [...transitions, begun] }
}
