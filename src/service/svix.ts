/**
 * Webhooks as Svix signs them, and with it Clerk: an id, a timestamp and the exact bytes of the body, under a secret that the
 * sender and the receiver share.
 *
 * @see https://docs.svix.com/receiving/verifying-payloads/how-manual
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
import type { EpochMs } from '../domain/instant.ts'
import type { Randomness } from '../domain/randomness.ts'
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

/** What a secret's text begins with. */
export const SECRET_PREFIX = 'whsec_'

/** How many bytes a secret has that is made here: as many as Svix's, of the 24 to 64 that Standard Webhooks allows. */
const SECRET_LENGTH = 24

/** How far a timestamp may be from the present, either way, milliseconds: exactly so far it is taken. */
const TOLERANCE = 300_000

/** The bytes of a secret such as `whsec_MfKQ…`. Whether it has a secret's form is for schemas/serve.schema.json to say. */
export function readWebhookSecret(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.slice(SECRET_PREFIX.length), 'base64'))
}

/** Makes a secret, as text: `whsec_` and base64. */
export function makeWebhookSecret(randomness: Randomness): string {
  return SECRET_PREFIX + Buffer.from(randomness.bytes(SECRET_LENGTH)).toString('base64')
}

/**
 * The headers of a message that is signed: the same id, timestamp and signatures in both families, as Clerk's `verifyWebhook`
 * reads the one and `standardwebhooks` the other.
 *
 * @param secrets The newest first; each signs, so that a receiver that has any of them takes the message.
 * @param now When it is sent, epoch milliseconds; the timestamp is in whole seconds.
 */
export function signedHeaders(
  secrets: readonly Uint8Array[],
  { id, body }: Pick<SignedMessage, 'id' | 'body'>,
  now: EpochMs,
): Record<string, string> {
  const timestamp = String(Math.floor(now / 1000))
  const signatures = secrets.map((secret) => signatureOf(secret, { id, timestamp, body })).join(' ')
  const values = { id, timestamp, signature: signatures }
  const headers = FAMILIES.flatMap((family) =>
    Object.entries(values).map(([name, value]) => [`${family}-${name}`, value]),
  )
  return Object.fromEntries(headers)
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
export function isSignedWith(secret: Uint8Array, message: SignedMessage): boolean {
  const expected = signatureOf(secret, message)
  let isSigned = false
  for (const signature of message.signatures.split(' ')) if (isSameDigest(signature, expected)) isSigned = true
  return isSigned
}

/** Whether a message was signed within five minutes of an instant, before or after it. */
export function isTimely({ timestamp }: SignedMessage, now: EpochMs): boolean {
  return /^\d{1,12}$/.test(timestamp) && Math.abs(now - Number(timestamp) * 1000) <= TOLERANCE
}

function signatureOf(secret: Uint8Array, { id, timestamp, body }: Omit<SignedMessage, 'signatures'>): string {
  return `v1,${hmacSha256(secret, [`${id}.${timestamp}.`, body])}`
}
