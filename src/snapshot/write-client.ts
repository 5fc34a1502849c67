import type { Form } from '../domain/form.ts'
import type { Client, Session } from '../domain/session.ts'
import { nameIn } from './form.ts'
import { compactText, editText, type TextEdit } from './json-text.ts'
import type { ValidReading } from './read-client.ts'

/** What commands and deadlines change of a client, besides its sessions, and of a session. */
const CLIENT_MEMBERS = ['sessionIds', 'lastActiveSessionId', 'updatedAt'] as const
const SESSION_MEMBERS = ['status', 'lastActiveAt', 'expireAt', 'abandonAt', 'updatedAt'] as const

/**
 * A client as one line of JSON, in the form it was read in, after whatever the lifecycle did to it.
 *
 * Where it was read from text, the values that changed are put into that text, and every other character stays: numbers
 * as they were written, members in their order, unknown ones too. A client that did not change is its text, on one line.
 * Sessions that joined it stand after the others.
 *
 * @param reading What was read.
 * @param client The reading's client after settling, commands and sign-ins: its sessions in their places.
 * @throws {TypeError} When it is not that client: the sessions that were read are not where they were.
 */
export function writeClient(reading: ValidReading, client: Client): string {
  const text = reading.text ?? JSON.stringify(reading.document)
  return onOneLine(client === reading.client ? text : editText(text, editsOf(reading, client)))
}

function editsOf({ client: before, form }: ValidReading, after: Client): TextEdit[] {
  if (after.id !== before.id || !before.sessions.every(({ id }, index) => id === after.sessions[index]?.id)) {
    throw new TypeError('this is not the client that was read: its sessions are not where they were')
  }
  const edits = changesOf(CLIENT_MEMBERS, before, after, [], form)
  for (const [index, session] of before.sessions.entries()) {
    const settled = after.sessions[index] as Session
    if (settled !== session) edits.push(...changesOf(SESSION_MEMBERS, session, settled, ['sessions', index], form))
  }
  const joined = after.sessions.slice(before.sessions.length)
  if (joined.length > 0) edits.push({ path: ['sessions'], append: joined.map((session) => textOf(session, form)) })
  return edits
}

function changesOf<T>(
  members: readonly (keyof T & string)[],
  before: T,
  after: T,
  base: readonly (string | number)[],
  form: Form,
): TextEdit[] {
  const changed = members.filter((member) => before[member] !== after[member])
  return changed.map((member) => ({ path: [...base, nameIn(form, member)], json: JSON.stringify(after[member]) }))
}

/** A session that joined, as a document of a form: it begins as those that were read do. */
function textOf(session: Session, form: Form): string {
  const members = Object.entries({ object: 'session', ...session })
  return JSON.stringify(Object.fromEntries(members.map(([member, value]) => [nameIn(form, member), value])))
}

function onOneLine(text: string): string {
  const trimmed = text.trim()
  return trimmed.includes('\n') || trimmed.includes('\r') ? compactText(trimmed) : trimmed
}
