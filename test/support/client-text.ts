/**
 * Generated JSON texts of valid clients, spelled in every way that JSON allows: members in any order, names escaped,
 * numbers written oddly, white space everywhere, members that nobody knows. A text is a list of tokens, so that a test
 * knows where the values stand that settling may change, without reading the text.
 */
import fc from 'fast-check'
import { STATUSES } from '../../src/domain/status.ts'
import type { Form } from '../../src/snapshot/index.ts'
import { nameIn } from './documents.ts'
import './seed.ts'

/** A piece of a text; `field` names the value that it is, where settling may change it: `sessions/0/status`. */
export interface Token {
  readonly text: string
  readonly field?: string
  readonly isSpace?: true
}

type Tokens = fc.Arbitrary<readonly Token[]>

const ODD_VALUES = [
  '1e3',
  '1.0',
  '-0',
  '1e400',
  '12345678901234567890',
  '0.10',
  'null',
  'true',
  '""',
  '"\\ud800"',
  '"\\u0041\\/"',
  '"\\\\"',
  '"\\\\\\" } ] "',
  '"{\\"status\\": \\"active\\"}"',
  '" \u2028 é \u{1f600}"',
]
// None that holds a backslash: V8 then misreads escaped names in later documents (nodejs/node#63785).
const ODD_NAMES = ['__proto__', 'constructor', 'toString', '10', '2', '', 'a/b', 'Status', '\u2028', '"', 'status ']

const space = fc.constantFrom('', '', '', ' ', '\n', '\r\n\t')
const oneToken = (text: string): readonly Token[] => [{ text }]
const spaceToken = (text = ''): Token => ({ text, isSpace: true })

/** A string as JSON, each character as it is or escaped. */
function spelled(text: string): fc.Arbitrary<string> {
  const length = text.length
  return fc.array(fc.nat({ max: 4 }), { minLength: length, maxLength: length }).map((choices) => {
    const written = [...choices.entries()].map(([index, choice]) => {
      const unit = text[index] as string
      if (choice === 0) return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
      if (choice === 1 && unit === '/') return '\\/'
      return JSON.stringify(unit).slice(1, -1)
    })
    return `"${written.join('')}"`
  })
}

function listOf(open: string, items: readonly Tokens[], close: string): Tokens {
  const spaces = fc.array(space, { minLength: items.length * 2 + 1, maxLength: items.length * 2 + 1 })
  return fc.tuple(fc.tuple(...items), spaces).map(([parts, gaps]) => {
    const inside = parts.flatMap((part, index) => [
      ...(index === 0 ? [] : oneToken(',')),
      spaceToken(gaps[index * 2]),
      ...part,
      spaceToken(gaps[index * 2 + 1]),
    ])
    return [...oneToken(open), ...inside, spaceToken(gaps.at(-1)), ...oneToken(close)]
  })
}

function member(name: string, value: Tokens): Tokens {
  return fc
    .tuple(spelled(name), space, space, value)
    .map(([written, before, after, tokens]) => [
      { text: written },
      spaceToken(before),
      { text: ':' },
      spaceToken(after),
      ...tokens,
    ])
}

const oddMembers = (value: Tokens, maximum: number): fc.Arbitrary<readonly Tokens[]> =>
  fc.subarray(ODD_NAMES, { maxLength: maximum }).map((names) => names.map((name) => member(name, value)))

const leaf = fc.constantFrom(...ODD_VALUES).map(oneToken)
const shallow = fc.oneof(
  { weight: 3, arbitrary: leaf },
  fc.array(fc.constant(leaf), { maxLength: 3 }).chain((items) => listOf('[', items, ']')),
)
const oddValue: Tokens = fc.oneof(
  { weight: 3, arbitrary: shallow },
  oddMembers(shallow, 2).chain((members) => listOf('{', members, '}')),
)

const odd = oddMembers(oddValue, 3)

function object(members: readonly Tokens[]): Tokens {
  return odd.chain((more) => {
    const all = [...members, ...more]
    return fc.shuffledSubarray(all, { minLength: all.length }).chain((shuffled) => listOf('{', shuffled, '}'))
  })
}

const text = (value: string, field?: string): Tokens =>
  spelled(value).map((written) => [field === undefined ? { text: written } : { text: written, field }])

/** An instant of a small world, 0 to 16, in one of its spellings. */
const instant = (field?: string): Tokens =>
  fc
    .tuple(fc.nat({ max: 16 }), fc.constantFrom('', '', '.0', 'e0', '.00E+0'), fc.boolean())
    .map(([number, tail, minus]) => {
      const written = `${minus && number === 0 ? '-' : ''}${number}${tail}`
      return [field === undefined ? { text: written } : { text: written, field }]
    })

/** Mostly live, for the others have nothing due. */
const status = fc.oneof({ weight: 3, arbitrary: fc.constantFrom('active', 'pending') }, fc.constantFrom(...STATUSES))

function session(form: Form, index: number): Tokens {
  const named = (name: string, value: Tokens) => member(nameIn(form, name), value)
  return object([
    named('object', text('session')),
    named('id', text(`sess_${index}`)),
    named('userId', text('user/1')),
    named('clientId', text('client_1')),
    named(
      'status',
      status.chain((each) => text(each, `sessions/${index}/status`)),
    ),
    named('lastActiveAt', instant()),
    named('expireAt', instant()),
    named('abandonAt', instant()),
    named('updatedAt', instant(`sessions/${index}/updatedAt`)),
    named('createdAt', instant()),
  ])
}

const nothing: Tokens = fc.constant(oneToken('null'))

function client(form: Form, count: number): Tokens {
  const named = (name: string, value: Tokens) => member(nameIn(form, name), value)
  const ids = Array.from({ length: count }, (_, index) => `sess_${index}`)
  const lastActive = fc.constantFrom(...ids, 'sess_gone').chain((id) => text(id, 'lastActiveSessionId'))
  const sessions = ids.map((_, index) => session(form, index))
  return object([
    named('object', text('client')),
    named('id', text('client_1')),
    named(
      'sessionIds',
      listOf(
        '[',
        ids.map((id) => text(id)),
        ']',
      ),
    ),
    named('sessions', listOf('[', sessions, ']')),
    named('signInId', nothing),
    named('signUpId', nothing),
    named('lastActiveSessionId', fc.oneof({ weight: 4, arbitrary: lastActive }, nothing)),
    named('updatedAt', instant('updatedAt')),
    named('createdAt', instant()),
  ])
}

/** The tokens of a valid client of up to three sessions. */
export function clientTokens(form: Form): Tokens {
  return fc
    .tuple(
      fc.nat({ max: 3 }).chain((count) => client(form, count)),
      space,
      space,
    )
    .map(([tokens, before, after]) => [spaceToken(before), ...tokens, spaceToken(after)])
}
