import type { Form } from '../domain/form.ts'
import type { EpochMs } from '../domain/instant.ts'
import type { Client, Session, SessionId } from '../domain/session.ts'
import { isLive, isStatus } from '../domain/status.ts'
import type { Finding, FindingCode } from './findings.ts'
import { nameIn } from './form.ts'

/** The year 2000, before which no session of this kind was, and the year 10000, which ISO 8601 cannot write. */
const EARLIEST_PLAUSIBLE = 946_684_800_000
const LATEST_PLAUSIBLE = 253_402_300_799_999

/**
 * What is odd in a client that its schema has nothing against.
 *
 * @param client The lifecycle's view of the document.
 * @param form What the pointers call the members.
 * @param now Epoch milliseconds; where it is left out, activity in the future is not looked for.
 */
export function findWarnings(client: Client, form: Form, now: EpochMs | undefined): Finding[] {
  const warnings = new Warnings(form)
  warnings.checkPrefix(client.id, 'client_', null, 'id')
  warnings.checkInstant(client.updatedAt, null, 'updatedAt')
  warnings.checkInstant(client.createdAt, null, 'createdAt')
  warnings.checkOrder(client, null)
  for (let index = 0; index < client.sessions.length; index += 1) {
    checkSession(warnings, client.sessions[index] as Session, index, client, now)
  }
  checkIds(warnings, client)
  checkLastActive(warnings, client)
  return warnings.found
}

/** A session's place in the snapshot, or `null` for the client itself. A pointer is made of it where one is needed. */
type Place = number | null

/** Collects findings, and knows what a form calls a member. */
class Warnings {
  readonly found: Finding[] = []
  readonly form: Form

  constructor(form: Form) {
    this.form = form
  }

  add(code: FindingCode, place: Place, member: string, message: string): void {
    const base = place === null ? '' : `/sessions/${place}`
    this.found.push({ code, path: `${base}/${nameIn(this.form, member)}`, message })
  }

  checkPrefix(id: string, prefix: string, place: Place, member: string): void {
    if (!id.startsWith(prefix)) this.add('id-without-prefix', place, member, `does not begin with ${prefix}`)
  }

  checkInstant(instant: number, place: Place, member: string): void {
    if (instant >= EARLIEST_PLAUSIBLE && instant <= LATEST_PLAUSIBLE) return
    if (instant * 1000 >= EARLIEST_PLAUSIBLE && instant * 1000 <= LATEST_PLAUSIBLE) {
      this.add('instant-in-seconds', place, member, 'looks like seconds; multiply by 1000')
      return
    }
    const when = instant < EARLIEST_PLAUSIBLE ? 'before the year 2000' : 'after the year 9999'
    this.add('instant-implausible', place, member, `lies ${when}; is it milliseconds?`)
  }

  checkDeadline(deadline: EpochMs, createdAt: EpochMs, place: Place, member: string): void {
    if (deadline >= createdAt) return
    this.add('deadline-before-creation', place, member, 'lies before the creation: never alive')
  }

  checkOrder({ updatedAt, createdAt }: Pick<Client, 'updatedAt' | 'createdAt'>, place: Place): void {
    if (updatedAt < createdAt) this.add('updated-before-creation', place, 'updatedAt', 'lies before the creation')
  }
}

function checkSession(
  warnings: Warnings,
  session: Session,
  place: Place,
  client: Client,
  now: EpochMs | undefined,
): void {
  warnings.checkPrefix(session.id, 'sess_', place, 'id')
  warnings.checkPrefix(session.userId, 'user_', place, 'userId')
  warnings.checkInstant(session.lastActiveAt, place, 'lastActiveAt')
  warnings.checkInstant(session.expireAt, place, 'expireAt')
  warnings.checkInstant(session.abandonAt, place, 'abandonAt')
  warnings.checkInstant(session.updatedAt, place, 'updatedAt')
  warnings.checkInstant(session.createdAt, place, 'createdAt')
  warnings.checkOrder(session, place)
  if (session.clientId !== client.id) {
    warnings.add('foreign-session', place, 'clientId', 'is not the id of the client that holds it')
  }
  if (!isStatus(session.status)) warnings.add('unknown-status', place, 'status', 'is none of the eight; kept as it is')
  if (session.abandonAt < session.expireAt) {
    warnings.add('abandon-before-expire', place, 'abandonAt', 'lies before the expiry: abandoned while live')
  }
  warnings.checkDeadline(session.expireAt, session.createdAt, place, 'expireAt')
  warnings.checkDeadline(session.abandonAt, session.createdAt, place, 'abandonAt')
  if (now !== undefined && session.lastActiveAt > now) {
    warnings.add('activity-in-future', place, 'lastActiveAt', 'lies after the present; is a clock ahead?')
  }
}

function checkIds(warnings: Warnings, { sessions, sessionIds }: Client): void {
  // Most snapshots list their sessions' ids one for one.
  const agree = sessions.length === sessionIds.length && sessionIds.every((id, index) => id === sessions[index]?.id)
  if (agree && (sessionIds.length < 2 || new Set(sessionIds).size === sessionIds.length)) return
  const held = new Set<SessionId>()
  for (const [index, { id }] of sessions.entries()) {
    if (held.has(id)) warnings.add('duplicate-session-id', index, 'id', 'is the id of an earlier session')
    held.add(id)
  }
  const listed = new Set<SessionId>()
  for (const [index, id] of sessionIds.entries()) {
    const member = `${nameIn(warnings.form, 'sessionIds')}/${index}`
    if (listed.has(id)) warnings.add('duplicate-session-id', null, member, 'is listed twice')
    else if (!held.has(id)) warnings.add('session-ids-mismatch', null, member, 'names no session here')
    listed.add(id)
  }
  for (const [index, { id, status }] of sessions.entries()) {
    if (!listed.has(id) && status !== 'removed' && status !== 'revoked') {
      warnings.add('session-ids-mismatch', index, 'id', 'is not listed among the ids of the sessions')
    }
  }
}

function checkLastActive(warnings: Warnings, { lastActiveSessionId, sessions }: Client): void {
  if (lastActiveSessionId === null) return
  let isHeld = false
  for (const { id, status } of sessions) {
    if (id !== lastActiveSessionId) continue
    if (isLive(status) || !isStatus(status)) return
    isHeld = true
  }
  if (isHeld) warnings.add('last-active-dead', null, 'lastActiveSessionId', 'names a session that is not live')
  else warnings.add('last-active-dangling', null, 'lastActiveSessionId', 'names no session of this client')
}
