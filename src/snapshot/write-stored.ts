import type { Form } from '../domain/form.ts'
import type { Client, Session } from '../domain/session.ts'
import { nameIn } from './form.ts'
import { editText, type TextEdit } from './json-text.ts'
import { renameMembers } from './rename-members.ts'
import type { FormedText } from './stored-document.ts'

/** Something that was kept with the document it came in, where it came in one. */
type Kept<T> = T & { readonly document?: FormedText | null }

/** The members of a session that nothing is computed from, as the SDK names them. @see schemas/session.schema.json */
export interface SessionMembers {
  readonly actor?: object | null | undefined
  readonly lastActiveOrganizationId?: string | null | undefined
  readonly latestActivity?: object | null | undefined
  readonly tasks?: readonly object[] | null | undefined
}

/** The document of a session that begins here, with members that only a snapshot could have brought. */
export function newSessionDocument(session: Session, members: SessionMembers): FormedText {
  const { actor, lastActiveOrganizationId, latestActivity, tasks } = members
  const document = { ...membersOfSession(session), actor, lastActiveOrganizationId, latestActivity, tasks }
  return { form: 'sdk', text: JSON.stringify(document) }
}

const CLIENT_MEMBERS = ['sessionIds', 'lastActiveSessionId', 'updatedAt'] as const
const SESSION_MEMBERS = ['status', 'lastActiveAt', 'expireAt', 'abandonAt', 'updatedAt'] as const

/**
 * A kept client as one line of JSON: the document that it came in, with its sessions' and with what has changed since.
 *
 * A value that did not change stands as it was written. A client or a session that came in no document gets one with
 * every member that its schema requires.
 *
 * @param form What members are called; the form of the client's document where it is left out, the SDK's without one.
 */
export function writeStored(client: Kept<Client<Kept<Session>>>, form?: Form): string {
  const to = form ?? client.document?.form ?? 'sdk'
  const text = client.document ? renameMembers(client.document, 'client', to) : newClientText(client, to)
  const edits = changesIn(text, CLIENT_MEMBERS, client, to)
  const append = client.sessions.map((session) => sessionText(session, to))
  return editText(text, [...edits, { path: ['sessions'], append }])
}

function sessionText(session: Kept<Session>, form: Form): string {
  if (!session.document) return newSessionText(session, form)
  const text = renameMembers(session.document, 'session', form)
  return editText(text, changesIn(text, SESSION_MEMBERS, session, form))
}

/** The edits that bring a text's members up to what they are now. */
function changesIn<T>(text: string, members: readonly (keyof T & string)[], now: T, form: Form): TextEdit[] {
  const document = JSON.parse(text) as Readonly<Record<string, unknown>>
  return members.flatMap((member) => {
    const name = nameIn(form, member)
    return isSame(document[name], now[member]) ? [] : [{ path: [name], json: JSON.stringify(now[member]) }]
  })
}

function isSame(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return a === b
  return a.length === b.length && a.every((item, index) => item === b[index])
}

function newClientText(client: Client, form: Form): string {
  const { id, sessionIds, lastActiveSessionId, updatedAt, createdAt } = client
  const signs = { signInId: null, signUpId: null }
  const rest = { lastActiveSessionId, updatedAt, createdAt }
  return textIn(form, { object: 'client', id, sessionIds, sessions: [], ...signs, ...rest })
}

function newSessionText(session: Session, form: Form): string {
  return textIn(form, membersOfSession(session))
}

function membersOfSession(session: Session) {
  const { id, userId, clientId, status, lastActiveAt, expireAt, abandonAt, updatedAt, createdAt } = session
  const ids = { object: 'session', id, userId, clientId }
  return { ...ids, status, lastActiveAt, expireAt, abandonAt, updatedAt, createdAt }
}

function textIn(form: Form, members: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(
    Object.fromEntries(Object.entries(members).map(([member, value]) => [nameIn(form, member), value])),
  )
}
