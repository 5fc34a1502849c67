import { counted } from '../../domain/counted.ts'
import { type DurationMs, spellDuration } from '../../domain/duration.ts'
import { type EpochMs, formatInstant } from '../../domain/instant.ts'
import { RULES } from '../../simulation/forecast/fate.ts'
import type { Peak } from '../../simulation/forecast/herd.ts'
import type { ForecastResult, SideResult } from '../../simulation/forecast/result.ts'
import { MODEL, number, sayWarning } from '../../simulation/forecast/wording.ts'
import { pad, printable, truncate, wrap } from '../columns.ts'
import { type Painter, painterFor } from '../paint.ts'
import { drawEnds, drawLive, endsByColumn, sampleHours } from './chart.ts'

/** What a summary says besides what was found. */
export interface About {
  /** What the policies are called; `null` where the stored deadlines are compared with. */
  readonly policy: string
  readonly against: string | null
  readonly rejected: number
}

/** Narrower pages are written as if they had this many columns. */
const NARROWEST = 80
const INDENT = '  '
const GAP = 2

/** The summary of a forecast for people, with a chart of the live sessions. */
export function summarize(result: ForecastResult, about: About, page: { width: number; colour: boolean }): string {
  const width = Math.max(NARROWEST, page.width)
  const paint = painterFor(page.colour)
  return [
    ...heading(result, about, width, paint),
    '',
    ...table(result, about, paint),
    '',
    ...differences(result, width),
    ...chart(result, about, width, paint),
    ...warnings(result, about, width, paint),
    '',
    ...wrap(MODEL, width),
  ].join('\n')
}

function heading(
  { at, until, counts }: ForecastResult,
  { policy, against, rejected }: About,
  width: number,
  paint: Painter,
) {
  const { snapshots, live, dormant, closed, unknown } = counts
  const parts = [
    `${number(snapshots)} ${snapshots === 1 ? 'snapshot' : 'snapshots'}`,
    `${number(live)} live`,
    `${number(dormant)} dormant`,
    `${number(closed)} closed`,
    ...(unknown === 0 ? [] : [`${number(unknown)} of an unknown status`]),
    ...(rejected === 0 ? [] : [`${counted(rejected, 'document')} rejected`]),
  ]
  const horizon = until === at ? '' : `, ${spellDuration((until - at) as DurationMs)} on`
  const named = (label: string, name: string) => `${INDENT}${paint('dim', pad(label, 9))}${truncate(name, width - 11)}`
  return [
    paint('bold', `Forecast at ${formatInstant(at)}${horizon}`),
    `${INDENT}${parts.join(', ')}`,
    named('policy', printable(policy)),
    named('against', against === null ? 'what is stored' : printable(against)),
  ]
}

function table({ under, against, counts }: ForecastResult, about: About, paint: Painter): string[] {
  const row = (label: string, figure: (side: SideResult) => string) => [label, figure(under), figure(against)]
  const share = (count: number) => {
    const percent = counts.live === 0 ? '' : `  ${((100 * count) / counts.live).toFixed(1)} %`
    return `${number(count)}${percent}`
  }
  const rules = RULES.filter((rule) => under.endsByRule[rule] !== undefined || against.endsByRule[rule] !== undefined)
  const rows = [
    ['', 'policy', about.against === null ? 'as stored' : 'against'],
    row('signed out at once', ({ atOnce }) => share(atOnce)),
    row('ended by the horizon', ({ ended }) => share(ended)),
    ...rules.map((rule) => row(`  ${rule}`, ({ endsByRule }) => number(endsByRule[rule] ?? 0))),
    row('live at the horizon', ({ liveAtHorizon }) => share(liveAtHorizon)),
    row('last end', ({ lastEndAt }) => (lastEndAt === null ? 'none' : minuteOf(lastEndAt))),
    row('busiest hour', ({ busiestHour }) => peak(busiestHour)),
    row('busiest minute', ({ busiestMinute }) => peak(busiestMinute)),
    row('busiest sign-in hour', ({ signIns }) => peak(signIns.busiestHour)),
  ]
  const widths = [0, 1].map((column) => GAP + Math.max(...rows.map((cells) => cells[column]?.length ?? 0)))
  const lines = rows.map((cells) => {
    return (
      INDENT +
      cells
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('')
        .trimEnd()
    )
  })
  return lines.map((line, index) => (index === 0 ? paint('dim', line) : line))
}

function peak(each: Peak | null): string {
  return each === null ? 'none' : `${number(each.count)} at ${minuteOf(each.at)}`
}

function minuteOf(instant: EpochMs): string {
  return `${formatInstant(instant).slice(0, 16)}Z`
}

function differences({ difference }: ForecastResult, width: number): string[] {
  const { endingSooner, endingLater, usersHit, usersHitMoreThanOnce } = difference
  const sooner = `${sessions(endingSooner)} sooner, of ${number(usersHit)} ${usersHit === 1 ? 'user' : 'users'}, ${number(usersHitMoreThanOnce)} of them hit more than once.`
  const signIns =
    'As many sign-ins follow as sessions end, if each signed-out session is signed in again at once; the last row is if each ' +
    'is at the time of day at which it was last active.'
  return [...wrap(`${sooner} ${sessions(endingLater)} later.`, width), ...wrap(signIns, width)]
}

function sessions(count: number): string {
  return `${number(count)} ${count === 1 ? 'session ends' : 'sessions end'}`
}

function chart({ series, counts }: ForecastResult, about: About, width: number, paint: Painter): string[] {
  if (counts.live === 0) return []
  const [under, against] = [series.under.hours, series.against.hours]
  const seen = under.findLastIndex(({ ends }, index) => ends > 0 || (against[index]?.ends ?? 0) > 0)
  const last = seen === -1 ? under.length - 1 : Math.min(under.length - 1, seen + 1)
  const most = number(counts.live)
  const margin = most.length + 1
  const columns = sampleHours(last, width - margin - 2)
  const lines = drawLive(under, against, counts.live, columns, paint).map((line, index) => {
    return `${(index === 0 ? most : '').padStart(most.length)} ┤${line}`
  })
  const [start, end] = [under[0]?.at, under[last]?.at].map((each) => minuteOf(each ?? (0 as EpochMs)))
  const gap = columns.length - (start?.length ?? 0) - (end?.length ?? 0)
  const dates = gap < 1 ? (start ?? '') : `${start}${' '.repeat(gap)}${end}`
  const mostEnds = Math.max(...endsByColumn(under, columns), ...endsByColumn(against, columns))
  const other = about.against === null ? 'as stored' : 'against'
  const ends = (hours: typeof under) => drawEnds(hours, mostEnds, columns)
  return [
    '',
    `Live sessions: ${paint('green', '█')} policy, ${paint('yellow', '•')} ${other}`,
    ...lines,
    `${'0'.padStart(most.length)} └${'─'.repeat(columns.length)}`,
    `${' '.repeat(margin + 1)}${paint('dim', dates)}`,
    '',
    `Sessions that end: the highest column is ${number(mostEnds)}, first policy, then ${other}`,
    `${' '.repeat(margin)}│${paint('green', ends(under))}`,
    `${' '.repeat(margin)}│${paint('yellow', ends(against))}`,
  ].map((line) => line.trimEnd())
}

function warnings({ warnings }: ForecastResult, about: About, width: number, paint: Painter): string[] {
  return warnings.flatMap((warning) => {
    const [first = '', ...others] = wrap(sayWarning(warning, about.against === null), width - 2)
    return ['', paint('yellow', `! ${first}`), ...others.map((line) => paint('yellow', `  ${line}`))]
  })
}
