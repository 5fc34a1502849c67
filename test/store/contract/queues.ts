/** Work that is kept until it is done: in order by key, by one at a time, again where it failed, and given up at last. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../../src/simulation/manual-clock.ts'
import { aJob, aPlace, drain, LEASE, ms, namesOf, openedQueues, takeOne } from '../../support/queues.ts'
import type { StoreKind } from '../../support/stores.ts'

const ODD_KEYS = [
  ...["'", '"', '\\', '%', '$1', '?1', ':p1', '{a,b}', 'NULL', ' ', '\t\r\n', '\u0001', '\u007f', 'é', 'e\u0301'],
  ...['\u2028', '\ufffd', '\uffff', '\u{1f600}', 'x'.repeat(255), '\u{1f600}'.repeat(255)],
] as const

const NO_KEYS = ['', '\0', 'a\0b', '\ud800', '\udc00a', 'x'.repeat(256), '\u{1f600}'.repeat(256)] as const

const NO_QUEUES = ['', ' ', 'a b', 'a/b', 'a/dead', "a'b", 'é', 'x'.repeat(101)] as const

const ODD_DATA = [
  '{}',
  '{"b":1,"a":2,"10":3,"2":4,"b":5}',
  '{"large":12345678901234567890,"tiny":1e-400,"exact":0.10}',
  '{ "spaced" : [ ] }\n',
  '{"text":"é \u{1f600} \uffff \u2028 \\u0000 \\ud800 \\" \\\\ \' $1 ? %s"}',
  `{"long":"${'0123456789'.repeat(20_000)}"}`,
] as const

export function queues(kind: StoreKind): void {
  test('jobs of one key are taken one at a time, in the order they were put in', async () => {
    await using opened = await openedQueues(kind)
    const { queues, put } = opened
    await put('a1', 'a2', 'a3')
    await put('a4')
    const first = await queues.take('work', 10)
    assert.deepEqual(namesOf(first), ['a1'])
    assert.deepEqual(await queues.take('work', 10), [])
    await queues.finish(first)
    assert.deepEqual(await drain(queues, 'work', 10), ['a2', 'a3', 'a4'])
    assert.deepEqual(await queues.count('work'), { open: 0, dead: 0 })
  })

  test('jobs of different keys do not wait for each other, and the longest waiting comes first', async () => {
    await using opened = await openedQueues(kind)
    const { queues, put, pass } = opened
    await put('a1', 'a2', 'b1')
    await pass(10)
    await put('c1', 'b2')
    assert.deepEqual(namesOf(await queues.take('work', 2)), ['a1', 'b1'])
    assert.deepEqual(namesOf(await queues.take('work', 10)), ['c1'])
    assert.deepEqual(namesOf(await queues.take('work', 10)), [])
  })

  test('of hundreds that are put in at once, each key keeps its order', async () => {
    await using opened = await openedQueues(kind)
    const { queues, put } = opened
    const names = Array.from({ length: 200 }, (_, place) => `${'abcdefgh'[place % 8]}${place}`)
    await put(...names)
    const done = await drain(queues, 'work', 10)
    const ofKey = (key: string, all: readonly string[]) => all.filter((name) => name.startsWith(key))
    for (const key of 'abcdefgh') assert.deepEqual(ofKey(key, done), ofKey(key, names))
  })

  test('a job is what was put in, to the last character, whatever its key and its data', async () => {
    await using opened = await openedQueues(kind)
    const { queues, store } = opened
    const jobs = ODD_KEYS.map((key, place) => {
      return { queue: 'A-z_0.9', key, data: ODD_DATA[place % ODD_DATA.length] ?? '{}' }
    })
    assert.equal(await queues.put({ jobs, publications: [], place: aPlace() }), true)
    const taken = await queues.take('A-z_0.9', 100)
    assert.deepEqual(
      taken.map(({ queue, key, data, attempt }) => ({ queue, key, data, attempt })),
      jobs.map((job) => ({ ...job, attempt: 1 })),
    )
    assert.equal(new Set(taken.map(({ id }) => id)).size, jobs.length)
    for (const job of taken) await queues.bury(job, `reason of ${job.key} \0 \ud800`)
    const dead = await queues.listDead('A-z_0.9', { limit: 100 })
    assert.deepEqual(
      dead.map(({ key, data, attempts, reason }) => ({ key, data, attempts, reason })),
      jobs.map(({ key, data }) => ({ key, data, attempts: 1, reason: `reason of ${key} \ufffd \ufffd` })),
    )
    assert.equal(await queues.redrive('A-z_0.9'), jobs.length)
    const again = await queues.take('A-z_0.9', 100)
    assert.deepEqual(
      again.map(({ key, data }) => ({ key, data })),
      jobs.map(({ key, data }) => ({ key, data })),
    )
    assert.equal((await store.findItem('place', 'relay'))?.version, 1)
  })

  test('a lone surrogate in data comes back escaped, which means the same', async () => {
    await using opened = await openedQueues(kind)
    const jobs = [{ ...aJob('a1'), data: '{"name":"a\ud800b"}' }]
    assert.equal(await opened.queues.put({ jobs, publications: [], place: aPlace() }), true)
    assert.equal((await takeOne(opened.queues)).data, '{"name":"a\\ud800b"}')
  })

  test('a queue and a key that none can have are misuse, and nothing is put in', async () => {
    await using opened = await openedQueues(kind)
    const { queues, store } = opened
    const jobs = [
      ...NO_KEYS.map((key) => ({ ...aJob('a1'), key })),
      ...NO_QUEUES.map((queue) => ({ ...aJob('a1'), queue })),
    ]
    for (const job of jobs) {
      await assert.rejects(queues.put({ jobs: [aJob('b1'), job], publications: [], place: aPlace() }), TypeError)
    }
    for (const queue of NO_QUEUES) {
      await assert.rejects(queues.take(queue, 1), TypeError)
      await assert.rejects(queues.nextIn(queue), TypeError)
      await assert.rejects(queues.listDead(queue, { limit: 1 }), TypeError)
      await assert.rejects(queues.redrive(queue), TypeError)
      await assert.rejects(queues.count(queue), TypeError)
      await assert.rejects(queues.remove(queue), TypeError)
    }
    for (const limit of [0, -1, 1.5, Number.NaN]) {
      await assert.rejects(queues.take('work', limit), TypeError)
      await assert.rejects(queues.listDead('work', { limit }), TypeError)
    }
    await assert.rejects(queues.put({ jobs: [aJob('b1')], publications: [], place: aPlace({ id: '' }) }), TypeError)
    assert.deepEqual(await queues.count('work'), { open: 0, dead: 0 })
    assert.deepEqual(await store.listItems('place'), [])
  })

  test('what is put in, and the place, are written together or not at all', async () => {
    await using opened = await openedQueues(kind)
    const { queues, store } = opened
    const put = (name: string, version: number) =>
      queues.put({ jobs: [aJob(name)], publications: [], place: aPlace({ version, value: `"${name}"` }) })
    assert.equal(await put('a1', 0), true)
    assert.equal(await put('a2', 0), false)
    assert.equal(await put('a3', 1), true)
    assert.equal(await put('a4', 1), false)
    assert.equal(await put('a5', 7), false)
    assert.deepEqual(await store.listItems('place'), [aPlace({ version: 2, value: '"a3"' })])
    assert.deepEqual(await drain(queues), ['a1', 'a3'])
  })

  test('of several that put in over one place one does', async () => {
    await using opened = await openedQueues(kind)
    const others = [opened.queues, ...(await Promise.all([opened.again(), opened.again()]))]
    for (const version of [0, 1]) {
      const puts = others.map((queues, who) =>
        queues.put({ jobs: [aJob(`a${who}`)], publications: [], place: aPlace({ version }) }),
      )
      assert.equal((await Promise.all(puts)).filter((isWritten) => isWritten).length, 1)
    }
    assert.deepEqual(await opened.queues.count('work'), { open: 2, dead: 0 })
  })

  test('a lease that has ended gives the job to the next, and counts as an attempt', async () => {
    await using opened = await openedQueues(kind)
    const { queues, put, pass } = opened
    await put('a1', 'a2')
    const first = await takeOne(queues)
    assert.equal(first.attempt, 1)
    await pass(LEASE - 1_000)
    assert.deepEqual(await queues.take('work', 10), [])
    await pass(1_000)
    const second = await takeOne(queues)
    assert.deepEqual(second, { ...first, attempt: 2 })
    assert.deepEqual(await queues.take('work', 10), [])
    await queues.finish([second])
    assert.deepEqual(await drain(queues), ['a2'])
  })

  test('whoever comes late finishes, retries and buries nothing of what another has taken since', async () => {
    await using opened = await openedQueues(kind)
    const { queues, put, pass } = opened
    await put('a1', 'a2')
    const late = await takeOne(queues)
    await pass(LEASE)
    const taken = await takeOne(queues)
    await queues.finish([late])
    await queues.retry(late, ms(1_000), 'late')
    await queues.bury(late, 'late')
    assert.deepEqual(await queues.count('work'), { open: 2, dead: 0 })
    assert.deepEqual(await queues.take('work', 10), [])
    const next = await queues.nextIn('work')
    assert.ok(next !== null && next > LEASE - 2_000 && next <= LEASE, `in ${next}`)
    await queues.retry(taken, ms(60_000), 'it failed')
    await queues.retry(late, ms(1_000), 'late')
    const retried = await queues.nextIn('work')
    assert.ok(retried !== null && retried > 50_000, `in ${retried}`)
    await pass(60_000)
    const again = await takeOne(queues)
    assert.equal(again.attempt, 3)
    await queues.finish([again])
    assert.deepEqual(await drain(queues), ['a2'])
    // Nor of what is gone.
    await queues.finish([taken, late])
    await queues.retry(taken, ms(1_000), 'gone')
    await queues.bury(taken, 'gone')
    assert.deepEqual(await queues.count('work'), { open: 0, dead: 0 })
  })

  test('what is no id of the store is nobody, and what is finished beside it is finished', async () => {
    await using opened = await openedQueues(kind)
    const { queues, put } = opened
    await put('a1', 'b1')
    const [a, b] = await queues.take('work', 2)
    assert.ok(a && b)
    const others = ['', 'x', '0', '-1', '1e3', '9'.repeat(30), '00000000-0000-0000-0000-000000000000', "'", '\0']
    for (const id of others) {
      await queues.finish([{ ...a, id }])
      await queues.retry({ ...a, id }, ms(1_000), 'nobody')
      await queues.bury({ ...a, id }, 'nobody')
      assert.equal(await queues.redrive('work', [id]), 0)
    }
    for (const job of [
      { ...a, attempt: 2 },
      { ...a, queue: 'other' },
    ])
      await queues.finish([job])
    assert.deepEqual(await queues.count('work'), { open: 2, dead: 0 })
    await queues.finish([{ ...a, id: 'x' }, b, a])
    assert.deepEqual(await queues.count('work'), { open: 0, dead: 0 })
    await queues.finish([])
  })

  test('a job that failed waits for its delay, and what stands behind it under its key waits with it', async () => {
    await using opened = await openedQueues(kind)
    const { queues, put, pass } = opened
    await put('a1', 'a2', 'b1')
    const a = await takeOne(queues)
    await queues.retry(a, ms(60_000), 'it failed')
    assert.deepEqual(await drain(queues), ['b1'])
    const next = await queues.nextIn('work')
    assert.ok(next !== null && next > 50_000 && next <= 60_000, `in ${next}`)
    await pass(50_000)
    assert.deepEqual(await queues.take('work', 10), [])
    await pass(10_000)
    const again = await takeOne(queues)
    assert.deepEqual(again, { ...a, attempt: 2 })
    await queues.retry(again, ms(1), 'it failed')
    await pass(1_000)
    assert.deepEqual(await drain(queues), ['a1', 'a2'])
  })

  test('two who take at once never have the same job, nor two of one key', async () => {
    await using opened = await openedQueues(kind)
    const others = [opened.queues, ...(await Promise.all([opened.again(), opened.again()]))]
    await opened.put(...Array.from({ length: 40 }, (_, place) => `${'abcdefgh'[place % 8]}${place}`))
    const done: string[] = []
    while (done.length < 40) {
      const taken = (await Promise.all(others.map((queues) => queues.take('work', 3)))).flat()
      assert.ok(taken.length > 0, `only ${done.length} were ever there`)
      assert.equal(new Set(taken.map(({ key }) => key)).size, taken.length)
      done.push(...namesOf(taken))
      await Promise.all(taken.map((job, place) => others[place % others.length]?.finish([job])))
    }
    assert.equal(new Set(done).size, 40)
    assert.deepEqual(await opened.queues.count('work'), { open: 0, dead: 0 })
  })

  test('it is known in how long something may be there', async () => {
    await using opened = await openedQueues(kind)
    const { queues, put, pass } = opened
    assert.equal(await queues.nextIn('work'), null)
    await put('a1', 'a2', 'b1')
    assert.equal(await queues.nextIn('work'), 0)
    const [a, b] = await queues.take('work', 2)
    assert.ok(a && b)
    const taken = await queues.nextIn('work')
    assert.ok(taken !== null && taken > LEASE - 2_000 && taken <= LEASE, `in ${taken}`)
    await queues.retry(b, ms(2_000), 'it failed')
    const retried = await queues.nextIn('work')
    assert.ok(retried !== null && retried > 0 && retried <= 2_000, `in ${retried}`)
    await queues.finish([a])
    assert.equal(await queues.nextIn('work'), 0)
    assert.deepEqual(await drain(queues), ['a2'])
    await pass(2_000)
    assert.equal(await queues.nextIn('work'), 0)
  })

  test('queues do not know of each other, and one that is removed is gone with its dead, and may be made again', async () => {
    await using opened = await openedQueues(kind)
    const { queues, store } = opened
    const other = await opened.again()
    const put = async (...names: readonly string[]) => {
      const jobs = names.flatMap((name) => [aJob(name), aJob(name, 'other')])
      const place = (await store.findItem('place', 'relay')) ?? aPlace()
      assert.equal(await queues.put({ jobs, publications: [], place }), true)
    }
    await put('a1', 'a2', 'b1')
    await queues.bury(await takeOne(queues), 'it failed')
    const taken = await takeOne(queues)
    await other.remove('work')
    await other.remove('work')
    await other.remove('nobody')
    assert.deepEqual(await queues.count('work'), { open: 0, dead: 0 })
    assert.deepEqual(await queues.listDead('work', { limit: 10 }), [])
    assert.deepEqual(await queues.take('work', 10), [])
    await queues.finish([taken])
    await queues.retry(taken, ms(1_000), 'gone')
    await queues.bury(taken, 'gone')
    assert.deepEqual(await queues.count('other'), { open: 3, dead: 0 })
    await put('a3')
    assert.deepEqual(await drain(queues), ['a3'])
    await queues.bury(await takeOne(queues, 'other'), 'it failed')
    assert.deepEqual(await queues.count('other'), { open: 3, dead: 1 })
  })

  test('a queue that is not there is empty', async () => {
    await using opened = await openedQueues(kind)
    const { queues } = opened
    assert.deepEqual(await queues.take('nobody', 10), [])
    assert.deepEqual(await queues.count('nobody'), { open: 0, dead: 0 })
    assert.deepEqual(await queues.listDead('nobody', { limit: 10 }), [])
    assert.equal(await queues.redrive('nobody'), 0)
    assert.equal(await queues.nextIn('nobody'), null)
  })

  test('nothing is asked of queues that are closed, and a store is closed with its queues', async () => {
    await using opened = await kind.open(new ManualClock())
    const queues = await opened.store.openQueues()
    const others = await opened.store.openQueues()
    await queues.close()
    await queues[Symbol.asyncDispose]()
    await assert.rejects(async () => queues.take('work', 1), { code: 'ERR_STORE_CLOSED' })
    assert.deepEqual(await others.take('work', 1), [])
    await opened.store.close()
    await assert.rejects(async () => others.take('work', 1), { code: 'ERR_STORE_CLOSED' })
    await assert.rejects(async () => opened.store.openQueues(), { code: 'ERR_STORE_CLOSED' })
  })
}
