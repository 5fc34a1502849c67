import { createHash, createHmac, hash, timingSafeEqual } from 'node:crypto'

/** The SHA-256 of a text's UTF-8, as 64 hexadecimal digits: what is kept of a secret that nobody could guess. */
export function sha256(text: string): string {
  return hash('sha256', text, 'hex')
}

/** Whether two digests are the same, in a time that does not tell where they differ. */
export function isSameDigest(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}

/** The HMAC-SHA256 of parts one behind the other, in base64. @see RFC 2104 */
export function hmacSha256(key: Uint8Array, parts: readonly (string | Uint8Array)[]): string {
  const hmac = createHmac('sha256', key)
  for (const part of parts) hmac.update(part)
  return hmac.digest('base64')
}

/** Random bytes as text without padding, fit for a header, a URL and a cookie. */
export function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url')
}

/**
 * What the names of an instance's cookies end with: the first eight characters of its publishable key's SHA-1, as
 * `@clerk/backend` has it. A name, and nothing that protects anything.
 */
export function cookieSuffix(publishableKey: string): string {
  return createHash('sha1').update(publishableKey).digest('base64url').slice(0, 8)
}
