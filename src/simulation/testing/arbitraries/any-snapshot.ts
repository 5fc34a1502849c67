import fc from 'fast-check'
import type { Form } from '../../../domain/form.ts'
import { MAXIMUM_INSTANT } from '../../../domain/instant.ts'
import { STATUSES } from '../../../domain/status.ts'
import { inWire, type SnapshotDocument } from '../snapshot-document.ts'

/** Which snapshots to draw. */
export interface AnySnapshotOptions {
  /** Either where it is left out. */
  readonly form?: Form | undefined
  /** What their instants lie about, epoch milliseconds; 2026-01-01T00:00:00Z where it is left out. */
  readonly now?: number | undefined
  /** At most so many sessions; 5 where it is left out. */
  readonly maximumSessions?: number | undefined
}

const DAY = 86_400_000
const BEGINNING = 1_767_225_600_000

/** Few names, so that two sessions often have one user, and now and then one id; and names that no KSUID is. */
const aName = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f') },
  { weight: 1, arbitrary: fc.stringMatching(/^[0-9A-Za-z]{27}$/) },
  { weight: 1, arbitrary: fc.constantFrom('é', '\u{1f600}', '"', '\\', 'x'.repeat(200)) },
)

const anId = (prefix: string) =>
  fc.oneof({ weight: 9, arbitrary: aName.map((name) => `${prefix}_${name}`) }, { weight: 1, arbitrary: aName })

/** Mostly within months of the present; sometimes as early or as late as instants go. */
function anInstant(now: number): fc.Arbitrary<number> {
  return fc.oneof(
    { weight: 12, arbitrary: fc.integer({ min: -60 * DAY, max: 60 * DAY }).map((gap) => now + gap) },
    { weight: 3, arbitrary: fc.constantFrom(now, now - 1, now + 1) },
    { weight: 1, arbitrary: fc.constantFrom(0, 1, MAXIMUM_INSTANT as number, Math.floor(now / 1000)) },
  )
}

const anActivity = fc.record(
  {
    object: fc.constant('session_activity'),
    id: anId('sess_activity'),
    deviceType: fc.constantFrom('Macintosh', ''),
    isMobile: fc.boolean(),
    browserName: fc.constant('Firefox'),
    city: fc.constantFrom('Ghent', 'Zürich'),
  },
  { requiredKeys: ['object', 'id', 'isMobile'], noNullPrototype: true },
)

function aSession(now: number, clientId: string): fc.Arbitrary<SnapshotDocument> {
  const instant = anInstant(now)
  return fc
    .record(
      {
        object: fc.constant('session'),
        id: anId('sess'),
        userId: anId('user'),
        clientId: fc.oneof({ weight: 9, arbitrary: fc.constant(clientId) }, { weight: 1, arbitrary: anId('client') }),
        actor: fc.option(fc.record({ sub: anId('user') }, { noNullPrototype: true })),
        status: fc.constantFrom(...STATUSES, 'active', 'active', 'active'),
        lastActiveOrganizationId: fc.option(anId('org')),
        lastActiveAt: instant,
        latestActivity: fc.option(anActivity),
        expireAt: instant,
        abandonAt: instant,
        updatedAt: instant,
        createdAt: instant,
        tasks: fc.option(
          fc.array(fc.record({ key: fc.constantFrom('choose-organization', '') }, { noNullPrototype: true }), {
            maxLength: 2,
          }),
        ),
        colour: fc.constant('of a later version'),
      },
      { requiredKeys: REQUIRED, noNullPrototype: true },
    )
    .map((session) => session as SnapshotDocument)
}

const REQUIRED = [
  ...(['object', 'id', 'userId', 'clientId', 'status'] as const),
  ...(['lastActiveAt', 'expireAt', 'abandonAt', 'updatedAt', 'createdAt'] as const),
]

/**
 * A snapshot that its schema takes, however odd: deadlines in any order, statuses that contradict them, ids twice, without
 * their prefix or of another client, lists that do not match, members of a later version.
 *
 * @see docs/findings.md
 */
export function anySnapshot(options: AnySnapshotOptions = {}): fc.Arbitrary<SnapshotDocument> {
  const { form, now = BEGINNING, maximumSessions = 5 } = options
  const aForm = form === undefined ? fc.constantFrom<Form>('sdk', 'wire') : fc.constant(form)
  return anId('client')
    .chain((id) => fc.tuple(fc.constant(id), fc.array(aSession(now, id), { maxLength: maximumSessions })))
    .chain(([id, sessions]) => fc.tuple(aClient(now, id, sessions), aForm))
    .map(([client, drawn]) => (drawn === 'sdk' ? client : inWire(client)))
}

function aClient(now: number, id: string, sessions: readonly SnapshotDocument[]): fc.Arbitrary<SnapshotDocument> {
  const ids = sessions.map((session) => session['id'] as string)
  const aSessionOf = ids.length === 0 ? anId('sess') : fc.constantFrom(...ids)
  return fc
    .record(
      {
        object: fc.constant('client'),
        id: fc.constant(id),
        sessionIds: fc.oneof(
          { weight: 4, arbitrary: fc.constant(ids) },
          { weight: 1, arbitrary: fc.array(anId('sess'), { maxLength: 3 }) },
        ),
        sessions: fc.constant(sessions),
        signInId: fc.option(anId('sia')),
        signUpId: fc.option(anId('sua')),
        lastActiveSessionId: fc.option(
          fc.oneof({ weight: 5, arbitrary: aSessionOf }, { weight: 1, arbitrary: anId('sess') }),
        ),
        lastAuthenticationStrategy: fc.constantFrom('password', null),
        updatedAt: anInstant(now),
        createdAt: anInstant(now),
        colour: fc.constant('of a later version'),
      },
      { requiredKeys: CLIENT_REQUIRED, noNullPrototype: true },
    )
    .map((client) => client as SnapshotDocument)
}

const CLIENT_REQUIRED = [
  ...(['object', 'id', 'sessionIds', 'sessions', 'signInId', 'signUpId'] as const),
  ...(['lastActiveSessionId', 'updatedAt', 'createdAt'] as const),
]
