/** How many numbers a page of bits has. */
const PAGE = 65_536

/** Which sequence numbers have come up: a bit for each, so that millions take little. */
export class SeenSequences {
  readonly #pages = new Map<number, Uint8Array>()

  /** Notes a number; `false` where it has come up before. */
  add(sequence: number): boolean {
    const key = Math.floor(sequence / PAGE)
    let page = this.#pages.get(key)
    if (page === undefined) {
      page = new Uint8Array(PAGE / 8)
      this.#pages.set(key, page)
    }
    const place = sequence - key * PAGE
    const bit = 1 << (place & 7)
    const byte = page[place >> 3] ?? 0
    page[place >> 3] = byte | bit
    return (byte & bit) === 0
  }
}
