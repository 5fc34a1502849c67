import type { Fate } from '../../simulation/forecast/fate.ts'
import type { ForecastResult } from '../../simulation/forecast/result.ts'
import type { SessionForecast } from '../../simulation/forecast/session-forecast.ts'
import { safeJson } from '../output.ts'

/**
 * The line of a session that is live at the instant of the forecast.
 *
 * Put together by hand, for there may be millions: only ids hold anything that JSON would escape.
 */
export function sessionLine({ clientId, sessionId, userId, status, under, against }: SessionForecast): string {
  const ids = `"clientId":${quoted(clientId)},"sessionId":${quoted(sessionId)},"userId":${quoted(userId)}`
  const fates = `"under":${fateJson(under)},"against":${fateJson(against)}`
  return `{"type":"session",${ids},"status":"${status}",${fates},"difference":${under.endsAt - against.endsAt}}`
}

/** The lines that follow those of the sessions: one a mark, one a warning, and the summary last. */
export function* finalLines(result: ForecastResult): Generator<object> {
  const { under, against } = result.series
  for (const [index, { at, live, ends }] of under.hours.entries()) {
    const other = against.hours[index]
    yield { type: 'hour', at, under: { live, ends }, against: { live: other?.live, ends: other?.ends } }
  }
  for (const warning of result.warnings) yield { type: 'warning', ...warning }
  const { at, until, counts, difference } = result
  yield { type: 'summary', at, until, counts, under: result.under, against: result.against, difference }
}

function fateJson({ endsAt, rule, expireAt, abandonAt }: Fate): string {
  return `{"endsAt":${endsAt},"rule":"${rule}","expireAt":${expireAt},"abandonAt":${abandonAt}}`
}

/** Text that is the same in JSON, but for its quotes. */
const PLAIN = /^[\w.-]*$/

function quoted(id: string): string {
  return PLAIN.test(id) ? `"${id}"` : safeJson(id)
}
