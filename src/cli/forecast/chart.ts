import type { HourRow } from '../../simulation/forecast/tally.ts'
import type { Painter } from '../paint.ts'

const EIGHTHS = ' ▁▂▃▄▅▆▇█'
/** Stands where the other of the two is. */
const OTHER = '•'

/** The rows of a chart: how high the live sessions are drawn. */
const HEIGHT = 8

/**
 * Draws how many sessions are live over time: columns for the policy, and a dot in each for what it is compared with.
 *
 * @param most What the top stands for.
 * @param columns The marks that are drawn, as {@link sampleHours} picks them.
 */
export function drawLive(
  under: readonly HourRow[],
  against: readonly HourRow[],
  most: number,
  columns: readonly number[],
  paint: Painter,
): string[] {
  const eighths = columns.map((mark) => Math.round(((under[mark]?.live ?? 0) / most) * HEIGHT * 8))
  const dots = columns.map((mark) => Math.ceil(((against[mark]?.live ?? 0) / most) * HEIGHT) - 1)
  return Array.from({ length: HEIGHT }, (_, index) => {
    const row = HEIGHT - 1 - index
    let line = ''
    for (const [column, height] of eighths.entries()) {
      const stroke = EIGHTHS[Math.min(8, Math.max(0, height - row * 8))] as string
      line += dots[column] === row ? paint('yellow', OTHER) : stroke === ' ' ? ' ' : paint('green', stroke)
    }
    return line
  })
}

/** Draws how many sessions end as one line of columns: the highest is the most, and what is not nought is seen. */
export function drawEnds(hours: readonly HourRow[], most: number, columns: readonly number[]): string {
  return endsByColumn(hours, columns)
    .map((ends) => EIGHTHS[ends === 0 ? 0 : Math.max(1, Math.round((ends / most) * 8))])
    .join('')
}

/** How many sessions end in each column: from its mark up to the next column's. */
export function endsByColumn(hours: readonly HourRow[], columns: readonly number[]): number[] {
  return columns.map((mark, index) => {
    let ends = 0
    for (let hour = mark; hour < (columns[index + 1] ?? hours.length); hour += 1) ends += hours[hour]?.ends ?? 0
    return ends
  })
}

/**
 * The marks that stand for the columns of a chart, evenly spread, as many as there are at most.
 *
 * @param last The last mark that there is something to see at.
 */
export function sampleHours(last: number, width: number): number[] {
  const length = last + 1
  const columns = Math.min(length, width)
  return Array.from({ length: columns }, (_, column) => Math.floor((column * length) / columns))
}
