import type { HttpContext } from '../context.ts'
import type { Endpoint } from '../endpoint.ts'

const KEYS = { schema: 'jwks', description: 'The public keys, newest first.' } as const

/** The public keys that tokens are verified with: at Clerk's address, and where verifiers by issuer look for them. */
export function keyEndpoints({ tokens, store }: HttpContext): Endpoint[] {
  const handle = async () => ({ keys: await tokens.keys.published(await store.now()) })
  return [
    {
      method: 'GET',
      url: '/v1/jwks',
      operationId: 'GetJWKS',
      summary: 'Read the public keys that tokens are verified with',
      tag: 'Keys',
      scope: 'read',
      isClerks: true,
      isUnlimited: true,
      answer: KEYS,
      handle,
    },
    {
      method: 'GET',
      url: '/.well-known/jwks.json',
      operationId: 'getPublicKeys',
      summary: 'The same for anybody, where verifiers look for the keys of an issuer',
      tag: 'Keys',
      scope: 'none',
      answer: KEYS,
      handle,
    },
  ]
}
