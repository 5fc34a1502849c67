import { showClient } from '../../domain/client-law.ts'
import type { Clock } from '../../domain/clock.ts'
import type { Form } from '../../domain/form.ts'
import { newClientId, newSessionId } from '../../domain/ids.ts'
import { successor } from '../../domain/last-active.ts'
import type { Policy } from '../../domain/policy.ts'
import type { Randomness } from '../../domain/randomness.ts'
import type { Client, Session, UserId } from '../../domain/session.ts'
import { isLive } from '../../domain/status.ts'
import { readClient } from '../../snapshot/read-client.ts'
import { newUserId } from '../user-id.ts'
import { checkNames, type Instant, instantOf } from './builder-parts.ts'
import { layOutSession, SESSION_NAMES, type SessionParts } from './session-parts.ts'
import { inWire, type SnapshotDocument } from './snapshot-document.ts'

/** What a built client is to have otherwise than a new one. */
export interface ClientParts {
  readonly id?: string | undefined
  /** One active session where it is left out. Each session's `clientId` is the client's unless it says otherwise. */
  readonly sessions?: readonly SessionParts[] | undefined
  /** The live session that was active last, where it is left out. */
  readonly lastActiveSessionId?: string | null | undefined
  readonly createdAt?: Instant | undefined
  readonly updatedAt?: Instant | undefined
}

/** A session in a snapshot: what Clerk sends of it beside what the lifecycle reads. */
export interface SnapshotSessionParts extends SessionParts {
  readonly actor?: object | null | undefined
  readonly lastActiveOrganizationId?: string | null | undefined
  readonly latestActivity?: object | null | undefined
  readonly tasks?: readonly { readonly key: string }[] | null | undefined
}

/** What a built snapshot is to have otherwise; members are named in camelCase for both forms. */
export interface SnapshotParts extends ClientParts {
  /** `sdk`, which is camelCase, where it is left out; `wire` is snake_case. */
  readonly form?: Form | undefined
  readonly sessions?: readonly SnapshotSessionParts[] | undefined
  readonly signInId?: string | null | undefined
  readonly signUpId?: string | null | undefined
  readonly lastAuthenticationStrategy?: string | null | undefined
}

/** What builds sessions, clients and snapshots of one world. Each throws a TypeError that says which part is wrong, and how. */
export interface Builders {
  /** A session as the lifecycle knows it, frozen: active, created now, with the deadlines that the policy gives it. */
  aSession(parts?: SessionParts): Session
  /** A client as the lifecycle knows it, frozen, with the sessions that it holds. */
  aClient(parts?: ClientParts): Client
  /** A snapshot that its schema takes, with every member that Clerk sends. */
  aSnapshot(parts?: SnapshotParts): SnapshotDocument
  aUserId(): UserId
}

/** What builders take time, deadlines and ids from. */
export interface BuilderOptions {
  readonly clock: Pick<Clock, 'now'>
  readonly policy: Policy
  readonly randomness: Randomness
}

const CLIENT_NAMES = ['id', 'sessions', 'lastActiveSessionId', 'createdAt', 'updatedAt'] as const
const SNAPSHOT_SESSION_NAMES = [
  ...SESSION_NAMES,
  ...(['actor', 'lastActiveOrganizationId', 'latestActivity', 'tasks'] as const),
]
const SNAPSHOT_NAMES = [...CLIENT_NAMES, 'form', 'signInId', 'signUpId', 'lastAuthenticationStrategy'] as const

/** Makes the builders of a world. */
export function buildersOf({ clock, policy, randomness }: BuilderOptions): Builders {
  const ids = {
    session: () => newSessionId(clock.now(), randomness),
    client: () => newClientId(clock.now(), randomness),
    user: () => newUserId(clock.now(), randomness),
  }

  const layOut = (who: string, parts: SnapshotParts): SnapshotDocument => {
    const now = clock.now()
    const id = parts.id ?? ids.client()
    const sessions = (parts.sessions ?? [{}]).map((session, index) =>
      layOutSession(`${who}: sessions[${index}]`, { clientId: id, ...session }, { now, policy, ids }),
    )
    const instants = (member: 'createdAt' | 'updatedAt') => sessions.map((session) => session[member])
    const held = sessions as unknown as Client['sessions']
    const live = held.filter(({ status }) => isLive(status))
    const shown = showClient({ sessions: held, sessionIds: [] } as unknown as Client, policy)
    return {
      object: 'client',
      id,
      sessionIds: shown.sessions.map((session) => session.id),
      sessions,
      signInId: parts.signInId ?? null,
      signUpId: parts.signUpId ?? null,
      lastActiveSessionId: parts.lastActiveSessionId === undefined ? successor(live, now) : parts.lastActiveSessionId,
      lastAuthenticationStrategy: parts.lastAuthenticationStrategy ?? null,
      updatedAt: instantOf(`${who}: updatedAt`, parts.updatedAt, now) ?? Math.max(...instants('updatedAt'), 0),
      createdAt: instantOf(`${who}: createdAt`, parts.createdAt, now) ?? Math.min(...instants('createdAt'), now),
    }
  }

  return {
    aSession: (parts = {}) => {
      checkNames('aSession', parts, SESSION_NAMES)
      const session = layOutSession('aSession', parts, { now: clock.now(), policy, ids })
      const document = layOut('aSession', { id: session.clientId })
      return lifecycleOf('aSession', { ...document, sessions: [session] }).sessions[0] as Session
    },
    aClient: (parts = {}) => {
      checkNames('aClient', parts, CLIENT_NAMES)
      for (const session of parts.sessions ?? []) checkNames('aClient: a session', session, SESSION_NAMES)
      return lifecycleOf('aClient', layOut('aClient', parts))
    },
    aSnapshot: ({ form = 'sdk', ...parts } = {}) => {
      checkNames('aSnapshot', parts, SNAPSHOT_NAMES)
      for (const session of parts.sessions ?? []) checkNames('aSnapshot: a session', session, SNAPSHOT_SESSION_NAMES)
      if (form !== 'sdk' && form !== 'wire') throw new TypeError('aSnapshot: form must be sdk or wire')
      const document = layOut('aSnapshot', parts)
      const sessions = document['sessions'] as readonly SnapshotDocument[]
      const whole = {
        ...document,
        sessions: sessions.map((session, index) => clothed(session, parts.sessions?.[index])),
      }
      check('aSnapshot', whole)
      if (form === 'sdk') return whole
      const wire = inWire(whole)
      check('aSnapshot', wire)
      return wire
    },
    aUserId: ids.user,
  }
}

/** A session as Clerk sends one, its members in Clerk's order. */
function clothed(session: SnapshotDocument, parts: SnapshotSessionParts = {}): SnapshotDocument {
  const { object, id, userId, clientId, status, lastActiveAt, ...rest } = session
  const { actor = null, lastActiveOrganizationId = null, tasks = null } = parts
  // The wire's schema, which is Clerk's, requires its `object`.
  const latestActivity = parts.latestActivity ? { object: 'session_activity', ...parts.latestActivity } : null
  const named = { object, id, userId, clientId, actor, status, lastActiveOrganizationId, lastActiveAt, latestActivity }
  return { ...named, ...rest, tasks }
}

/** What the lifecycle reads of a document, and nothing else, frozen to the last member. */
function lifecycleOf(who: string, document: SnapshotDocument): Client {
  check(who, document)
  const { id, sessionIds, sessions, lastActiveSessionId, createdAt, updatedAt } = document as unknown as Client
  const bare = sessions.map((session) => {
    const { object: _, ...members } = session as Session & { readonly object: unknown }
    return Object.freeze(members)
  })
  const lists = { sessionIds: Object.freeze(sessionIds), sessions: Object.freeze(bare) }
  return Object.freeze({ id, ...lists, lastActiveSessionId, createdAt, updatedAt })
}

/** @throws {TypeError} For what the schema has against a document. Its `sessionIds` are made here, of ids told elsewhere. */
function check(who: string, document: SnapshotDocument): void {
  const { errors } = readClient(document, { warnings: false })
  if (errors.length === 0) return
  const told = errors
    .filter(({ path }) => !path.startsWith('/sessionIds/'))
    .map(({ path, message }) => `${who === 'aSession' ? path.replace('/sessions/0/', '') : path} ${message}`)
  throw new TypeError(`${who}: ${told.join('; ')}`)
}
