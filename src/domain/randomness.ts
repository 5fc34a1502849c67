/** The one source of chance, injected wherever something random is made. */
export interface Randomness {
  /** So many random bytes, fit for ids that nobody may guess. */
  bytes(length: number): Uint8Array
}

/** The operating system's randomness. The only place in Tenure where chance comes from outside. */
export const systemRandomness: Randomness = {
  bytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
}
