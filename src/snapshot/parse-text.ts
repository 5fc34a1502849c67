import { type ParseError, printParseErrorCode, visit } from 'jsonc-parser'
import type { Finding } from './findings.ts'
import { measureText } from './json-text.ts'

/** The largest document that is read, in bytes of UTF-8 or characters of text. */
export const MAXIMUM_SIZE = 8 * 1024 * 1024

/** How deep objects and arrays may be nested. */
export const MAXIMUM_DEPTH = 64

/** Text that was read as JSON, or the one reason why it was not. */
export type ParsedText =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: Finding }

/**
 * Reads JSON text that nobody vouches for.
 *
 * Size and depth are bounded before the parser sees the text, and a member named twice is refused: of two values one
 * would be lost, and the next reader might lose the other.
 *
 * @param text One JSON document.
 */
export function parseText(text: string): ParsedText {
  if (text.length > MAXIMUM_SIZE) return failed('document-too-large', 'the document is larger than 8 MiB; split it')
  const { depth, members } = measureText(text)
  if (depth > MAXIMUM_DEPTH) return failed('document-too-deep', `the document is nested ${depth} levels deep, over 64`)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { ok: false, error: syntaxError(text) }
  }
  if (members !== countMembers(value)) return { ok: false, error: duplicateMember(text) }
  return { ok: true, value }
}

function failed(code: Finding['code'], message: string): ParsedText {
  return { ok: false, error: { code, path: '', message } }
}

function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  let members = 0
  if (Array.isArray(value)) {
    for (const item of value) members += countMembers(item)
    return members
  }
  const names = Object.keys(value)
  for (const name of names) {
    const member = (value as Record<string, unknown>)[name]
    if (typeof member === 'object' && member !== null) members += countMembers(member)
  }
  return members + names.length
}

/** What JSON.parse would not say: where. It names characters of the document, which may be secret; this does not. */
function syntaxError(text: string): Finding {
  const first = firstErrorIn(text)
  if (first === undefined) return { code: 'json-syntax', path: '', message: 'the text is not JSON' }
  if (breaksOff(text, first)) {
    return { code: 'json-truncated', path: '', message: 'the text ends before the document does; was it cut off?' }
  }
  const before = text.slice(0, first.offset)
  const line = before.split('\n').length
  const column = first.offset - (before.lastIndexOf('\n') + 1) + 1
  const where = text.includes('\n') ? `line ${line}, column ${column}` : `column ${column}`
  const what = printParseErrorCode(first.error).replace(/(?<=[a-z])[A-Z]/g, (capital) => ` ${capital.toLowerCase()}`)
  return { code: 'json-syntax', path: '', message: `the text is not JSON: ${what.toLowerCase()} at ${where}` }
}

/** Whether a text is wrong only in that it ends, be it between its tokens or within the last one. */
function breaksOff(text: string, { error, offset, length }: ParseError): boolean {
  if (text.slice(offset).trim() === '') return true
  if (offset + length < text.length) return false
  const what = printParseErrorCode(error)
  if (what === 'UnexpectedEndOfString' || what === 'UnexpectedEndOfNumber') return true
  const last = text.slice(offset)
  return what === 'InvalidSymbol' && ['true', 'false', 'null', '-'].some((symbol) => symbol.startsWith(last))
}

/** Thrown to end a visit: no `Error`, whose stack would take longer to write down than the text to read. */
const ENOUGH = Symbol('the first error is enough')

/**
 * The first thing that is wrong with a text. Nothing after it is looked at: past an error the depth that was measured
 * does not bind the parser, which calls itself once a level, and every further character may be one more error.
 */
function firstErrorIn(text: string): ParseError | undefined {
  const errors: ParseError[] = []
  const onError = (error: ParseError['error'], offset: number, length: number) => {
    errors.push({ error, offset, length })
    throw ENOUGH
  }
  try {
    visit(text, { onError }, { allowTrailingComma: false, disallowComments: true })
  } catch (error) {
    if (error !== ENOUGH) throw error
  }
  return errors[0]
}

/** Looks for the member that is named twice; asked only where the counts say that there is one. */
function duplicateMember(text: string): Finding {
  const objects: Set<string>[] = []
  let pointer: string | undefined
  visit(text, {
    onObjectBegin: () => {
      objects.push(new Set())
    },
    onObjectEnd: () => {
      objects.pop()
    },
    onObjectProperty: (name, _offset, _length, _line, _character, pathSupplier) => {
      const names = objects.at(-1)
      if (names?.has(name)) pointer ??= pointerTo([...pathSupplier(), name])
      names?.add(name)
    },
  })
  return { code: 'duplicate-member', path: pointer ?? '', message: 'is named twice in its object; keep one of the two' }
}

/** A JSON pointer to a place. @see RFC 6901, section 3 */
export function pointerTo(path: readonly (string | number)[]): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}
