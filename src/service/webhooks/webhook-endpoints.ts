import { newEndpointId } from '../../domain/ids.ts'
import type { EpochMs } from '../../domain/instant.ts'
import type { Randomness } from '../../domain/randomness.ts'
import { MAXIMUM_LISTED } from '../../store/item.ts'
import type { Store } from '../../store/port.ts'
import type { EventType } from '../events/event.ts'
import { makeWebhookSecret } from '../svix.ts'
import { fromItem, toItem, WEBHOOK_ENDPOINT, type WebhookEndpoint, type WebhookForm } from './endpoint.ts'
import { withGap, withoutOpenGap } from './endpoint-gaps.ts'
import { endpointDescription, endpointUrl } from './endpoint-rules.ts'
import { isSealed, openSecret, rotated, type SigningSecret, signingAt, storedSecret } from './endpoint-secrets.ts'
import { cursorOf, makeRelayPlace, readRelayPlace } from './relay-place.ts'

/** What endpoints are kept by. */
export interface WebhookEndpointsOptions {
  readonly store: Store
  readonly randomness: Randomness
  /** 32 bytes that secrets are encrypted with; `null` keeps them in the clear. */
  readonly encryptionKey: Uint8Array | null
  /** Whether events may be sent to private addresses, and over http. */
  readonly isPrivateAllowed: boolean
}

/** What a new endpoint is made of. */
export interface NewEndpoint {
  readonly url: string
  /** All where it is left out, or empty. */
  readonly types?: readonly EventType[] | undefined
  /** `clerk` where it is left out. */
  readonly form?: WebhookForm | undefined
  readonly description?: string | undefined
}

/** An endpoint and its newest secret, which is not to be had again. */
export interface WithSecret {
  readonly endpoint: WebhookEndpoint
  /** `whsec_…` */
  readonly secret: string
}

/** The webhook endpoints of a store. */
export class WebhookEndpoints {
  readonly #options: WebhookEndpointsOptions
  /** What was read already, so that it is neither parsed nor decrypted again before it changes. */
  readonly #read = new Map<string, WebhookEndpoint>()
  readonly #opened = new WeakMap<WebhookEndpoint, Promise<readonly SigningSecret[]>>()

  constructor(options: WebhookEndpointsOptions) {
    this.#options = options
  }

  /** Every endpoint as it is stored now, the oldest first. */
  async list(): Promise<readonly WebhookEndpoint[]> {
    const items = await this.#options.store.listItems(WEBHOOK_ENDPOINT)
    const endpoints = items.map((item) => {
      const known = this.#read.get(item.id)
      return known !== undefined && known.version === item.version ? known : fromItem(item)
    })
    this.#read.clear()
    for (const endpoint of endpoints) this.#read.set(endpoint.id, endpoint)
    return endpoints.sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))
  }

  /** One endpoint as it is stored now; `null` where there is none of that id. */
  async find(id: string): Promise<WebhookEndpoint | null> {
    const item = await this.#options.store.findItem(WEBHOOK_ENDPOINT, id)
    return item === null ? null : fromItem(item)
  }

  /**
   * Makes an endpoint, to which events are sent that are recorded from now on.
   *
   * @returns `null` where there are as many as can be.
   * @throws {TypeError} For a URL or a description that may not be.
   */
  async add({ url, types = [], form = 'clerk', description = '' }: NewEndpoint): Promise<WithSecret | null> {
    const { store, randomness, encryptionKey, isPrivateAllowed } = this.#options
    const checked = { url: endpointUrl(url, isPrivateAllowed), description: endpointDescription(description) }
    if ((await this.list()).length >= MAXIMUM_LISTED) return null
    // A service may be started for the first time long after, and relays from there.
    await makeRelayPlace(store)
    const createdAt = await store.now()
    const secret = makeWebhookSecret(randomness)
    const endpoint: WebhookEndpoint = {
      id: newEndpointId(createdAt, randomness),
      ...checked,
      types: types.length === 0 ? null : [...new Set(types)],
      form,
      createdAt,
      behind: await store.feedEnd(),
      disabled: null,
      gaps: [],
      secrets: [{ secret: await storedSecret(secret, encryptionKey), until: null }],
      version: 0,
    }
    if (!(await store.putItem(toItem(endpoint))))
      throw new TypeError('the id of a new endpoint was taken: chance failed')
    return { endpoint: { ...endpoint, version: 1 }, secret }
  }

  /**
   * Makes a new secret. The one before signs too for a day, or no more where that is asked.
   *
   * @returns `missing` where there is no such endpoint, `too many` where ten secrets sign already.
   */
  async rotate(id: string, isAtOnce: boolean): Promise<WithSecret | 'missing' | 'too many'> {
    const { store, randomness, encryptionKey } = this.#options
    const secret = makeWebhookSecret(randomness)
    const stored = await storedSecret(secret, encryptionKey)
    let hasRoom = true
    const endpoint = await this.#change(id, async (before) => {
      const secrets = rotated(before.secrets, stored, { now: await store.now(), isAtOnce })
      hasRoom = secrets !== null
      return secrets === null ? before : { ...before, secrets }
    })
    if (!hasRoom) return 'too many'
    return endpoint === null ? 'missing' : { endpoint, secret }
  }

  /**
   * Sends an endpoint nothing more: what was recorded until now is buried once it is relayed, and what is recorded from now on
   * is not queued. One that is disabled already keeps its reason. `null` where there is no such.
   */
  async disable(id: string, reason: string): Promise<WebhookEndpoint | null> {
    const { store } = this.#options
    return this.#change(id, async (before) => {
      if (before.disabled !== null) return before
      const [at, end] = [await store.now(), await store.feedEnd()]
      return { ...before, disabled: { at, reason }, gaps: withGap(before.gaps, end) }
    })
  }

  /** Sends an endpoint what is recorded from now on; `null` where there is no such. */
  async enable(id: string): Promise<WebhookEndpoint | null> {
    const { store } = this.#options
    return this.#change(id, async (before) => {
      if (before.disabled === null) return before
      const [place, end] = [await readRelayPlace(store), await store.feedEnd()]
      const gaps = withoutOpenGap(before.gaps, { end, relayed: cursorOf(place) }, store)
      return { ...before, disabled: null, gaps }
    })
  }

  /** Removes an endpoint; `false` where there is none of that id. What waits for it is in its queue. */
  async remove(id: string): Promise<boolean> {
    for (;;) {
      const item = await this.#options.store.findItem(WEBHOOK_ENDPOINT, id)
      if (item === null) return false
      if (await this.#options.store.deleteItem(WEBHOOK_ENDPOINT, id, item.version)) return true
    }
  }

  /**
   * The keys that sign for an endpoint at an instant, the newest first.
   *
   * @throws {StoreError} ERR_STORE_CORRUPT where they cannot be read with this encryption key.
   */
  async keysOf(endpoint: WebhookEndpoint, now: EpochMs): Promise<readonly Uint8Array[]> {
    let opened = this.#opened.get(endpoint)
    if (opened === undefined) {
      opened = Promise.all(endpoint.secrets.map((secret) => openSecret(secret, this.#options.encryptionKey)))
      this.#opened.set(endpoint, opened)
    }
    return signingAt(await opened, now).map(({ key }) => key)
  }

  /**
   * Encrypts the secrets that are in the clear, where there is a key for it: whoever made an endpoint may have had none.
   *
   * @param listed All that there are, where they were read just now.
   */
  async seal(listed?: readonly WebhookEndpoint[]): Promise<void> {
    const { encryptionKey } = this.#options
    if (encryptionKey === null) return
    for (const endpoint of listed ?? (await this.list())) {
      if (endpoint.secrets.every(isSealed)) continue
      const sealed = endpoint.secrets.map(async (each) =>
        isSealed(each) ? each : { ...each, secret: await storedSecret(each.secret, encryptionKey) },
      )
      // Where another was faster, that one sealed it, or the next look does.
      await this.#options.store.putItem(toItem({ ...endpoint, secrets: await Promise.all(sealed) }))
    }
  }

  /** Changes an endpoint over the version that it was read at, again where another was faster. */
  async #change(
    id: string,
    change: (before: WebhookEndpoint) => Promise<WebhookEndpoint>,
  ): Promise<WebhookEndpoint | null> {
    const { store } = this.#options
    for (;;) {
      const before = await this.find(id)
      if (before === null) return null
      const after = await change(before)
      if (after === before) return before
      if (await store.putItem(toItem(after))) return { ...after, version: before.version + 1 }
    }
  }
}
