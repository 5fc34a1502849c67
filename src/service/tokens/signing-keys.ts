/**
 * The keys that tokens are signed with.
 *
 *   made     published, and not yet used: verifiers get to know it
 *   active   the newest that is past its `activeAt` signs
 *   retired  a newer one signs; published on, for as long as a token that it signed may live
 *   gone     past that: not published, and deleted with the next rotation
 *
 * They are kept in the store, so that every process on it signs and publishes the same ones.
 */
import type { DurationMs } from '../../domain/duration.ts'
import { addDuration, type EpochMs } from '../../domain/instant.ts'
import type { Randomness } from '../../domain/randomness.ts'
import type { Store } from '../../store/port.ts'
import { Reloading } from '../reloading.ts'
import {
  makeSigningKey,
  type PublicKey,
  readSigningKey,
  SIGNING_KEY,
  type SigningKey,
  sealedItem,
} from './signing-key.ts'

/** How long a new key is published before it signs: as long as `@clerk/backend` keeps a key set without asking again. */
export const LEAD_TIME = 300_000 as DurationMs

/** How old what is known of the keys may be, milliseconds: well under {@link LEAD_TIME}, so that all switch in time. */
const FRESH = 5000

/** What the keys are kept by. */
export interface SigningKeysOptions {
  readonly store: Store
  readonly randomness: Randomness
  /** 32 bytes that private parts are encrypted with; `null` keeps them in the clear. */
  readonly encryptionKey: Uint8Array | null
  /** How long a retired key is published, and so how long any token lives at most. */
  readonly overlap: DurationMs
}

/** Where a key is in its life, at an instant. */
export interface KeyState {
  readonly key: SigningKey
  readonly state: 'made' | 'active' | 'retired' | 'gone'
  /** When a newer one takes or took its place; `null` for the newest. Epoch milliseconds. */
  readonly retiredAt: EpochMs | null
}

/** The signing keys of a store. */
export class SigningKeys {
  readonly overlap: DurationMs
  readonly #options: SigningKeysOptions
  readonly #read = new Map<string, SigningKey>()
  #keys: readonly SigningKey[] = []
  #loadedAt = 0 as EpochMs
  readonly #reloading = new Reloading(() => this.#readAll())

  private constructor(options: SigningKeysOptions) {
    this.#options = options
    this.overlap = options.overlap
  }

  /**
   * Reads the keys of a store, and makes the first one where there is none. Private parts that are in the clear are
   * encrypted, where there is a key for it.
   *
   * @throws {StoreError} When the store fails, or its keys cannot be read with this encryption key.
   */
  static async open(options: SigningKeysOptions): Promise<SigningKeys> {
    const keys = await SigningKeys.read(options)
    const { store, randomness, encryptionKey, overlap } = options
    if (keys.#keys.length === 0) {
      const now = await store.now()
      await store.putItem(await makeSigningKey({ now, activeAt: now, overlap, randomness }, encryptionKey))
      await keys.#reloading.anew()
    }
    if (encryptionKey !== null && keys.#keys.some(({ isSealed }) => !isSealed)) await keys.#seal(encryptionKey)
    return keys
  }

  /** Reads the keys of a store, and makes, encrypts and writes nothing. */
  static async read(options: SigningKeysOptions): Promise<SigningKeys> {
    const keys = new SigningKeys(options)
    await keys.#reloading.anew()
    return keys
  }

  /** The key that signs at an instant. */
  async active(now: EpochMs): Promise<SigningKey> {
    if (!this.#isFresh(now)) await this.#reloading.join()
    const active = statesOf(this.#keys, now, this.overlap).find(({ state }) => state === 'active')
    // A clock that stepped back behind the first key's beginning has it all the same.
    const key = active?.key ?? this.#keys[0]
    if (key === undefined) throw new TypeError('there is no signing key: SigningKeys.open makes the first')
    return key
  }

  /** Every key that a token may be verified with at an instant, newest first. Read from the store each time. */
  async published(now: EpochMs): Promise<readonly PublicKey[]> {
    await this.#reloading.anew()
    return statesOf(this.#keys, now, this.overlap)
      .filter(({ state }) => state !== 'gone')
      .map(({ key }) => key.publicKey)
  }

  /**
   * A key that is published, by its id; `null` where there is none. One that is not known is looked for in the store; one that
   * was removed is found no longer within five seconds.
   */
  async find(kid: string, now: EpochMs): Promise<SigningKey | null> {
    if (!this.#isFresh(now) || !this.#keys.some((key) => key.kid === kid)) await this.#reloading.anew()
    const found = statesOf(this.#keys, now, this.overlap).find(({ key }) => key.kid === kid)
    return found === undefined || found.state === 'gone' ? null : found.key
  }

  /** Every key of the store, newest first. */
  async list(now: EpochMs): Promise<readonly KeyState[]> {
    await this.#reloading.anew()
    return statesOf(this.#keys, now, this.overlap)
  }

  /**
   * Makes a new key, which signs once it has been published for {@link LEAD_TIME}, and deletes those that are gone.
   *
   * @param atOnce Whether it signs from now on: for when the one before is no longer trusted.
   */
  async rotate(now: EpochMs, atOnce: boolean): Promise<SigningKey> {
    const { store, randomness, encryptionKey, overlap } = this.#options
    const known = await this.list(now)
    const before = atOnce ? known.find(({ state }) => state === 'active') : known[0]
    // Later than the one that it takes the place of: of two that begin at one instant chance would choose.
    const earliest = (before?.key.activeAt ?? -1) + 1
    const activeAt = Math.max(atOnce ? now : addDuration(now, LEAD_TIME), earliest) as EpochMs
    const item = await makeSigningKey({ now, activeAt, overlap, randomness }, encryptionKey)
    await store.putItem(item)
    for (const { key, state } of await this.list(now)) {
      if (state === 'gone') await store.deleteItem(SIGNING_KEY, key.kid, key.item.version)
    }
    await this.#reloading.anew()
    return this.#keys.find(({ kid }) => kid === item.id) as SigningKey
  }

  /**
   * Deletes a key that does not sign any more: no token that it signed is taken then.
   *
   * @returns `false` where there is none, where it signs, and where it was retired so lately that another process may sign
   *   with it yet.
   */
  async remove(kid: string, now: EpochMs): Promise<boolean> {
    const found = (await this.list(now)).find(({ key }) => key.kid === kid)
    if (found === undefined || found.state === 'active') return false
    if (found.state === 'retired' && found.retiredAt !== null && now < found.retiredAt + FRESH) return false
    await this.#options.store.deleteItem(SIGNING_KEY, kid, found.key.item.version)
    await this.#reloading.anew()
    return true
  }

  #isFresh(now: EpochMs): boolean {
    return now >= this.#loadedAt && now < this.#loadedAt + FRESH
  }

  async #readAll(): Promise<void> {
    const { store, encryptionKey } = this.#options
    const items = await store.listItems(SIGNING_KEY)
    const keys: SigningKey[] = []
    for (const item of items) {
      const known = this.#read.get(item.id)
      const isKnown = known !== undefined && known.item.version === item.version
      const key = isKnown ? known : await readSigningKey(item, encryptionKey)
      this.#read.set(item.id, key)
      keys.push(key)
    }
    this.#keys = keys.sort((a, b) => b.activeAt - a.activeAt || (a.kid > b.kid ? -1 : 1))
    this.#loadedAt = await store.now()
  }

  async #seal(encryptionKey: Uint8Array): Promise<void> {
    for (const { item, isSealed } of this.#keys) {
      if (!isSealed) await this.#options.store.putItem(await sealedItem(item, encryptionKey))
    }
    await this.#reloading.anew()
  }
}

/** @param keys Newest first, by `activeAt`. */
function statesOf(keys: readonly SigningKey[], now: EpochMs, overlap: DurationMs): KeyState[] {
  const firstActive = keys.findIndex(({ activeAt }) => activeAt <= now)
  return keys.map((key, index) => {
    const retiredAt = keys[index - 1]?.activeAt ?? null
    if (index === firstActive) return { key, state: 'active', retiredAt }
    if (key.activeAt > now || retiredAt === null) return { key, state: 'made', retiredAt }
    // Its tokens may live as long as it was made for, whoever asks.
    const published = Math.max(overlap, key.overlap) as DurationMs
    return { key, state: now < addDuration(retiredAt, published) ? 'retired' : 'gone', retiredAt }
  })
}
