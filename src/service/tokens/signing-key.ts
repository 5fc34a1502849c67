import { type CryptoKey, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose'
import type { DurationMs } from '../../domain/duration.ts'
import { StoreError } from '../../domain/errors.ts'
import { newKeyId } from '../../domain/ids.ts'
import type { EpochMs } from '../../domain/instant.ts'
import type { Randomness } from '../../domain/randomness.ts'
import type { StoredItem } from '../../store/port.ts'
import { openSealed, seal } from './seal.ts'

/** What a signing key is kept as. */
export const SIGNING_KEY = 'signing-key'

/** A public key as JWKS has it. */
export interface PublicKey {
  readonly use: 'sig'
  readonly kty: 'RSA'
  readonly kid: string
  readonly alg: 'RS256'
  readonly n: string
  readonly e: string
}

/** A key that tokens are signed with, and the item that it was read from. */
export interface SigningKey {
  readonly kid: string
  readonly createdAt: EpochMs
  /** From here on it signs; it is published before. Epoch milliseconds. */
  readonly activeAt: EpochMs
  /** How long it is published once it is retired, by the configuration that it was made under, milliseconds. */
  readonly overlap: DurationMs
  readonly publicKey: PublicKey
  readonly verifyingKey: CryptoKey
  readonly privateKey: CryptoKey
  readonly item: StoredItem
  /** Whether its private part is kept encrypted. */
  readonly isSealed: boolean
}

/** What an item of a signing key holds. */
interface StoredKey {
  readonly createdAt: EpochMs
  readonly activeAt: EpochMs
  readonly overlap: DurationMs
  readonly publicKey: PublicKey
  /** In the clear, or encrypted as a compact JWE. */
  readonly privateKey: JWK | string
}

/** What a key is made by. */
export interface NewKey {
  readonly now: EpochMs
  readonly activeAt: EpochMs
  readonly overlap: DurationMs
  readonly randomness: Randomness
}

/**
 * Makes a key: RSA of 2,048 bits with the exponent 65537, which is what `@clerk/backend` takes as PEM too. Its bits are the
 * operating system's, and not the injected randomness: nobody should be able to make the same key twice.
 *
 * @returns The item to store at version 0.
 */
export async function makeSigningKey(
  { now, activeAt, overlap, randomness }: NewKey,
  encryptionKey: Uint8Array | null,
): Promise<StoredItem> {
  const pair = await generateKeyPair('RS256', { modulusLength: 2048, extractable: true })
  const { n, e } = await exportJWK(pair.publicKey)
  const kid = newKeyId(now, randomness)
  const publicKey: PublicKey = { use: 'sig', kty: 'RSA', kid, alg: 'RS256', n: n as string, e: e as string }
  const privateJwk = await exportJWK(pair.privateKey)
  const privateKey = encryptionKey === null ? privateJwk : await seal(JSON.stringify(privateJwk), encryptionKey)
  return itemOf(kid, { createdAt: now, activeAt, overlap, publicKey, privateKey }, 0)
}

/**
 * Reads a key from its item.
 *
 * @throws {StoreError} ERR_STORE_CORRUPT where the item is none, or is encrypted with another key than the one that is
 *   given, or with one where none is.
 */
export async function readSigningKey(item: StoredItem, encryptionKey: Uint8Array | null): Promise<SigningKey> {
  const { createdAt, activeAt, overlap, publicKey, privateKey } = parsed(item)
  const isSealed = typeof privateKey === 'string'
  const jwk = isSealed ? (JSON.parse(await unsealed(privateKey, encryptionKey)) as JWK) : privateKey
  // Tokens are signed with it here, and nobody gets it out again.
  const imported = (await importJWK({ ...jwk, ext: false }, 'RS256')) as CryptoKey
  const verifyingKey = (await importJWK({ ...publicKey }, 'RS256')) as CryptoKey
  return { kid: item.id, createdAt, activeAt, overlap, publicKey, verifyingKey, privateKey: imported, item, isSealed }
}

/** A key's item with its private part encrypted, to be written over the one that had it in the clear. */
export async function sealedItem(item: StoredItem, encryptionKey: Uint8Array): Promise<StoredItem> {
  const stored = parsed(item)
  const privateKey = await seal(JSON.stringify(stored.privateKey), encryptionKey)
  return itemOf(item.id, { ...stored, privateKey }, item.version)
}

function itemOf(kid: string, stored: StoredKey, version: number): StoredItem {
  return { kind: SIGNING_KEY, id: kid, version, value: JSON.stringify(stored), expiresAt: null }
}

function parsed({ value }: StoredItem): StoredKey {
  try {
    return JSON.parse(value) as StoredKey
  } catch (cause) {
    throw new StoreError('ERR_STORE_CORRUPT', 'a signing key in the store cannot be read', { cause })
  }
}

async function unsealed(sealed: string, encryptionKey: Uint8Array | null): Promise<string> {
  if (encryptionKey === null) {
    const message =
      'the signing keys in the store are encrypted: set TENURE_ENCRYPTION_KEY to the key they were kept with'
    throw new StoreError('ERR_STORE_CORRUPT', message)
  }
  try {
    return await openSealed(sealed, encryptionKey)
  } catch (cause) {
    const message = 'a signing key in the store was encrypted with another key than TENURE_ENCRYPTION_KEY'
    throw new StoreError('ERR_STORE_CORRUPT', message, { cause })
  }
}
