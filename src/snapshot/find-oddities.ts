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
  oddities.checkPrefix(client.id, 'client_', '', 'id')
  oddities.checkInstant(client.updatedAt, '', 'updatedAt')
  oddities.checkInstant(client.createdAt, '', 'createdAt')
  oddities.checkOrder(client, '')
  for (let index = 0; index < client.sessions.length; index += 1) {
    checkSession(oddities, client.sessions[index] as Session, `/sessions/${index}`, client, now)
  }
  checkIds(oddities, client)
  checkLastActive(oddities, client)
  return oddities.found
}

/** Collects findings, and knows what a form calls a member. */
class Oddities {
  readonly found: Finding[] = []
  readonly form: Form

  constructor(form: Form) {
    this.form = form
  }

  add(code: FindingCode, base: string, member: string, message: string): void {
    this.found.push({ code, path: `${base}/${nameIn(this.form, member)}`, message })
  }

  checkPrefix(id: string, prefix: string, base: string, member: string): void {
    if (!id.startsWith(prefix)) this.add('id-without-prefix', base, member, `does not begin with ${prefix}`)
  }

  checkInstant(instant: number, base: string, member: string): void {
    if (instant >= EARLIEST_PLAUSIBLE && instant <= LATEST_PLAUSIBLE) return
    if (instant * 1000 >= EARLIEST_PLAUSIBLE && instant * 1000 <= LATEST_PLAUSIBLE) {
      this.add('instant-in-seconds', base, member, 'looks like seconds; multiply by 1000')
      return
    }
    const when = instant < EARLIEST_PLAUSIBLE ? 'before the year 2000' : 'after the year 9999'
    this.add('instant-implausible', base, member, `lies ${when}; is it milliseconds?`)
  }

  checkDeadline(deadline: EpochMs, createdAt: EpochMs, base: string, member: string): void {
    if (deadline >= createdAt) return
    this.add('deadline-before-creation', base, member, 'lies before the creation: never alive')
  }

  checkOrder({ updatedAt, createdAt }: Pick<Client, 'updatedAt' | 'createdAt'>, base: string): void {
    if (updatedAt < createdAt) this.add('updated-before-creation', base, 'updatedAt', 'lies before the creation')
  }
}

function checkSession(
  oddities: Oddities,
  session: Session,
  base: string,
  client: Client,
  now: EpochMs | undefined,
): void {
  oddities.checkPrefix(session.id, 'sess_', base, 'id')
  oddities.checkPrefix(session.userId, 'user_', base, 'userId')
  oddities.checkInstant(session.lastActiveAt, base, 'lastActiveAt')
  oddities.checkInstant(session.expireAt, base, 'expireAt')
  oddities.checkInstant(session.abandonAt, base, 'abandonAt')
  oddities.checkInstant(session.updatedAt, base, 'updatedAt')
  oddities.checkInstant(session.createdAt, base, 'createdAt')
  oddities.checkOrder(session, base)
  if (session.clientId !== client.id) {
    oddities.add('foreign-session', base, 'clientId', 'is not the id of the client that holds it')
  }
  if (!isKnown(session.status)) oddities.add('unknown-status', base, 'status', 'is none of the eight; kept as it is')
  if (session.abandonAt < session.expireAt) {
    oddities.add('abandon-before-expire', base, 'abandonAt', 'lies before the expiry: abandoned while live')
  }
  oddities.checkDeadline(session.expireAt, session.createdAt, base, 'expireAt')
  oddities.checkDeadline(session.abandonAt, session.createdAt, base, 'abandonAt')
  if (now !== undefined && session.lastActiveAt > now) {
    oddities.add('activity-in-future', base, 'lastActiveAt', 'lies after the present; is a clock ahead?')
  }
}

function checkIds(oddities: Oddities, { sessions, sessionIds }: Client): void {
  const held = new Set<SessionId>()
  for (let index = 0; index < sessions.length; index += 1) {
    const { id } = sessions[index] as Session
    if (held.has(id))
      oddities.add('duplicate-session-id', `/sessions/${index}`, 'id', 'is the id of an earlier session')
    held.add(id)
  }
  // Most snapshots list their sessions' ids one for one.
  const agree = sessions.length === sessionIds.length && sessionIds.every((id, index) => id === sessions[index]?.id)
  if (agree && held.size === sessions.length) return
  const listed = new Set<SessionId>()
  for (const [index, id] of sessionIds.entries()) {
    const place = `/${nameIn(oddities.form, 'sessionIds')}`
    if (listed.has(id)) oddities.add('duplicate-session-id', place, `${index}`, 'is listed twice')
    else if (!held.has(id)) oddities.add('session-ids-mismatch', place, `${index}`, 'names no session here')
    listed.add(id)
  }
  for (const [index, { id, status }] of sessions.entries()) {
    if (!listed.has(id) && status !== 'removed' && status !== 'revoked') {
      oddities.add('session-ids-mismatch', `/sessions/${index}`, 'id', 'is not listed among the ids of the sessions')
    }
  }
}

function checkLastActive(oddities: Oddities, { lastActiveSessionId, sessions }: Client): void {
  if (lastActiveSessionId === null) return
  const named = sessions.filter(({ id }) => id === lastActiveSessionId)
  if (named.length === 0) {
    oddities.add('last-active-dangling', '', 'lastActiveSessionId', 'names no session of this client')
  } else if (!named.some(({ status }) => isLive(status) || !isKnown(status))) {
    oddities.add('last-active-dead', '', 'lastActiveSessionId', 'names a session that is not live')
  }
}

const KNOWN_STATUSES: ReadonlySet<Status> = new Set(STATUSES)

function isKnown(status: Status): boolean {
  return KNOWN_STATUSES.has(status)
}
