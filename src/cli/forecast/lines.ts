import type { Fate } from '../../simulation/forecast/fate.ts'
import type { ForecastResult } from '../../simulation/forecast/result.ts'
import type { SessionForecast } from '../../simulation/forecast/session-forecast.ts'

/** The line of a session that is live at the instant of the forecast. */
export function sessionLine({ clientId, sessionId, userId, status, under, against }: SessionForecast): object {
  return {
    type: 'session',
    clientId,
    sessionId,
    userId,
    status,
    under: fateMembers(under),
    against: fateMembers(against),
    difference: under.endsAt - against.endsAt,
  }
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

function fateMembers({ endsAt, rule, expireAt, abandonAt }: Fate): Fate {
  return { endsAt, rule, expireAt, abandonAt }
}
