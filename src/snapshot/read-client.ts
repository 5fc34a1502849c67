import { SnapshotError } from '../domain/errors.ts'
import type { Form } from '../domain/form.ts'
import type { EpochMs } from '../domain/instant.ts'
import type { Client } from '../domain/session.ts'
import { findMixedForms, findUnknownMembers, formOf, hasOnlyKnownMembers } from './find-members.ts'
import { findWarnings } from './find-warnings.ts'
import type { Finding } from './findings.ts'
import { fromWire, type WireClient } from './form.ts'
import { parseText } from './parse-text.ts'
import { findingsOf, MAXIMUM_ERRORS } from './schema-errors.ts'
import { type UnknownStatus, validatorOf } from './validators.ts'

/** A snapshot that its schema has nothing against. */
export interface ValidReading {
  readonly valid: true
  readonly id: string
  readonly errors: readonly []
  /** What is odd in it, where that was asked for. */
  readonly warnings: readonly Finding[]
  readonly form: Form
  /** What the lifecycle works on: the document itself where it is camelCase, a view of it where it is wire. */
  readonly client: Client
  /** The document as it came in, every member of it. */
  readonly document: Readonly<Record<string, unknown>>
  /** The JSON it was read from, where it was text. */
  readonly text: string | null
}

/** A snapshot that is rejected, and why. */
export interface InvalidReading {
  readonly valid: false
  /** The id it goes by, where it has one to go by. */
  readonly id: string | null
  readonly errors: readonly Finding[]
  readonly warnings: readonly Finding[]
}

/** What became of reading a snapshot. */
export type Reading = ValidReading | InvalidReading

/** How to read a snapshot. */
export interface ReadOptions {
  /** What becomes of a status that is none of the eight: `reject` where it is left out. */
  readonly unknownStatus?: UnknownStatus | undefined
  /** Whether to look for what is odd: `true` where it is left out. */
  readonly warnings?: boolean | undefined
  /** Whether what is odd rejects the snapshot: `false` where it is left out. */
  readonly strict?: boolean | undefined
  /** The present, epoch milliseconds; activity after it is odd. Not looked for where it is left out. */
  readonly now?: EpochMs | undefined
}

/**
 * Reads a Client snapshot, in either form, and says what is wrong or odd in it.
 *
 * Schema errors reject it. What its schema allows and is odd all the same comes as warnings, which reject it where the
 * reader is strict. Nothing is repaired, defaulted or dropped.
 *
 * @param input JSON text of at most 8 MiB and 64 levels, or a document already parsed. A byte order mark is passed over.
 * @see schemas/client.schema.json, schemas/client.wire.schema.json, docs/findings.md
 */
export function readClient(input: unknown, options: ReadOptions = {}): Reading {
  if (typeof input !== 'string') return readDocument(input, null, options)
  const text = input.charCodeAt(0) === BYTE_ORDER_MARK ? input.slice(1) : input
  const parsed = parseText(text)
  return parsed.ok ? readDocument(parsed.value, text, options) : rejected(null, [parsed.error])
}

/**
 * Reads a Client snapshot that has to be valid; otherwise as {@link readClient}.
 *
 * @throws {SnapshotError} With every error found, where it is not.
 */
export function parseClient(input: unknown, options: ReadOptions = {}): ValidReading {
  const reading = readClient(input, options)
  if (!reading.valid) throw new SnapshotError(reading.errors)
  return reading
}

const BYTE_ORDER_MARK = 0xfeff

function readDocument(input: unknown, text: string | null, options: ReadOptions): Reading {
  if (!isObject(input)) return rejected(null, [notAClient('is not an object, but a Client snapshot is')])
  const form = formOf(input)
  const validate = validatorOf(form, options.unknownStatus ?? 'reject', 'first')
  if (!validate(input)) return rejected(idOf(input), schemaErrors(input, form, options))
  const isKnown = hasOnlyKnownMembers(input, form)
  if (!isKnown) {
    const mixed = findMixedForms(input, form, MAXIMUM_ERRORS)
    if (mixed.length > 0) return rejected(idOf(input), mixed)
  }
  const client = form === 'wire' ? fromWire(input as unknown as WireClient) : (input as unknown as Client)
  const isLookedOver = options.warnings !== false || options.strict === true
  const unknown = isLookedOver && !isKnown ? findUnknownMembers(input, form, MAXIMUM_ERRORS) : []
  const warnings = isLookedOver ? [...findWarnings(client, form, options.now), ...unknown] : []
  if (options.strict === true && warnings.length > 0) return rejected(client.id, warnings)
  return { valid: true, id: client.id, errors: [], warnings, form, client, document: input, text }
}

/** Every error of a document; only its first where its lists are so long that listing them would take long. */
function schemaErrors(input: Readonly<Record<string, unknown>>, form: Form, options: ReadOptions): Finding[] {
  const misfit = misfitOf(input)
  if (misfit !== undefined) return [misfit]
  const mixed = findMixedForms(input, form, MAXIMUM_ERRORS)
  if (mixed.length > 0) return mixed
  const validate = validatorOf(form, options.unknownStatus ?? 'reject', isModest(input) ? 'all' : 'first')
  validate(input)
  return findingsOf(validate.errors ?? [])
}

/** What people hand in where a client is wanted, told by name. */
function misfitOf(input: Readonly<Record<string, unknown>>): Finding | undefined {
  if (input['object'] === 'session') return notAClient('is a Session; put it among the sessions of its Client')
  if (input['object'] === 'event') return notAClient('is a webhook event; a snapshot is a Client')
  if (Array.isArray(input['data'])) return notAClient('is a page of a list; give the items of its data, one a line')
  return undefined
}

/** How many items the lists of a document may hold together for every error in them to be looked for. */
const MODEST = 5000

function isModest(input: Readonly<Record<string, unknown>>): boolean {
  const lengthOf = (list: unknown) => (Array.isArray(list) ? list.length : 0)
  const sessions = input['sessions']
  let items = lengthOf(sessions) + lengthOf(input['sessionIds']) + lengthOf(input['session_ids'])
  if (items > MODEST || !Array.isArray(sessions)) return items <= MODEST
  for (const session of sessions) if (isObject(session)) items += lengthOf(session['tasks'])
  return items <= MODEST
}

function rejected(id: string | null, errors: readonly Finding[]): InvalidReading {
  return { valid: false, id, errors, warnings: [] }
}

function notAClient(message: string): Finding {
  return { code: 'not-a-client', path: '', message }
}

function idOf(input: Readonly<Record<string, unknown>>): string | null {
  const id = Object.hasOwn(input, 'id') ? input['id'] : null
  return typeof id === 'string' && id.length <= 255 ? id : null
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
