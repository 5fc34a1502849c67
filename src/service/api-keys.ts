import type { Clock } from '../domain/clock.ts'
import type { EpochMs } from '../domain/instant.ts'
import type { Randomness } from '../domain/randomness.ts'
import type { Store, StoredItem } from '../store/port.ts'
import { base64url, isSameDigest, sha256 } from './digest.ts'
import { Reloading } from './reloading.ts'

/** `read`: everything that changes nothing. `write`: that, and everything else. */
export type ApiKeyScope = 'read' | 'write'

/** A key that requests are let in by. The key itself is kept nowhere, only its SHA-256. */
export interface ApiKey {
  readonly name: string
  readonly scope: ApiKeyScope
  readonly sha256: string
  /** Epoch milliseconds; `null` for one that is configured and not stored. */
  readonly createdAt: EpochMs | null
}

const API_KEY = 'api-key'

/** How long what is known of the stored keys is good for, milliseconds: so long a key that was removed may still work. */
const FRESH = 5000

/** What the key is called that a service in development makes by itself. */
export const DEVELOPMENT_KEY = 'development'

/** Names that keys of other origins have: the one that a service makes by itself, and the one in its environment. */
const RESERVED_NAMES = [DEVELOPMENT_KEY, 'environment']

/** The same as in schemas/serve.schema.json. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

/** The keys of a service: those of its store, and those that it was configured with. */
export class ApiKeys {
  readonly #store: Store
  readonly #clock: Clock
  readonly #configured: readonly ApiKey[]
  #all: readonly ApiKey[]
  #loadedAt: EpochMs | null = null
  readonly #reloading = new Reloading(() => this.#readAll())

  /** @param clock Says how old is what is known of the store's keys. */
  constructor(store: Store, clock: Clock, configured: readonly ApiKey[] = []) {
    this.#store = store
    this.#clock = clock
    this.#configured = configured
    this.#all = configured
  }

  /**
   * The key that somebody presents; `null` where it is none.
   *
   * Every key is compared, each in a time that does not tell where it differs. One that is not known is looked for in the
   * store, so that a new key works at once; one that was removed stops working within five seconds.
   */
  async find(presented: string): Promise<ApiKey | null> {
    const known = this.findKnown(presented)
    if (known !== null) return known
    await this.#reloading.anew()
    return matching(sha256(presented), this.#all)
  }

  /** The same without asking the store: of a stored key `null` also where what is known of those is no longer good. */
  findKnown(presented: string): ApiKey | null {
    const digest = sha256(presented)
    // What is configured is known whatever the store does.
    return matching(digest, this.#isFresh() ? this.#all : this.#configured)
  }

  /** Every key, by name. */
  async list(): Promise<readonly ApiKey[]> {
    await this.#reloading.anew()
    return [...this.#all].sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /**
   * Makes a key and stores its digest.
   *
   * @returns The key, which is not to be had again; `null` where the name is taken.
   * @throws {TypeError} For a name that is none.
   */
  async add(name: string, scope: ApiKeyScope, randomness: Randomness): Promise<string | null> {
    if (!NAME.test(name)) throw new TypeError("a key's name is 1 to 64 letters, digits, '.', '_' and '-'")
    if (RESERVED_NAMES.includes(name)) throw new TypeError(`no key may be named ${RESERVED_NAMES.join(' or ')}`)
    if (this.#configured.some((key) => key.name === name)) return null
    const { key, item } = this.#made(name, scope, randomness)
    return (await this.#store.putItem(item)) ? key : null
  }

  /** Makes the development key; `null` where another process was faster. */
  async addDevelopmentKey(randomness: Randomness): Promise<string | null> {
    const { key, item } = this.#made(DEVELOPMENT_KEY, 'write', randomness)
    return (await this.#store.putItem(item)) ? key : null
  }

  /** Makes a key anew under its name, so that the one before works no longer. */
  async renew(name: string, scope: ApiKeyScope, randomness: Randomness): Promise<string> {
    const { key, item } = this.#made(name, scope, randomness)
    for (;;) {
      const before = await this.#store.findItem(API_KEY, name)
      if (await this.#store.putItem({ ...item, version: before?.version ?? 0 })) break
    }
    await this.#reloading.anew()
    return key
  }

  /** Removes a stored key; `false` where there is none of that name. */
  async remove(name: string): Promise<boolean> {
    const item = await this.#store.findItem(API_KEY, name)
    return item !== null && (await this.#store.deleteItem(API_KEY, name, item.version))
  }

  #isFresh(): boolean {
    const now = this.#clock.now()
    return this.#loadedAt !== null && now >= this.#loadedAt && now < this.#loadedAt + FRESH
  }

  #made(name: string, scope: ApiKeyScope, randomness: Randomness): { readonly key: string; readonly item: StoredItem } {
    const key = `sk_tenure_${base64url(randomness.bytes(32))}`
    const value = JSON.stringify({ scope, sha256: sha256(key), createdAt: this.#clock.now() })
    return { key, item: { kind: API_KEY, id: name, version: 0, value, expiresAt: null } }
  }

  async #readAll(): Promise<void> {
    const items = await this.#store.listItems(API_KEY)
    const stored = items.map(({ id, value }) => ({ name: id, ...(JSON.parse(value) as Omit<ApiKey, 'name'>) }))
    this.#all = [...this.#configured, ...stored]
    this.#loadedAt = this.#clock.now()
  }
}

function matching(digest: string, keys: readonly ApiKey[]): ApiKey | null {
  let found: ApiKey | null = null
  for (const key of keys) if (isSameDigest(digest, key.sha256)) found = key
  return found
}
