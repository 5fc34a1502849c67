/**
 * Counter-tests: what a deadline would be worth that hung on a plain `after`. Were either of these to fail, XState or
 * the clock had changed, and the machines could be simpler.
 *
 * @see https://github.com/statelyai/xstate/issues/5331
 */
import assert from 'node:assert/strict'
import test from 'node:test'
import { createActor, createMachine, type Snapshot } from 'xstate'
import { ManualClock } from '../../src/simulation/manual-clock.ts'
import { DAY } from '../support/sessions.ts'

function waitingFor(delay: number) {
  return createMachine({
    initial: 'active',
    states: { active: { after: { [delay]: 'expired' } }, expired: {} },
  })
}

test('a plain `after` fires at its instant, as long as its actor lives', () => {
  const clock = new ManualClock()
  const actor = createActor(waitingFor(1_000), { clock }).start()
  clock.advanceTo(999)
  assert.equal(actor.getSnapshot().value, 'active')
  clock.advanceTo(1_000)
  assert.equal(actor.getSnapshot().value, 'expired')
})

test('a plain `after` never fires in an actor that was restored from a persisted snapshot', () => {
  const machine = waitingFor(1_000)
  const before = createActor(machine, { clock: new ManualClock() }).start()
  const snapshot = JSON.parse(JSON.stringify(before.getPersistedSnapshot())) as Snapshot<unknown>
  const clock = new ManualClock()
  const actor = createActor(machine, { clock, snapshot }).start()
  assert.equal(clock.pending, 0)
  clock.advanceTo(400 * DAY)
  assert.equal(actor.getSnapshot().value, 'active')
})

test('a plain `after` of 30 days fires after a millisecond, one of 24 days does not', () => {
  const valueAfter = (days: number) => {
    const clock = new ManualClock()
    const actor = createActor(waitingFor(days * DAY), { clock }).start()
    clock.advanceBy(1)
    return actor.getSnapshot().value
  }
  assert.deepEqual([24, 30].map(valueAfter), ['active', 'expired'])
})
