/** An import as a stream: what is durable when, where it goes on, and what others write meanwhile. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StoreError } from '../../../src/domain/errors.ts'
import type { SessionId } from '../../../src/domain/session.ts'
import { openTenure } from '../../../src/service/open-tenure.ts'
import { ManualClock } from '../../../src/simulation/manual-clock.ts'
import type { Store } from '../../../src/store/port.ts'
import { BORN, type Document, sdkClient, sdkSession } from '../../support/documents.ts'
import { imported, stateOf } from '../../support/imports.ts'
import { interposedStore } from '../../support/interposed-store.ts'
import { type OpenedService, openService, statuses } from '../../support/services.ts'
import { DAY } from '../../support/sessions.ts'
import { allOf, dumpOf } from '../../support/stored.ts'
import type { StoreKind } from '../../support/stores.ts'

/** A snapshot of a client of its own, with one session, changed so long after it was created. */
function snapshot(name: number | string, after = 0, parts: Document = {}): Document {
  const id = `client_${name}`
  const session = { id: `sess_${name}`, userId: `user_${name}`, clientId: id, updatedAt: BORN + after, ...parts }
  return sdkClient({ id, updatedAt: BORN + after }, [sdkSession(session)])
}

/** So many documents: clients that come up again and again, and each seventh document is rejected. */
const streamOf = (length: number): readonly unknown[] =>
  Array.from({ length }, (_, index) => {
    if (index % 7 === 6) return `{"id":${index}`
    return snapshot(index % 400, index, { status: index % 3 === 2 && index >= 700 ? 'ended' : 'active' })
  })

const REJECTED = 'rejected json-truncated:'

/** Imports until so many results were told, and then goes away. */
async function importSome({ tenure }: Pick<OpenedService, 'tenure'>, documents: readonly unknown[], count: number) {
  let last = -1
  if (count === 0) return last
  for await (const { index } of tenure.importClients(documents)) {
    last = index
    if (index + 1 === count) break
  }
  return last
}

/** A store that another writer is faster at, so many times, before a call of it. */
function raced(store: Store, call: 'commit' | 'change', writes: readonly (() => Promise<unknown>)[]): Store {
  const left = [...writes]
  const first = async () => {
    await left.shift()?.()
  }
  const commit: Store['commit'] = async (view, decision) => {
    await first()
    return store.commit(view, decision)
  }
  const change: Store['change'] = async (selection, decide) => {
    await first()
    return store.change(selection, decide)
  }
  return interposedStore(store, call === 'commit' ? { commit } : { change })
}

export function importStreams(kind: StoreKind): void {
  test('results come in the order of the stream, each after its document is durable', async () => {
    await using service = await openService(kind)
    const other = await service.opened.again()
    const stream = streamOf(1100)
    let expected = 0
    for await (const { index, id, result } of service.tenure.importClients(stream)) {
      assert.equal(index, expected)
      expected += 1
      assert.equal(result, index % 7 === 6 ? 'rejected' : 'imported')
      // Asked now and then: of every document it would take long.
      if (result !== 'imported' || index % 50 > 0) continue
      const session = await other.findSession(`sess_${id.slice('client_'.length)}` as SessionId)
      assert.ok((session.session?.updatedAt ?? 0) >= BORN + index)
    }
    assert.equal(expected, stream.length)
    assert.deepEqual(await allOf(service.tenure.audit()), [])
  })

  test('an import that was cut short and goes on behind its last result ends like one that was not', async () => {
    const stream = streamOf(1100)
    await using whole = await openService(kind)
    await imported(whole.tenure, stream)
    const state = stateOf(await dumpOf(whole.store))
    for (const count of [0, 1, 499, 500, 777]) {
      await using service = await openService(kind)
      const last = await importSome(service, stream, count)
      await imported(service.tenure, stream.slice(last + 1))
      assert.deepEqual(stateOf(await dumpOf(service.store)), state, `cut after ${count}`)
    }
  })

  test('an import whose stream fails has written what it told of, and whoever reads the stream is told why', async () => {
    await using service = await openService(kind)
    async function* failing() {
      for (let index = 0; index < 700; index += 1) yield snapshot(index)
      throw new Error('the network is gone')
    }
    let told = 0
    const run = async () => {
      for await (const _ of service.tenure.importClients(failing())) told += 1
    }
    await assert.rejects(run(), /the network is gone/)
    assert.equal(told, 500)
    assert.equal((await dumpOf(service.store)).clients.length, 500)
  })

  test('a stream is closed when whoever reads the results goes away', async () => {
    await using service = await openService(kind)
    let isClosed = false
    function* endless() {
      try {
        for (let index = 0; ; index += 1) yield snapshot(index)
      } finally {
        isClosed = true
      }
    }
    for await (const { index } of service.tenure.importClients(endless())) if (index === 3) break
    assert.ok(isClosed)
  })

  test('documents that are long are written a few at a time', async () => {
    await using service = await openService(kind)
    const long = (name: number) => ({ ...snapshot(name), note: 'x'.repeat(3 * 1024 * 1024) })
    let read = 0
    function* stream() {
      for (let index = 0; index < 5; index += 1) {
        read += 1
        yield long(index)
      }
    }
    const reads: number[] = []
    for await (const _ of service.tenure.importClients(stream())) reads.push(read)
    assert.deepEqual(reads, [3, 3, 3, 5, 5])
  })

  test('a batch that loses a race is decided anew on what is there then', async () => {
    await using service = await openService(kind)
    await imported(service.tenure, [snapshot('a'), snapshot('b')])
    service.clock.advanceBy(1)
    const store = raced(service.store, 'commit', [() => service.tenure.revoke('sess_a')])
    const racing = await service.over(store)
    const news = ['a', 'b', 'c'].map((name) => snapshot(name, 0, { lastActiveAt: BORN + 1 }))
    assert.deepEqual(await imported(racing, news), ['unchanged older:sess_a', 'imported ~sess_b', 'imported +sess_c'])
    assert.equal((await statuses(service.tenure))['sess_a'], 'revoked')
    assert.deepEqual(await allOf(service.tenure.audit()), [])
  })

  test('a batch that loses every race is written document by document, the one that is raced for with locks', async () => {
    await using service = await openService(kind)
    await imported(service.tenure, [snapshot('a'), snapshot('b')])
    const touch = async () => {
      service.clock.advanceBy(DAY / 24)
      await service.tenure.touch('sess_a')
    }
    let changes = 0
    // Twice for the batch, and three times for the one document before it takes locks.
    const racing = interposedStore(raced(service.store, 'commit', Array(5).fill(touch)), {
      change: (...of) => {
        changes += 1
        return service.store.change(...of)
      },
    })
    const news = [snapshot('a', DAY), snapshot('b', DAY), snapshot('c', DAY)]
    assert.deepEqual(await imported(await service.over(racing), news), [
      'imported ~sess_a',
      'imported ~sess_b',
      'imported +sess_c',
    ])
    if (service.store.authority === 'process') assert.equal(changes, 1)
    assert.deepEqual(await allOf(service.tenure.audit()), [])
  })

  test('a session that is purged between reading and writing stays out', async () => {
    await using service = await openService(kind)
    await imported(service.tenure, [snapshot('a', 0, { status: 'ended' })])
    service.clock.advanceBy(31 * DAY)
    const purge = () => service.tenure.purge()
    const lost = interposedStore(service.store, { commit: async () => false })
    const racing = await service.over(raced(lost, 'change', [purge]))
    const news = snapshot('a', DAY, { status: 'ended', actor: { sub: 'user_2' } })
    assert.deepEqual(await imported(racing, [news]), ['imported purged:sess_a'])
    assert.deepEqual(await statuses(service.tenure), {})
    assert.deepEqual(await allOf(service.tenure.audit()), [])
  })

  test('a purge that is written before the import of what it purged makes it decide anew', async () => {
    await using service = await openService(kind)
    await imported(service.tenure, [snapshot('a', 0, { status: 'ended' })])
    service.clock.advanceBy(31 * DAY)
    const store = raced(service.store, 'commit', [() => service.tenure.purge()])
    const news = snapshot('a', DAY, { status: 'ended', actor: { sub: 'user_2' } })
    assert.deepEqual(await imported(await service.over(store), [news]), ['imported purged:sess_a'])
    assert.deepEqual(await statuses(service.tenure), {})
  })

  test('where others are faster each time, the import says so, and what it told of is written', async () => {
    await using service = await openService(kind)
    const store = interposedStore(service.store, { commit: async () => false, change: async () => null })
    await assert.rejects(imported(await service.over(store), [snapshot('a'), snapshot('b')]), (error) => {
      return error instanceof StoreError && error.code === 'ERR_STORE_CONFLICT'
    })
    assert.deepEqual((await dumpOf(service.store)).clients, [])
  })

  test('where the database says what time it is, a stream is imported under its locks, and by its clock', async () => {
    await using opened = await kind.open(new ManualClock(BORN), { postgres: { clock: 'database' } })
    const { store } = opened
    const tenure = await openTenure({ store })
    const [began, stream] = [await store.now(), streamOf(60)]
    const results = await imported(tenure, stream)
    assert.deepEqual(
      results,
      stream.map((_, index) => (index % 7 === 6 ? REJECTED : `imported +sess_${index}`)),
    )
    assert.deepEqual(new Set(await imported(tenure, stream)), new Set(['unchanged', REJECTED]))
    const { items } = await tenure.history({ limit: 1000 })
    assert.ok(items.every(({ recordedAt }) => recordedAt >= began))
    assert.deepEqual(await allOf(tenure.audit()), [])
  })

  test('two imports of the same stream at once end like one', async () => {
    const stream = streamOf(900)
    await using whole = await openService(kind)
    await imported(whole.tenure, stream)
    await using service = await openService(kind)
    await Promise.all([imported(service.tenure, stream), imported(await service.again(), stream)])
    assert.deepEqual(stateOf(await dumpOf(service.store)), stateOf(await dumpOf(whole.store)))
    assert.deepEqual(await allOf(service.tenure.audit()), [])
  })
}
