import type { Client, Session } from '../domain/session.ts'
import { nameIn } from './form.ts'
import { compactText, editText, type TextEdit } from './json-text.ts'
import type { ValidReading } from './read-client.ts'

/** What settling changes of a client, and of each session. Everything else goes out as it came in. */
const CLIENT_MEMBERS = ['lastActiveSessionId', 'updatedAt'] as const
const SESSION_MEMBERS = ['status', 'updatedAt'] as const

/**
 * A settled client as one line of JSON, in the form it came in.
 *
 * Where it was read from text, the values that changed are put into that text, and every other character stays: numbers
 * as they were written, members in their order, unknown ones too. A client that did not change is its text, on one line.
 *
 * @param reading What was read.
 * @param settled The reading's client, settled: its sessions in the same places.
 */
export function writeSettled(reading: ValidReading, settled: Client): string {
  const text = reading.text ?? JSON.stringify(reading.document)
  const edited = settled === reading.client ? text : editText(text, editsOf(reading, settled))
  return onOneLine(edited)
}

function editsOf({ client, form }: ValidReading, settled: Client): TextEdit[] {
  const edits: TextEdit[] = []
  for (const member of CLIENT_MEMBERS) {
    if (client[member] === settled[member]) continue
    edits.push({ path: [nameIn(form, member)], json: JSON.stringify(settled[member]) })
  }
  for (const [index, session] of settled.sessions.entries()) {
    const before = client.sessions[index] as Session
    if (session === before) continue
    for (const member of SESSION_MEMBERS) {
      if (before[member] === session[member]) continue
      edits.push({ path: ['sessions', index, nameIn(form, member)], json: JSON.stringify(session[member]) })
    }
  }
  return edits
}

function onOneLine(text: string): string {
  const trimmed = text.trim()
  return trimmed.includes('\n') || trimmed.includes('\r') ? compactText(trimmed) : trimmed
}
