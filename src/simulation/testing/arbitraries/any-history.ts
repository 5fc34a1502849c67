import fc from 'fast-check'
import type { PolicyDocument } from '../../../domain/policy-rules.ts'
import { readPolicy } from '../../../snapshot/read-policy.ts'
import { CommandHistory, SESSION_DEEDS, type Step } from './command-history.ts'

/** Which histories to draw. */
export interface HistoryOptions {
  /** The policy they are played under: gaps are drawn about its durations. Clerk's defaults where it is left out. */
  readonly policy?: PolicyDocument | undefined
  /** At most so many steps; 20 where it is left out. */
  readonly maximumSteps?: number | undefined
}

const MINUTE = 60_000

const aUserId = fc.constantFrom('user_ann', 'user_ben', 'user_cho')
const aDevice = fc.integer({ min: 1, max: 3 })

/** Which session: how many sign-ins ago it began. Mostly one of the last, for older ones are over. */
const aPlace = fc.oneof(
  { withCrossShrink: true },
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 1 }) },
  { weight: 1, arbitrary: fc.nat({ max: 20 }) },
)

/** What is done, and to which session. */
const aDeed = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      does: fc.constant('signIn' as const),
      userId: aUserId,
      device: aDevice,
      status: fc.constantFrom('active' as const, 'active' as const, 'pending' as const),
    }),
  },
  { weight: 9, arbitrary: fc.record({ does: fc.constant('touch' as const), place: aPlace }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constantFrom(...SESSION_DEEDS), place: aPlace }) },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constant('signOut' as const),
      device: aDevice,
      command: fc.constantFrom('end' as const, 'remove' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('revokeAll' as const), userId: aUserId }) },
)

/** Before somebody signs in there is nothing to do. */
const FIRST = { does: 'signIn', userId: 'user_ann', device: 1, status: 'active' } as const

/**
 * What users, devices and an application do, and how long after each other.
 *
 * Gaps are drawn and not instants: drawn instants lie so far apart that most sessions are over at the second touch, and a run of
 * touches that would slide a deadline too far never comes up. Many gaps are a duration of the policy's, or a millisecond less
 * or more, for that is where a boundary lies.
 */
export function anyHistory({ policy = {}, maximumSteps = 20 }: HistoryOptions = {}): fc.Arbitrary<CommandHistory> {
  const step = fc.record({ after: aGap(policy), deed: aDeed })
  return fc.array(step, { maxLength: maximumSteps, size: 'max' }).map((drawn) => {
    let signIns = 0
    const steps = drawn.map(({ after, deed: any }): Step => {
      const deed = signIns === 0 ? FIRST : any
      if (deed.does === 'signIn') {
        signIns += 1
        return { after, ...deed, sessionId: `sess_${signIns}` }
      }
      if (!('place' in deed)) return { after, ...deed }
      const { does, place } = deed
      return { after, does, sessionId: `sess_${signIns - (place % signIns)}` }
    })
    return new CommandHistory(steps)
  })
}

/** How long after one step the next is, milliseconds. Most are short, so that sessions in use stay so. */
function aGap(document: PolicyDocument): fc.Arbitrary<number> {
  const { maximumLifetime, inactivityTimeout, abandonment, touchInterval } = readPolicy(document)
  const limits = [maximumLifetime, inactivityTimeout, abandonment.after, touchInterval].filter((each) => each !== null)
  const ends = [maximumLifetime, inactivityTimeout].filter((each) => each !== null)
  const soonest = Math.min(...ends)
  const nearLimit = fc
    .tuple(fc.constantFrom(...limits), fc.constantFrom(-1, 0, 1))
    .map(([limit, off]) => Math.max(0, limit + off))
  return fc.oneof(
    { withCrossShrink: true },
    { weight: 2, arbitrary: fc.constant(0) },
    { weight: 2, arbitrary: fc.integer({ min: 0, max: Math.min(soonest, 2 * MINUTE) }) },
    // Several of these go before a deadline: fast-check draws what lies near a maximum more often than the rest.
    { weight: 5, arbitrary: fc.integer({ min: 0, max: Math.floor(soonest / 3) }) },
    { weight: 3, arbitrary: fc.integer({ min: 0, max: soonest - 1 }) },
    { weight: 2, arbitrary: nearLimit },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 2 * Math.max(...limits) }) },
  )
}
