/** The same random program against a model in memory and against each store: the same answers, and the same rows at the end. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { DurationMs } from '../../src/domain/duration.ts'
import type { Policy } from '../../src/domain/policy.ts'
import { audit } from '../../src/service/audit.ts'
import { openTenure } from '../../src/service/open-tenure.ts'
import { ManualClock } from '../../src/simulation/manual-clock.ts'
import { aSmallPolicy } from '../support/arbitraries.ts'
import { TenureModel } from '../support/model.ts'
import { aProgram, assertSameRows } from '../support/model-commands.ts'
import { countedRandomness } from '../support/services.ts'
import { at } from '../support/sessions.ts'
import { allOf } from '../support/stored.ts'
import { overStores } from '../support/stores.ts'
import '../support/seed.ts'

/** Programs begin here, so that there is a past for the clock to step back to. */
const BEGINNING = 100

const aMaximum = fc.constantFrom(
  { maximumSessionsPerUser: null, onOverflow: null } as const,
  ...([1, 2] as const).flatMap((maximumSessionsPerUser) => [
    { maximumSessionsPerUser, onOverflow: 'reject' } as const,
    { maximumSessionsPerUser, onOverflow: 'replace-oldest' } as const,
  ]),
)

const aPolicy: fc.Arbitrary<Policy> = fc
  .tuple(aSmallPolicy, aMaximum, fc.integer({ min: 1, max: 12 }))
  .map(([policy, maximum, retention]) => ({ ...policy, ...maximum, retention: retention as DurationMs }))

overStores((kind) => {
  test('a store answers as the model does, and holds what the model holds, touches recorded or not', async () => {
    const program = fc.asyncProperty(aPolicy, fc.boolean(), aProgram(60), async (policy, recordTouches, commands) => {
      const clock = new ManualClock(BEGINNING)
      await using opened = await kind.open(clock)
      const open = { policy, clock, randomness: countedRandomness(), recordTouches }
      const stores = [opened.store, await opened.again()]
      const tenures = await Promise.all(stores.map((store) => openTenure({ store, ...open })))
      const model = new TenureModel(policy, at(BEGINNING), recordTouches)
      await fc.asyncModelRun(() => ({ model, real: { tenures, clock, turn: 0 } }), commands)
      await assertSameRows(opened.store, model)
      assert.deepEqual(await allOf(audit({ store: opened.store })), [])
    })
    const served = kind.isServed ? 10 : 40
    await fc.assert(program, { numRuns: kind.isShared ? served : 250 })
  })
})
