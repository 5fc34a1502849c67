/**
 * The thundering herd: so many sessions that end together that their users' sign-ins arrive together, and the jitter that
 * would spread them.
 */
import type { DurationMs } from '../../domain/duration.ts'
import type { EpochMs } from '../../domain/instant.ts'
import { RULES, type Rule } from './fate.ts'
import type { Tally } from './tally.ts'
import { DAY, HOUR, MINUTE, type Window } from './window.ts'

/** A minute or an hour is a herd's where it has more ends than this many times the mean, and no fewer than the floor. */
const HERD_TIMES = 10

/** So many ends a minute, one a second, are no herd whatever the mean: nothing that signs people in feels them. */
export const FLOOR = 60

/** A jitter is long enough where no minute can expect more than this many times the mean, or than {@link FLOOR}. */
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
  /** How many more hours have a herd in them that is not told of. */
  readonly moreHours: number
  /** The jitter that would flatten all ends of the policy, see {@link jitterFor}. Milliseconds. */
  readonly jitter: DurationMs | null
  /** So many ends, and no more, can any minute then expect. */
  readonly flat: number
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
 * The herds among the ends of one policy: those at once, and the largest later on, of an hour or else of a minute.
 *
 * @param span What the mean is taken over, see {@link spanOf}.
 */
export function findHerds(tally: Tally, window: Window, span: DurationMs): Herd[] {
  const mean = (tally.ended / span) * MINUTE
  const byMinute = tally.endsByMinute()
  const found: Omit<Herd, 'jitter' | 'flat'>[] = []
  if (isHerd(tally.atOnce, mean, 1)) {
    const rule = RULES.reduce((most, each) => (atOnceBy(tally, each) > atOnceBy(tally, most) ? each : most))
    found.push({ within: 'instant', at: window.at, ends: tally.atOnce, rule, times: tally.atOnce / mean, moreHours: 0 })
  }
  const later = byMinute.slice()
  later[0] = (later[0] ?? 0) - tally.atOnce
  const herd = findLaterHerd(later, tally, window, mean)
  if (herd !== null) found.push(herd)
  if (found.length === 0) return []
  const flat = Math.max(FLOOR, Math.ceil(FLAT_TIMES * mean))
  // Of every end, for those that are spread land where others end.
  const jitter = jitterFor(byMinute, flat)
  return found.map((each) => ({ ...each, jitter, flat }))
}

/** The busiest hour, where that is a herd and no minute of it stands out; or else the busiest minute, where that is one. */
function findLaterHerd(
  later: Uint32Array,
  tally: Tally,
  window: Window,
  mean: number,
): Omit<Herd, 'jitter' | 'flat'> | null {
  const byHour = tally.endsByHour(later)
  const mostByHour = byHour.map(() => 0)
  for (const [minute, count] of later.entries()) {
    const place = window.hourOf(minute)
    mostByHour[place] = Math.max(mostByHour[place] as number, count)
  }
  // An hour that is a herd has a minute that is one: its busiest has a sixtieth of the hour's ends, or more.
  const hours = mostByHour.filter((most) => isHerd(most, mean, 1)).length
  if (hours === 0) return null
  const place = placeOfMost(byHour)
  const [ends, most] = [byHour[place] as number, mostByHour[place] as number]
  if (isHerd(ends, mean, 60) && most * 60 <= HERD_TIMES * ends) {
    const at = window.marks[place] as EpochMs
    const rule = ruleOf(tally, window, at, HOUR)
    return { within: 'hour', at, ends, rule, times: ends / (mean * 60), moreHours: hours - 1 }
  }
  const minute = busiestMinute(later, window) as Peak
  const rule = ruleOf(tally, window, minute.at, MINUTE)
  return { within: 'minute', at: minute.at, ends: minute.count, rule, times: minute.count / mean, moreHours: hours - 1 }
}

function isHerd(ends: number, mean: number, minutes: number): boolean {
  return ends >= FLOOR * minutes && ends > HERD_TIMES * mean * minutes
}

/**
 * The shortest of {@link JITTERS} that flattens ends: if each is put off by a random part of it, no minute can expect more
 * than so many. `null` where none of them is long enough.
 *
 * @param byMinute The ends in each minute.
 * @param flat How many ends a minute may expect.
 */
export function jitterFor(byMinute: ArrayLike<number>, flat: number): DurationMs | null {
  // What is put off from within a minute lands in one minute more than the jitter has.
  const minutes = JITTERS.find((each) => mostWithin(byMinute, each + 1) / each <= flat)
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
