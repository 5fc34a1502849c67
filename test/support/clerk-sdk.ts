/**
 * Tenure over HTTP as the real `@clerk/backend` sees it, by a socket. Every answer that goes over it is held to Clerk's own
 * description when the service is disposed of.
 */

import assert from 'node:assert/strict'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type ClerkClient, createClerkClient } from '@clerk/backend'
import { type ClerkAPIResponseError, isClerkAPIResponseError } from '@clerk/backend/errors'
import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose'
import type { DurationMs } from '../../src/domain/duration.ts'
import type { EpochMs } from '../../src/domain/instant.ts'
import { systemRandomness } from '../../src/domain/randomness.ts'
import type { SessionRecord } from '../../src/service/records.ts'
import { makeSigningKey } from '../../src/service/tokens/signing-key.ts'
import type { ManualClock } from '../../src/simulation/manual-clock.ts'
import type { Store, StoredItem } from '../../src/store/port.ts'
import { clerkResponseFaults } from './clerk-spec.ts'
import { type HttpParts, type OpenedHttp, openHttpService } from './http-service.ts'
import type { StoreKind } from './stores.ts'

export const SECOND = 1000

/** What a test may want otherwise. */
export interface ClerkParts extends HttpParts {
  /** The instant that the clock begins at: for what the SDK judges by the machine's. Epoch milliseconds. */
  readonly at?: number
  /** What the SDK is given besides, such as a publishable key. */
  readonly sdk?: Parameters<typeof createClerkClient>[0]
}

/** One request that came by the socket, and its answer. */
export interface Exchange {
  readonly method: string
  /** With its query, as it was asked for. */
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly status: number
  /** The answer parsed as JSON; its text where it is none. */
  readonly body: unknown
}

/** A service and an SDK that is pointed at it. */
export interface OpenedClerk extends OpenedHttp {
  readonly clerk: ClerkClient
  /** Everything that was asked by the socket so far. */
  readonly exchanges: readonly Exchange[]
}

/** Opens a service, and the SDK with a key that may write. Disposing fails where an answer was none by Clerk's description. */
export async function openClerk(kind: StoreKind, { at, sdk, ...parts }: ClerkParts = {}): Promise<OpenedClerk> {
  const http = await openHttpService(prepared(kind, at), parts)
  const exchanges = exchangesOf(http)
  return {
    ...http,
    exchanges,
    clerk: clerkOf(http, sdk),
    async [Symbol.asyncDispose]() {
      await http[Symbol.asyncDispose]()
      assert.deepEqual(exchanges.flatMap(faultsOf), [])
    },
  }
}

/** The SDK as its users make it. */
export function clerkOf({ url, key }: OpenedHttp, sdk: ClerkParts['sdk'] = {}): ClerkClient {
  return createClerkClient({ secretKey: key, apiUrl: url, telemetry: { disabled: true }, ...sdk })
}

/** The same kind of store, whose clock is moved before anything is opened by it, and which has a key to sign with. */
function prepared(kind: StoreKind, at: number | undefined): StoreKind {
  return {
    ...kind,
    async open(clock, options) {
      const manual = clock as ManualClock
      if (at !== undefined) manual.advanceTo(at)
      const opened = await kind.open(clock, options)
      await putSigningKey(opened.store, manual.now())
      return opened
    },
  }
}

let signingKey: Promise<StoredItem> | undefined

/** One pair of keys does for all services of a file: making one takes longer than most tests. */
async function putSigningKey(store: Store, now: EpochMs): Promise<void> {
  signingKey ??= makeSigningKey({ now, activeAt: now, overlap: 0 as DurationMs, randomness: systemRandomness }, null)
  const item = await signingKey
  const value = JSON.stringify({ ...JSON.parse(item.value), createdAt: now, activeAt: now })
  assert.ok(await store.putItem({ ...item, value }))
}

/** Notes what goes over the socket, as it goes. */
function exchangesOf({ service }: OpenedHttp): readonly Exchange[] {
  const exchanges: Exchange[] = []
  service.app.server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    const end = response.end.bind(response) as (...rest: unknown[]) => ServerResponse
    response.end = ((...rest: unknown[]) => {
      const { method = '', url: path = '', headers } = request
      exchanges.push({ method, path, headers, status: response.statusCode, body: bodyOf(rest[0]) })
      return end(...rest)
    }) as ServerResponse['end']
  })
  return exchanges
}

function bodyOf(chunk: unknown): unknown {
  const text = typeof chunk === 'string' || Buffer.isBuffer(chunk) ? String(chunk) : ''
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function faultsOf({ method, path, status, body }: Exchange): string[] {
  const faults = clerkResponseFaults(method, path.replace(/^\/v1/, ''), status, body)
  return faults.map((fault) => `${method} ${path} ${status}: ${fault}`)
}

/** The error that the SDK throws; fails where it throws none, or another. */
export async function refused(promise: Promise<unknown>): Promise<ClerkAPIResponseError> {
  try {
    await promise
  } catch (error) {
    if (isClerkAPIResponseError(error)) return error
    throw error
  }
  return assert.fail('the SDK was not refused')
}

/** What an SDK's call is refused with: its status and its first code. */
export async function refusal(promise: Promise<unknown>): Promise<string> {
  const { status, errors } = await refused(promise)
  return `${status} ${errors[0]?.code}`
}

/** A new session, by Tenure's own route. */
export async function signIn({ ask }: OpenedHttp, body: object, clientId?: string): Promise<WireSession> {
  const path = clientId === undefined ? '/v1/sign_in' : `/v1/clients/${clientId}/sign_in`
  const { status, json } = await ask('POST', path, body)
  assert.equal(status, 200, JSON.stringify(json))
  return json
}

/** What tests need of a session on the wire. */
export interface WireSession {
  readonly id: string
  readonly client_id: string
  readonly user_id: string
  readonly created_at: number
  readonly expire_at: number
}

/** Gives a command by Tenure's own route. */
export async function command({ ask }: OpenedHttp, id: string, name: string): Promise<void> {
  const { status, json } = await ask('POST', `/v1/sessions/${id}/${name}`)
  assert.equal(status, 200, JSON.stringify(json))
}

/** A session as the SDK has it: the members that the lifecycle knows, under the SDK's names. */
export function sdkSession(session: SessionRecord | null) {
  assert.ok(session !== null)
  const { id, clientId, userId, status, lastActiveAt, expireAt, abandonAt, createdAt, updatedAt } = session
  return { id, clientId, userId, status, lastActiveAt, expireAt, abandonAt, createdAt, updatedAt }
}

/** A token's header and claims, whoever signed it. */
export function decoded(token: string) {
  return { header: decodeProtectedHeader(token), claims: decodeJwt(token) }
}

/** A token that the service's own key signed, with just these claims. */
export async function forged(
  { service, clock }: OpenedHttp,
  claims: Readonly<Record<string, unknown>>,
  header: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const { kid, privateKey } = await service.tokens.keys.active(clock.now())
  return new SignJWT({ ...claims })
    .setProtectedHeader({ alg: 'RS256', cat: 'cl_B7d4PD111AAA', kid, typ: 'JWT', ...header })
    .sign(privateKey)
}
