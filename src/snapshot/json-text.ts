/**
 * JSON text, looked at without parsing it: how deep it is, how many members it names, and where a value stands in it.
 *
 * Values are replaced in the text itself, so that a number stays as it was written and a member where it was, whatever
 * a parser would have made of them.
 */
import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  isSpace,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
} from './json-codes.ts'

/** What of a text is known before it is parsed. */
export interface TextMeasure {
  /** How deep objects and arrays are nested. */
  readonly depth: number
  /** How many members are named in all objects together, a name given twice counted twice. */
  readonly members: number
}

/** Measures a text in one pass. Right for JSON; for anything else merely finite. */
export function measureText(text: string): TextMeasure {
  let depth = 0
  let deepest = 0
  let members = 0
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = endOfString(text, at)
        break
      case COLON:
        members += 1
        break
      case OPEN_BRACE:
      case OPEN_BRACKET:
        depth += 1
        if (depth > deepest) deepest = depth
        break
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        depth -= 1
        break
    }
  }
  return { depth: deepest, members }
}

/** One change to a text: a value to stand where another does, or items to stand at the end of an array. */
export type TextEdit = { readonly path: readonly (string | number)[] } & (
  | { readonly json: string; readonly append?: never }
  | { readonly append: readonly string[]; readonly json?: never }
)

/**
 * Puts values in JSON text, and leaves every other character as it is.
 *
 * @param text Valid JSON that names no member twice.
 * @param edits Paths of values that are there. One that is not is left out.
 */
export function editText(text: string, edits: readonly TextEdit[]): string {
  if (edits.length === 0) return text
  const wanted = new Wanted()
  for (const edit of edits) wanted.add(edit.path, edit)
  const pieces: string[] = []
  let copied = 0
  walk(text, skipSpace(text, 0), wanted, (start, end, json) => {
    pieces.push(text.slice(copied, start), json)
    copied = end
  })
  pieces.push(text.slice(copied))
  return pieces.join('')
}

/** JSON text without the white space between its tokens: a document on one line. */
export function compactText(text: string): string {
  const pieces: string[] = []
  let copied = 0
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) at = endOfString(text, at)
    else if (isSpace(code)) {
      pieces.push(text.slice(copied, at))
      copied = at + 1
    }
  }
  pieces.push(text.slice(copied))
  return pieces.join('')
}

/** The values wanted below one value: a tree of the edits' paths. */
class Wanted {
  json: string | undefined
  append: readonly string[] = []
  readonly below = new Map<string | number, Wanted>()

  add(path: readonly (string | number)[], { json, append }: TextEdit): void {
    const [head, ...rest] = path
    if (head === undefined) {
      this.json = json ?? this.json
      this.append = append ?? this.append
      return
    }
    const next = this.below.get(head) ?? new Wanted()
    this.below.set(head, next)
    next.add(rest, json === undefined ? { path: rest, append: append ?? [] } : { path: rest, json })
  }
}

type Found = (start: number, end: number, json: string) => void

/** Walks the value that begins at a place; answers where it ends. */
function walk(text: string, at: number, wanted: Wanted | undefined, found: Found): number {
  if (wanted === undefined) return endOfValue(text, at)
  if (wanted.json !== undefined) {
    const end = endOfValue(text, at)
    found(at, end, wanted.json)
    return end
  }
  const opening = text.charCodeAt(at)
  if (opening === OPEN_BRACE) return walkObject(text, at, wanted, found)
  if (opening === OPEN_BRACKET) return walkArray(text, at, wanted, found)
  return endOfValue(text, at)
}

function walkObject(text: string, open: number, wanted: Wanted, found: Found): number {
  let at = skipSpace(text, open + 1)
  while (text.charCodeAt(at) === QUOTE) {
    const close = endOfString(text, at)
    const name = nameAt(text, at, close)
    const value = skipSpace(text, skipSpace(text, close + 1) + 1)
    at = skipSpace(text, walk(text, value, wanted.below.get(name), found))
    if (text.charCodeAt(at) === COMMA) at = skipSpace(text, at + 1)
  }
  return at + 1
}

function walkArray(text: string, open: number, wanted: Wanted, found: Found): number {
  let at = skipSpace(text, open + 1)
  let isEmpty = true
  for (let index = 0; at < text.length && text.charCodeAt(at) !== CLOSE_BRACKET; index += 1) {
    isEmpty = false
    at = skipSpace(text, walk(text, at, wanted.below.get(index), found))
    if (text.charCodeAt(at) === COMMA) at = skipSpace(text, at + 1)
  }
  if (wanted.append.length > 0) found(at, at, `${isEmpty ? '' : ','}${wanted.append.join(',')}`)
  return at + 1
}

/** The name that stands between two quotes, its escapes undone. */
export function nameAt(text: string, open: number, close: number): string {
  const name = text.slice(open + 1, close)
  return name.includes('\\') ? (JSON.parse(`"${name}"`) as string) : name
}

/** Where the value that begins at a place has ended. */
export function endOfValue(text: string, start: number): number {
  let depth = 0
  for (let at = start; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) {
      at = endOfString(text, at)
      if (depth === 0) return at + 1
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) depth += 1
    else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      depth -= 1
      if (depth === 0) return at + 1
      if (depth < 0) return at
    } else if (depth === 0 && (code === COMMA || isSpace(code))) return at
  }
  return text.length
}

/** The closing quote of the string that opens at a place; the text's end where it never closes. */
export function endOfString(text: string, open: number): number {
  let quote = text.indexOf('"', open + 1)
  while (quote !== -1 && isEscaped(text, quote)) quote = text.indexOf('"', quote + 1)
  return quote === -1 ? text.length : quote
}

function isEscaped(text: string, quote: number): boolean {
  let first = quote
  while (text.charCodeAt(first - 1) === BACKSLASH) first -= 1
  return (quote - first) % 2 === 1
}

function skipSpace(text: string, start: number): number {
  let at = start
  while (at < text.length && isSpace(text.charCodeAt(at))) at += 1
  return at
}
