/** Tenure, opened over a kind of store for one test, with a clock that stands still and chance that can be foretold. */
import assert from 'node:assert/strict'
import type { DurationMs } from '../../src/domain/duration.ts'
import type { Policy } from '../../src/domain/policy.ts'
import type { Randomness } from '../../src/domain/randomness.ts'
import { openTenure } from '../../src/service/open-tenure.ts'
import type { SessionRecord } from '../../src/service/records.ts'
import type { SignInRequest, Tenure } from '../../src/service/tenure.ts'
import { ManualClock } from '../../src/simulation/manual-clock.ts'
import type { StoreOptions } from '../../src/store/open-store.ts'
import type { Store } from '../../src/store/port.ts'
import { BORN } from './documents.ts'
import { aPolicy, DAY, type PolicyParts } from './sessions.ts'
import type { OpenedStore, StoreKind } from './stores.ts'

/** The instant that services begin at: a date, so that ids can hold it. */
export const START = BORN

/** What a test has of Tenure. Disposing closes every store, and clears up. */
export interface OpenedService extends AsyncDisposable {
  readonly tenure: Tenure
  readonly store: Store
  readonly opened: OpenedStore
  readonly clock: ManualClock
  /** Tenure once more on the same database, as another process would have it. */
  again(): Promise<Tenure>
  /** Tenure over another store. */
  over(store: Store): Promise<Tenure>
}

export interface ServicePolicy extends PolicyParts, Partial<Pick<Policy, 'maximumSessionsPerUser' | 'onOverflow'>> {
  readonly retention?: number
}

/** A policy for a service: Clerk's defaults but for these parts. */
export function servicePolicy({ retention = 30 * DAY, ...policy }: ServicePolicy): Policy {
  const { maximumSessionsPerUser = null, onOverflow = null, ...parts } = policy
  return { ...aPolicy(parts), maximumSessionsPerUser, onOverflow, retention: retention as DurationMs }
}

/** Opens Tenure on a fresh store at {@link START}. */
export async function openService(
  kind: StoreKind,
  parts: ServicePolicy = {},
  options: StoreOptions = {},
): Promise<OpenedService> {
  const clock = new ManualClock(START)
  const opened = await kind.open(clock, options)
  const policy = servicePolicy(parts)
  const randomness = countedRandomness()
  const over = (store: Store) => openTenure({ store, policy, clock, randomness })
  return {
    tenure: await over(opened.store),
    store: opened.store,
    opened,
    clock,
    over,
    again: async () => over(await opened.again()),
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  }
}

/** Randomness that counts: no two ids alike, and the same ones each time. */
export function countedRandomness(): Randomness {
  let count = 0
  return {
    bytes(length) {
      count += 1
      const bytes = new Uint8Array(length)
      new DataView(bytes.buffer).setUint32(length - 4, count)
      return bytes
    },
  }
}

/** Signs a user in and answers the session; fails where the sign-in changed nothing. */
export async function signedIn(
  tenure: Tenure,
  userId: string,
  parts: Omit<SignInRequest, 'userId'> = {},
): Promise<SessionRecord> {
  const outcome = await tenure.signIn({ userId, ...parts })
  assert.ok(outcome.changed, `the sign-in of ${userId} changed nothing`)
  return outcome.session
}

/** The ledger as text, a line a row: when, of which session, from what to what, and who asked. */
export async function story(tenure: Tenure, filter: Parameters<Tenure['history']>[0] = {}): Promise<readonly string[]> {
  const { items } = await tenure.history({ limit: 1000, ...filter })
  return items.map(({ at, sessionId, from, to, cause, askedBy, version }) => {
    const asked = askedBy === undefined ? '' : ` by ${askedBy}`
    return `${at - START} ${sessionId} v${version} ${from ?? 'nothing'} -> ${to} ${cause}${asked}`
  })
}

/** Each session's status as it is now, by its id. */
export async function statuses(tenure: Tenure, filter: Parameters<Tenure['listSessions']>[0] = {}) {
  const { items } = await tenure.listSessions({ limit: 1000, ...filter })
  return Object.fromEntries(items.map(({ id, status }) => [id, status]))
}

/** Why an outcome changed nothing; `changed` where it did. */
export function reasonOf(
  outcome: { readonly changed: true } | { readonly changed: false; readonly reason: string },
): string {
  return outcome.changed ? 'changed' : outcome.reason
}
