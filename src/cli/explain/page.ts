import type { EpochMs } from '../../domain/instant.ts'
import { pad, wrap } from '../columns.ts'
import { type Painter, painterFor } from '../paint.ts'

/** Fewer columns than this are taken for this many. */
const NARROWEST = 20

/** What lines of one block stand in from its heading. */
export const INDENT = '  '

/** What the labels of a heading's lines take, in columns: the longest is `last active`. */
const LABEL_COLUMNS = 11

/** What the explanation of one client is written on. */
export interface Page {
  /** The instant it is explained at, epoch milliseconds. */
  readonly now: EpochMs
  /** In columns, {@link NARROWEST} or more. */
  readonly width: number
  readonly paint: Painter
}

/** A page; 80 columns wide where the width is not a number of columns. */
export function pageFor(now: EpochMs, asked: number, colour: boolean): Page {
  const width = Number.isFinite(asked) && asked > 0 ? Math.max(NARROWEST, Math.floor(asked)) : 80
  return { now, width, paint: painterFor(colour) }
}

/** A label, and text that wraps beside it, standing in from the heading; below the label where that is too narrow. */
export function labelled(label: string, text: string, { width, paint }: Page): string[] {
  const indent = INDENT.length + LABEL_COLUMNS + 2
  if (width - indent < NARROWEST) {
    const lines = wrap(text, width - 2 * INDENT.length)
    return [`${INDENT}${paint('dim', label)}`, ...lines.map((line) => INDENT + INDENT + line)]
  }
  return wrap(text, width - indent).map((line, index) => {
    return index === 0 ? `${INDENT}${paint('dim', pad(label, LABEL_COLUMNS))}  ${line}` : `${' '.repeat(indent)}${line}`
  })
}
