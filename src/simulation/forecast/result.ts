import type { DurationMs } from '../../domain/duration.ts'
import type { EpochMs } from '../../domain/instant.ts'
import type { UserId } from '../../domain/session.ts'
import type { Rule } from './fate.ts'
import { busiestHour, busiestMinute, findHerds, type Herd, type Peak, spanOf } from './herd.ts'
import type { Refused, Side } from './side.ts'
import type { HourRow } from './tally.ts'
import { DAY, type Window } from './window.ts'

/** How many sessions there are in each group at the instant of a forecast, as they are stored and settled. */
export interface Counts {
  snapshots: number
  live: number
  dormant: number
  closed: number
  /** Sessions of a status that is none of the eight: their fate is not known. */
  unknown: number
  /** Of the live ones, how many were created, or last active, after the instant. */
  createdLater: number
  /** How many snapshots were of a client that an earlier one was of; those of the first million clients are noticed. */
  repeated: number
}

/** What a forecast found for one policy, or for what is stored. */
export interface SideResult {
  /** How many live sessions end at the instant of the forecast. */
  readonly atOnce: number
  /** How many end up to the horizon, those included; and how many each rule ends. */
  readonly ended: number
  readonly endsByRule: Readonly<Partial<Record<Rule, number>>>
  readonly liveAtHorizon: number
  readonly lastEndAt: EpochMs | null
  /** When the most sessions end: as many sign-ins follow there, if each signed-out session is signed in again at once. */
  readonly busiestHour: Peak | null
  readonly busiestMinute: Peak | null
  /** When the most sign-ins follow, if each signed-out session is at the time of day at which it was last active. */
  readonly signIns: { readonly busiestHour: Peak | null; readonly busiestMinute: Peak | null }
}

/** What a forecast warns of. */
export type ForecastWarning =
  | (Herd & { readonly code: 'thundering-herd'; readonly side: SideName })
  | { readonly code: 'sign-ins-refused'; readonly side: SideName; readonly clients: Refused; readonly users: Refused }
  | { readonly code: 'nothing-live'; readonly sessions: number }
  | { readonly code: 'old-snapshots'; readonly newestAt: EpochMs; readonly age: DurationMs }
  | { readonly code: 'created-later'; readonly sessions: number }
  | { readonly code: 'client-repeated'; readonly snapshots: number }

/** The policy of the forecast, or what it is compared with. */
export type SideName = 'under' | 'against'

/** How the two differ. */
export interface ForecastDifference {
  /** How many more sessions are signed out at once; negative where there are fewer. */
  readonly atOnce: number
  /** How many sessions end sooner or later than they would, that end within the horizon at the sooner of the two. */
  readonly endingSooner: number
  readonly endingLater: number
  /** How many users have one session or more that ends sooner, and how many have two or more. */
  readonly usersHit: number
  readonly usersHitMoreThanOnce: number
}

/** Mark by mark, what one policy does: rows, and what is drawn of them. */
export interface SideSeries {
  readonly hours: readonly HourRow[]
  /** How many each rule ends in each hour. */
  readonly endsByRule: ReadonlyMap<Rule, readonly number[]>
  /** How many of those of the first hour end at the very instant of the forecast. */
  readonly atOnceByRule: ReadonlyMap<Rule, number>
  /** How many sign-ins follow in each hour, if each signed-out session is signed in again at its usual time of day. */
  readonly signIns: readonly number[]
  /** How many sessions are this many hours old at their deadline, which for those that end at once may be past. */
  readonly ages: Uint32Array
}

/** Everything that a forecast found. */
export interface ForecastResult {
  readonly at: EpochMs
  readonly until: EpochMs
  readonly counts: Readonly<Counts>
  readonly under: SideResult
  readonly against: SideResult
  readonly difference: ForecastDifference
  readonly warnings: readonly ForecastWarning[]
  readonly series: Readonly<Record<SideName, SideSeries>>
  /** The users of whom the most sessions end sooner, two of each at least. */
  readonly hardestHit: readonly { readonly userId: UserId; readonly sessions: number }[]
}

/** What a forecast counted. */
export interface Counted {
  readonly window: Window
  readonly counts: Readonly<Counts>
  /** When anything in the snapshots was last changed or active; `null` where there is no snapshot. */
  readonly newestAt: EpochMs | null
  readonly under: Side
  readonly against: Side
  readonly sooner: ReadonlyMap<UserId, number>
  readonly endingSooner: number
  readonly endingLater: number
}

/** How many of the hardest hit are named. */
const NAMED = 10

/** What follows from what was counted. */
export function resultOf(counted: Counted): ForecastResult {
  const { window, counts, sooner, endingSooner, endingLater } = counted
  const [under, against] = [counted.under, counted.against]
  const more = hitMoreThanOnce(sooner)
  return {
    at: window.at,
    until: window.until,
    counts,
    under: sideResultOf(under, window),
    against: sideResultOf(against, window),
    difference: {
      atOnce: under.tally.atOnce - against.tally.atOnce,
      endingSooner,
      endingLater,
      usersHit: sooner.size,
      usersHitMoreThanOnce: more.length,
    },
    warnings: warningsOf(counted),
    series: { under: seriesOf(under), against: seriesOf(against) },
    hardestHit: more.sort((a, b) => b.sessions - a.sessions || (a.userId < b.userId ? -1 : 1)).slice(0, NAMED),
  }
}

function hitMoreThanOnce(sooner: ReadonlyMap<UserId, number>) {
  const more: { userId: UserId; sessions: number }[] = []
  for (const [userId, sessions] of sooner) if (sessions > 1) more.push({ userId, sessions })
  return more
}

function sideResultOf({ tally }: Side, window: Window): SideResult {
  const ends = tally.endsByMinute()
  const { atOnce, ended, live, lastEndAt, returns } = tally
  return {
    atOnce,
    ended,
    endsByRule: tally.totalsByRule(),
    liveAtHorizon: live - ended,
    lastEndAt,
    busiestHour: busiestHour(tally.endsByHour(ends), window),
    busiestMinute: busiestMinute(ends, window),
    signIns: {
      busiestHour: busiestHour(tally.endsByHour(returns), window),
      busiestMinute: busiestMinute(returns, window),
    },
  }
}

function seriesOf({ tally }: Side): SideSeries {
  const endsByRule = [...tally.endsByRule].map(([rule, ends]) => [rule, tally.endsByHour(ends)] as const)
  return {
    hours: tally.hours(),
    endsByRule: new Map(endsByRule),
    atOnceByRule: tally.atOnceByRule,
    signIns: tally.endsByHour(tally.returns),
    ages: tally.ages,
  }
}

/** What a reader has to know before any figure comes first. */
function warningsOf(counted: Counted): ForecastWarning[] {
  return [...inputWarningsOf(counted), ...policyWarningsOf(counted)]
}

/** What makes the figures say little: an instant that is not the one of the snapshots. */
function inputWarningsOf({ window, counts, newestAt }: Counted): ForecastWarning[] {
  const warnings: ForecastWarning[] = []
  const sessions = counts.dormant + counts.closed
  if (counts.live === 0 && sessions > 0) warnings.push({ code: 'nothing-live', sessions })
  const age = (newestAt === null ? 0 : window.at - newestAt) as DurationMs
  if (newestAt !== null && age > DAY) warnings.push({ code: 'old-snapshots', newestAt, age })
  if (counts.createdLater > 0) warnings.push({ code: 'created-later', sessions: counts.createdLater })
  if (counts.repeated > 0) warnings.push({ code: 'client-repeated', snapshots: counts.repeated })
  return warnings
}

function policyWarningsOf({ window, under, against }: Counted): ForecastWarning[] {
  const span = spanOf(window, under.tally, against.tally)
  const warnings: ForecastWarning[] = []
  for (const [side, { tally }] of [['under', under] as const, ['against', against] as const]) {
    for (const herd of findHerds(tally, window, span)) warnings.push({ code: 'thundering-herd', side, ...herd })
  }
  for (const [side, each] of [['under', under] as const, ['against', against] as const]) {
    const [clients, users] = [each.clientsRefused(), each.usersRefused()]
    if (clients.full > 0 || users.full > 0) warnings.push({ code: 'sign-ins-refused', side, clients, users })
  }
  return warnings
}
