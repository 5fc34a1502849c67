import { isShown } from '../../domain/client-law.ts'
import type { EpochMs } from '../../domain/instant.ts'
import type { Policy } from '../../domain/policy.ts'
import { isLive, type Status } from '../../domain/status.ts'
import type { Finding } from '../../snapshot/findings.ts'
import { parseText } from '../../snapshot/parse-text.ts'
import { readSnapshot, type Snapshot } from '../import/read-snapshot.ts'

/** What a webhook of Clerk's says. */
export type ClerkEvent =
  /** It is of a session, and this is the client that the session would begin. */
  | { readonly kind: 'session'; readonly news: Snapshot }
  /** It is of something else: a user, an organization. */
  | { readonly kind: 'other' }
  /** It says that it is of a session, and has none that a store could hold. */
  | { readonly kind: 'rejected'; readonly errors: readonly Finding[] }
  /** It is no JSON, or has something of JSON's twice. */
  | { readonly kind: 'unreadable'; readonly message: string }

/** How an event is read. */
export interface ClerkEventReading {
  readonly now: EpochMs
  readonly sessionMode: Policy['sessionMode']
}

/** Those that Clerk describes. One of another name is taken too, where its data is a session. */
const TYPES: ReadonlySet<unknown> = new Set([
  'session.created',
  'session.pending',
  'session.ended',
  'session.removed',
  'session.revoked',
])

type Json = Readonly<Record<string, unknown>>

/**
 * Reads a webhook of Clerk's: its session, with every member but `user`, which is not the session's.
 *
 * What the session is says its status, and not the name of the event. The envelope's own `timestamp` is not gone by: it is in
 * seconds or in milliseconds, by who sends it, and the session has its `updated_at`.
 */
export function readClerkEvent(body: Uint8Array, reading: ClerkEventReading): ClerkEvent {
  const text = decoded(body)
  if (text === null) return { kind: 'unreadable', message: 'the bytes are not UTF-8' }
  const parsed = parseText(text)
  if (!parsed.ok) return { kind: 'unreadable', message: parsed.error.message }
  const { type, data } = objectOf(parsed.value)
  if (typeof type !== 'string') return rejected({ code: 'missing-member', path: '/type', message: 'is not there' })
  const { user: _, ...session } = objectOf(data)
  if (!TYPES.has(type) && !(type.startsWith('session.') && session['object'] === 'session')) return { kind: 'other' }
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    return rejected({ code: 'wrong-type', path: '/data', message: 'is not of type object' })
  }
  return readSession(session, reading)
}

function readSession(session: Json, { now, sessionMode }: ClerkEventReading): ClerkEvent {
  const read = readSnapshot(clientOf(session, sessionMode), false, now)
  return read.errors === undefined ? { kind: 'session', news: read } : rejected(...inEvent(read.errors))
}

/** A client that begins with a session: Clerk says no more of it. */
function clientOf(session: Json, sessionMode: Policy['sessionMode']): Json {
  const { id, client_id, status, updated_at, created_at } = session
  const known = status as Status
  return {
    object: 'client',
    id: client_id,
    session_ids: isShown(known, sessionMode) ? [id] : [],
    sessions: [session],
    sign_in_id: null,
    sign_up_id: null,
    last_active_session_id: isLive(known) ? id : null,
    updated_at,
    created_at,
  }
}

/**
 * Findings of a client's that has one session, where they are in the event. What the client has of its session is found in
 * the session as well.
 */
export function inEvent(errors: readonly Finding[]): readonly Finding[] {
  const place = '/sessions/0'
  const found = errors.filter(({ path }) => path.startsWith(`${place}/`))
  return (found.length === 0 ? errors : found).map((finding) => {
    const path = finding.path.startsWith(place) ? finding.path.slice(place.length) : ''
    return { ...finding, path: `/data${path}` }
  })
}

function rejected(...errors: readonly Finding[]): ClerkEvent {
  return { kind: 'rejected', errors }
}

function decoded(body: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    return null
  }
}

function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {}
}
