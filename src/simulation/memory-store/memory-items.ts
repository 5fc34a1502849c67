import type { EpochMs } from '../../domain/instant.ts'
import { expectItemId, isExpired, MAXIMUM_LISTED } from '../../store/item.ts'
import type { StoredItem } from '../../store/port.ts'
import { jsonText } from '../../store/rows.ts'

/** Items in memory, by kind and id. */
export class MemoryItems {
  readonly #items = new Map<string, StoredItem>()

  find(kind: string, id: string): StoredItem | null {
    return this.#items.get(keyOf(kind, id)) ?? null
  }

  list(kind: string): readonly StoredItem[] {
    const all = [...this.#items.values()].filter((item) => item.kind === kind)
    return all.sort((a, b) => Buffer.compare(Buffer.from(a.id), Buffer.from(b.id))).slice(0, MAXIMUM_LISTED)
  }

  put({ kind, id, version, value, expiresAt }: StoredItem): boolean {
    expectItemId(id)
    if ((this.find(kind, id)?.version ?? 0) !== version) return false
    this.#items.set(keyOf(kind, id), { kind, id, version: version + 1, value: jsonText(value), expiresAt })
    return true
  }

  delete(kind: string, id: string, version: number): boolean {
    return this.find(kind, id)?.version === version && this.#items.delete(keyOf(kind, id))
  }

  deleteExpired(now: EpochMs, limit: number): number {
    const expired = [...this.#items.values()].filter((item) => isExpired(item, now))
    expired.sort((a, b) => (a.expiresAt ?? 0) - (b.expiresAt ?? 0))
    for (const { kind, id } of expired.slice(0, limit)) this.#items.delete(keyOf(kind, id))
    return Math.min(limit, expired.length)
  }
}

function keyOf(kind: string, id: string): string {
  return `${kind} ${id}`
}
