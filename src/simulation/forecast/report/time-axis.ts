import type { EpochMs } from '../../../domain/instant.ts'
import { DAY, HOUR } from '../window.ts'

/** How far ticks may lie apart: whole hours and days of UTC, which are all of one length. */
const STEPS = [1, 2, 3, 6, 12, 24, 48, 72, 168, 336, 672, 1344, 2688].map((hours) => hours * HOUR)

/** Where a time axis has its ticks, and what they say, for so many ticks at most. */
export function ticksOf(first: EpochMs, last: EpochMs, most: number): { values: number[]; format: string } {
  const step = STEPS.find((each) => (last - first) / each <= most) ?? (STEPS.at(-1) as number)
  const values: number[] = []
  for (let tick = Math.ceil(first / step) * step; tick <= last; tick += step) values.push(tick)
  return { values, format: step < DAY ? '%-d %b %H:%M' : '%-d %b' }
}
