import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { type SeededRandomness, seededRandomness } from '../../src/simulation/seeded-randomness.ts'
import { xoshiro128 } from '../../src/simulation/xoshiro128.ts'
import '../support/seed.ts'

const drawn = (randomness: SeededRandomness, count = 8) => Array.from({ length: count }, () => randomness.integer(1e9))

test('the generator gives the numbers that its reference implementation gives', () => {
  // Of xoshiro128starstar.c 1.1, state {1, 2, 3, 4}; rand_xoshiro holds itself to the same ones.
  const next = xoshiro128([1, 2, 3, 4])
  const reference = [
    11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
  ]
  assert.deepEqual(
    reference.map(() => next()),
    reference,
  )
})

test('one seed is one sequence on every machine, be it text or the number written so; another seed is another', () => {
  const pinned = [844_895_617, 560_625_661]
  assert.deepEqual(drawn(seededRandomness('7'), 2), pinned)
  assert.deepEqual(drawn(seededRandomness(7)), drawn(seededRandomness('7')))
  assert.notDeepEqual(drawn(seededRandomness(8)), drawn(seededRandomness(7)))
  assert.deepEqual(seededRandomness(7).bytes(40), seededRandomness(7).bytes(40))
})

test('a stream is the same whatever is drawn beside it, and no two of them are alike', () => {
  const quiet = drawn(seededRandomness(7).fork('users'))
  const busy = seededRandomness(7)
  drawn(busy.fork('devices'), 100)
  drawn(busy, 100)
  const users = busy.fork('users')
  assert.deepEqual(drawn(users), quiet)
  const streams = [users, busy, ...['devices', '', 'users2'].map((name) => busy.fork(name)), users.fork('users')]
  assert.equal(new Set(streams.map((stream) => String(drawn(stream)))).size, streams.length)
})

test('no two paths of streams are one, however their names are cut', () => {
  const root = seededRandomness(7)
  assert.notDeepEqual(drawn(root.fork('a').fork('b')), drawn(root.fork('a,b')))
  assert.notDeepEqual(drawn(root.fork('a"').fork('b')), drawn(root.fork('a').fork('"b')))
  assert.notDeepEqual(drawn(seededRandomness('7"a').fork('')), drawn(seededRandomness('7').fork('"a')))
})

test('what is drawn lies within its bounds', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 1, max: 2 ** 53 - 1 }), (seed, below) => {
      const randomness = seededRandomness(seed)
      const integer = randomness.integer(below)
      assert.ok(Number.isInteger(integer) && integer >= 0 && integer < below)
      const float = randomness.float()
      assert.ok(float >= 0 && float < 1)
      assert.ok([1, 2, 3].includes(randomness.pick([1, 2, 3])))
      assert.equal(randomness.bytes(below % 50).length, below % 50)
    }),
  )
})

test('each integer below a bound is as likely, where a rest of a division would favour the small ones', () => {
  const randomness = seededRandomness(7)
  const below = 3 * 2 ** 30
  const rounds = 20_000
  let small = 0
  for (let round = 0; round < rounds; round += 1) if (randomness.integer(below) < 2 ** 30) small += 1
  // A third of them, within five standard deviations; by the rest of a division it would be half.
  assert.ok(Math.abs(small / rounds - 1 / 3) < 5 * Math.sqrt(2 / 9 / rounds), `${small} of ${rounds}`)
})

test('bytes and floats are spread evenly', () => {
  const randomness = seededRandomness(7)
  const counts = new Map<number, number>()
  for (const byte of randomness.bytes(256 * 100)) counts.set(byte, (counts.get(byte) ?? 0) + 1)
  assert.equal(counts.size, 256)
  for (const [byte, count] of counts) assert.ok(count > 50 && count < 150, `${byte} came ${count} times`)
  const floats = Array.from({ length: 10_000 }, () => randomness.float())
  const mean = floats.reduce((sum, each) => sum + each, 0) / floats.length
  assert.ok(Math.abs(mean - 1 / 2) < 5 / Math.sqrt(12 * floats.length), `${mean}`)
})

test('a bound that is none, and nothing to pick from, are told', () => {
  const randomness = seededRandomness(7)
  for (const below of [0, -1, 0.5, 2 ** 53, Number.NaN]) assert.throws(() => randomness.integer(below), TypeError)
  assert.throws(() => randomness.pick([]), TypeError)
})
