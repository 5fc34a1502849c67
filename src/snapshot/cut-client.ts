import type { Form } from '../domain/form.ts'
import { CLOSE_BRACE, CLOSE_BRACKET, COMMA, OPEN_BRACE } from './json-codes.ts'
import { compactText, endOfString, endOfValue, nameAt } from './json-text.ts'
import type { ValidReading } from './read-client.ts'
import type { FormedText } from './stored-document.ts'

/** A snapshot's text in the pieces that are kept: the client's with an empty list of sessions, and each session's. */
export interface CutClient {
  readonly client: FormedText
  /** In the order of the snapshot. */
  readonly sessions: readonly FormedText[]
}

/**
 * Cuts the text that a client was read from into the client and its sessions, without white space between tokens.
 *
 * Every other character stays as it came in: numbers as they were written, members in their order, unknown ones too.
 *
 * @throws {TypeError} When the client was not read from text.
 */
export function cutClient({ text, form }: ValidReading): CutClient {
  if (text === null) throw new TypeError('what was not read from text has none to cut')
  const compact = compactText(wellFormed(text))
  const open = findSessions(compact)
  const sessions: FormedText[] = []
  let at = open + 1
  while (compact.charCodeAt(at) !== CLOSE_BRACKET) {
    const end = endOfValue(compact, at)
    sessions.push(formed(form, compact.slice(at, end)))
    at = compact.charCodeAt(end) === COMMA ? end + 1 : end
  }
  return { client: formed(form, compact.slice(0, open + 1) + compact.slice(at)), sessions }
}

function formed(form: Form, text: string): FormedText {
  return { form, text }
}

/** Where the list of sessions opens in a client's compact text. */
function findSessions(text: string): number {
  let at = text.charCodeAt(0) === OPEN_BRACE ? 1 : text.length
  while (at < text.length && text.charCodeAt(at) !== CLOSE_BRACE) {
    const close = endOfString(text, at)
    const value = close + 2
    if (nameAt(text, at, close) === 'sessions') return value
    at = endOfValue(text, value) + 1
  }
  throw new TypeError('the text is not that of a client')
}

/** Half a surrogate pair has no UTF-8, and is kept by its escape. Within JSON it stands in strings only. */
function wellFormed(text: string): string {
  if (text.isWellFormed()) return text
  return text.replace(/\p{Surrogate}/gu, (half) => `\\u${half.charCodeAt(0).toString(16)}`)
}
