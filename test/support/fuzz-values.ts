/** Values drawn from the schemas of a description: ones that meet them, and ones that break one rule. */
import type { Chance } from './crash-chance.ts'
import type { Description, Json, Schema } from './fuzz-description.ts'
import { type FuzzPool, ODD_TEXTS } from './fuzz-pool.ts'

/** What values are drawn by. */
export interface Drawing {
  readonly description: Description
  readonly chance: Chance
  readonly pool: FuzzPool
  /** What time it is, so that instants lie near it. */
  readonly now: () => number
}

/** A value that meets its schema. @param name The member or parameter that it is for. */
export function aValue(drawing: Drawing, schema: Schema, name: string): unknown {
  const { chance, description } = drawing
  const full = description.followed(schema)
  if ('const' in full) return full['const']
  if (Array.isArray(full['enum'])) return chance.one(full['enum'])
  if (Array.isArray(full['anyOf'])) return aValue(drawing, chance.one(full['anyOf'] as Schema[]), name)
  const type = chance.one([full['type'] ?? 'object'].flat()) as string
  switch (type) {
    case 'null':
      return null
    case 'boolean':
      return chance.below(2) === 0
    case 'integer':
    case 'number':
      return aNumber(drawing, full, name)
    case 'string':
      return aText(drawing, full, name)
    case 'array':
      return anArray(drawing, full, name)
    case 'object':
      return anObject(drawing, full)
    default:
      throw new TypeError(`nothing is drawn of the type ${type}`)
  }
}

function aNumber({ chance, now }: Drawing, schema: Schema, name: string): number {
  const minimum = Number(schema['minimum'] ?? -(2 ** 53 - 1))
  const maximum = Number(schema['maximum'] ?? 2 ** 53 - 1)
  const near = [minimum, minimum + 1, minimum + chance.below(20), maximum - 1, maximum]
  const usual = [minimum + chance.below(20), minimum + chance.below(500)]
  const days = name.endsWith('_at') ? [-40, -8, -1, 0, 1, 8, 40].map((day) => now() + day * 86_400_000) : []
  const from = chance.below(6) === 0 ? near : [...usual, ...days, ...days, ...days]
  return Math.min(maximum, Math.max(minimum, chance.one(from)))
}

/** Mostly what means something under the name, where the schema lets it. */
function aText({ chance, pool }: Drawing, schema: Schema, name: string): string {
  const isMet = textCheck(schema)
  const meaning = pool.textsFor(name).filter(isMet)
  const odd = ODD_TEXTS.filter(isMet)
  if (meaning.length > 0 && (chance.below(8) > 0 || odd.length === 0)) return chance.one(meaning)
  if (odd.length === 0) throw new TypeError(`no text is known that meets ${JSON.stringify(schema)}`)
  return chance.one(odd)
}

const PATTERNS = new Map<string, RegExp>()

function textCheck(schema: Schema): (text: string) => boolean {
  const { pattern, minLength, maxLength } = schema as { pattern?: string; minLength?: number; maxLength?: number }
  const compiled = pattern === undefined ? undefined : (PATTERNS.get(pattern) ?? new RegExp(pattern, 'u'))
  if (pattern !== undefined && compiled !== undefined) PATTERNS.set(pattern, compiled)
  return (text) => {
    const length = [...text].length
    return length >= (minLength ?? 0) && length <= (maxLength ?? Infinity) && (compiled?.test(text) ?? true)
  }
}

function anArray(drawing: Drawing, schema: Schema, name: string): unknown[] {
  const { chance } = drawing
  const most = Math.min(Number(schema['maxItems'] ?? 3), chance.below(20) === 0 ? 32 : 3)
  const count = Number(schema['minItems'] ?? 0) + chance.below(most + 1)
  return Array.from({ length: count }, () => aValue(drawing, (schema['items'] ?? {}) as Schema, name.replace(/s$/, '')))
}

function anObject(drawing: Drawing, schema: Schema): Json {
  const { chance } = drawing
  const required = (schema['required'] ?? []) as readonly string[]
  const properties = Object.entries((schema['properties'] ?? {}) as Readonly<Record<string, Schema>>)
  const members = properties
    .filter(([name]) => required.includes(name) || chance.below(2) === 0)
    .map(([name, property]) => [name, aValue(drawing, property, name)] as const)
  const isClosed = schema['additionalProperties'] === false || schema['unevaluatedProperties'] === false
  const more = !isClosed && chance.below(6) === 0 ? [[chance.one(MORE), chance.one(ANYTHING)] as const] : []
  return Object.fromEntries([...members, ...more])
}

const MORE = ['public_metadata', 'x', '', '__proto__', 'toString', 'a/b~c']
const ANYTHING = [null, true, 0, -1.5, 1e300, '', 'text', [], {}, [[[]]], { a: { b: [1, null] } }]

/** A value that breaks one rule, and which. */
export interface Broken {
  readonly rule: string
  readonly value: unknown
}

/** Every way to break one rule of a schema in a value that meets it; those of them that do. */
export function brokenBy(description: Description, schema: Schema, value: unknown): readonly Broken[] {
  return breaks(description, schema, value, '').filter((each) => description.faults(schema, each.value).length > 0)
}

function breaks(description: Description, schema: Schema, value: unknown, at: string): readonly Broken[] {
  const full = description.followed(schema)
  const here = replacements(full, value).map(([rule, other]) => ({ rule: `${at || '/'} ${rule}`, value: other }))
  if (Array.isArray(value)) {
    const items = (full['items'] ?? {}) as Schema
    const [first] = value
    if (first === undefined) return here
    const inside = breaks(description, items, first, `${at}/0`)
    return [...here, ...inside.map(({ rule, value: item }) => ({ rule, value: [item, ...value.slice(1)] }))]
  }
  if (typeof value !== 'object' || value === null) return here
  return [...here, ...memberBreaks(description, full, value as Json, at)]
}

function memberBreaks(description: Description, full: Schema, value: Json, at: string): readonly Broken[] {
  const without = (name: string) => Object.fromEntries(Object.entries(value).filter(([each]) => each !== name))
  const missing = ((full['required'] ?? []) as readonly string[]).map((name) => {
    return { rule: `${at}/${name} is missing`, value: without(name) }
  })
  const isClosed = full['additionalProperties'] === false
  const unknown = isClosed ? [{ rule: `${at}/unknown is unknown`, value: { ...value, unknown: 1 } }] : []
  const properties = Object.entries((full['properties'] ?? {}) as Readonly<Record<string, Schema>>)
  const inside = properties
    .filter(([name]) => Object.hasOwn(value, name))
    .flatMap(([name, property]) => {
      return breaks(description, property, value[name], `${at}/${name}`).map(({ rule, value: member }) => {
        return { rule, value: { ...value, [name]: member } }
      })
    })
  return [...missing, ...unknown, ...inside]
}

/** What may stand in a value's place, and which rule it is to break. */
function replacements(schema: Schema, value: unknown): readonly (readonly [string, unknown])[] {
  const { minimum, maximum, maxItems } = schema as { minimum?: number; maximum?: number; maxItems?: number }
  const types = [null, true, 7, 1.5, 'text', ['array'], { object: true }].map(
    (other) => ['has a wrong type', other] as const,
  )
  const numbers = [
    ...(minimum === undefined ? [] : [['is too small', minimum - 1] as const]),
    ...(maximum === undefined ? [] : [['is too large', maximum + 1] as const, ['is far too large', 1e300] as const]),
  ]
  const texts = 'enum' in schema || 'pattern' in schema || 'const' in schema || 'minLength' in schema ? ODD_TEXTS : []
  const many = maxItems !== undefined && maxItems <= 100 && Array.isArray(value) && value.length > 0
  const items = many ? [['has too many items', Array.from({ length: maxItems + 1 }, () => value[0])] as const] : []
  return [...types, ...numbers, ...texts.map((text) => ['is no such text', text] as const), ...items]
}
