/** Sweeps whose events are put into the queue of an endpoint, against sweeps without. */
import type { DurationMs } from '../../src/domain/duration.ts'
import { systemRandomness } from '../../src/domain/randomness.ts'
import { Relay } from '../../src/jobs/relay.ts'
import { FeedSignal } from '../../src/service/events/feed-signal.ts'
import { openTenure } from '../../src/service/open-tenure.ts'
import { makeRelayPlace } from '../../src/service/webhooks/relay-place.ts'
import { WebhookEndpoints } from '../../src/service/webhooks/webhook-endpoints.ts'
import { ManualClock } from '../../src/simulation/manual-clock.ts'
import { observeStore } from '../../src/store/observed-store.ts'
import { openStore } from '../../src/store/open-store.ts'
import type { Comparison } from '../measurement.ts'
import { atMost, compare, contest, INFORMATION } from '../store/contest.ts'
import { type Fleet, instantOf } from '../store/stored-fleet.ts'

/** A fleet stored several times over. */
export interface RelayGround {
  readonly name: string
  /** A database of the fleet that nobody else uses. */
  copy(): string | Promise<string>
}

/** Slices that a fleet is swept in, the first to warm up: contestants take turns at them. */
const SLICES = 10

/** How many times as long a sweep may take with its events as without. */
const LIMIT = 2.5

/** Compares them on one kind of store. */
export async function compareRelayed(ground: RelayGround, fleet: Fleet): Promise<Comparison[]> {
  await using alone = await sweeping(await ground.copy(), fleet)
  await using idle = await relaying(await ground.copy(), fleet, false)
  await using relayed = await relaying(await ground.copy(), fleet, true)
  const rounds = await contest(
    {
      relayed: { what: 'sweep, and a delivery queued for each event', run: relayed.run },
      idle: { what: 'sweep, and a relay that no endpoint waits for', run: idle.run },
      alone: { what: 'sweep alone', run: alone.run },
    },
    { rounds: SLICES - 1, calls: Math.floor(fleet.size / SLICES) },
  )
  const name = `sweep of ${fleet.size.toLocaleString('en')} due sessions, ${ground.name}`
  return [
    compare(`${name}, with events`, rounds, ['relayed', 'alone'], atMost(LIMIT)),
    compare(`${name}, with events that nobody wants`, rounds, ['idle', 'alone'], INFORMATION),
  ]
}

async function sweeping(url: string, fleet: Fleet) {
  const clock = new ManualClock(instantOf(fleet, fleet.size))
  const tenure = await openTenure({ store: url, clock })
  return {
    run: async (calls: number) => expectAll((await tenure.sweep({ limit: calls })).settled, calls),
    [Symbol.asyncDispose]: () => tenure.close(),
  }
}

/** A sweep beside a relay; a run is over once the relay has put in whatever the sweep wrote. */
async function relaying(url: string, fleet: Fleet, isWanted: boolean) {
  const clock = new ManualClock(instantOf(fleet, fleet.size))
  const opened = await openStore(url, clock)
  const feed = new FeedSignal(opened, clock, 60_000 as DurationMs)
  const store = observeStore(opened, feed.written)
  const tenure = await openTenure({ store, clock })
  const endpoints = new WebhookEndpoints({
    ...{ store, randomness: systemRandomness, encryptionKey: null, isPrivateAllowed: true },
  })
  if (isWanted) await endpoints.add({ url: 'https://example.com/', types: ['session.expired'] })
  const queues = await store.openQueues()
  let relayed = 0
  let expected = Number.POSITIVE_INFINITY
  let reached = Promise.withResolvers<void>()
  const counted: Pick<typeof queues, 'put'> = {
    put: async (write) => {
      const isPut = await queues.put(write)
      if (isPut) relayed += write.publications.length
      if (relayed >= expected) reached.resolve()
      return isPut
    },
  }
  const issuer = () => 'https://tenure.example'
  const onFault = (error: unknown) => reached.reject(error)
  const idle = 60_000 as DurationMs
  const relay = new Relay({ store, queues: counted, clock, feed, endpoints, issuer, idle, onPut: () => {}, onFault })
  await makeRelayPlace(store)
  relay.start()
  return {
    run: async (calls: number) => {
      reached = Promise.withResolvers<void>()
      expected = relayed + calls
      expectAll((await tenure.sweep({ limit: calls })).settled, calls)
      if (relayed < expected) await reached.promise
    },
    async [Symbol.asyncDispose]() {
      feed.close()
      await relay.stop()
      await queues.close()
      await tenure.close()
    },
  }
}

function expectAll(settled: number, expected: number): void {
  if (settled !== expected) throw new Error(`${settled} sessions were swept, and ${expected} were due`)
}
