/** The description that a service serves, as what a fuzz draws its requests from and holds the answers to. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'

/** A part of a JSON document. */
export type Json = { readonly [name: string]: unknown }

/** A schema of the description. */
export type Schema = Json

/** One parameter of an operation. */
export interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly isRequired: boolean
  readonly schema: Schema
}

/** One answer of an operation, by its status. */
export interface Described {
  /** `null` where it has no body. */
  readonly contentType: string | null
  readonly schema: Schema | null
  /** Codes of errors that its text names. */
  readonly codes: ReadonlySet<string>
}

/** One operation of the description. */
export interface Operation {
  readonly operationId: string
  readonly method: string
  readonly path: string
  readonly isKeyed: boolean
  readonly isWriting: boolean
  readonly parameters: readonly Parameter[]
  readonly body: { readonly contentType: string; readonly schema: Schema; readonly isRequired: boolean } | null
  readonly answers: ReadonlyMap<number, Described>
}

/** A description, read. */
export class Description {
  readonly document: Json
  readonly operations: readonly Operation[]
  readonly #components: Json
  // Pattern and type stand side by side in some of the schemas, as they may.
  readonly #ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false, allErrors: true })
  readonly #checks = new Map<string, ValidateFunction>()

  /** @param document What `/openapi.json` answers. */
  constructor(document: Json) {
    this.document = document
    this.#components = document['components'] as Json
    this.#ajv.addVocabulary(['components'])
    this.operations = Object.entries(document['paths'] as Json).flatMap(([path, methods]) => {
      return Object.entries(methods as Json).map(([method, operation]) => read(method, path, operation as Json))
    })
  }

  /** What a value has against a schema; empty where it meets it. */
  faults(schema: Schema, value: unknown): string[] {
    const key = JSON.stringify(schema)
    const check = this.#checks.get(key) ?? this.#ajv.compile({ ...schema, components: this.#components })
    this.#checks.set(key, check)
    if (check(value)) return []
    return (check.errors ?? []).map(({ instancePath, message, params }) => {
      return `${instancePath || '/'} ${message} ${JSON.stringify(params)}`
    })
  }

  /** A schema with what it refers to in its place; its own members go before. */
  followed(schema: Schema): Schema {
    const { $ref, ...own } = schema
    if (typeof $ref !== 'string') return schema
    return { ...this.followed(this.at($ref)), ...own }
  }

  /** What a reference leads to. @throws {TypeError} Where it leads nowhere. */
  at($ref: string): Schema {
    const steps = $ref.split('/').slice(1)
    const found = steps.reduce<unknown>((at, step) => {
      return (at as Json | undefined)?.[step.replaceAll('~1', '/').replaceAll('~0', '~')]
    }, this.document)
    if (!$ref.startsWith('#/') || typeof found !== 'object' || found === null)
      throw new TypeError(`${$ref} leads nowhere`)
    return found as Schema
  }

  /** The operation that a request is for, where a step that is spelled out goes before a parameter. */
  operationOf(method: string, target: string): Operation | undefined {
    const asked = method === 'HEAD' ? 'GET' : method
    return this.pathOf(target).find((each) => each.method === asked)
  }

  /** The operations at the path that a target leads to; empty where there is none. */
  pathOf(target: string): readonly Operation[] {
    const steps = (target.split(/[?#]/, 1)[0] as string).split('/')
    const fits = this.operations.filter(({ path }) => {
      const names = path.split('/')
      return names.length === steps.length && names.every((name, place) => isFit(name, steps[place] as string))
    })
    const fewest = Math.min(...fits.map(({ path }) => path.split('{').length))
    return fits.filter(({ path }) => path.split('{').length === fewest)
  }
}

function isFit(name: string, step: string): boolean {
  return name.startsWith('{') ? step !== '' : name === step
}

interface RawOperation {
  readonly operationId: string
  readonly description?: string
  readonly security: readonly unknown[]
  readonly parameters?: readonly { name: string; in: Parameter['in']; required?: boolean; schema: Schema }[]
  readonly requestBody?: { readonly required?: boolean; readonly content: Json }
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Json }>>
}

function read(method: string, path: string, raw: Json): Operation {
  const {
    operationId,
    description = '',
    security,
    parameters = [],
    requestBody,
    responses,
  } = raw as never as RawOperation
  return {
    operationId,
    method: method.toUpperCase(),
    path,
    isKeyed: security.length > 0,
    isWriting: description.includes('one that may write'),
    parameters: parameters.map((each) => ({ ...each, isRequired: each.required === true })),
    body: bodyOf(requestBody),
    answers: new Map(
      Object.entries(responses).map(([status, { description: text, content }]) => {
        const [contentType, media] = Object.entries(content ?? {})[0] ?? [null, {}]
        const codes = new Set([...text.matchAll(/`([a-z0-9_]+)`/g)].map(([, code]) => code as string))
        return [Number(status), { contentType, schema: ((media as Json)['schema'] ?? null) as Schema | null, codes }]
      }),
    ),
  }
}

function bodyOf(body: RawOperation['requestBody']): Operation['body'] {
  if (body === undefined) return null
  const [contentType, media] = Object.entries(body.content)[0] as [string, { readonly schema: Schema }]
  return { contentType, schema: media.schema, isRequired: body.required === true }
}
