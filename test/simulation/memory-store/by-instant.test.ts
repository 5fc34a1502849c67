import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ByInstant } from '../../../src/simulation/memory-store/by-instant.ts'
import { seededRandomness } from '../../../src/simulation/seeded-randomness.ts'

test('ids by an instant are those of a sorted list, however often each is set, taken away and set again', () => {
  const randomness = seededRandomness('by instant')
  const index = new ByInstant<number>()
  const plain = new Map<number, number>()
  for (let round = 0; round < 3000; round += 1) {
    const id = randomness.integer(40)
    const at = randomness.integer(30)
    const what = randomness.integer(4)
    if (what === 0) {
      index.delete(id)
      plain.delete(id)
    } else if (what === 1) {
      index.set(id, null)
      plain.delete(id)
    } else {
      index.set(id, at)
      plain.set(id, at)
    }
    const instant = randomness.integer(30)
    const due = [...plain].filter(([, each]) => each <= instant)
    assert.deepEqual([...index.upTo(instant, 100)].sort(), due.map(([each]) => each).sort())
    const few = index.upTo(instant, 3).map((each) => plain.get(each) as number)
    const earliest = due.map(([, each]) => each).sort((a, b) => a - b)
    assert.deepEqual(few, earliest.slice(0, 3), 'the earliest first')
    assert.equal(index.earliest(), plain.size === 0 ? null : Math.min(...plain.values()))
    assert.equal(index.get(id), plain.get(id) ?? null)
  }
})
