/** Ways to spoil an answer, each with what a fuzz has to say of it: a counter-test. */
import type { Json } from './fuzz-description.ts'
import type { FuzzAnswer } from './fuzz-send.ts'

/** Spoils an answer; `null` leaves one as it is that cannot be spoiled so. */
export type Spoil = (answer: FuzzAnswer) => FuzzAnswer | null

/** Spoils a JSON object; `null` for what is none. */
function members(status: (status: number) => boolean, spoil: (body: Json) => unknown): Spoil {
  return (answer) => {
    const isJson = answer.headers['content-type'] === 'application/json' && answer.text.startsWith('{')
    if (!isJson || !status(answer.status)) return null
    const spoiled = spoil(JSON.parse(answer.text) as Json)
    return spoiled === null ? null : { ...answer, text: JSON.stringify(spoiled) }
  }
}

const isGood = (status: number) => status === 200
const isError = (status: number) => status >= 400 && status < 500

const inErrors = (members: Json) => (body: Json) => {
  return { ...body, errors: (body['errors'] as Json[]).map((error) => ({ ...error, ...members })) }
}

const isSession = ({ object }: Json) => object === 'session'

/** Each spoiling: what it does, how, and the fault that it is. */
export const SPOILINGS: readonly (readonly [name: string, spoil: Spoil, fault: RegExp])[] = [
  [
    'a member too many in a session',
    members(isGood, (body) => (isSession(body) ? { ...body, spoiled: 1 } : null)),
    /NOT have unevaluated properties \{"unevaluatedProperty":"spoiled"\}/,
  ],
  [
    "a member too many, by Clerk's own description",
    members(isGood, (body) => ('object' in body ? { ...body, spoiled: 1 } : null)),
    /by Clerk's: .*NOT have additional properties \{"additionalProperty":"spoiled"\}/,
  ],
  [
    'a member that is missing',
    members(isGood, ({ abandon_at: gone, ...rest }) => (gone === undefined ? null : rest)),
    /required property 'abandon_at'/,
  ],
  [
    'an instant as text',
    members(isGood, (body) => (isSession(body) ? { ...body, expire_at: String(body['expire_at']) } : null)),
    /\/expire_at must be integer/,
  ],
  [
    'a status that nobody knows',
    members(isGood, (body) => (isSession(body) ? { ...body, status: 'spoiled' } : null)),
    /\/status must be equal to one of the allowed values/,
  ],
  ['a code that nobody knows', members(isError, inErrors({ code: 'spoiled_code' })), /with the code spoiled_code/],
  [
    'a code of another status',
    members(isError, inErrors({ code: 'internal_clerk_error' })),
    /answers 4\d\d with the code internal_clerk_error/,
  ],
  ['no errors at all', members(isError, (body) => ({ ...body, errors: [] })), /has no errors/],
  ['no trace', members(isError, ({ clerk_trace_id: _, ...rest }) => rest), /has no trace id/],
  ['a stack', members(isError, inErrors({ long_message: 'at f (/srv/tenure/src/x.ts:1:2)' })), /: shows .*jt.*\n/],
  ['SQL', members(isError, inErrors({ message: 'SELECT id FROM sessions' })), /: shows .*SELECT/],
  ['a fault', (answer) => (isGood(answer.status) ? { ...answer, status: 599 } : null), /: answers 599\n/],
  ['a success', (answer) => (isError(answer.status) ? { ...answer, status: 299 } : null), /: answers 299, though it /],
  [
    'a type with a charset',
    (answer) => ({ ...answer, headers: { ...answer.headers, 'content-type': 'application/json; charset=spoiled' } }),
    /is of the type application\/json; charset=spoiled, and not/,
  ],
  ['half a body', (answer) => ({ ...answer, text: answer.text.slice(0, -3) }), /: is no JSON\n/],
  ['an answer that is late', (answer) => ({ ...answer, milliseconds: 60_000 }), /: took longer than /],
]
