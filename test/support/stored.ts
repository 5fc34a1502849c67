/** Stored clients and sessions for tests of the port: short names in, rows out; and all that a store holds, to compare. */
import assert from 'node:assert/strict'
import type { ClientId, SessionId, UserId } from '../../src/domain/session.ts'
import { isClosed } from '../../src/domain/status.ts'
import type { Cause, Transition } from '../../src/domain/transition.ts'
import { changeOf } from '../../src/store/client-change.ts'
import type {
  ClientChange,
  FeedEntry,
  Selection,
  SessionRecords,
  Store,
  StoredClient,
  StoredDocument,
  StoredItem,
  StoredSession,
  View,
} from '../../src/store/port.ts'
import { aSession, at, type SessionParts, sess } from './sessions.ts'

/** A client's id. */
export const clientId = (name: string): ClientId => `client_${name}` as ClientId

export interface StoredSessionParts extends SessionParts {
  readonly place?: number
  readonly closedAt?: number
  readonly document?: StoredDocument | null
}

export interface StoredClientParts {
  /** Without `client_`. */
  readonly name?: string
  readonly createdAt?: number
  readonly updatedAt?: number
  readonly lastActive?: string | null
  readonly document?: StoredDocument | null
}

/** A session that is not written yet: active, expires at 1000, abandoned at 2000, no snapshot. */
export function aNewSession(client: ClientId, place: number, parts: StoredSessionParts = {}): StoredSession {
  const session = aSession(parts)
  const closedAt = isClosed(session.status) ? at(parts.closedAt ?? session.updatedAt) : null
  const { document = null } = parts
  return { ...session, clientId: client, version: 0, place: parts.place ?? place, closedAt, document }
}

/** A client that is not written yet, with its sessions in places from 0. */
export function aNewClient(sessions: readonly StoredSessionParts[] = [], parts: StoredClientParts = {}): StoredClient {
  const { name = 'a', createdAt = 0, updatedAt = createdAt, lastActive, document = null } = parts
  const id = clientId(name)
  const held = sessions.map((session, place) => aNewSession(id, place, session))
  const named = typeof lastActive === 'string' ? sess(lastActive) : lastActive
  return {
    id,
    sessionIds: held.map((session) => session.id),
    sessions: held,
    lastActiveSessionId: named === undefined ? (held[0]?.id ?? null) : named,
    createdAt: at(createdAt),
    updatedAt: at(updatedAt),
    version: 0,
    document,
  }
}

/** An item that is not written yet: `{}`, of the kind `thing`, wanted for ever. */
export function anItem(parts: Partial<StoredItem> = {}): StoredItem {
  return { kind: 'thing', id: 'a', version: 0, value: '{}', expiresAt: null, ...parts }
}

/** Writes items that are new, and answers them as they are stored. */
export async function putNew(store: Store, ...items: readonly StoredItem[]): Promise<readonly StoredItem[]> {
  const written = await Promise.all(items.map((item) => store.putItem(item)))
  assert.ok(written.every((isWritten) => isWritten))
  return items.map((item) => ({ ...item, version: item.version + 1 }))
}

/** A view of these clients, as if they had been read at an instant. */
export function viewOf(clients: readonly StoredClient[], now = 0): View {
  return { clients, now: at(now), user: null }
}

/** A transition of a session into the status that it has. */
export function transitionOf(session: StoredSession, parts: Partial<Transition> = {}): Transition {
  const { clientId, id: sessionId, userId, status: to, updatedAt } = session
  const cause: Cause = 'sign-in'
  return { clientId, sessionId, userId, from: null, to, cause, at: updatedAt, recordedAt: updatedAt, ...parts }
}

/** Writes clients that are new, each session with the transition that it began by, and answers them as they are stored. */
export async function put(store: Store, ...clients: readonly StoredClient[]): Promise<readonly StoredClient[]> {
  const changes = clients.map((client) =>
    changeOf(
      null,
      client,
      client.sessions.map((session) => transitionOf(session)),
      client.updatedAt,
    ),
  )
  assert.equal(await store.commit(viewOf([]), { result: null, changes }), true)
  return changes.map(({ after }) => after)
}

/** Writes what becomes of stored clients, and answers whether it was written. */
export async function write(store: Store, ...changes: readonly ClientChange[]): Promise<boolean> {
  const clients = changes.flatMap(({ before }) => (before === null ? [] : [before]))
  return store.commit(viewOf(clients), { result: null, changes })
}

/** The change that gives one of a client's sessions new members, with the transitions that it made. */
export function changeSession(
  client: StoredClient,
  name: string,
  parts: Partial<StoredSession>,
  transitions: readonly Transition[] = [],
): ClientChange & { readonly after: StoredClient } {
  const sessions = client.sessions.map((session) => (session.id === sess(name) ? { ...session, ...parts } : session))
  return changeOf(client, { ...client, sessions }, transitions, client.updatedAt)
}

/** The change that has a client's first session come back from its task, or go to one: a transition either way. */
export function flipOf(client: StoredClient): ClientChange & { readonly after: StoredClient } {
  const [session] = client.sessions
  if (session === undefined) throw new TypeError('the client holds no session')
  const { status: from } = session
  const status = from === 'active' ? 'pending' : 'active'
  const cause: Cause = status === 'pending' ? 'task-required' : 'tasks-completed'
  const transition = transitionOf({ ...session, status }, { from, cause })
  return changeSession(client, session.id.slice('sess_'.length), { status }, [transition])
}

/** The change that purges a client, or of its sessions those that are named. */
export function purgeOf(client: StoredClient, now: number, ...names: readonly string[]): ClientChange {
  const purged = new Set(names.map(sess))
  const after = names.length === 0 ? null : withoutSessions(client, purged)
  return { before: client, after, transitions: [], at: at(now) }
}

function withoutSessions(client: StoredClient, purged: ReadonlySet<SessionId>): StoredClient {
  const isKept = (id: SessionId) => !purged.has(id)
  return {
    ...client,
    sessions: client.sessions.filter(({ id }) => isKept(id)),
    sessionIds: client.sessionIds.filter(isKept),
    version: client.version + 1,
  }
}

/** The one client of an id, with its documents; throws where there is none. */
export async function readOne(
  store: Store,
  name = 'a',
  selection: Partial<Selection> = { sessions: 'all', documents: true },
): Promise<StoredClient> {
  const { clients } = await store.read({ sessions: 'all', clientIds: [clientId(name)], ...selection })
  const [client] = clients
  if (client === undefined || clients.length > 1) throw new TypeError(`${clients.length} clients where one was meant`)
  return client
}

/** Everything that a store holds but users and items, as it is at one moment. */
export interface Dump {
  readonly clients: readonly StoredClient[]
  readonly records: readonly SessionRecords[]
}

export async function dumpOf(store: Store): Promise<Dump> {
  await using snapshot = await store.snapshot()
  return { clients: await allOf(snapshot.clients()), records: await allOf(snapshot.sessionRecords()) }
}

/** How often the feed is asked for what is still kept back. */
const FEED_TRIES = 10_000

/**
 * So many rows of the feed behind a cursor, and that there are no more. They may take their time: whoever writes anything
 * on a PostgreSQL server, and be it the server's own housekeeping, keeps back what was written since.
 */
export async function feedOf(
  store: Store,
  count: number,
  { after = null, limit = 1_000 }: { readonly after?: string | null; readonly limit?: number } = {},
): Promise<readonly FeedEntry[]> {
  const entries: FeedEntry[] = []
  for (let tries = 0; entries.length < count; tries += 1) {
    const page = await store.readFeed(entries.at(-1)?.cursor ?? after, limit)
    assert.ok(page.length <= limit)
    assert.ok(tries < FEED_TRIES, `only ${entries.length} of ${count} rows came`)
    entries.push(...page)
  }
  assert.deepEqual(await store.readFeed(entries.at(-1)?.cursor ?? after, limit), [])
  assert.equal(entries.length, count)
  return entries
}

/** Everything that comes, in its order. */
export async function allOf<T>(coming: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = []
  for await (const each of coming) all.push(each)
  return all
}

/** How many sign-ins under a maximum there were of a user. */
export async function userVersion(store: Store, userId: UserId): Promise<number> {
  const { user } = await store.read({ userId, sessions: 'open' })
  if (user === null) throw new TypeError('the selection names a user')
  return user.version
}
