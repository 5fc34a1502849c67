import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DurationMs } from '../../../src/domain/duration.ts'
import type { EpochMs } from '../../../src/domain/instant.ts'
import type { FaultKind } from '../../../src/simulation/faults/fault-kinds.ts'
import { type Faults, readFaults } from '../../../src/simulation/faults/faults.ts'
import type { Probe, StoreHost } from '../../../src/simulation/faults/faulty-call.ts'
import { faultyStore } from '../../../src/simulation/faults/faulty-store.ts'
import { Agenda } from '../../../src/simulation/run/agenda.ts'
import { ProcessClock } from '../../../src/simulation/run/process-clock.ts'
import { SharedDatabase } from '../../../src/simulation/run/shared-database.ts'
import { seededRandomness } from '../../../src/simulation/seeded-randomness.ts'
import type { StoredItem } from '../../../src/store/port.ts'

const ITEM: StoredItem = { kind: 'thing', id: 'one', version: 0, value: '{}', expiresAt: null }

/** A process's store of which every call, or every write, has one fault. */
async function faulty(document: object) {
  const agenda = new Agenda(0)
  const clock = new ProcessClock(agenda, 0).clockFor((fire) => fire())
  const database = await SharedDatabase.open('memory', clock)
  const met: string[] = []
  const host = {
    ...{ agenda, database, authority: 'process', judge: clock, randomness: seededRandomness('faults') },
    isAlive: true,
    faults: readFaults(document).settings as Faults,
    wake: (fire: () => void) => {
      if (host.isAlive) fire()
    },
    crash: () => {
      host.isAlive = false
    },
    met: (kind: FaultKind, call: string) => met.push(`${kind} at ${call}`),
    committed: () => {},
    lease: 90_000 as DurationMs,
    queued: () => {},
    buried: () => {},
    jobWaits: () => {},
    probe: null as Probe | null,
  }
  const store = faultyStore(host as StoreHost)
  const stored = () => database.call(clock, (real) => real.findItem('thing', 'one'))
  /** What became of a call by an instant: its answer, its error's code, or nothing. */
  const outcome = async (call: Promise<unknown>, end = 0): Promise<unknown> => {
    let became: unknown = 'no answer'
    call.then(
      (value) => {
        became = value
      },
      ({ code }) => {
        became = code
      },
    )
    await agenda.run(end, () => false)
    return became
  }
  return { store, stored, outcome, met }
}

test('a store that is unavailable has done nothing, and says that it can be tried again', async () => {
  const { store, stored, outcome, met } = await faulty({ unavailable: 1 })
  assert.equal(await outcome(store.putItem(ITEM)), 'ERR_STORE_UNAVAILABLE')
  assert.deepEqual([await stored(), met], [null, ['unavailable at putItem']])
})

test('a lost reply is told as a failure of what is done', async () => {
  const { store, stored, outcome, met } = await faulty({ lostReplies: 1 })
  assert.equal(await outcome(store.putItem(ITEM)), 'ERR_STORE_UNAVAILABLE')
  assert.equal((await stored())?.version, 1)
  assert.deepEqual(met, ['lost-reply at putItem'])
})

test('a conflict is of writes that another may be faster with, and leaves everything as it was', async () => {
  const { store, stored, outcome, met } = await faulty({ conflicts: 1 })
  assert.equal(await outcome(store.putItem(ITEM)), false)
  assert.equal(await outcome(store.change({ sessions: 'all' }, () => ({ result: 1, changes: [] }))), null)
  assert.equal(await outcome(store.deleteExpiredItems(0 as EpochMs, 1)), 0, 'nobody can be faster with these')
  assert.equal(await outcome(store.feedEnd()), null, 'nor with a read')
  assert.deepEqual([await stored(), met], [null, ['conflict at putItem', 'conflict at change']])
})

test('who dies before a commit has written nothing, who dies after it has; neither hears of it, and neither asks again', async () => {
  for (const [fault, version] of [
    ['crashesBeforeCommit', undefined],
    ['crashesAfterCommit', 1],
  ] as const) {
    const { store, stored, outcome } = await faulty({ [fault]: 1 })
    assert.equal(await outcome(store.putItem(ITEM)), 'no answer')
    assert.equal((await stored())?.version, version)
    assert.equal(await outcome(store.feedEnd()), 'no answer', 'the dead ask nothing')
  }
})

test('a delayed call is done later, and answered later still', async () => {
  const { store, stored, outcome, met } = await faulty({ delays: 1, delay: 'PT1S' })
  const call = store.putItem(ITEM)
  assert.equal(await outcome(call), 'no answer')
  assert.equal(await stored(), null)
  assert.equal(await outcome(call, 60_000), true)
  assert.equal((await stored())?.version, 1)
  assert.deepEqual(met, ['delay at putItem', 'delay at putItem'])
})
