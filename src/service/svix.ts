/**
 * Webhooks as Svix signs them, and with it Clerk: an id, a timestamp and the exact bytes of the body, under a secret that the
 * sender and the receiver share.
 *
 * @see https://docs.svix.com/receiving/verifying-payloads/how-manual
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
import type { EpochMs } from '../domain/instant.ts'
import { hmacSha256, isSameDigest } from './digest.ts'

/** A message that says it is signed. */
export interface SignedMessage {
  /** The same on every retry. */
  readonly id: string
  /** Epoch seconds, as they were written. */
  readonly timestamp: string
  /** With spaces between them, each behind its version: `v1,…`. A sender whose secret is being changed sends several. */
  readonly signatures: string
  readonly body: Uint8Array
}

/** The headers of a request, by their names in lower case. */
export type WebhookHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

/** What the names of the headers begin with: Svix's own, and those of Standard Webhooks. */
const FAMILIES = ['svix', 'webhook'] as const

const SECRET_PREFIX = 'whsec_'

/** How far a timestamp may be from the present, either way, milliseconds: exactly so far it is taken. */
const TOLERANCE = 300_000

/** The bytes of a secret such as `whsec_MfKQ…`. Whether it has a secret's form is for schemas/serve.schema.json to say. */
export function readWebhookSecret(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.slice(SECRET_PREFIX.length), 'base64'))
}

/** Finds a message's signature in its headers; `null` where neither family of them is whole. */
export function findSignature(headers: WebhookHeaders, body: Uint8Array): SignedMessage | null {
  for (const family of FAMILIES) {
    const [id, timestamp, signatures] = ['id', 'timestamp', 'signature'].map((name) => headers[`${family}-${name}`])
    const isWhole = typeof id === 'string' && typeof timestamp === 'string' && typeof signatures === 'string'
    if (isWhole && id !== '') return { id, timestamp, signatures, body }
  }
  return null
}

/** Whether one of a message's signatures was made with a secret. Each is compared in a time that does not tell where it differs. */
export function isSignedWith(secret: Uint8Array, { id, timestamp, signatures, body }: SignedMessage): boolean {
  const expected = `v1,${hmacSha256(secret, [`${id}.${timestamp}.`, body])}`
  let isSigned = false
  for (const signature of signatures.split(' ')) if (isSameDigest(signature, expected)) isSigned = true
  return isSigned
}

/** Whether a message was signed within five minutes of an instant, before or after it. */
export function isTimely({ timestamp }: SignedMessage, now: EpochMs): boolean {
  return /^\d{1,12}$/.test(timestamp) && Math.abs(now - Number(timestamp) * 1000) <= TOLERANCE
}
