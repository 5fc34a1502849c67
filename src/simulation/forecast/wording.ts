import { type DurationMs, spellDuration } from '../../domain/duration.ts'
import { formatInstant } from '../../domain/instant.ts'
import type { ForecastWarning, SideName } from './result.ts'
import { DAY } from './window.ts'

/** What a forecast goes by, for people, wherever its figures are shown. */
export const MODEL =
  'Sessions that are over when the policy is applied stay over. The others get the deadlines that they would have if they had been made ' +
  'under the policy, and nobody is active any more: who is signed out at once is exact, and what comes later is the ' +
  'earliest that it can come, for activity puts off what counts from activity.'

const AT_EXPORT = 'give --at the instant of the export'

/** What one of the two is called in a sentence. */
function nameOf(side: SideName, isStored: boolean): string {
  if (side === 'under') return 'the policy'
  return isStored ? 'what is stored' : 'the policy it is compared with'
}

/**
 * What a warning says to people.
 *
 * @param isStored Whether the policy is compared with the stored deadlines.
 */
export function sayWarning(warning: ForecastWarning, isStored: boolean): string {
  switch (warning.code) {
    case 'thundering-herd':
      return `Thundering herd under ${nameOf(warning.side, isStored)}: ${sayHerd(warning)} ${sayJitter(warning)}`
    case 'sign-ins-refused':
      return sayRefused(warning, isStored)
    case 'nothing-live':
      return `No session is live at the instant of the forecast, of ${number(warning.sessions)}, so it says nothing of the policy: ${AT_EXPORT}.`
    case 'old-snapshots': {
      const newest = formatInstant(warning.newestAt)
      return `The newest change in the snapshots is of ${newest}, over ${sayAge(warning.age)} before the instant of the forecast; what was done since is not known: ${AT_EXPORT}.`
    }
    case 'created-later': {
      const { sessions } = warning
      const were = `${spellCount(sessions, 'session')} ${sessions === 1 ? 'was' : 'were'}`
      return `${were} created or active after the instant of the forecast: ${AT_EXPORT}.`
    }
    case 'client-repeated': {
      const { snapshots } = warning
      const are = `${spellCount(snapshots, 'snapshot')} ${snapshots === 1 ? 'is' : 'are'}`
      return `${are} of a client that was given before, whose sessions are counted twice: give each client once, its newest snapshot.`
    }
    default:
      return warning satisfies never
  }
}

/** A number as people read it: `12,345`. */
export function number(value: number): string {
  return value.toLocaleString('en')
}

function sayAge(age: DurationMs): string {
  return spellCount(Math.floor(age / DAY), 'day')
}

type HerdWarning = Extract<ForecastWarning, { code: 'thundering-herd' }>

function sayHerd({ within, at, ends, rule, times, moreHours }: HerdWarning): string {
  const when =
    within === 'instant'
      ? `at once, at ${formatInstant(at)}`
      : `in the ${within} from ${formatInstant(at).slice(0, 16)}Z`
  const unit = within === 'hour' ? 'an hour' : 'a minute'
  const many = `${number(ends)} sessions end ${when}, most of them by ${rule}, ${number(Math.round(times))} times the mean of ${unit}`
  return moreHours === 0 ? `${many}.` : `${many}, and ${spellCount(moreHours, 'more hour')} like it.`
}

function sayJitter({ within, jitter, flat }: HerdWarning): string {
  if (jitter === null) return 'No jitter of a month or less would spread them.'
  const length = spellDuration(jitter)
  const how =
    within === 'instant'
      ? `Let the policy reach the sessions over ${length}, each at a random instant, and put off later ends by as long at random`
      : `Put off each end by a random time of up to ${length}, those at once too`
  return `${how}: no minute can then expect more than ${number(flat)} ends.`
}

function sayRefused(
  { side, clients, users }: Extract<ForecastWarning, { code: 'sign-ins-refused' }>,
  isStored: boolean,
): string {
  const refused = [
    clients.full === 0 ? '' : `on ${spellCount(clients.full, 'client')} with a live session`,
    users.full === 0 ? '' : `to ${spellCount(users.full, 'user')} with as many live sessions as it allows`,
  ]
  const over = [
    clients.over === 0 ? '' : spellCount(clients.over, 'client'),
    users.over === 0 ? '' : spellCount(users.over, 'user'),
  ]
  const more = over.some((each) => each !== '') ? ` ${listed(over)} of them have more than it allows.` : ''
  return `Under ${nameOf(side, isStored)} the next sign-in is refused ${listed(refused)}, for it rejects instead of replacing.${more}`
}

function listed(parts: readonly string[]): string {
  return parts.filter((each) => each !== '').join(' and ')
}

function spellCount(count: number, noun: string): string {
  return `${number(count)} ${noun}${count === 1 ? '' : 's'}`
}
