import type { Form } from '../domain/form.ts'
import { KNOWN_MEMBERS, type KnownMembers, nameIn } from './form.ts'
import { CLOSE_BRACE, COMMA, OPEN_BRACE } from './json-codes.ts'
import { endOfString, endOfValue, nameAt } from './json-text.ts'
import type { FormedText } from './stored-document.ts'

type Kind = Exclude<keyof KnownMembers, 'task'>

/**
 * A kept document as text of a form: the members that its schema knows are named as the form has them, at every level,
 * and every other character stays.
 *
 * @param document Compact JSON, a client's with an empty list of sessions.
 */
export function renameMembers({ form, text }: FormedText, kind: 'client' | 'session', to: Form): string {
  return form === to ? text : new Renaming(text, form, to).renamed(kind)
}

/** One text on its way into the other form. */
class Renaming {
  readonly #text: string
  readonly #from: Form
  readonly #names: Readonly<Record<Kind, ReadonlyMap<string, string>>>
  readonly #pieces: string[] = []
  #copied = 0

  constructor(text: string, from: Form, to: Form) {
    this.#text = text
    this.#from = from
    this.#names = NAMES[to]
  }

  renamed(kind: Kind): string {
    this.#object(0, kind)
    this.#pieces.push(this.#text.slice(this.#copied))
    return this.#pieces.join('')
  }

  /** Renames within the object that begins at a place; answers where it ends. */
  #object(open: number, kind: Kind): number {
    let at = open + 1
    while (this.#text.charCodeAt(at) !== CLOSE_BRACE && at < this.#text.length) {
      const close = endOfString(this.#text, at)
      const name = nameAt(this.#text, at, close)
      const known = this.#names[kind].get(name)
      if (known !== undefined && known !== name) {
        this.#pieces.push(this.#text.slice(this.#copied, at), `"${known}"`)
        this.#copied = close + 1
      }
      at = this.#value(close + 2, kind === 'session' ? name : '')
      if (this.#text.charCodeAt(at) === COMMA) at += 1
    }
    return at + 1
  }

  /** Renames within a session's latest activity. Its tasks are the same in both forms. */
  #value(at: number, name: string): number {
    const isActivity = name === nameIn(this.#from, 'latestActivity') && this.#text.charCodeAt(at) === OPEN_BRACE
    return isActivity ? this.#object(at, 'activity') : endOfValue(this.#text, at)
  }
}

/** What the members of each kind of object are called in a form, by their names in the other. */
const NAMES = { sdk: namesIn('sdk'), wire: namesIn('wire') }

function namesIn(form: Form): Readonly<Record<Kind, ReadonlyMap<string, string>>> {
  const other = form === 'sdk' ? 'wire' : 'sdk'
  const names = (kind: Kind) =>
    new Map(Object.keys(KNOWN_MEMBERS.sdk[kind]).map((member) => [nameIn(other, member), nameIn(form, member)]))
  return { client: names('client'), session: names('session'), activity: names('activity') }
}
