import { isRecordedTouch, type Transition } from '../../domain/transition.ts'
import type { LedgerEntry } from '../../store/port.ts'
import { sha256 } from '../digest.ts'
import type { SessionRecord } from '../records.ts'

/** What can happen to a session, in the past tense: one for each row of the ledger. Touches are there where recorded. */
export const EVENT_TYPES = [
  'session.created',
  'session.pending',
  'session.activated',
  'session.expired',
  'session.ended',
  'session.replaced',
  'session.abandoned',
  'session.revoked',
  'session.removed',
  'session.touched',
] as const

/** The type of an event. */
export type EventType = (typeof EVENT_TYPES)[number]

/** Whether a text is the type of an event. */
export function isEventType(text: string): text is EventType {
  return (EVENT_TYPES as readonly string[]).includes(text)
}

/** A transition, or a recorded touch, as it is told to others. */
export interface SessionEvent extends Omit<Transition, 'askedBy'> {
  /** Made of the ledger's row: the same on every retry and every replay. */
  readonly id: string
  readonly type: EventType
  /** Who asked, where a command named somebody. */
  readonly askedBy: string | null
  /** The session's version after the write that it was part of. */
  readonly version: number
  /** The session with the status that the event gave it; `null` where it was purged since. */
  readonly session: SessionRecord | null
}

/**
 * The event of a ledger's row.
 *
 * The session is as it is stored by now, but for its status, which is the event's: what happened after has events of its own.
 */
export function eventOf(entry: LedgerEntry, session: SessionRecord | null): SessionEvent {
  const { clientId, sessionId, userId, from, to, cause, at, recordedAt, askedBy, version } = entry
  const ids = { id: eventId(entry), type: eventType(entry), clientId, sessionId, userId }
  const told = session === null ? null : { ...session, status: to }
  return { ...ids, from, to, cause, at, recordedAt, askedBy: askedBy ?? null, version, session: told }
}

/**
 * An event's id, made of what no two rows of a ledger share: a session's version, and the status that it got. One write may
 * pass both deadlines, and never twice into one status.
 */
export function eventId({ sessionId, version, to, at }: LedgerEntry): string {
  return `evt_${sha256(JSON.stringify([sessionId, version, to, at])).slice(0, 32)}`
}

/** What happened, by the row's statuses. A session that is first heard of is created, whatever status it has. */
export function eventType({ from, to }: Pick<LedgerEntry, 'from' | 'to'>): EventType {
  if (from === null) return 'session.created'
  if (isRecordedTouch({ from, to })) return 'session.touched'
  return to === 'active' ? 'session.activated' : `session.${to}`
}
