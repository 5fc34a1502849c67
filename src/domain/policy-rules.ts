import { type DurationMs, parseDuration } from './duration.ts'
import { DurationError, type Fault } from './errors.ts'
import type { Policy } from './policy.ts'

/**
 * A policy as it is written down: `schemas/policy.schema.json` holds its shape, and durations are ISO 8601 text.
 *
 * What is absent has its default, which is Clerk's; `null` says that there is no such limit.
 */
export interface PolicyDocument {
  /** For editors; not read. */
  readonly $schema?: string
  readonly maximumLifetime?: string | null
  readonly inactivityTimeout?: string | null
  readonly abandonment?: { readonly after: string; readonly from: 'creation' | 'last-activity' }
  readonly touchInterval?: string
  readonly sessionMode?: 'multi' | 'single'
  readonly onConflict?: 'replace' | 'reject'
  readonly maximumSessionsPerUser?: number | null
  readonly onOverflow?: 'reject' | 'replace-oldest'
  readonly retention?: string
}

/** Every code that a fault of a policy can carry, and what it means. Text that is not JSON has the codes of a reader. */
export const POLICY_FAULTS = {
  'policy-wrong-type': 'A member, or the whole document, is not of the type that the schema asks for.',
  'policy-wrong-value': 'A member is none of the words that it may be.',
  'policy-out-of-range': 'A number is too small or too large, or a text too long.',
  'policy-unknown-member': 'A policy has no member of this name.',
  'policy-missing-member': 'A member is needed here, by itself or because of another one.',
  'policy-misplaced-member': 'A member says what happens at a limit that the policy does not have.',
  'policy-duration': 'A text is not a positive ISO 8601 duration of fixed length.',
  'policy-endless': 'Neither a lifetime nor an inactivity timeout would ever end a session.',
  'policy-inactivity-too-long':
    'The inactivity timeout is not shorter than the lifetime, so it would never be reached.',
  'policy-touch-too-rare': 'The touch interval is not shorter than a timeout that activity is meant to put off.',
  'policy-abandonment-not-sliding':
    'Without a lifetime, abandonment counts from creation and would end sessions in use.',
} as const

/** The code of a fault of a policy. Stable. */
export type PolicyFaultCode = keyof typeof POLICY_FAULTS

/** A fault of a policy: what {@link Fault} says, with one of the codes of {@link POLICY_FAULTS}. */
export interface PolicyFault extends Fault {
  readonly code: PolicyFaultCode
}

/** What became of a policy document: the policy it stands for, or everything that is wrong with it. */
export type PolicyResolution = { readonly policy: Policy } | { readonly errors: readonly PolicyFault[] }

/** A policy document with nothing left out. */
type WholeDocument = ReturnType<typeof withDefaults>

/**
 * The policy that a document stands for, if its durations can be read and its members go together.
 *
 * A policy that breaks a rule is refused whole, with all its faults: nothing in it falls back to a default.
 *
 * @param document Of the shape that the schema asks for; `readPolicy` sees to that first.
 */
export function resolvePolicy(document: PolicyDocument): PolicyResolution {
  const whole = withDefaults(document)
  const errors = [...durationFaults(document), ...timeoutFaults(document, whole), ...limitFaults(whole)]
  if (errors.length > 0) return { errors }
  const { maximumLifetime, inactivityTimeout, abandonment, touchInterval, retention } = whole
  return {
    policy: {
      ...whole,
      maximumLifetime: maximumLifetime === null ? null : parseDuration(maximumLifetime),
      inactivityTimeout: inactivityTimeout === null ? null : parseDuration(inactivityTimeout),
      abandonment: { after: parseDuration(abandonment.after), from: abandonment.from },
      touchInterval: parseDuration(touchInterval),
      retention: parseDuration(retention),
    },
  }
}

/**
 * What is wrong with the durations of a document, each by itself.
 *
 * @param document Of any shape: a member that is not text is passed over.
 */
export function durationFaults(document: { readonly [K in keyof PolicyDocument]?: unknown }): PolicyFault[] {
  const { maximumLifetime, inactivityTimeout, abandonment, touchInterval, retention } = document
  const after = (abandonment as { after?: unknown } | null | undefined)?.after
  const texts = Object.entries({
    maximumLifetime,
    inactivityTimeout,
    'abandonment/after': after,
    touchInterval,
    retention,
  })
  return texts.flatMap(([member, text]) => {
    const read = typeof text === 'string' ? tryDuration(text) : undefined
    return read instanceof DurationError ? [fault('policy-duration', `/${member}`, read.message)] : []
  })
}

function withDefaults({
  maximumLifetime = 'P7D',
  inactivityTimeout = null,
  abandonment = { after: 'P30D', from: 'creation' },
  touchInterval = 'PT1M',
  sessionMode = 'multi',
  onConflict,
  maximumSessionsPerUser = null,
  onOverflow,
  retention = 'P30D',
}: PolicyDocument) {
  return {
    maximumLifetime,
    inactivityTimeout,
    abandonment,
    touchInterval,
    sessionMode,
    onConflict: onConflict ?? null,
    maximumSessionsPerUser,
    onOverflow: onOverflow ?? null,
    retention,
  }
}

function* timeoutFaults(document: PolicyDocument, whole: WholeDocument): Generator<PolicyFault> {
  const { maximumLifetime, inactivityTimeout, abandonment, touchInterval } = whole
  if (maximumLifetime === null && inactivityTimeout === null) {
    const message = 'neither this nor inactivityTimeout ends a session: set at least one of them'
    yield fault('policy-endless', '/maximumLifetime', message)
  }
  if (!isShorter(inactivityTimeout, maximumLifetime)) {
    const unlessSet = document.maximumLifetime === undefined ? ' (P7D unless set)' : ''
    const message = `is not shorter than maximumLifetime${unlessSet}, so it would never end a session: set it to less`
    yield fault('policy-inactivity-too-long', '/inactivityTimeout', message)
  }
  const slidingAbandonment = abandonment.from === 'last-activity' ? abandonment.after : null
  for (const [name, timeout] of Object.entries({ inactivityTimeout, 'abandonment.after': slidingAbandonment })) {
    if (isShorter(touchInterval, timeout)) continue
    const is = document.touchInterval === undefined ? 'is PT1M unless set, which is not' : 'is not'
    const message = `${is} shorter than ${name}, so a session would end although it is in use: set it to less`
    yield fault('policy-touch-too-rare', '/touchInterval', message)
  }
  if (maximumLifetime === null && abandonment.from !== 'last-activity') {
    const [path, from] = document.abandonment ? ['/abandonment/from', 'this'] : ['/abandonment', 'the default']
    const message = `without a maximumLifetime, ${from} would abandon sessions in use: set from to "last-activity"`
    yield fault('policy-abandonment-not-sliding', path, message)
  }
}

function* limitFaults({ sessionMode, onConflict, maximumSessionsPerUser, onOverflow }: WholeDocument) {
  if (sessionMode === 'single' && onConflict === null) {
    yield fault('policy-missing-member', '/onConflict', 'is needed in single mode: "replace" or "reject"')
  }
  if (sessionMode === 'multi' && onConflict !== null) {
    const message = 'is for single mode: leave it out, or set sessionMode to "single"'
    yield fault('policy-misplaced-member', '/onConflict', message)
  }
  if (maximumSessionsPerUser !== null && onOverflow === null) {
    const message = 'is needed with a maximumSessionsPerUser: "reject" or "replace-oldest"'
    yield fault('policy-missing-member', '/onOverflow', message)
  }
  if (maximumSessionsPerUser === null && onOverflow !== null) {
    const message = 'is for a limit that is not set: leave it out, or set maximumSessionsPerUser'
    yield fault('policy-misplaced-member', '/onOverflow', message)
  }
}

/** Whether one duration is shorter than another. A limit that is not there, or not readable, breaks no rule. */
function isShorter(text: string | null, limit: string | null): boolean {
  const [duration, than] = [text, limit].map((each) => (each === null ? undefined : tryDuration(each)))
  return !(typeof duration === 'number' && typeof than === 'number') || duration < than
}

function tryDuration(text: string): DurationMs | DurationError {
  try {
    return parseDuration(text)
  } catch (error) {
    if (error instanceof DurationError) return error
    throw error
  }
}

function fault(code: PolicyFaultCode, path: string, message: string): PolicyFault {
  return { code, path, message }
}
