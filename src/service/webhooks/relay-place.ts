/** How far the relay has come in the feed: an item of the store, which endpoints are made behind. */
import { StoreError } from '../../domain/errors.ts'
import type { Store, StoredItem } from '../../store/port.ts'

const KIND = 'webhook-relay'
const ID = 'place'

/**
 * Makes sure that there is a place, so that nothing that happens from now on is missed: one that is new begins with what
 * happens from now on.
 */
export async function makeRelayPlace(store: Store): Promise<void> {
  if ((await store.findItem(KIND, ID)) !== null) return
  const value = placeValue(await store.feedEnd())
  // Where another was just as fast, either place is from before whoever asked is answered.
  await store.putItem({ kind: KIND, id: ID, version: 0, value, expiresAt: null })
}

/** The place as it is stored now; made where there is none. */
export async function readRelayPlace(store: Store): Promise<StoredItem> {
  await makeRelayPlace(store)
  const place = await store.findItem(KIND, ID)
  if (place === null) throw new StoreError('ERR_STORE_FAULT', 'the place of the webhooks has gone from the store')
  return place
}

/** The cursor behind which the relay goes on; `null` for the first event there is. */
export function cursorOf({ value }: StoredItem): string | null {
  return (JSON.parse(value) as { readonly cursor: string | null }).cursor
}

/** A place moved to a cursor, to be written over the version that it has. */
export function movedTo(place: StoredItem, cursor: string | null): StoredItem {
  return { ...place, value: placeValue(cursor) }
}

function placeValue(cursor: string | null): string {
  return JSON.stringify({ cursor })
}
