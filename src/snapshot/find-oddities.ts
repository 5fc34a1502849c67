import type { EpochMs } from '../domain/instant.ts'
import type { Client, Session, SessionId } from '../domain/session.ts'
import { isLive, STATUSES, type Status } from '../domain/status.ts'
import type { Finding, FindingCode } from './findings.ts'
import { nameIn } from './form.ts'
import type { Form } from './schemas.ts'

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
export function findOddities(client: Client, form: Form, now: EpochMs | undefined): Finding[] {
  const oddities = new Oddities(form)
  oddities.checkPrefix(client.id, 'client_', null, 'id')
  oddities.checkInstant(client.updatedAt, null, 'updatedAt')
  oddities.checkInstant(client.createdAt, null, 'createdAt')
  oddities.checkOrder(client, null)
  for (let index = 0; index < client.sessions.length; index += 1) {
    checkSession(oddities, client.sessions[index] as Session, index, client, now)
  }
  checkIds(oddities, client)
  checkLastActive(oddities, client)
  return oddities.found
}

/** A session's place in the snapshot, or `null` for the client itself. A pointer is made of it where one is needed. */
type Place = number | null

/** Collects findings, and knows what a form calls a member. */
class Oddities {
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
  oddities: Oddities,
  session: Session,
  place: Place,
  client: Client,
  now: EpochMs | undefined,
): void {
  oddities.checkPrefix(session.id, 'sess_', place, 'id')
  oddities.checkPrefix(session.userId, 'user_', place, 'userId')
  oddities.checkInstant(session.lastActiveAt, place, 'lastActiveAt')
  oddities.checkInstant(session.expireAt, place, 'expireAt')
  oddities.checkInstant(session.abandonAt, place, 'abandonAt')
  oddities.checkInstant(session.updatedAt, place, 'updatedAt')
  oddities.checkInstant(session.createdAt, place, 'createdAt')
  oddities.checkOrder(session, place)
  if (session.clientId !== client.id) {
    oddities.add('foreign-session', place, 'clientId', 'is not the id of the client that holds it')
  }
  if (!isKnown(session.status)) oddities.add('unknown-status', place, 'status', 'is none of the eight; kept as it is')
  if (session.abandonAt < session.expireAt) {
    oddities.add('abandon-before-expire', place, 'abandonAt', 'lies before the expiry: abandoned while live')
  }
  oddities.checkDeadline(session.expireAt, session.createdAt, place, 'expireAt')
  oddities.checkDeadline(session.abandonAt, session.createdAt, place, 'abandonAt')
  if (now !== undefined && session.lastActiveAt > now) {
    oddities.add('activity-in-future', place, 'lastActiveAt', 'lies after the present; is a clock ahead?')
  }
}

function checkIds(oddities: Oddities, { sessions, sessionIds }: Client): void {
  // Most snapshots list their sessions' ids one for one.
  const agree = sessions.length === sessionIds.length && sessionIds.every((id, index) => id === sessions[index]?.id)
  if (agree && (sessionIds.length < 2 || new Set(sessionIds).size === sessionIds.length)) return
  const held = new Set<SessionId>()
  for (const [index, { id }] of sessions.entries()) {
    if (held.has(id)) oddities.add('duplicate-session-id', index, 'id', 'is the id of an earlier session')
    held.add(id)
  }
  const listed = new Set<SessionId>()
  for (const [index, id] of sessionIds.entries()) {
    const member = `${nameIn(oddities.form, 'sessionIds')}/${index}`
    if (listed.has(id)) oddities.add('duplicate-session-id', null, member, 'is listed twice')
    else if (!held.has(id)) oddities.add('session-ids-mismatch', null, member, 'names no session here')
    listed.add(id)
  }
  for (const [index, { id, status }] of sessions.entries()) {
    if (!listed.has(id) && status !== 'removed' && status !== 'revoked') {
      oddities.add('session-ids-mismatch', index, 'id', 'is not listed among the ids of the sessions')
    }
  }
}

function checkLastActive(oddities: Oddities, { lastActiveSessionId, sessions }: Client): void {
  if (lastActiveSessionId === null) return
  let isHeld = false
  for (const { id, status } of sessions) {
    if (id !== lastActiveSessionId) continue
    if (isLive(status) || !isKnown(status)) return
    isHeld = true
  }
  if (isHeld) oddities.add('last-active-dead', null, 'lastActiveSessionId', 'names a session that is not live')
  else oddities.add('last-active-dangling', null, 'lastActiveSessionId', 'names no session of this client')
}

const KNOWN_STATUSES: ReadonlySet<Status> = new Set(STATUSES)

function isKnown(status: Status): boolean {
  return KNOWN_STATUSES.has(status)
}
