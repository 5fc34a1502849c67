import type { DurationMs } from '../../domain/duration.ts'
import { StoreError } from '../../domain/errors.ts'
import { addDuration, type EpochMs } from '../../domain/instant.ts'
import { readWebhookSecret, SECRET_PREFIX } from '../svix.ts'
import { openSealed, seal } from '../tokens/seal.ts'
import type { StoredSecret } from './endpoint.ts'

/** How long a secret that was replaced still signs: for receivers to change over in. */
const SECRET_OVERLAP = 86_400_000 as DurationMs

/** How many secrets sign at most, for each has its signature in a header. */
const MAXIMUM_SECRETS = 10

/** A secret that signs, and until when. */
export interface SigningSecret {
  readonly key: Uint8Array
  readonly until: EpochMs | null
}

/** A secret as it is stored: encrypted where there is a key for it. */
export async function storedSecret(secret: string, encryptionKey: Uint8Array | null): Promise<string> {
  return encryptionKey === null ? secret : seal(secret, encryptionKey)
}

/** Whether a stored secret is encrypted. */
export function isSealed({ secret }: StoredSecret): boolean {
  return !secret.startsWith(SECRET_PREFIX)
}

/** @throws {StoreError} ERR_STORE_CORRUPT where it is encrypted with another key, or with one where none is given. */
export async function openSecret(
  { secret, until }: StoredSecret,
  encryptionKey: Uint8Array | null,
): Promise<SigningSecret> {
  if (!isSealed({ secret, until })) return { key: readWebhookSecret(secret), until }
  if (encryptionKey === null) {
    const message =
      'the secrets of webhooks in the store are encrypted: set TENURE_ENCRYPTION_KEY to the key they were kept with'
    throw new StoreError('ERR_STORE_CORRUPT', message)
  }
  try {
    return { key: readWebhookSecret(await openSealed(secret, encryptionKey)), until }
  } catch (cause) {
    const message = "a webhook's secret in the store was encrypted with another key than TENURE_ENCRYPTION_KEY"
    throw new StoreError('ERR_STORE_CORRUPT', message, { cause })
  }
}

/**
 * Secrets after a rotation: the new one first, then those that go on signing, each for no longer than a day.
 *
 * @param isAtOnce Whether only the new one signs: for when the others are no longer trusted.
 * @returns `null` where there would be too many.
 */
export function rotated(
  secrets: readonly StoredSecret[],
  secret: string,
  { now, isAtOnce }: { readonly now: EpochMs; readonly isAtOnce: boolean },
): readonly StoredSecret[] | null {
  const until = addDuration(now, SECRET_OVERLAP)
  const older = isAtOnce ? [] : signingAt(secrets, now).map((each) => ({ ...each, until: each.until ?? until }))
  return older.length < MAXIMUM_SECRETS ? [{ secret, until: null }, ...older] : null
}

/** The secrets that sign at an instant; at exactly `until` one does no more. */
export function signingAt<Secret extends Pick<StoredSecret, 'until'>>(
  secrets: readonly Secret[],
  now: EpochMs,
): readonly Secret[] {
  return secrets.filter(({ until }) => until === null || now < until)
}
