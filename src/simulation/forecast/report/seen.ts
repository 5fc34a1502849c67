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

/** More marks than this say no more in a picture: a quarter of a year's hours. */
const MOST_DRAWN = 2200

/** The marks that are drawn, evenly spread: the places of all of them, or of every second one, every third, and so on. */
export function drawnPlaces({ marks }: Seen): number[] {
  const stride = Math.ceil(marks.length / MOST_DRAWN)
  return [...marks.keys()].filter((place) => place % stride === 0 || place === marks.length - 1)
}

/**
 * The hours that are drawn, one for each drawn place: the busiest of those from it on and before the next.
 *
 * @param countOf What is counted in the hour at a place.
 */
export function busiestPlaces(places: readonly number[], countOf: (place: number) => number): number[] {
  return places.map((first, index) => {
    let busiest = first
    for (let place = first; place < (places[index + 1] ?? first); place += 1) {
      if (countOf(place) > countOf(busiest)) busiest = place
    }
    return busiest
  })
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
