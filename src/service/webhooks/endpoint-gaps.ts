/** The stretches of the feed that passed while an endpoint was disabled: nothing in them is sent to it. */
import type { Store } from '../../store/port.ts'

/** What stands behind one cursor of the feed, up to another and with it. */
export interface Gap {
  /** `null` for the beginning of the feed. */
  readonly behind: string | null
  /** `null` while it lasts. */
  readonly upTo: string | null
}

/** What says where cursors stand. */
export type CursorOrder = Pick<Store, 'isBehind'>

/** Gaps once one more begins. */
export function withGap(gaps: readonly Gap[], behind: string | null): readonly Gap[] {
  return [...gaps, { behind, upTo: null }]
}

/**
 * Gaps once none lasts any more.
 *
 * @param end The cursor that the last one ends with; `null` where the feed has nothing.
 * @param relayed Behind which the relay goes on: a gap that it has come through is forgotten.
 */
export function withoutOpenGap(
  gaps: readonly Gap[],
  { end, relayed }: { readonly end: string | null; readonly relayed: string | null },
  order: CursorOrder,
): readonly Gap[] {
  const ended = gaps.map((gap) => ({ ...gap, upTo: gap.upTo ?? end }))
  return ended.filter(({ upTo }) => upTo !== null && (relayed === null || order.isBehind(upTo, relayed)))
}

/** Whether a cursor stands in a gap. */
export function isInGap(cursor: string, { behind, upTo }: Gap, order: CursorOrder): boolean {
  if (behind !== null && !order.isBehind(cursor, behind)) return false
  return upTo === null || !order.isBehind(cursor, upTo)
}
