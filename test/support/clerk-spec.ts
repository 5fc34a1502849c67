/**
 * Clerk's own description of its Backend API, as what a test holds answers to.
 *
 * The fixture is an extract of clerk/openapi-specs as it is published: OpenAPI 3.0, whose `nullable` Ajv reads as a type
 * with null. It closes Client, Session, Token and Cookies with `additionalProperties: false`, so that a member too many is a
 * fault as well.
 */
import { Ajv, type ValidateFunction } from 'ajv'
import document from '../fixtures/clerk-bapi-sessions.json' with { type: 'json' }

/** A node of the description: a schema, a response, or a reference to one. */
type Node = Readonly<Record<string, unknown>>

const OPERATIONS = document.paths as unknown as Readonly<Record<string, Readonly<Record<string, Operation>>>>

interface Operation {
  readonly responses: Readonly<Record<string, Node>>
}

const ajv = new Ajv({
  strict: true,
  allErrors: true,
  formats: { int64: { type: 'number', validate: Number.isSafeInteger } },
})
// What references point into, and what describes a schema without binding it.
ajv.addVocabulary(['components', 'example'])

const CHECKS = new Map<string, ValidateFunction>()

/**
 * What is wrong with an answer by Clerk's description; empty where nothing is.
 *
 * An error that an operation does not list (429, 410, 5xx, or any of an address that Clerk does not have) is held to
 * Clerk's one form of errors. A list that came with its count is held to `{ data, total_count }`, which Clerk's SDKs read
 * and its description leaves out.
 *
 * @param path As it was asked for, without `/v1`: `/sessions/sess_1`. A query is ignored.
 * @param body The answer, parsed.
 */
export function clerkResponseFaults(method: string, path: string, status: number, body: unknown): string[] {
  const operation = operationOf(method.toLowerCase(), path.split('?', 1)[0] ?? '')
  const listed = operation?.responses[status]
  if (listed === undefined && status < 400) return [`${method} ${path} answers no ${status} by Clerk's description`]
  const schema = listed === undefined ? ERRORS : schemaOf(listed)
  if (schema['type'] !== 'array' || Array.isArray(body)) return faultsOf(schema, body, '')
  const { data, total_count: total, ...others } = Object(body) as Node
  const faults = faultsOf(schema, data, '/data')
  if (!Number.isSafeInteger(total) || Number(total) < 0) faults.push('/total_count must be how many there are')
  return [...faults, ...Object.keys(others).map((name) => `/${name} must NOT be beside data and total_count`)]
}

const ERRORS: Node = { $ref: '#/components/schemas/ClerkErrors' }

/** The operation of a path, where a name that is spelled out goes before a parameter. */
function operationOf(method: string, path: string): Operation | undefined {
  const steps = path.split('/')
  const fits = Object.keys(OPERATIONS)
    .filter((template) => OPERATIONS[template]?.[method] !== undefined)
    .filter((template) => {
      const names = template.split('/')
      return (
        names.length === steps.length && names.every((name, place) => name.startsWith('{') || name === steps[place])
      )
    })
    .sort((a, b) => a.split('{').length - b.split('{').length)
  return fits[0] === undefined ? undefined : OPERATIONS[fits[0]]?.[method]
}

function schemaOf(response: Node): Node {
  const { $ref } = response as { readonly $ref?: string }
  if ($ref !== undefined) {
    const name = $ref.slice('#/components/responses/'.length)
    return schemaOf((document.components.responses as Readonly<Record<string, Node>>)[name] as Node)
  }
  return (response as { readonly content: { readonly 'application/json': { readonly schema: Node } } }).content[
    'application/json'
  ].schema
}

function faultsOf(schema: Node, body: unknown, at: string): string[] {
  const key = JSON.stringify(schema)
  const check = CHECKS.get(key) ?? ajv.compile({ ...schema, components: document.components })
  CHECKS.set(key, check)
  if (check(body)) return []
  return (check.errors ?? []).map(({ instancePath, message, params }) => {
    return `${at + instancePath || '/'} ${message} ${JSON.stringify(params)}`
  })
}
