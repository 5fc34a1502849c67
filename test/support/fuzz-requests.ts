/** Requests drawn from a description: valid ones, and ones that break one rule of it, or of HTTP. */

import { signedHeaders } from './clerk-webhooks.ts'
import type { Operation } from './fuzz-description.ts'
import type { Refreshable } from './fuzz-pool.ts'
import { breakProtocol, isStrictlyBroken, oddOf, oddPath, type ProtocolBreak, withOddMethod } from './fuzz-protocol.ts'
import { aClientId, aLaterSnapshot, aSnapshot, someLines } from './fuzz-snapshots.ts'
import { aValue, brokenBy, type Drawing } from './fuzz-values.ts'

/** What a request is expected to be taken for. */
export type FuzzKind = 'valid' | 'broken' | 'odd'

/** A request, as it is sent. */
export interface FuzzRequest {
  /** `valid` meets the description, `broken` breaks it in one place, and of `odd` nothing is known. */
  readonly kind: FuzzKind
  /** What is broken, or odd. */
  readonly rule: string
  /** The operation it was drawn for. */
  readonly operation: Operation | null
  readonly method: string
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly payload: Buffer | null
}

/** A request in parts, before it is put together. */
export interface Parts {
  readonly path: Readonly<Record<string, string>>
  readonly query: readonly (readonly [string, string])[]
  readonly headers: Readonly<Record<string, string>>
  /** A value that is to be JSON, or text that is sent as it is. */
  readonly body: { readonly json: unknown } | { readonly text: string | Buffer } | null
}

/** Keys of a service: one may write, one may only read. */
export interface Keys {
  readonly write: string
  readonly read: string
}

const isHeader = (text: string) => /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(text)

/** Draws requests. */
export class RequestWriter {
  readonly #drawing: Drawing
  readonly #keys: Keys

  constructor(drawing: Drawing, keys: Keys) {
    this.#drawing = drawing
    this.#keys = keys
  }

  /** The next request: about half of them are valid. */
  next(): FuzzRequest {
    const { chance, description } = this.#drawing
    const operation = chance.one(description.operations)
    const draw = chance.below(20)
    if (draw < 10) return this.valid(operation)
    if (draw < 14) return this.#brokenBySchema(operation) ?? this.valid(operation)
    if (draw < 17) return this.#brokenByProtocol(operation)
    const parts = this.#validParts(operation)
    if (draw < 18) return { ...this.#made(operation, oddOf(chance, parts), 'odd'), rule: 'has odd parts' }
    if (draw < 19) return withOddMethod(chance, this.#made(operation, parts, 'odd'))
    return oddPath(chance, this.#made(operation, parts, 'odd'))
  }

  /** A request that meets the description. */
  valid(operation: Operation): FuzzRequest {
    return this.#made(operation, this.#validParts(operation), 'valid')
  }

  /** One that the operation refuses, or its address does. */
  broken(operation: Operation): FuzzRequest {
    const made = this.#made(operation, this.#validParts(operation), 'odd')
    const isOpen = !operation.isKeyed && operation.body === null
    return isOpen ? { ...made, method: 'PATCH', rule: 'by PATCH' } : this.#brokenByProtocol(operation)
  }

  #validParts(operation: Operation): Parts {
    const { chance } = this.#drawing
    const usual = { path: 1, query: 2, header: 6 } as const
    const drawn = operation.parameters
      .filter((each) => each.isRequired || chance.below(usual[each.in]) === 0)
      .map((each) => ({ ...each, text: String(aValue(this.#drawing, each.schema, each.name)) }))
    const placed = (place: string) =>
      drawn.filter((each) => each.in === place).map(({ name, text }) => [name, text] as const)
    const path = Object.fromEntries(placed('path'))
    const headers = placed('header').filter(([, text]) => isHeader(text))
    const parts = { path, query: placed('query'), headers: Object.fromEntries(headers), body: null }
    return this.#knit(operation, this.#withBody(operation, this.#withKey(operation, parts)))
  }

  #withKey({ isKeyed, isWriting }: Operation, parts: Parts): Parts {
    if (!isKeyed) return parts
    const key = !isWriting && this.#drawing.chance.below(3) === 0 ? this.#keys.read : this.#keys.write
    return { ...parts, headers: { ...parts.headers, authorization: `Bearer ${key}` } }
  }

  #withBody({ body, method }: Operation, parts: Parts): Parts {
    const { chance } = this.#drawing
    if (body === null || (!body.isRequired && chance.below(3) === 0)) {
      // As `@clerk/backend` asks: a type, and nothing of it.
      const isTyped = method !== 'GET' && chance.below(2) === 0
      return isTyped ? { ...parts, headers: { ...parts.headers, 'content-type': 'application/json' } } : parts
    }
    const headers = { ...parts.headers, 'content-type': body.contentType }
    return { ...parts, headers, body: { json: aValue(this.#drawing, body.schema, 'body') } }
  }

  /** What hangs together by more than its schema. */
  #knit({ operationId, body }: Operation, parts: Parts): Parts {
    const { chance, pool, description } = this.#drawing
    if (operationId === 'RefreshSession' && pool.refreshables.length > 0 && chance.below(4) > 0) {
      const { session_id, ...members } = aRefreshable(this.#drawing)
      const drawn = (parts.body as { readonly json: object }).json
      return { ...parts, path: { session_id }, body: { json: { ...drawn, ...members } } }
    }
    if (operationId === 'putClient' && body !== null) {
      const later = chance.below(3) === 0 ? aLaterSnapshot(this.#drawing) : null
      if (later !== null) return { ...parts, path: { client_id: String(later['id']) }, body: { json: later } }
      const id = aClientId(this.#drawing)
      return { ...parts, path: { client_id: id }, body: { json: aSnapshot(this.#drawing, body.schema, id) } }
    }
    if (operationId === 'ingestClerk' && chance.below(4) > 0) {
      const data = aValue(this.#drawing, description.at('#/components/schemas/SessionSnapshot'), 'session')
      const json = { type: chance.one(['session.created', 'session.ended', 'user.created']), data }
      const signing = { id: `msg_${chance.below(50)}` }
      const signed = signedHeaders(JSON.stringify(json), this.#drawing.now(), signing)
      return { ...parts, headers: { ...parts.headers, ...signed }, body: { json } }
    }
    if (operationId === 'importClients') {
      const schema = description.at('#/components/schemas/ClientSnapshot')
      return { ...parts, body: { text: someLines(this.#drawing, schema) } }
    }
    return parts
  }

  /** A tag that is asked about is one of that address, now and then. */
  #withTag(path: string, headers: Parts['headers']): Parts['headers'] {
    const tag = this.#drawing.pool.tagAt(path)
    const isOfAddress = tag !== undefined && this.#drawing.chance.below(2) === 0
    const names = ['If-Match', 'If-None-Match'].filter((name) => headers[name] !== undefined)
    return isOfAddress ? { ...headers, ...Object.fromEntries(names.map((name) => [name, tag])) } : headers
  }

  #brokenBySchema(operation: Operation): FuzzRequest | null {
    const { chance, description } = this.#drawing
    const parts = this.#validParts(operation)
    const query = operation.parameters.filter((each) => each.in === 'query')
    const isOfQuery = query.length > 0 && (operation.body === null || chance.below(3) === 0)
    if (isOfQuery) {
      const { name, schema } = chance.one(query)
      const others = parts.query.filter(([each]) => each !== name)
      const [rule, texts] = chance.one(queryBreaks(schema))
      const broken = { ...parts, query: [...others, ...texts.map((text) => [name, text] as const)] }
      return { ...this.#made(operation, broken, 'broken'), rule: `query ${name} ${rule}` }
    }
    const schema = operation.body?.schema
    if (schema === undefined || parts.body === null || !('json' in parts.body)) return null
    // A snapshot in the other form is not what the description speaks of.
    const drawn = operation.operationId === 'putClient' ? aValue(this.#drawing, schema, 'client') : parts.body.json
    const found = chance.pick(brokenBy(description, schema, drawn))
    if (found === undefined) return null
    return { ...this.#made(operation, { ...parts, body: { json: found.value } }, 'broken'), rule: `body ${found.rule}` }
  }

  #brokenByProtocol(operation: Operation): FuzzRequest {
    const { chance } = this.#drawing
    const how: ProtocolBreak | undefined = chance.pick(breakProtocol(operation, this.#keys))
    if (how === undefined) return this.valid(operation)
    const made = this.#made(operation, how.of(this.#validParts(operation), chance), 'broken')
    return { ...made, rule: how.rule, kind: isStrictlyBroken(operation, how) ? 'broken' : 'odd' }
  }

  #made(operation: Operation, { path, query, headers: given, body }: Parts, kind: FuzzKind): FuzzRequest {
    const filled = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encoded(path[name] ?? ''))
    const headers = this.#withTag(filled, given)
    const asked = query.map(([name, text]) => `${encoded(name)}=${encoded(text)}`).join('&')
    const target = asked === '' ? filled : `${filled}?${asked}`
    const payload = body === null ? null : Buffer.from('json' in body ? JSON.stringify(body.json) : body.text)
    return { kind, rule: '', operation, method: operation.method, target, headers, payload }
  }
}

/** Half of the time the newest, whose token is not too old yet. */
function aRefreshable({ chance, pool }: Drawing): Refreshable {
  const newest = pool.refreshables.at(-1)
  return newest !== undefined && chance.below(2) === 0 ? newest : chance.one(pool.refreshables)
}

function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed())
}

/** Ways to break a parameter of a query, each with the texts that it is given. */
function queryBreaks(schema: Readonly<Record<string, unknown>>): readonly (readonly [string, readonly string[]])[] {
  const { type, minimum, maximum } = schema as { type?: string; minimum?: number; maximum?: number }
  const twice = ['is given twice', ['1', '2']] as const
  const wrong = (...texts: string[]) => texts.map((text) => ['has a wrong type', [text]] as const)
  const bounds = [
    ...(minimum === undefined ? [] : [['is too small', [String(minimum - 1)]] as const]),
    ...(maximum === undefined
      ? []
      : [['is too large', [String(maximum + 1)]] as const, ['is far too large', ['1e300']] as const]),
  ]
  if (type === 'integer') return [twice, ...wrong('', 'abc', '1.5', 'true', '1,2', '--1'), ...bounds]
  if (type === 'boolean') return [twice, ...wrong('', 'yes', '1', 'TRUE', '[]')]
  if ('enum' in schema) return [twice, ['is none of its values', ['nonesuch']], ['is empty', ['']]]
  return [twice]
}
