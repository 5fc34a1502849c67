import requestsSchema from '../../schemas/http-requests.schema.json' with { type: 'json' }
import { HTTP_SCHEMAS, type RequestSchema } from './validation.ts'

/** A part of a JSON document. */
export type Json = { readonly [name: string]: unknown }

/** What schemas that are files of their own are called in a description. */
const FILES: Readonly<Record<string, string>> = {
  'error.schema.json': 'Errors',
  'finding.schema.json': 'Finding',
  'session.wire.schema.json': 'SessionSnapshot',
  'client.wire.schema.json': 'ClientSnapshot',
  'session.schema.json': 'SdkSessionSnapshot',
  'client.schema.json': 'SdkClientSnapshot',
}

/** What the names of definitions in a file end with, so that a request and an answer of one name stay apart. */
const SUFFIXES: Readonly<Record<string, string>> = { 'http-requests.schema.json': 'Request' }

const DOCUMENTS: ReadonlyMap<string, Json> = new Map(HTTP_SCHEMAS.map((schema) => [schema.$id, schema as Json]))

/**
 * The schemas of a description: those of schemas/, which are JSON Schema 2020-12 as OpenAPI 3.1 has it, with their references
 * led to one place. A file or a definition that is referred to becomes a component; what lies deeper stands where it is
 * referred to.
 */
export class Components {
  readonly #schemas = new Map<string, Json>()

  /** Every component, by name. */
  schemas(): Json {
    return Object.fromEntries([...this.#schemas].sort(([a], [b]) => (a < b ? -1 : 1)))
  }

  /** What refers to an answer. */
  answer(name: string): Json {
    return this.#refer(`http-responses.schema.json#/$defs/${name}`, '')
  }

  /** What refers to the errors of an answer. */
  errors(): Json {
    return this.#refer('error.schema.json', '')
  }

  /** What refers to a snapshot. */
  client(): Json {
    return this.#refer('client.wire.schema.json', '')
  }

  /** What refers to a body, and whether there has to be one. */
  body(name: RequestSchema): { readonly schema: Json; readonly isRequired: boolean } {
    const isRequired = 'required' in requestsSchema.$defs[name]
    return { schema: this.#refer(`http-requests.schema.json#/$defs/${name}`, ''), isRequired }
  }

  /** The parameters of a query, each with its schema. */
  queryParameters(name: RequestSchema): Json[] {
    const { properties } = requestsSchema.$defs[name] as unknown as {
      readonly properties: Readonly<Record<string, Json>>
    }
    return Object.entries(properties).map(([parameter, property]) => {
      const { description, ...schema } = this.#flat(property, 'http-requests.schema.json')
      return { name: parameter, in: 'query', description, schema }
    })
  }

  /** A schema with what it refers to in its place, one step deep. */
  #flat(schema: Json, file: string): Json {
    const { $ref, ...own } = schema
    if (typeof $ref !== 'string') return this.#led(own, file) as Json
    const { file: target, schema: found } = located($ref, file)
    return { ...(this.#led(found, target) as Json), ...own }
  }

  #refer($ref: string, file: string): Json {
    const { file: target, path, schema } = located($ref, file)
    const name = nameOf(target, path)
    if (name === null) return this.#led(schema, target) as Json
    if (!this.#schemas.has(name)) {
      this.#schemas.set(name, {})
      const { $schema: _schema, $id: _id, $defs: _defs, ...own } = schema
      this.#schemas.set(name, this.#led(own, target) as Json)
    }
    return { $ref: `#/components/schemas/${name}` }
  }

  /** A value with its references led to components. */
  #led(value: unknown, file: string): unknown {
    if (Array.isArray(value)) return value.map((item) => this.#led(item, file))
    if (typeof value !== 'object' || value === null) return value
    const members = Object.entries(value).filter(([name]) => name !== '$ref')
    const own = Object.fromEntries(members.map(([name, member]) => [name, this.#led(member, file)]))
    const { $ref } = value as { readonly $ref?: unknown }
    return typeof $ref === 'string' ? { ...this.#refer($ref, file), ...own } : own
  }
}

/** Where a reference leads. */
function located(
  $ref: string,
  from: string,
): { readonly file: string; readonly path: string[]; readonly schema: Json } {
  const [named = '', pointer = ''] = $ref.split('#')
  const file = named === '' ? from : named
  const path = pointer.split('/').slice(1)
  const schema = path.reduce<unknown>((at, step) => (at as Json | undefined)?.[step], DOCUMENTS.get(file))
  if (schema === undefined) throw new TypeError(`there is no schema ${$ref} in ${from}`)
  return { file, path, schema: schema as Json }
}

/** What a file or a definition is called; `null` for what lies deeper. */
function nameOf(file: string, path: readonly string[]): string | null {
  if (path.length === 0) return FILES[file] ?? null
  const [within, name] = path
  if (path.length !== 2 || within !== '$defs' || name === undefined) return null
  return `${name[0]?.toUpperCase()}${name.slice(1)}${SUFFIXES[file] ?? ''}`
}
