/** Queues in SQLite against a model of them: an array of jobs that is gone through from its beginning each time. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ManualClock } from '../../../src/simulation/manual-clock.ts'
import type { Job } from '../../../src/store/queue.ts'
import { openSqliteStore } from '../../../src/store/sqlite/store.ts'
import { aJob, LEASE, ms, nameOf, namesOf, putterOf } from '../../support/queues.ts'
import '../../support/seed.ts'

interface ModelJob {
  readonly name: string
  readonly key: string
  attempt: number
  availableAt: number
  /** Known once it was taken. */
  id: string | null
}

/** What is asked of the queue: names say whose attempt it is about, of all that were ever taken. */
type Step =
  | { readonly ask: 'put'; readonly keys: readonly string[] }
  | { readonly ask: 'take'; readonly limit: number }
  | { readonly ask: 'finish' | 'bury'; readonly whose: number }
  | { readonly ask: 'retry'; readonly whose: number; readonly delay: number }
  | { readonly ask: 'pass'; readonly length: number }
  | { readonly ask: 'redrive' }

const step = fc.oneof<fc.Arbitrary<Step>[]>(
  fc.record({
    ask: fc.constant('put'),
    keys: fc.array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 3 }),
  }),
  fc.record({ ask: fc.constant('take'), limit: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ ask: fc.constantFrom('finish', 'bury'), whose: fc.nat({ max: 4 }) }),
  fc.record({ ask: fc.constant('retry'), whose: fc.nat({ max: 4 }), delay: fc.integer({ min: 1, max: 2 * LEASE }) }),
  fc.record({ ask: fc.constant('pass'), length: fc.constantFrom(1, LEASE - 1, LEASE, LEASE) }),
  fc.record({ ask: fc.constant('redrive') }),
)

/** The queue as it is promised. */
class Model {
  now = 0
  open: ModelJob[] = []
  dead: ModelJob[] = []

  put(name: string, key: string): void {
    this.open.push({ name, key, attempt: 0, availableAt: this.now, id: null })
  }

  heads(): ModelJob[] {
    return this.open.filter((job, place) => this.open.findIndex(({ key }) => key === job.key) === place)
  }

  take(limit: number): ModelJob[] {
    const ready = this.heads().filter(({ availableAt }) => availableAt <= this.now)
    const taken = ready.toSorted((a, b) => a.availableAt - b.availableAt).slice(0, limit)
    for (const job of taken) {
      job.attempt += 1
      job.availableAt = this.now + LEASE
    }
    return taken
  }

  /** The job that somebody has taken, unless another has since. */
  heldBy(job: Job): ModelJob | undefined {
    return this.open.find(({ id, attempt }) => id === job.id && attempt === job.attempt)
  }

  remove(job: ModelJob): void {
    this.open = this.open.filter((each) => each !== job)
  }

  redrive(): void {
    for (const { name, key } of this.dead.splice(0)) this.put(name, key)
  }

  nextIn(): number | null {
    const waits = this.heads().map(({ availableAt }) => Math.max(0, availableAt - this.now))
    return waits.length === 0 ? null : Math.min(...waits)
  }
}

test('whatever is asked of a queue, and in whatever order, it is what the model of it is', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const clock = new ManualClock()
      await using store = await openSqliteStore(':memory:', clock)
      const queues = await store.openQueues({ lease: LEASE })
      const put = putterOf(store, queues)
      const model = new Model()
      const taken: Job[] = []
      let count = 0
      for (const step of steps) {
        if (step.ask === 'put') {
          const names = step.keys.map((key, place) => `${key}${count + place}`)
          count += names.length
          await put(names.map((name) => aJob(name)))
          for (const [place, name] of names.entries()) model.put(name, step.keys[place] ?? '')
        } else if (step.ask === 'take') {
          const jobs = await queues.take('work', step.limit)
          const expected = model.take(step.limit)
          assert.deepEqual(
            jobs.map((job) => [nameOf(job), job.attempt]),
            expected.map(({ name, attempt }) => [name, attempt]),
          )
          for (const [place, job] of expected.entries()) job.id = jobs[place]?.id ?? null
          taken.unshift(...jobs)
        } else if (step.ask === 'pass') {
          clock.advanceTo(clock.now() + step.length)
          model.now += step.length
        } else if (step.ask === 'redrive') {
          assert.equal(await queues.redrive('work'), model.dead.length)
          model.redrive()
        } else {
          const job = taken[step.whose]
          if (job === undefined) continue
          const held = model.heldBy(job)
          if (step.ask === 'retry') {
            await queues.retry(job, ms(step.delay), 'it failed')
            if (held !== undefined) held.availableAt = model.now + step.delay
          } else {
            await (step.ask === 'finish' ? queues.finish([job]) : queues.bury(job, 'it failed'))
            if (held !== undefined) model.remove(held)
            if (held !== undefined && step.ask === 'bury') model.dead.push(held)
          }
        }
        assert.equal(await queues.nextIn('work'), model.nextIn())
        assert.deepEqual(await queues.count('work'), { open: model.open.length, dead: model.dead.length })
        assert.deepEqual(
          namesOf(await queues.listDead('work', { limit: 1_000 })),
          model.dead.map(({ name }) => name),
        )
      }
    }),
    { seed: 20_260_101, numRuns: 150 },
  )
})
