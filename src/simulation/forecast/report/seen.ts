import type { EpochMs } from '../../../domain/instant.ts'
import type { ForecastResult } from '../result.ts'
import { DAY } from '../window.ts'

/** The part of a forecast that its pictures show: up to a little after the last thing that happens in it. */
export interface Seen {
  readonly first: EpochMs
  readonly last: EpochMs
  /** The marks of it. */
  readonly marks: readonly EpochMs[]
}

/** What a forecast's pictures show. */
export function seenOf({ series, at, until }: ForecastResult): Seen {
  const marks = series.under.hours.map((row) => row.at)
  const isQuiet = (mark: number) =>
    [series.under, series.against].every(({ hours, signIns }) => hours[mark]?.ends === 0 && (signIns[mark] ?? 0) === 0)
  const busy = marks.findLastIndex((_, mark) => !isQuiet(mark))
  const lastBusy = busy === -1 ? until : (marks[busy + 1] ?? until)
  const margin = Math.max((lastBusy - at) * 0.03, Math.min(DAY, until - at) / 4)
  const last = Math.min(until, lastBusy + margin) as EpochMs
  const shown = marks.filter((mark) => mark <= last)
  return { first: at, last, marks: shown }
}
