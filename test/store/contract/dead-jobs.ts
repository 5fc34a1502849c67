/** Jobs that were given up: kept for people to look at, tried again when they say so, deleted when they are old. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drain, ms, nameOf, namesOf, openedQueues, takeOne } from '../../support/queues.ts'
import type { StoreKind } from '../../support/stores.ts'

export function deadJobs(kind: StoreKind): void {
  test('a job that is buried is kept for people, and what stands behind it goes on', async () => {
    await using opened = await openedQueues(kind)
    const { queues, put, pass } = opened
    await put('a1', 'a2')
    await queues.retry(await takeOne(queues), ms(1_000), 'it failed')
    await pass(1_000)
    await queues.bury(await takeOne(queues), 'it failed again')
    assert.deepEqual(await queues.count('work'), { open: 1, dead: 1 })
    const [dead, ...others] = await queues.listDead('work', { limit: 10 })
    assert.deepEqual(others, [])
    const { id, buriedAt, ...rest } = dead ?? assert.fail('nobody is dead')
    assert.deepEqual(rest, { key: 'a', data: '{"name":"a1"}', attempts: 2, reason: 'it failed again' })
    assert.ok(id.length > 0 && Number.isSafeInteger(buriedAt))
    assert.deepEqual(await drain(queues), ['a2'])
    assert.equal(await queues.nextIn('work'), null)
  })

  test('the dead are listed in pages, the longest dead first, each queue its own', async () => {
    await using opened = await openedQueues(kind)
    const { queues, put } = opened
    await put('e1', 'd1', 'c1', 'b1', 'a1')
    for (const job of await queues.take('work', 10)) await queues.bury(job, 'it failed')
    const listed: string[] = []
    for (let after: string | undefined; ; ) {
      const page = await queues.listDead('work', { limit: 2, after })
      listed.push(...namesOf(page))
      if (page.length < 2) break
      after = page.at(-1)?.id
    }
    assert.deepEqual(listed, ['e1', 'd1', 'c1', 'b1', 'a1'])
    assert.deepEqual(namesOf(await queues.listDead('work', { limit: 10_000 })), listed)
    assert.deepEqual(await queues.listDead('other', { limit: 10 }), [])
  })

  test('some of the dead are tried again, behind what waits already, with attempts counted anew', async () => {
    await using opened = await openedQueues(kind)
    const { queues, put } = opened
    await put('a1', 'b1', 'c1')
    for (const job of await queues.take('work', 10)) await queues.bury(job, 'it failed')
    await put('b2')
    const dead = await queues.listDead('work', { limit: 10 })
    const some = dead.filter((job) => nameOf(job) !== 'a1').map(({ id }) => id)
    assert.equal(await queues.redrive('work', [...some, ...some, 'x']), 2)
    assert.equal(await queues.redrive('work', some), 0)
    assert.equal(await queues.redrive('work', []), 0)
    assert.equal(await queues.redrive('other', [dead[0]?.id ?? '']), 0)
    assert.deepEqual(namesOf(await queues.listDead('work', { limit: 10 })), ['a1'])
    const [b2, c1] = await queues.take('work', 10)
    assert.ok(b2 && c1)
    assert.deepEqual(namesOf([b2, c1]), ['b2', 'c1'])
    assert.equal(c1.attempt, 1)
    await queues.finish([b2, c1])
    assert.deepEqual(await drain(queues), ['b1'])
  })

  test('all the dead are tried again in the order they died, and none twice', async () => {
    await using opened = await openedQueues(kind)
    const { queues, put } = opened
    const names = Array.from({ length: 12 }, (_, place) => `a${place}`)
    await put(...names)
    for (const _ of names) await queues.bury(await takeOne(queues), 'it failed')
    const answers = await Promise.all([queues.redrive('work'), queues.redrive('work')])
    assert.equal(
      answers.reduce((sum, each) => sum + each, 0),
      12,
    )
    assert.deepEqual(await drain(queues), names)
    assert.equal(await queues.redrive('work'), 0)
  })

  test('what has been dead for long is deleted, the longest dead first, and at most so many', async () => {
    await using opened = await openedQueues(kind)
    const { queues, put, pass } = opened
    await put('a1', 'b1', 'c1', 'd1')
    const [a, b, c, d] = await queues.take('work', 10)
    assert.ok(a && b && c && d)
    for (const job of [a, b, c]) {
      await queues.bury(job, 'it failed')
      await pass(1_000)
    }
    const [first, , third] = await queues.listDead('work', { limit: 10 })
    assert.ok(first && third)
    assert.equal(await queues.deleteDead(first.buriedAt, 10), 1)
    assert.equal(await queues.deleteDead(first.buriedAt, 10), 0)
    assert.equal(await queues.deleteDead(third.buriedAt, 1), 1)
    assert.deepEqual(namesOf(await queues.listDead('work', { limit: 10 })), ['c1'])
    assert.deepEqual(await queues.count('work'), { open: 1, dead: 1 })
  })
}
