/**
 * Requests drawn from the description that a service serves, valid ones and broken ones, between moves of its clock: every
 * answer is one that the description has, and tells nobody what is behind it.
 *
 * `TENURE_FUZZ_SECONDS` is how long it goes on for each kind of store, life after life with the next seed; `TENURE_FUZZ_SEED`
 * is the first.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Chance } from '../support/crash-chance.ts'
import { type LifeReport, liveOnce } from '../support/fuzz-life.ts'
import type { FuzzAnswer } from '../support/fuzz-send.ts'
import { SPOILINGS } from '../support/fuzz-spoilings.ts'
import { SLOW } from '../support/slow.ts'
import { overStores, type StoreKind, sqliteMemory } from '../support/stores.ts'

const { TENURE_FUZZ_SEED, TENURE_FUZZ_SECONDS } = process.env
const SEED = Number(TENURE_FUZZ_SEED ?? 20261126)
const SECONDS = Number(TENURE_FUZZ_SECONDS ?? 0)

/** How many requests a life has: fewer where each goes to a server. */
const requestsOf = ({ isServed }: StoreKind) => (isServed ? 800 : 1200)

overStores((kind) => {
  test('every answer to a random request is one that the description has', async (t) => {
    const run = new Run()
    const end = performance.now() + SECONDS * 1000
    let seed = SEED
    do {
      run.add(await liveOnce(kind, { seed, requests: requestsOf(kind) }), seed)
      seed += 1
    } while (performance.now() < end)
    t.diagnostic(`seeds ${SEED} to ${seed - 1}: ${run.figures}`)
    t.diagnostic(run.story)
    assert.ok(run.faults.size === 0, `${run.faults.size} kinds of faults:\n\n${[...run.faults.values()].join('\n\n')}`)
  })
})

/** Lives, one after the other. */
class Run {
  /** Each kind of fault, where it was met first. */
  readonly faults = new Map<string, string>()
  readonly #met = new Map<string, number>()
  #requests = 0
  #milliseconds = 0

  add({ met, requests, milliseconds, faults, unmet }: LifeReport, seed: number): void {
    const again = `again: TENURE_FUZZ_SEED=${seed} npx tsx --test test/http/fuzz.test.ts`
    for (const [key, count] of met) this.#met.set(key, (this.#met.get(key) ?? 0) + count)
    this.#requests += requests
    this.#milliseconds += milliseconds
    for (const [kind, text] of faults) {
      if (!this.faults.has(kind)) this.faults.set(kind, `${text}\n    ${again}`)
    }
    if (unmet.length > 0) this.faults.set('unmet', `seed ${seed} never met: ${unmet.join(', ')}\n    ${again}`)
  }

  get figures(): string {
    return `${this.#requests} requests, ${Math.round((this.#requests * 1000) / this.#milliseconds)} a second`
  }

  get story(): string {
    return [...this.#met]
      .sort()
      .map(([key, count]) => `${key}: ${count}`)
      .join(', ')
  }
}

describe('a fuzz finds an answer that was spoiled on its way', SLOW, () => {
  for (const [name, spoil, fault] of SPOILINGS) {
    test(name, async () => {
      const over = (answer: FuzzAnswer, chance: Chance) => (chance.below(4) === 0 ? spoil(answer) : null) ?? answer
      const { faults } = await liveOnce(sqliteMemory(), { seed: SEED, requests: 1000, over, until: fault })
      const found = [...faults.values()]
      assert.ok(
        found.some((each) => fault.test(each)),
        `of these is none ${fault}:\n${found.join('\n')}`,
      )
    })
  }

  test('and finds nothing of it where nothing was spoiled', async () => {
    const { faults } = await liveOnce(sqliteMemory(), { seed: SEED, requests: 300 })
    for (const [, , fault] of SPOILINGS) for (const each of faults.values()) assert.doesNotMatch(each, fault)
  })
})
