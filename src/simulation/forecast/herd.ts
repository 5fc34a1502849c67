/**
 * The thundering herd: so many sessions that end together that their users' sign-ins arrive together, and the jitter that
 * would spread them.
 */
import type { DurationMs } from '../../domain/duration.ts'
import type { EpochMs } from '../../domain/instant.ts'
import { RULES, type Rule } from './fate.ts'
import type { Tally } from './tally.ts'
import { DAY, HOUR, MINUTE, type Window } from './window.ts'

/** A minute or an hour is a herd's where it has more ends than this many times the mean, and than a few. */
const HERD_TIMES = 10
const FEWEST = 10

/** A jitter is long enough where the busiest minute has at most this many times the mean left. */
export const FLAT_TIMES = 5

/** A stretch of time, and how many sessions end in it. */
export interface Peak {
  readonly at: EpochMs
  readonly count: number
}

/** Sessions that end together. */
export interface Herd {
  /** How long they take: not at all, a minute, an hour. */
  readonly within: 'instant' | 'minute' | 'hour'
  readonly at: EpochMs
  readonly ends: number
  /** What ends most of them. */
  readonly rule: Rule
  /** How many times the mean of as long a stretch, a minute's for an instant. */
  readonly times: number
  /** The jitter that would flatten it, see {@link jitterFor}. Milliseconds. */
  readonly jitter: DurationMs | null
}

/** The jitters that are tried, in minutes: those that somebody would write into a policy. */
const JITTERS = [
  ...[1, 2, 5, 10, 15, 20, 30],
  ...[1, 2, 3, 4, 6, 8, 12, 18].map((hours) => hours * 60),
  ...[1, 2, 3, 4, 5, 6, 7, 10, 14, 21, 30].map((days) => days * 1440),
]

/** Up to when sessions end: what a mean is taken over. A day at least, where the window is as long. */
export function spanOf(window: Window, ...tallies: readonly Tally[]): DurationMs {
  const last = Math.max(window.at, ...tallies.map(({ lastEndAt }) => lastEndAt ?? window.at))
  return Math.max(last - window.at, Math.min(DAY, window.until - window.at), MINUTE) as DurationMs
}

/** The minute that the most is counted in; the first of equals, and `null` where nothing is. */
export function busiestMinute(byMinute: Uint32Array, window: Window): Peak | null {
  const place = placeOfMost(byMinute)
  const count = byMinute[place] ?? 0
  return count === 0 ? null : { at: window.startOfMinute(place), count }
}

/** The hour of UTC that the most is counted in; the first of equals, and `null` where nothing is. */
export function busiestHour(byHour: readonly number[], window: Window): Peak | null {
  const place = placeOfMost(byHour)
  const count = byHour[place] ?? 0
  return count === 0 ? null : { at: window.marks[place] as EpochMs, count }
}

/**
 * The herds among the ends of one policy: those at once, and the largest later on, of a minute or else of an hour.
 *
 * @param span What the mean is taken over, see {@link spanOf}.
 */
export function findHerds(tally: Tally, window: Window, span: DurationMs): Herd[] {
  const mean = (tally.ended / span) * MINUTE
  const isHerd = (count: number, ordinary: number) => count >= FEWEST && count > HERD_TIMES * ordinary
  const herds: Herd[] = []
  if (isHerd(tally.atOnce, mean)) {
    const rule = RULES.reduce((most, each) => (atOnceBy(tally, each) > atOnceBy(tally, most) ? each : most))
    const jitter = jitterFor([tally.atOnce], mean)
    herds.push({ within: 'instant', at: window.at, ends: tally.atOnce, rule, times: tally.atOnce / mean, jitter })
  }
  const later = tally.endsByMinute()
  later[0] = (later[0] ?? 0) - tally.atOnce
  const minute = busiestMinute(later, window)
  const hour = busiestHour(tally.endsByHour(later), window)
  if (minute !== null && isHerd(minute.count, mean)) {
    const rule = ruleOf(tally, window, minute.at, MINUTE)
    herds.push({
      within: 'minute',
      at: minute.at,
      ends: minute.count,
      rule,
      times: minute.count / mean,
      jitter: jitterFor(later, mean),
    })
  } else if (hour !== null && isHerd(hour.count, mean * 60)) {
    const rule = ruleOf(tally, window, hour.at, HOUR)
    herds.push({
      within: 'hour',
      at: hour.at,
      ends: hour.count,
      rule,
      times: hour.count / (mean * 60),
      jitter: jitterFor(later, mean),
    })
  }
  return herds
}

/**
 * The shortest of {@link JITTERS} that flattens ends: if each is put off by a random part of it, no minute can expect more
 * than {@link FLAT_TIMES} times the mean. `null` where none of them is long enough.
 *
 * @param byMinute The ends in each minute.
 * @param mean How many ends a minute has on average.
 */
export function jitterFor(byMinute: ArrayLike<number>, mean: number): DurationMs | null {
  const minutes = JITTERS.find((each) => mostWithin(byMinute, each) / each <= FLAT_TIMES * mean)
  return minutes === undefined ? null : ((minutes * MINUTE) as DurationMs)
}

/** The most that is counted in any so many minutes in a row. */
function mostWithin(byMinute: ArrayLike<number>, minutes: number): number {
  let [sum, most] = [0, 0]
  for (let end = 0; end < byMinute.length; end += 1) {
    sum += (byMinute[end] as number) - (end >= minutes ? (byMinute[end - minutes] as number) : 0)
    if (sum > most) most = sum
  }
  return most
}

function atOnceBy({ atOnceByRule }: Tally, rule: Rule): number {
  return atOnceByRule.get(rule) ?? 0
}

/** What ends the most sessions in the minute or the hour that begins at an instant, those at once left out. */
function ruleOf(tally: Tally, window: Window, at: EpochMs, length: number): Rule {
  const first = window.minuteOf(at)
  const end = window.minuteOf((Math.floor(at / length) * length + length) as EpochMs)
  const endsOf = (rule: Rule) => {
    let sum = first === 0 ? -atOnceBy(tally, rule) : 0
    for (const ends of tally.endsByRule.get(rule)?.subarray(first, end) ?? []) sum += ends
    return sum
  }
  return RULES.reduce((most, each) => (endsOf(each) > endsOf(most) ? each : most))
}

function placeOfMost(counts: ArrayLike<number>): number {
  let most = 0
  for (let place = 1; place < counts.length; place += 1) {
    if ((counts[place] as number) > (counts[most] as number)) most = place
  }
  return most
}
