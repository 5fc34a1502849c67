/** Where the random choices of a service come from: the operating system, or a seed. */
import { type Randomness, systemRandomness } from '../../domain/randomness.ts'
import { seededRandomness } from '../../simulation/seeded-randomness.ts'
import type { Store } from '../../store/port.ts'

/** Chance for each part of a service that draws. Under a seed no part shifts what another draws. */
export interface ServiceRandomness {
  /** For the development key. */
  readonly apiKeys: Randomness
  /** For sessions, clients, and events that are only tests. */
  readonly ids: Randomness
  readonly tokens: Randomness
  readonly requests: Randomness
  readonly log: Randomness
  /**
   * The operating system's always: a key is never the same twice, and verifiers such as `@clerk/backend` keep one by its id,
   * whichever service it is of.
   */
  readonly signingKeys: Randomness
  /** For webhook endpoints, and their secrets. */
  readonly endpoints: Randomness
  /** For how long after an attempt, by its name, the next one is made. */
  readonly retryOf: (attempt: string) => Randomness
}

/**
 * Opens the chance of a service: the operating system's, or what a seed decides.
 *
 * Each service that a seed decides on a store draws otherwise than those before it there, so that none makes again what is
 * stored. On stores that are new, or copies of one, the same seed draws the same.
 *
 * @param seed A whole number from 0; `null` where there is none, and nothing is written then.
 * @throws {StoreError} When the store fails.
 */
export async function openRandomness(store: Store, seed: number | null): Promise<ServiceRandomness> {
  const chance = seed === null ? null : seededRandomness(seed).fork(`service ${await countService(store)}`)
  const part = (name: string) => chance?.fork(name) ?? systemRandomness
  return {
    apiKeys: part('api keys'),
    ids: part('ids'),
    tokens: part('tokens'),
    requests: part('requests'),
    log: part('log'),
    signingKeys: systemRandomness,
    endpoints: part('webhook endpoints'),
    retryOf: (attempt) => part(`retry ${attempt}`),
  }
}

const SEEDED_SERVICES = 'seeded-services'

/** How many services by a seed there were on the store before this one: the version of an item that each writes once. */
async function countService(store: Store): Promise<number> {
  for (;;) {
    const before = (await store.findItem(SEEDED_SERVICES, SEEDED_SERVICES))?.version ?? 0
    const item = { kind: SEEDED_SERVICES, id: SEEDED_SERVICES, version: before, value: '{}', expiresAt: null }
    if (await store.putItem(item)) return before
  }
}
