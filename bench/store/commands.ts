/**
 * Commands, each against a bare transaction that reads the rows it has to decide on by primary key and does the very same
 * writes on an identical second database. Afterwards the two databases have to hold the same rows.
 */
import type { DurationMs } from '../../src/domain/duration.ts'
import { newClientId, newSessionId } from '../../src/domain/ids.ts'
import type { EpochMs } from '../../src/domain/instant.ts'
import { defaultPolicy, type Policy } from '../../src/domain/policy.ts'
import type { Randomness } from '../../src/domain/randomness.ts'
import { openTenure } from '../../src/service/open-tenure.ts'
import { ManualClock } from '../../src/simulation/manual-clock.ts'
import type { Comparison } from '../measurement.ts'
import { atMost, compare, contest, type Length } from './contest.ts'
import { type Fleet, fleetOf, hourAfter, sessionIds } from './stored-fleet.ts'

const HOUR = 3_600_000

/** A policy under which a touch slides both deadlines. */
const SLIDING: Policy = {
  ...defaultPolicy,
  inactivityTimeout: (48 * HOUR) as DurationMs,
  abandonment: { after: (240 * HOUR) as DurationMs, from: 'last-activity' },
}

/** Commands as plain transactions. They do what Tenure's do to a client that holds one live session. */
export interface BareCommands {
  touch(id: string, now: EpochMs): unknown
  /** A touch that slides both deadlines. */
  slide(id: string, now: EpochMs, deadlines: { readonly expireAt: number; readonly abandonAt: number }): unknown
  revoke(id: string, now: EpochMs): unknown
  signIn(row: NewRow): unknown
}

/** What a sign-in stores, on a client of its own. */
export interface NewRow {
  readonly id: string
  readonly clientId: string
  readonly userId: string
  readonly now: EpochMs
  readonly expireAt: number
  readonly abandonAt: number
}

/** Two databases that hold the same: one for Tenure, one for bare transactions. */
export interface Twins extends AsyncDisposable {
  readonly url: string
  readonly bare: BareCommands
  /** Closes what is open, and says what is stored differently. */
  differences(): Promise<readonly string[]>
}

/** A kind of store to hold contests on. */
export interface Ground {
  readonly name: string
  readonly length: Length
  twins(fleet: Fleet): Promise<Twins>
}

/** Each command on a fleet of so many. */
export async function compareCommands(ground: Ground, size: number): Promise<Comparison[]> {
  const lean = fleetOf(size)
  const sliding = fleetOf(size, 48 * HOUR, 240 * HOUR)
  return [
    await compareOne(ground, 'touch', lean, defaultPolicy, {
      tenure: ({ tenure, id }) => tenure.touch(id()),
      bare: ({ bare, id, now }) => bare.touch(id(), now()),
    }),
    await compareOne(ground, 'touch that slides', sliding, SLIDING, {
      tenure: ({ tenure, id }) => tenure.touch(id()),
      bare: ({ bare, id, now }) =>
        bare.slide(id(), now(), { expireAt: now() + 48 * HOUR, abandonAt: now() + 240 * HOUR }),
    }),
    await compareOne(ground, 'signIn', lean, defaultPolicy, {
      tenure: ({ tenure, id }) => tenure.signIn({ userId: userOf(id()) }),
      bare: ({ bare, id, now, randomness }) => bare.signIn(newRow(id(), now(), randomness)),
    }),
    await compareOne(ground, 'revoke', lean, defaultPolicy, {
      tenure: ({ tenure, id }) => tenure.revoke(id()),
      bare: ({ bare, id, now }) => bare.revoke(id(), now()),
    }),
  ]
}

interface Side {
  /** The next session of the fleet. */
  readonly id: () => string
  readonly now: () => EpochMs
  readonly randomness: Randomness
}

interface Call {
  readonly tenure: (side: Side & { readonly tenure: Awaited<ReturnType<typeof openTenure>> }) => Promise<Outcome>
  readonly bare: (side: Side & { readonly bare: BareCommands }) => unknown
}

interface Outcome {
  readonly changed: boolean
}

async function compareOne(ground: Ground, name: string, fleet: Fleet, policy: Policy, call: Call): Promise<Comparison> {
  const clock = new ManualClock(hourAfter(fleet))
  const sideOf = (): Side => ({ id: sessionIds(fleet), now: () => clock.now(), randomness: counting() })
  const [mine, other] = [sideOf(), sideOf()]
  await using twins = await ground.twins(fleet)
  await using tenure = await openTenure({ store: twins.url, policy, clock, randomness: mine.randomness })
  const { length } = ground
  if (fleet.size <= (length.rounds + 1) * length.calls) throw new Error('the fleet is too small for so many commands')
  const rounds = await contest(
    {
      tenure: {
        what: `tenure: ${name}`,
        run: async (calls) => {
          for (let made = 0; made < calls; made += 1) {
            const { changed } = await call.tenure({ ...mine, tenure })
            if (!changed) throw new Error(`${name}: a command changed nothing`)
          }
        },
      },
      bare: {
        what: 'bare transaction, same writes',
        run: async (calls) => {
          for (let made = 0; made < calls; made += 1) await call.bare({ ...other, bare: twins.bare })
        },
      },
    },
    // Every session is commanded once only, and no touch is throttled.
    { ...length, before: () => clock.advanceBy(1000) },
  )
  await tenure.close()
  const differences = await twins.differences()
  if (differences.length > 0) throw new Error(`${name}: the databases differ, ${differences.join('; ')}`)
  return compare(`${name}, ${ground.name}`, rounds, ['tenure', 'bare'], atMost(2))
}

function newRow(id: string, now: EpochMs, randomness: Randomness): NewRow {
  const clientId = newClientId(now, randomness)
  const { maximumLifetime, abandonment } = defaultPolicy
  const deadlines = { expireAt: now + Number(maximumLifetime), abandonAt: now + abandonment.after }
  return { id: newSessionId(now, randomness), clientId, userId: userOf(id), now, ...deadlines }
}

/** Users that are there already sign in again. */
function userOf(id: string): string {
  return id.replace('sess_', 'user_')
}

/** The same chance for both sides, so that both make the same ids. */
function counting(): Randomness {
  let count = 0
  return {
    bytes: (length) => {
      count += 1
      const bytes = Buffer.alloc(length)
      // As scattered as chance is: the golden ratio's multiples.
      bytes.writeUInt32BE(Math.imul(count, 0x9e3779b1) >>> 0)
      bytes.writeUInt32BE(count, 4)
      return bytes
    },
  }
}
