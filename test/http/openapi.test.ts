/** What `/openapi.json` says of the service is valid OpenAPI, complete, and what the router and Clerk's own description say. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import { HTTP_ERROR_CODES, type HttpErrorCode } from '../../src/http/http-error.ts'
import clerks from '../fixtures/clerk-bapi-sessions.json' with { type: 'json' }
import { Description, type Json, type Parameter } from '../support/fuzz-description.ts'
import { type OpenedHttp, openHttpService } from '../support/http-service.ts'
import { sqliteMemory } from '../support/stores.ts'

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/** Codes that no operation answers: no request that they refuse has come to one. */
const OF_PROTOCOL: readonly HttpErrorCode[] = [
  // The head of the request is larger than is taken: it is not read to its end.
  'header_too_large',
  // The address is an operation's by another method.
  'method_not_allowed',
]

describe('the description of the service', () => {
  let opened: OpenedHttp
  let document: Json
  let description: Description

  before(async () => {
    opened = await openHttpService(sqliteMemory(), { webhooks: {} })
    document = (await opened.ask('GET', '/openapi.json')).json
    description = new Description(document)
  })
  after(() => opened[Symbol.asyncDispose]())

  const isValid = async (specification: object) => {
    return new Validator().validate(structuredClone(specification) as Record<string, unknown>)
  }

  test('it is valid OpenAPI 3.1, and the validator is one', async () => {
    assert.match(String(document['openapi']), /^3\.1\.\d+$/)
    const { valid, errors } = await isValid(document)
    assert.equal(valid, true, JSON.stringify(errors))
    const { info: _, ...nameless } = document
    assert.equal((await isValid(nameless)).valid, false)
    const noAnswers = structuredClone(document) as { paths: Record<string, Record<string, { responses: unknown }>> }
    Object.assign(noAnswers.paths['/v1/sessions']?.['get'] ?? {}, { responses: 7 })
    assert.equal((await isValid(noAnswers)).valid, false)
  })

  test('every reference leads to a place within it, and every schema to a check', () => {
    const references = referencesIn(document)
    assert.ok(references.length > 50)
    for (const reference of references) description.at(reference)
    const schemas = (document['components'] as { readonly schemas: Json }).schemas
    for (const name of Object.keys(schemas)) description.faults({ $ref: `#/components/schemas/${name}` }, null)
    const unused = Object.keys(schemas).filter((name) => !references.includes(`#/components/schemas/${name}`))
    assert.deepEqual(unused, [])
  })

  test('it has every address of the router, with the methods that are taken there, and no other', async () => {
    const addresses = addressesIn(opened.service.app.printRoutes({ commonPrefix: false }))
    const described = [...new Set(description.operations.map(({ path }) => path))]
    assert.deepEqual(addresses, described.sort())
    for (const path of described) {
      const target = path.replaceAll(/\{\w+\}/g, 'x')
      const taken = description.pathOf(target).map(({ method }) => method)
      for (const method of METHODS) {
        const { statusCode } = await opened.service.app.inject({ method: method as 'GET', url: target })
        assert.equal(statusCode === 405, !taken.includes(method), `${method} ${path} answers ${statusCode}`)
      }
    }
  })

  test('every operation has a name of its own', () => {
    const names = description.operations.map(({ operationId }) => operationId)
    assert.deepEqual(names.sort(), [...new Set(names)].sort())
    assert.ok(names.length >= 28)
  })

  test('every code of an error is one that an operation answers, under its status, or is of HTTP itself', () => {
    const named = new Set<string>(OF_PROTOCOL)
    for (const { operationId, answers } of description.operations) {
      for (const [status, { codes }] of answers) {
        for (const code of codes) {
          assert.equal(HTTP_ERROR_CODES[code as HttpErrorCode], status, `${operationId} answers ${status} with ${code}`)
          named.add(code)
        }
      }
    }
    assert.deepEqual([...named].sort(), Object.keys(HTTP_ERROR_CODES).sort())
  })

  test('its schemas take what the service answers', async () => {
    const signedIn = await opened.ask('POST', '/v1/sign_in', {
      user_id: 'user_ann',
      status: 'pending',
      tasks: [{ key: 'a' }],
    })
    const { id, client_id: client } = signedIn.json
    const snapshot = (await opened.ask('GET', '/v1/clients/export?form=wire')).text.split('\n')[0]
    const asked: readonly (readonly [string, string, unknown?])[] = [
      ['GET', `/v1/sessions/${id}`],
      ['GET', '/v1/sessions'],
      ['GET', '/v1/sessions?paginated=true'],
      ['GET', `/v1/sessions/${id}/history`],
      ['GET', `/v1/clients/${client}`],
      ['GET', '/v1/clients?paginated=true'],
      ['GET', '/v1/clients?paginated=false'],
      ['PUT', `/v1/clients/${client}`, snapshot],
      ['POST', `/v1/sessions/${id}/complete_tasks`],
      ['POST', `/v1/sessions/${id}/touch`, {}],
      ['POST', `/v1/sessions/${id}/tokens`, { expires_in_seconds: null }],
      ['POST', `/v1/sessions/${id}/cookies`, { request_origin: 'https://app.example' }],
      ['POST', `/v1/clients/${client}/tokens`],
      ['POST', '/v1/users/user_ann/sessions/revoke'],
      ['POST', '/v1/sessions', { user_id: 'user_ben', active_organization_id: null }],
      ['POST', '/v1/webhooks', { url: 'https://hooks.example/', types: ['session.expired'] }],
      ['GET', '/v1/webhooks'],
      ['GET', '/v1/jwks'],
      ['GET', '/.well-known/jwks.json'],
      ['GET', '/healthz'],
      ['GET', '/readyz'],
    ]
    for (const [method, path, body] of asked) {
      const { status, json, text } = await opened.ask(method, path, body)
      assert.equal(status, 200, `${method} ${path}: ${text}`)
      const schema = description.operationOf(method, path)?.answers.get(200)?.schema
      assert.ok(schema, `${method} ${path} is not described`)
      assert.deepEqual(description.faults(schema, json), [], `${method} ${path}: ${text}`)
    }
  })

  describe("Clerk's operations", () => {
    for (const [path, methods] of Object.entries(clerks.paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        test(`${method.toUpperCase()} ${path} is there by the same name, with the same parameters and members`, () => {
          const ours = description.operationOf(method.toUpperCase(), `/v1${path}`)
          assert.equal(ours?.path, `/v1${path}`)
          const theirs = operation as unknown as ClerksOperation
          assert.equal(ours?.operationId, theirs.operationId)
          for (const each of (theirs.parameters ?? []).map(resolved)) {
            const same: Parameter | undefined = ours?.parameters.find(({ name }) => name === each.name)
            assert.deepEqual([same?.in, same?.isRequired], [each.in, each.required === true], `parameter ${each.name}`)
          }
          const body = theirs.requestBody?.content['application/json'].schema
          const own = description.followed(ours?.body?.schema ?? {})
          assert.deepEqual(
            [...((own['required'] as string[] | undefined) ?? [])].sort(),
            [...(body?.required ?? [])].sort(),
          )
          for (const name of Object.keys(body?.properties ?? {}))
            assert.ok(Object.hasOwn(own['properties'] as Json, name), name)
        })
      }
    }
  })

  test('/docs is one page without scripts, and names every operation', async () => {
    const { status, headers, text } = await opened.ask('GET', '/docs')
    assert.equal(status, 200)
    assert.match(headers['content-type'] ?? '', /^text\/html/)
    assert.match(text, /^<!doctype html>/i)
    assert.equal(text.match(/<\/html>/g)?.length, 1)
    assert.doesNotMatch(text, /<script|<iframe|\son\w+=|javascript:|<link[^>]+href|\ssrc=/i)
    for (const { operationId, method, path } of description.operations) {
      assert.ok(text.includes(operationId), `${operationId} is not on the page`)
      assert.ok(text.includes(path) && text.includes(method), `${method} ${path} is not on the page`)
    }
  })
})

interface ClerksParameter {
  readonly name: string
  readonly in: string
  readonly required?: boolean
}

interface ClerksOperation {
  readonly operationId: string
  readonly parameters?: readonly (ClerksParameter | { readonly $ref: string })[]
  readonly requestBody?: {
    readonly content: {
      readonly 'application/json': { readonly schema: { readonly required?: string[]; readonly properties?: Json } }
    }
  }
}

function resolved(parameter: ClerksParameter | { readonly $ref: string }): ClerksParameter {
  if (!('$ref' in parameter)) return parameter
  const name = parameter.$ref.slice('#/components/parameters/'.length) as keyof typeof clerks.components.parameters
  return clerks.components.parameters[name]
}

function referencesIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return []
  const { $ref } = value as { readonly $ref?: unknown }
  const own = typeof $ref === 'string' ? [$ref] : []
  return [...own, ...Object.values(value).flatMap(referencesIn)]
}

/** The addresses in the router's own picture of itself, with parameters as the description spells them. */
function addressesIn(picture: string): readonly string[] {
  const steps: string[] = []
  const addresses = new Set<string>()
  for (const line of picture.split('\n').filter(Boolean)) {
    const match = /^(.*?)(?:├──|└──) (\S*)(?: \((.*)\))?$/.exec(line)
    assert.ok(match, `what does the router mean by ${line}`)
    const depth = (match[1] as string).length / 4
    steps.splice(depth, Infinity, match[2] as string)
    if (match[3] !== undefined) addresses.add(steps.join('').replaceAll(/:(\w+)/g, '{$1}'))
  }
  return [...addresses].sort()
}
