import fc from 'fast-check'
import { type DurationMs, formatDuration } from '../../../domain/duration.ts'
import type { PolicyDocument } from '../../../domain/policy-rules.ts'
import { checkPolicy } from '../../../snapshot/read-policy.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** What people write, and anything up to a few months to the millisecond. */
const aDuration: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(MINUTE, 5 * MINUTE, 30 * MINUTE, HOUR, 12 * HOUR, DAY, 7 * DAY, 30 * DAY, 90 * DAY),
  fc.integer({ min: 1, max: 100 * DAY }),
)

const aConflict = fc.constantFrom('replace' as const, 'reject' as const)
const anOverflow = fc.constantFrom('replace-oldest' as const, 'reject' as const)

/** Which of lifetime and inactivity timeout end a session: at least one. */
const anEnd = fc.constantFrom('both' as const, 'lifetime' as const, 'inactivity' as const)

/**
 * A policy document that the rules have nothing against, its members sound together. Half of them leave some members out, for
 * their defaults.
 *
 * @see docs/policy.md
 */
export function anyPolicy(): fc.Arbitrary<PolicyDocument> {
  return fc
    .record({
      // In their order: a touch interval is shorter than a timeout, and a timeout than a lifetime.
      durations: fc.uniqueArray(aDuration, { minLength: 3, maxLength: 3 }).map((each) => each.sort((a, b) => a - b)),
      end: anEnd,
      isTight: fc.boolean(),
      abandonment: fc.record({ after: aDuration, slides: fc.boolean() }),
      retention: aDuration,
      conflict: fc.option(aConflict),
      maximum: fc.option(fc.record({ sessions: fc.integer({ min: 1, max: 5 }), onOverflow: anOverflow })),
      left: fc.oneof(fc.constant<string[]>([]), fc.subarray(LEFT_OUT)),
    })
    .map(({ durations, end, isTight, abandonment, retention, conflict, maximum, left }) => {
      const [touch, inactivity, longest] = durations as [number, number, number]
      // Else sessions in use would seldom come up against their lifetime: it takes too many touches.
      const lifetime = isTight ? Math.min(longest, 2 * inactivity) : longest
      const slides = abandonment.slides || end === 'inactivity'
      const document: PolicyDocument = {
        maximumLifetime: end === 'inactivity' ? null : text(lifetime),
        inactivityTimeout: end === 'lifetime' ? null : text(inactivity),
        abandonment: {
          after: text(slides ? Math.max(abandonment.after, touch + 1) : abandonment.after),
          from: slides ? 'last-activity' : 'creation',
        },
        touchInterval: text(touch),
        retention: text(retention),
        ...(conflict === null ? { sessionMode: 'multi' } : { sessionMode: 'single', onConflict: conflict }),
        ...(maximum === null ? {} : { maximumSessionsPerUser: maximum.sessions, onOverflow: maximum.onOverflow }),
      }
      const shorter = without(document, left)
      // What a default does not go with stays.
      return 'policy' in checkPolicy(shorter) ? shorter : document
    })
}

const LEFT_OUT: string[] = ['maximumLifetime', 'inactivityTimeout', 'abandonment', 'touchInterval', 'retention']

function without(document: PolicyDocument, names: readonly string[]): PolicyDocument {
  return Object.fromEntries(Object.entries(document).filter(([name]) => !names.includes(name)))
}

function text(milliseconds: number): string {
  return formatDuration(milliseconds as DurationMs)
}
