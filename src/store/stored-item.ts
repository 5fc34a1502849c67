import type { EpochMs } from '../domain/instant.ts'

/** A small thing kept beside the sessions: a signing key, an API key, the answer to a request that may be repeated. */
export interface StoredItem {
  /** What sort of thing it is: kebab-case, from code and never from outside. */
  readonly kind: string
  /** Its id among its kind: 1 to 255 characters, any but NUL and lone surrogates. */
  readonly id: string
  /** How many times it was written; 0 for one that is not written yet. One that is made anew after a deletion begins at 1. */
  readonly version: number
  /** JSON text. */
  readonly value: string
  /** From this instant on it is not wanted any more, and may be deleted; epoch milliseconds. `null` for ever. */
  readonly expiresAt: EpochMs | null
}
