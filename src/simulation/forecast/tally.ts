import type { EpochMs } from '../../domain/instant.ts'
import type { Beginnings, Fate, Rule } from './fate.ts'
import { DAY, HOUR, type Window } from './window.ts'

/** What lives and ends between two marks. */
export interface HourRow {
  /** Where it begins: a mark of the window. */
  readonly at: EpochMs
  /** How many sessions are live at `at`. */
  readonly live: number
  /** How many end from `at` on and before the next mark; at the last mark but one, that one included. */
  readonly ends: number
}

/** Ages of sessions are counted by the hour below this one, and older ones together. */
export const OLDEST_HOUR = 366 * 24

/**
 * The ends of sessions under one policy, counted: by minute and by rule, so that a fleet of any size takes the same room.
 */
export class Tally {
  /** How many sessions were live before the policy was applied. */
  live = 0
  /** How many of them end at the very instant of the forecast, and by which rule. */
  atOnce = 0
  readonly atOnceByRule = new Map<Rule, number>()
  /** How many end within the window, those included. */
  ended = 0
  /** When the last of those does; `null` where none does. */
  lastEndAt: EpochMs | null = null
  /** By rule, how many end in each minute. */
  readonly endsByRule = new Map<Rule, Uint32Array>()
  /** How many sessions are signed in again in each minute, each at the time of day at which it was last active. */
  readonly returns: Uint32Array
  /** How many sessions are this many hours old at their deadline, which for those that end at once may be past. */
  readonly ages = new Uint32Array(OLDEST_HOUR + 1)
  readonly #window: Window
  /** How many end exactly at a mark, where they are no longer live. */
  readonly #endsAtMark: Uint32Array

  constructor(window: Window) {
    this.#window = window
    this.returns = new Uint32Array(window.minutes)
    this.#endsAtMark = new Uint32Array(window.marks.length)
  }

  /** Counts a session that was live at the window's first instant. */
  add({ endsAt, rule, expireAt, abandonAt }: Fate, { createdAt, lastActiveAt }: Beginnings): void {
    const window = this.#window
    this.live += 1
    // What ends at once for a deadline that is past would have ended then, had it been made under the policy.
    const lived = Math.min(endsAt, expireAt, abandonAt) - createdAt
    const age = Math.min(OLDEST_HOUR, Math.max(0, Math.floor(lived / HOUR)))
    this.ages[age] = (this.ages[age] as number) + 1
    if (endsAt > window.until) return
    this.ended += 1
    if (this.lastEndAt === null || endsAt > this.lastEndAt) this.lastEndAt = endsAt
    if (endsAt === window.at) this.#countAtOnce(rule)
    else this.#countMark(endsAt)
    count(this.#endsBy(rule), window.minuteOf(endsAt))
    const wait = (((lastActiveAt - endsAt) % DAY) + DAY) % DAY
    const back = (endsAt + wait) as EpochMs
    if (back <= window.until) count(this.returns, window.minuteOf(back))
  }

  /** How many end in each minute, whatever the rule. */
  endsByMinute(): Uint32Array {
    const sum = new Uint32Array(this.#window.minutes)
    for (const ends of this.endsByRule.values()) {
      for (let minute = 0; minute < ends.length; minute += 1)
        sum[minute] = (sum[minute] as number) + (ends[minute] as number)
    }
    return sum
  }

  /** What lives and ends, mark by mark: the last row has nothing behind it. */
  hours(): HourRow[] {
    const { marks } = this.#window
    const ends = this.endsByHour(this.endsByMinute())
    let live = this.live
    return marks.map((at, index) => {
      const row = { at, live: live - this.#endedAtMark(index), ends: ends[index] ?? 0 }
      live -= row.ends
      return row
    })
  }

  /** What was counted by minute, by hour: a number for each mark but the last. */
  endsByHour(byMinute: Uint32Array): number[] {
    const sums = new Array<number>(Math.max(1, this.#window.marks.length - 1)).fill(0)
    for (let minute = 0; minute < byMinute.length; minute += 1) {
      const hour = this.#window.hourOf(minute)
      sums[hour] = (sums[hour] as number) + (byMinute[minute] as number)
    }
    return sums
  }

  /** How many sessions each rule ends within the window. */
  totalsByRule(): Partial<Record<Rule, number>> {
    const totals: Partial<Record<Rule, number>> = {}
    for (const [rule, ends] of this.endsByRule) totals[rule] = ends.reduce((sum, each) => sum + each, 0)
    return totals
  }

  #endedAtMark(index: number): number {
    // Every end up to the last mark has been taken off already.
    return index === 0 ? this.atOnce : (this.#endsAtMark[index] as number)
  }

  #countAtOnce(rule: Rule): void {
    this.atOnce += 1
    this.atOnceByRule.set(rule, (this.atOnceByRule.get(rule) ?? 0) + 1)
  }

  #countMark(endsAt: EpochMs): void {
    const mark = this.#window.markAt(endsAt)
    if (mark > 0) count(this.#endsAtMark, mark)
  }

  #endsBy(rule: Rule): Uint32Array {
    let ends = this.endsByRule.get(rule)
    if (ends === undefined) {
      ends = new Uint32Array(this.#window.minutes)
      this.endsByRule.set(rule, ends)
    }
    return ends
  }
}

function count(counts: Uint32Array, place: number): void {
  counts[place] = (counts[place] as number) + 1
}
