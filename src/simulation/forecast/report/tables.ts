import { formatDuration } from '../../../domain/duration.ts'
import { type EpochMs, formatInstant } from '../../../domain/instant.ts'
import type { Policy } from '../../../domain/policy.ts'
import { RULES } from '../fate.ts'
import type { Peak } from '../herd.ts'
import type { ForecastResult, SideName, SideResult } from '../result.ts'
import { OLDEST_HOUR } from '../tally.ts'
import { DAY } from '../window.ts'
import { number } from '../wording.ts'
import { escapeHtml } from './escape.ts'
import type { Seen } from './seen.ts'

/** A table: a caption, what heads its columns, and rows whose first cell heads them. Text, not HTML. */
export interface Table {
  readonly caption: string
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** A table as HTML. */
export function renderTable({ caption, head, rows }: Table): string {
  const cells = head.map((text) => `<th scope="col">${escapeHtml(text)}</th>`)
  const lines = rows.map(([first = '', ...others]) => {
    const figures = others.map((text) => `<td>${withBreaks(escapeHtml(text))}</td>`)
    return `<tr><th scope="row"><bdi>${escapeHtml(first)}</bdi></th>${figures.join('')}</tr>`
  })
  const body = lines.length === 0 ? `<tr><td colspan="${head.length}">nothing</td></tr>` : lines.join('\n')
  return `<table><caption>${escapeHtml(caption)}</caption><thead><tr>${cells.join('')}</tr></thead>\n<tbody>${body}</tbody></table>`
}

/** An instant breaks before its time, where the column is narrow, and nowhere else. */
function withBreaks(text: string): string {
  return text.replace(/(\d{4}-\d{2}-\d{2})(?=T)/g, '<span>$1</span><wbr>')
}

/** The figures of both, side by side. */
export function keyFigures({ under, against, counts }: ForecastResult, head: readonly [string, string]): Table {
  const row = (label: string, figure: (side: SideResult) => string) => [label, figure(under), figure(against)]
  const share = (count: number) =>
    counts.live === 0 ? number(count) : `${number(count)} (${percent(count, counts.live)})`
  const rules = RULES.filter((rule) => under.endsByRule[rule] !== undefined || against.endsByRule[rule] !== undefined)
  return {
    caption: `Of ${number(counts.live)} live sessions`,
    head: ['', ...head],
    rows: [
      row('signed out at once', ({ atOnce }) => share(atOnce)),
      row('ended by the horizon', ({ ended }) => share(ended)),
      ...rules.map((rule) => row(`… by ${rule}`, ({ endsByRule }) => number(endsByRule[rule] ?? 0))),
      row('live at the horizon', ({ liveAtHorizon }) => share(liveAtHorizon)),
      row('last end', ({ lastEndAt }) => (lastEndAt === null ? 'none' : minuteOf(lastEndAt))),
      row('busiest hour of ends', ({ busiestHour }) => peak(busiestHour)),
      row('busiest minute of ends', ({ busiestMinute }) => peak(busiestMinute)),
      row('busiest hour of sign-ins', ({ signIns }) => peak(signIns.busiestHour)),
      row('busiest minute of sign-ins', ({ signIns }) => peak(signIns.busiestMinute)),
    ],
  }
}

/** Live sessions, ends and sign-ins, by the day where they take more than three days, and else by the hour. */
export function byTime(
  result: ForecastResult,
  seen: Seen,
  head: readonly [string, string],
  of: 'live' | 'ends' | 'signIns',
): Table {
  const rows = rowsOfTime(result, seen)
  const length = isByDay(seen) ? 'day' : 'hour'
  const figures = { live: 'live at its start', ends: 'ends in it', signIns: 'sign-ins in it' }
  return {
    caption: `By the ${length} of UTC: ${figures[of]}`,
    head: [length, ...head],
    rows: rows.map(({ label, sums }) => [label, ...sums.map((each) => number(each[of]))]),
  }
}

/** How long sessions last: the age by which so large a share of them has come to its deadline. */
export function lifespans({ series, counts }: ForecastResult, head: readonly [string, string]): Table {
  const ageOf = (side: SideName, share: number) => {
    let ended = 0
    const age = series[side].ages.findIndex((each) => {
      ended += each
      return ended >= share * counts.live
    })
    return counts.live === 0 ? 'none' : age === OLDEST_HOUR ? 'over 366 d' : hours(age)
  }
  const shares = [0.1, 0.25, 0.5, 0.75, 0.9, 1]
  return {
    caption: 'How old sessions are, to the hour, when so many of them have ended',
    head: ['share of sessions', ...head],
    rows: shares.map((share) => [`${share * 100} %`, ageOf('under', share), ageOf('against', share)]),
  }
}

/** The members of both policies; of those that are stored nothing is known but their deadlines. */
export function policies(under: Policy, against: Policy | null, head: readonly [string, string]): Table {
  const rows = Object.keys(under).map((member) => {
    const of = (policy: Policy) => sayMember(policy[member as keyof Policy])
    const [one, other] = [of(under), against === null ? 'as it was' : of(against)]
    return [member, one, other, against === null ? '' : one === other ? 'same' : 'differs']
  })
  if (against !== null)
    return { caption: 'The policies, member by member', head: ['member', ...head, 'difference'], rows }
  return {
    caption: 'The policy, member by member',
    head: ['member', head[0]],
    rows: rows.map((row) => row.slice(0, 2)),
  }
}

interface TimeRow {
  readonly label: string
  readonly sums: readonly { live: number; ends: number; signIns: number }[]
}

function rowsOfTime({ series }: ForecastResult, seen: Seen): TimeRow[] {
  const byLabel = new Map<string, number[]>()
  for (const [mark, at] of seen.marks.entries()) {
    const label = isByDay(seen) ? formatInstant(at).slice(0, 10) : minuteOf(at)
    const marks = byLabel.get(label)
    if (marks === undefined) byLabel.set(label, [mark])
    else marks.push(mark)
  }
  return [...byLabel].map(([label, marks]) => ({
    label,
    sums: (['under', 'against'] as const).map((side) => {
      const { hours: rows, signIns } = series[side]
      const sum = (figure: (mark: number) => number) => marks.reduce((total, mark) => total + figure(mark), 0)
      return {
        live: rows[marks[0] as number]?.live ?? 0,
        ends: sum((mark) => rows[mark]?.ends ?? 0),
        signIns: sum((mark) => signIns[mark] ?? 0),
      }
    }),
  }))
}

function isByDay({ first, last }: Seen): boolean {
  return last - first > 3 * DAY
}

function sayMember(value: Policy[keyof Policy]): string {
  if (value === null) return 'none'
  if (typeof value === 'object') return `${formatDuration(value.after)} from ${value.from}`
  // A limit is a small number; every duration is in milliseconds, and longer than that.
  return typeof value === 'number' && value >= 1000 ? formatDuration(value as Policy['retention']) : String(value)
}

function peak(each: Peak | null): string {
  return each === null ? 'none' : `${number(each.count)} from ${minuteOf(each.at)}`
}

function minuteOf(instant: EpochMs): string {
  return `${formatInstant(instant).slice(0, 16)}Z`
}

function hours(count: number): string {
  const [days, rest] = [Math.floor(count / 24), count % 24]
  return days === 0 ? `${rest} h` : rest === 0 ? `${days} d` : `${days} d ${rest} h`
}

/** A part of a whole, to a tenth of a hundredth. */
export function percent(count: number, whole: number): string {
  return `${((100 * count) / whole).toFixed(1)} %`
}
