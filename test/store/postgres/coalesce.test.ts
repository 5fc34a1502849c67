import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { StoreError } from '../../../src/domain/errors.ts'
import { Coalescer } from '../../../src/store/postgres/coalesce.ts'

/** Answers each number with its double, when it is told to. */
class Doubling {
  readonly batches: (readonly number[])[] = []
  readonly #ends: (() => void)[] = []

  readonly run = async (numbers: readonly number[]): Promise<readonly number[]> => {
    this.batches.push(numbers)
    await new Promise<void>((resolve) => this.#ends.push(resolve))
    return numbers.map((number) => 2 * number)
  }

  /** Answers the oldest batch that is under way, and lets what follows from that happen. */
  async answer(): Promise<void> {
    this.#ends.shift()?.()
    await nextTurn()
    await nextTurn()
  }
}

test('what is asked in one turn goes out as one when the turn is over, and each has its own answer', async () => {
  const doubling = new Doubling()
  const questions = new Coalescer(doubling.run, { size: 10, inFlight: 2 })
  const asked = Promise.all([1, 2, 3].map((number) => questions.ask(number)))
  assert.deepEqual(doubling.batches, [])
  await nextTurn()
  assert.deepEqual(doubling.batches, [[1, 2, 3]])
  await doubling.answer()
  assert.deepEqual(await asked, [2, 4, 6])
})

test('what is asked while as many batches as may be are under way gathers, and goes out when one is answered', async () => {
  const doubling = new Doubling()
  const questions = new Coalescer(doubling.run, { size: 10, inFlight: 2 })
  const asked: Promise<number>[] = []
  for (const number of [1, 2, 3, 4, 5]) {
    asked.push(questions.ask(number))
    await nextTurn()
  }
  assert.deepEqual(doubling.batches, [[1], [2]])
  await doubling.answer()
  assert.deepEqual(doubling.batches, [[1], [2], [3, 4, 5]])
  await doubling.answer()
  await doubling.answer()
  assert.deepEqual(await Promise.all(asked), [2, 4, 6, 8, 10])
})

test('a batch is no larger than it may be, and the rest goes out with the next', async () => {
  const doubling = new Doubling()
  const questions = new Coalescer(doubling.run, { size: 2, inFlight: 2 })
  const asked = Promise.all([1, 2, 3, 4, 5].map((number) => questions.ask(number)))
  await nextTurn()
  assert.deepEqual(doubling.batches, [
    [1, 2],
    [3, 4],
  ])
  for (let batch = 0; batch < 3; batch += 1) await doubling.answer()
  assert.deepEqual(await asked, [2, 4, 6, 8, 10])
})

test('a batch that fails fails each of its callers with an error of its own, and the next goes out', async () => {
  const cause = new Error('the cable was pulled')
  let fails = true
  const questions = new Coalescer(
    async (numbers: readonly number[]) => {
      if (fails) throw new StoreError('ERR_STORE_UNAVAILABLE', 'lost', { cause })
      return numbers
    },
    { size: 10, inFlight: 1 },
  )
  const answers = await Promise.allSettled([questions.ask(1), questions.ask(2)])
  const errors = answers.map((answer) => (answer.status === 'rejected' ? answer.reason : assert.fail()))
  for (const error of errors) {
    assert.ok(error instanceof StoreError)
    assert.equal(error.code, 'ERR_STORE_UNAVAILABLE')
    assert.equal(error.message, 'lost')
    assert.equal(error.cause, cause)
  }
  assert.notEqual(errors[0], errors[1])
  fails = false
  assert.equal(await questions.ask(3), 3)
})
