/** Cursors of feeds. Where one transaction writes at a time, a ledger’s sequence is one by itself. */

/** Whether a cursor stands behind another. @throws {TypeError} For text that is no cursor. */
export function isBehind(cursor: string, other: string): boolean {
  return sequenceOf(cursor) > sequenceOf(other)
}

/** The sequence that a cursor stands for. @throws {TypeError} For text that is no cursor. */
export function sequenceOf(cursor: string): number {
  const sequence = /^[1-9]\d{0,15}$/.test(cursor) ? Number(cursor) : Number.NaN
  if (!Number.isSafeInteger(sequence)) throw noCursor()
  return sequence
}

/** What is thrown for text that is no cursor, and for one of a time that the store has not come to. */
export function noCursor(): TypeError {
  return new TypeError('this is no cursor of this store')
}
