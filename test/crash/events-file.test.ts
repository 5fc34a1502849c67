/** Deadlines and their events over a file: by a process that is killed again and again, and by one that was away for long. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { defaultPolicy } from '../../src/domain/policy.ts'
import { openTenure } from '../../src/service/open-tenure.ts'
import { ManualClock } from '../../src/simulation/manual-clock.ts'
import { seeded, someSeed } from '../support/crash-chance.ts'
import { roundsOr } from '../support/crash-rounds.ts'
import { BORN } from '../support/documents.ts'
import { afterLast, importBacklog } from '../support/events-backlog.ts'
import { EventsProcess } from '../support/events-process.ts'
import { Receiver } from '../support/events-receiver.ts'
import { runTrials } from '../support/events-trial.ts'
import { SUBSCRIPTION } from '../support/events-worker.ts'
import { temporaryFolder } from '../support/run-tenure.ts'
import { DAY } from '../support/sessions.ts'
import { SLOW } from '../support/slow.ts'

test(
  'a process killed and started again and again: each deadline falls once, and everybody is told',
  SLOW,
  async (t) => {
    const seed = someSeed()
    const chance = seeded(seed)
    const file = temporaryFolder(t)
    const options = async (round: number) => ({
      store: `sqlite:${file(`${round}.db`)}`,
      seed: round === 0 ? seed : chance.below(2 ** 31),
      offsets: [0],
      speed: 30,
      callers: 9,
      faults: ['kill', 'pause', 'lease', 'kill'] as const,
      isProxied: false,
    })
    await runTrials(roundsOr(1), options, (line) => t.diagnostic(line))
  },
)

/** Several transactions of the sweep, and several pages of the subscription. */
const BACKLOG = 1500

test('what fell while the process was down is told when it starts, in the order it fell, each at its deadline', async (t) => {
  const seed = someSeed()
  t.diagnostic(`seed ${seed}`)
  const store = `sqlite:${temporaryFolder(t)('tenure.db')}`
  const before = await openTenure({ store, clock: new ManualClock(BORN) })
  const backlog = await importBacklog(before, BACKLOG, { seed, abandonedAfter: 30 * DAY })
  await before.on('session.expired', () => {}, { name: SUBSCRIPTION })
  await before.close()

  await using receiver = await Receiver.listening(seeded(seed))
  receiver.calm()
  const epoch = Date.now()
  const drift = { epoch, offset: afterLast(BACKLOG) - epoch, speed: 30 }
  const where = { store, drift, receiver: receiver.url, policy: defaultPolicy }
  const worker = (name: string) => new EventsProcess({ ...where, name, seed, callers: 0, pause: 1 })
  await using killed = worker('killed')
  while (receiver.taken.size < BACKLOG / 4) await wait(5)
  await killed.kill()
  await using other = worker('other')
  for (const until = performance.now() + 20_000; receiver.taken.size < BACKLOG && performance.now() < until; )
    await wait(20)
  await other.stop()

  const first = new Map(receiver.arrivals.toReversed().map((arrival) => [arrival.id, arrival]))
  const told = [...first.values()].toReversed()
  assert.deepEqual(
    told.map(({ type, at, sessionId }) => [type, at, sessionId]),
    [...backlog].sort(([, a], [, b]) => a - b).map(([sessionId, at]) => ['session.expired', at, sessionId]),
  )
})
