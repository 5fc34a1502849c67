import { type DurationMs, parseDuration, spellDuration } from './duration.ts'
import type { Policy } from './policy.ts'

/** The standards that a policy is compared with. */
export type Standard = 'NIST SP 800-63B-4' | 'OWASP ASVS 5.0.0' | 'PCI DSS 4.0.1'

/**
 * What one clause of a standard says of a policy.
 *
 * Nothing here refuses a policy: which standard binds an application, and at which level, is its operator's to know.
 */
export interface Remark {
  readonly standard: Standard
  /** Such as `§2.2.3`. */
  readonly clause: string
  /** The assurance or verification level that the clause belongs to, such as `AAL2` or `L2`. `null`: no levels. */
  readonly level: string | null
  /** How strongly the clause asks: a requirement, a recommendation, a permission, or words to write down. */
  readonly force: 'shall' | 'should' | 'may' | 'document'
  /** `documents`: met by writing down what the message says, as the number itself is the operator's choice. */
  readonly verdict: 'meets' | 'misses' | 'documents'
  /** JSON pointer to the member of the policy that decides, set or not. */
  readonly path: string
  /** A sentence for people, with the numbers in words. */
  readonly message: string
}

/** A time after which no session is live, and the member of the policy that says so. */
interface Timeout {
  readonly after: DurationMs
  readonly path: string
}

/** What ends a session however active it is, and what ends one that is idle before that. `null`: nothing does. */
interface Timeouts {
  readonly overall: Timeout | null
  readonly inactivity: Timeout | null
}

/** A longest time that a standard names, in the standard's own words. */
interface Limit {
  readonly standard: Standard
  readonly clause: string
  readonly level: string | null
  readonly force: 'shall' | 'should'
  readonly atMost: DurationMs
  readonly words: string
}

const AAL1 = { standard: 'NIST SP 800-63B-4', clause: '§2.1.3', level: 'AAL1' } as const
const AAL2 = { standard: 'NIST SP 800-63B-4', clause: '§2.2.3', level: 'AAL2' } as const
const AAL3 = { standard: 'NIST SP 800-63B-4', clause: '§2.3.3', level: 'AAL3' } as const
const ASVS = { standard: 'OWASP ASVS 5.0.0', level: 'L2' } as const
const PCI = { standard: 'PCI DSS 4.0.1', clause: '8.2.8', level: null } as const

const DAYS_30 = { atMost: parseDuration('P30D'), words: '30 days' }
const HOURS_24 = { atMost: parseDuration('PT24H'), words: '24 hours' }
const HOURS_12 = { atMost: parseDuration('PT12H'), words: '12 hours' }
const HOUR_1 = { atMost: parseDuration('PT1H'), words: '1 hour' }
const MINUTES_15 = { atMost: parseDuration('PT15M'), words: '15 minutes' }

/**
 * What the standards say of a policy's numbers, clause by clause. A limit is met at exactly its length.
 *
 * Judged is when a session stops being live, whichever member ends it: an abandonment that comes before the expiry is
 * a timeout too, and an inactivity timeout that the lifetime always comes before is none.
 *
 * @see NIST SP 800-63B-4, sections 2.1.3, 2.2.3 and 2.3.3; OWASP ASVS 5.0.0, 7.1.1 to 7.3.2; PCI DSS 4.0.1, 8.2.8
 */
export function compareWithStandards(policy: Policy): readonly Remark[] {
  const timeouts = timeoutsOf(policy)
  return [
    overallWithin(timeouts, { ...AAL1, ...DAYS_30, force: 'should' }),
    inactivityPermitted(timeouts),
    overallWithin(timeouts, { ...AAL2, ...HOURS_24, force: 'should' }),
    inactivityWithin(timeouts, { ...AAL2, ...HOUR_1, force: 'should' }),
    overallWithin(timeouts, { ...AAL3, ...HOURS_12, force: 'shall' }),
    inactivityWithin(timeouts, { ...AAL3, ...MINUTES_15, force: 'should' }),
    timeoutsDocumented(timeouts, policy),
    concurrencyDocumented(policy),
    inactivityExists(timeouts),
    overallExists(timeouts),
    inactivityWithin(timeouts, { ...PCI, ...MINUTES_15, force: 'shall' }),
  ]
}

/** When a session that is in use ends, and when one that is not: the earliest of what is counted from each. */
function timeoutsOf({ maximumLifetime, inactivityTimeout, abandonment }: Policy): Timeouts {
  const [fixed, sliding] = abandonment.from === 'creation' ? [abandonment.after, null] : [null, abandonment.after]
  const overall = earlier(maximumLifetime, '/maximumLifetime', fixed)
  const inactivity = earlier(inactivityTimeout, '/inactivityTimeout', sliding)
  const isReached = inactivity !== null && (overall === null || inactivity.after < overall.after)
  return { overall, inactivity: isReached ? inactivity : null }
}

function earlier(expiry: DurationMs | null, path: string, abandonment: DurationMs | null): Timeout | null {
  if (abandonment !== null && (expiry === null || abandonment < expiry)) {
    return { after: abandonment, path: '/abandonment/after' }
  }
  return expiry === null ? null : { after: expiry, path }
}

function overallWithin({ overall }: Timeouts, { atMost, words, ...clause }: Limit): Remark {
  if (overall === null) {
    const message = `Nothing ends a session in use: set maximumLifetime to ${words} or less.`
    // At every level that there is an overall timeout is required, and only how long it may be is recommended.
    return { ...clause, force: 'shall', verdict: 'misses', path: '/maximumLifetime', message }
  }
  const [verdict, than] = overall.after <= atMost ? (['meets', 'within'] as const) : (['misses', 'more than'] as const)
  const message = `A session lasts ${spellDuration(overall.after)} at most, ${than} the ${words} ${asked(clause)}.`
  return { ...clause, verdict, path: overall.path, message }
}

function inactivityWithin({ overall, inactivity }: Timeouts, { atMost, words, ...clause }: Limit): Remark {
  const limit = `the ${words} ${asked(clause)}`
  if (inactivity !== null) {
    const [verdict, than] =
      inactivity.after <= atMost ? (['meets', 'within'] as const) : (['misses', 'later than'] as const)
    const message = `An idle session ends after ${spellDuration(inactivity.after)}, ${than} ${limit}.`
    return { ...clause, verdict, path: inactivity.path, message }
  }
  if (overall !== null && overall.after <= atMost) {
    const message = `A session lasts ${spellDuration(overall.after)} at most, idle or not, within ${limit}.`
    return { ...clause, verdict: 'meets', path: overall.path, message }
  }
  const message = `${idleForever(overall)}: set inactivityTimeout to ${words} or less, as ${asked(clause)}.`
  return { ...clause, verdict: 'misses', path: '/inactivityTimeout', message }
}

function inactivityPermitted({ overall, inactivity }: Timeouts): Remark {
  const idle = inactivity ? `An idle session ends after ${spellDuration(inactivity.after)}` : idleForever(overall)
  const path = inactivity?.path ?? '/inactivityTimeout'
  return { ...AAL1, force: 'may', verdict: 'meets', path, message: `${idle}; no inactivity timeout is asked for.` }
}

function inactivityExists({ overall, inactivity }: Timeouts): Remark {
  const clause = { ...ASVS, clause: 'V7.3.1', force: 'shall' } as const
  if (inactivity === null) {
    const message = `${idleForever(overall)}: set inactivityTimeout.`
    return { ...clause, verdict: 'misses', path: '/inactivityTimeout', message }
  }
  const message = `An idle session ends after ${spellDuration(inactivity.after)}.`
  return { ...clause, verdict: 'meets', path: inactivity.path, message }
}

function overallExists({ overall }: Timeouts): Remark {
  const clause = { ...ASVS, clause: 'V7.3.2', force: 'shall' } as const
  if (overall === null) {
    const message = 'Nothing ends a session in use: set maximumLifetime.'
    return { ...clause, verdict: 'misses', path: '/maximumLifetime', message }
  }
  const message = `A session lasts ${spellDuration(overall.after)} at most.`
  return { ...clause, verdict: 'meets', path: overall.path, message }
}

function timeoutsDocumented({ overall, inactivity }: Timeouts, { touchInterval }: Policy): Remark {
  const lasts = overall ? `a session lasts ${spellDuration(overall.after)} at most` : 'nothing ends a session in use'
  const idles = inactivity
    ? `an idle one ends after ${spellDuration(inactivity.after)}`
    : 'nothing ends an idle one sooner'
  // A dropped touch leaves the recorded activity, and so the deadline, where it was: earlier, if anything.
  const early = ` (or less than ${spellDuration(touchInterval)} sooner, as activity is not recorded more often)`
  const justify = 'justify where that is longer than NIST SP 800-63B says'
  const message = `Write down that ${lasts} and that ${idles}${inactivity ? early : ''}, and ${justify}.`
  return { ...ASVS, clause: 'V7.1.1', force: 'document', verdict: 'documents', path: '', message }
}

function concurrencyDocumented({ maximumSessionsPerUser, onOverflow }: Policy): Remark {
  const then = onOverflow === 'reject' ? 'is refused' : 'takes the place of the oldest'
  const message =
    maximumSessionsPerUser === null
      ? 'Write down that a user may have any number of live sessions, or set maximumSessionsPerUser.'
      : `Write down that a user may have ${countOf(maximumSessionsPerUser)}, and that a sign-in beyond that ${then}.`
  const path = '/maximumSessionsPerUser'
  return { ...ASVS, clause: 'V7.1.2', force: 'document', verdict: 'documents', path, message }
}

function idleForever(overall: Timeout | null): string {
  return overall
    ? `Nothing ends an idle session before its lifetime of ${spellDuration(overall.after)} is over`
    : 'Nothing ends an idle session'
}

function asked({ force }: { readonly force: 'shall' | 'should' }): string {
  return force === 'shall' ? 'required' : 'recommended'
}

function countOf(sessions: number): string {
  return sessions === 1 ? '1 live session' : `${sessions} live sessions`
}
