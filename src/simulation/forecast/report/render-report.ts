import { type DurationMs, spellDuration } from '../../../domain/duration.ts'
import { formatInstant } from '../../../domain/instant.ts'
import type { Policy } from '../../../domain/policy.ts'
import { sha256 } from '../../../service/digest.ts'
import { RULES } from '../fate.ts'
import type { ForecastResult, SideName } from '../result.ts'
import { MODEL, number, sayWarning } from '../wording.ts'
import { escapeHtml } from './escape.ts'
import { colourOf, describeLive, drawEnds, drawLive, drawSignIns, drawSurvival, type Picture } from './pictures.ts'
import { seenOf } from './seen.ts'
import { STYLE } from './style.ts'
import { byTime, keyFigures, lifespans, percent, policies, renderTable, type Table } from './tables.ts'

/** What a report says besides what was found: where it is from. */
export interface ReportSources {
  /** The files of snapshots, as they were named. */
  readonly files: readonly string[]
  readonly rejected: number
  /** What the policies are called; `null` where the stored deadlines are compared with. */
  readonly policy: string
  readonly against: string | null
  readonly documents: { readonly policy: Policy; readonly against: Policy | null }
}

/**
 * The report of a forecast: one HTML page that holds all it needs, asks no network for anything and runs no script.
 *
 * Whatever comes from snapshots is escaped, and the page's own Content-Security-Policy forbids everything but its style.
 */
export async function renderReport(result: ForecastResult, sources: ReportSources): Promise<string> {
  const style = `sha256-${Buffer.from(sha256(STYLE), 'hex').toString('base64')}`
  const policy = `default-src 'none'; style-src '${style}'; base-uri 'none'; form-action 'none'`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Session policy forecast, ${escapeHtml(formatInstant(result.at))}</title>
<style>${STYLE}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the figures</a>
${header(result, sources)}
<main id="main">
${await sections(result, sources)}
</main>
<footer><p>Written by <code>tenure forecast</code>. It holds ids of users: keep it as you keep the snapshots.</p></footer>
</body>
</html>`
}

const SECTIONS = {
  figures: 'Figures',
  warnings: 'Warnings',
  live: 'Live sessions over time',
  ends: 'When sessions end',
  survival: 'How long sessions last',
  'sign-ins': 'Sign-ins that follow',
  users: 'Users hit more than once',
  policies: 'The policies',
} as const

function header(
  { at, until, counts, under }: ForecastResult,
  { files, rejected, policy, against }: ReportSources,
): string {
  const fact = (term: string, text: string) => `<dt>${term}</dt><dd>${text}</dd>`
  const share = counts.live === 0 ? '' : ` (${percent(under.atOnce, counts.live)})`
  const others = [`${number(counts.dormant)} dormant`, `${number(counts.closed)} closed`]
  if (counts.unknown > 0) others.push(`${number(counts.unknown)} of an unknown status`)
  if (rejected > 0) others.push(`${number(rejected)} ${rejected === 1 ? 'document' : 'documents'} rejected`)
  const links = Object.entries(SECTIONS).map(([id, title]) => `<li><a href="#${id}">${title}</a></li>`)
  const horizon = until === at ? '' : `, ${spellDuration((until - at) as DurationMs)} on`
  return `<header>
<h1>Session policy forecast</h1>
<p class="lead"><strong>${number(under.atOnce)} of ${number(counts.live)} live sessions${share}</strong> would be signed out at once.</p>
<dl class="facts">
${fact('Policy', `<bdi>${escapeHtml(policy)}</bdi>`)}
${fact('Against', against === null ? 'the deadlines that are stored' : `<bdi>${escapeHtml(against)}</bdi>`)}
${fact('Applied at', `<time datetime="${formatInstant(at)}">${formatInstant(at)}</time>`)}
${fact('Horizon', `<time datetime="${formatInstant(until)}">${formatInstant(until)}</time>${horizon}`)}
${fact('Read', `${number(counts.snapshots)} ${counts.snapshots === 1 ? 'snapshot' : 'snapshots'} from <bdi>${files.map(escapeHtml).join('</bdi>, <bdi>')}</bdi>: ${number(counts.live)} live sessions, ${others.join(', ')}`)}
</dl>
<nav aria-label="On this page"><ul>${links.join('')}</ul></nav>
</header>`
}

async function sections(result: ForecastResult, sources: ReportSources): Promise<string> {
  const head = ['policy', sources.against === null ? 'as stored' : 'against'] as const
  const seen = seenOf(result)
  const hasSessions = result.counts.live > 0
  const figure = async (id: string, draw: () => Promise<Picture>, caption: string, legend: string, table: Table) =>
    hasSessions
      ? `${legend}${figureOf(id, await draw(), caption)}${detailsOf(table)}`
      : '<p>There is no live session to draw.</p>'
  const picture = (id: keyof typeof SECTIONS, description: string) => ({
    id: `picture-${id}`,
    title: SECTIONS[id],
    description,
  })
  const two = legendOf(head)
  const titles = { under: endsTitle(result, 'under', head[0]), against: endsTitle(result, 'against', head[1]) }
  return [
    section(
      'figures',
      `${cards(result)}<div class="plain">${renderTable(keyFigures(result, head))}</div><p class="note">${MODEL}</p>`,
    ),
    section('warnings', warningList(result, sources.against === null)),
    section(
      'live',
      await figure(
        'live',
        () => drawLive(result, picture('live', describeLive(result))),
        'How many of the sessions that are live now still are. The band is the difference.',
        two,
        byTime(result, seen, head, 'live'),
      ),
    ),
    section(
      'ends',
      await figure(
        'ends',
        () => drawEnds(result, titles, picture('ends', describeEnds(result))),
        'Sessions that end in each hour, by the rule that ends them. Those that end at once are in the headings, and not drawn.',
        ruleLegend(result),
        byTime(result, seen, head, 'ends'),
      ),
    ),
    section(
      'survival',
      await figure(
        'survival',
        () => drawSurvival(result, picture('survival', describeSurvival(result, head))),
        'The survival curve: the share of the live sessions that last at least so long, from their creation to their deadline. Of those that end at once, the deadline may be past. Long sessions are over-represented, for at any one instant they are the ones that are live.',
        two,
        lifespans(result, head),
      ),
    ),
    section(
      'sign-ins',
      await figure(
        'sign-ins',
        () => drawSignIns(result, picture('sign-ins', describeSignIns(result))),
        'Sign-ins in each hour, if each signed-out session is signed in again at the time of day at which it was last active. If each is at once, as many sign-ins follow as sessions end.',
        two,
        byTime(result, seen, head, 'signIns'),
      ),
    ),
    section('users', hardestHit(result)),
    section(
      'policies',
      `<div class="plain">${renderTable(policies(sources.documents.policy, sources.documents.against, head))}</div>`,
    ),
  ].join('\n')
}

function section(id: keyof typeof SECTIONS, content: string): string {
  return `<section id="${id}" aria-labelledby="${id}-heading"><h2 id="${id}-heading">${SECTIONS[id]}</h2>\n${content}\n</section>`
}

function figureOf(id: string, { wide, narrow }: Picture, caption: string): string {
  const sizes = `<div class="wide">${wide}</div><div class="narrow">${narrow}</div>`
  return `<figure id="figure-${id}">${sizes}<figcaption>${caption}</figcaption></figure>`
}

/** The figures of a picture as a table: to be opened, and scrolled with the keyboard too. */
function detailsOf(table: Table): string {
  const label = escapeHtml(table.caption)
  return `<details><summary>The same as a table</summary><section class="scroll" tabindex="0" aria-label="${label}">${renderTable(table)}</section></details>`
}

function cards({ difference, counts, under }: ForecastResult): string {
  const card = (figure: number, text: string) => `<div><dt>${text}</dt><dd>${number(figure)}</dd></div>`
  const cell = [
    card(under.atOnce, `of ${number(counts.live)} live sessions signed out at once`),
    card(difference.endingSooner, 'sessions end sooner'),
    card(difference.endingLater, 'sessions end later'),
    card(difference.usersHit, 'users hit'),
    card(difference.usersHitMoreThanOnce, 'of them hit more than once'),
    card(
      under.busiestMinute?.count ?? 0,
      'sign-ins in the busiest minute, if each signed-out session is signed in again at once',
    ),
  ]
  return `<dl class="cards">${cell.join('')}</dl>`
}

function warningList({ warnings }: ForecastResult, isStored: boolean): string {
  if (warnings.length === 0)
    return '<p>None: no herd, no sign-in refused, and an instant that is the snapshots’ own.</p>'
  const items = warnings.map((warning) => {
    const [what = '', ...rest] = sayWarning(warning, isStored).split(': ')
    const text =
      rest.length === 0 ? escapeHtml(what) : `<strong>${escapeHtml(what)}:</strong> ${escapeHtml(rest.join(': '))}`
    return `<li>${text}</li>`
  })
  return `<ul class="warnings">${items.join('')}</ul>`
}

function legendOf([under, against]: readonly [string, string]): string {
  const key = (name: string, stroke: string) =>
    `<li><svg width="28" height="8" aria-hidden="true"><path d="M0 4H28" stroke-width="2.5" ${stroke}/></svg>${name}</li>`
  const [solid, dashed] = ['stroke="var(--under)"', 'stroke="var(--against)" stroke-dasharray="6 3"']
  return `<ul class="legend">${key(under, solid)}${key(against, dashed)}</ul>`
}

function ruleLegend({ under, against }: ForecastResult): string {
  const rules = RULES.filter((rule) => under.endsByRule[rule] !== undefined || against.endsByRule[rule] !== undefined)
  const key = (rule: (typeof RULES)[number]) =>
    `<li><svg width="14" height="14" aria-hidden="true"><rect width="14" height="14" rx="2" fill="${colourOf(rule)}"/></svg><code>${rule}</code></li>`
  return `<ul class="legend">${rules.map(key).join('')}</ul>`
}

function endsTitle(result: ForecastResult, side: SideName, name: string): string {
  const { atOnce, ended } = result[side]
  return `${name}: ${number(atOnce)} at once, ${number(ended - atOnce)} later`
}

function describeEnds({ under, against }: ForecastResult): string {
  const side = (name: string, { atOnce, ended, busiestHour }: ForecastResult['under']) => {
    const peak =
      busiestHour === null
        ? ''
        : `, the most in one hour ${number(busiestHour.count)}, from ${formatInstant(busiestHour.at).slice(0, 16)}Z`
    return `${name} ${number(ended)} sessions end, ${number(atOnce)} of them at once${peak}.`
  }
  return `Two panels over each other. ${side('Under the policy', under)} ${side('Under the other', against)}`
}

function describeSurvival(result: ForecastResult, head: readonly [string, string]): string {
  const half = lifespans(result, head).rows.find(([share]) => share === '50 %')
  return `Two lines that fall from 100 %. Half of the sessions have ended at an age of ${half?.[1]} under the policy, and of ${half?.[2]} under the other.`
}

function describeSignIns({ under, against }: ForecastResult): string {
  const most = (side: ForecastResult['under']) => number(side.signIns.busiestHour?.count ?? 0)
  return `Two lines. Under the policy at most ${most(under)} sign-ins follow in an hour, under the other ${most(against)}.`
}

function hardestHit({ hardestHit, difference }: ForecastResult): string {
  const { usersHitMoreThanOnce: more } = difference
  if (more === 0) return '<p>No user has two sessions that would end sooner.</p>'
  const lead =
    more > hardestHit.length
      ? `<p>${number(more)} users have two sessions or more that would end sooner. These have the most:</p>`
      : ''
  const rows = hardestHit.map(({ userId, sessions }) => [userId, number(sessions)])
  const table = renderTable({ caption: 'Sessions that would end sooner', head: ['user', 'sessions'], rows })
  return `${lead}<div class="plain">${table}</div>`
}
