/** A commit of one session's row alone: whichever of its members changed is stored, and what the sweep goes by too. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../src/simulation/manual-clock.ts'
import type { StoredSession } from '../../src/store/port.ts'
import { at } from '../support/sessions.ts'
import { aNewClient, changeSession, dumpOf, put, readOne, transitionOf, write } from '../support/stored.ts'
import { overStores } from '../support/stores.ts'

const CHANGES: Readonly<Record<string, { readonly parts: Partial<StoredSession>; readonly dueAt: number | null }>> = {
  'activity, and no deadline': { parts: { lastActiveAt: at(5), updatedAt: at(5) }, dueAt: 1000 },
  'the next deadline': { parts: { lastActiveAt: at(5), expireAt: at(1500) }, dueAt: 1500 },
  'the deadline after the next': { parts: { abandonAt: at(2500) }, dueAt: 1000 },
  'both deadlines': { parts: { expireAt: at(1500), abandonAt: at(2500) }, dueAt: 1500 },
  'a status that is due as before': { parts: { status: 'pending' }, dueAt: 1000 },
  'a status that is due later': { parts: { status: 'expired' }, dueAt: 2000 },
  'a status that is never due': { parts: { status: 'ended' }, dueAt: null },
  'the document': { parts: { document: { form: 'sdk', text: '{"id":"sess_a"}' } }, dueAt: 1000 },
}

overStores((kind) => {
  for (const [what, { parts, dueAt }] of Object.entries(CHANGES)) {
    test(`it stores ${what}`, async () => {
      await using opened = await kind.open(new ManualClock())
      const { store } = opened
      await put(store, aNewClient([{ name: 'a' }]))
      const change = changeSession(await readOne(store, 'a', { sessions: 'all' }), 'a', parts)
      assert.equal(await write(store, change), true)
      const { records } = await dumpOf(store)
      const [stored] = records
      assert.equal(stored?.dueAt, dueAt)
      assert.deepEqual(stored?.session, { document: null, ...change.after.sessions[0] })
    })
  }

  test('a touch with a row of the ledger is written with it and without its client, or not at all', async () => {
    await using opened = await kind.open(new ManualClock())
    const { store } = opened
    const [stored] = await put(store, aNewClient([{ name: 'a' }]))
    const [session] = stored?.sessions ?? []
    assert.ok(stored && session)
    const row = transitionOf(session, { from: 'active', cause: 'touch', at: at(5), recordedAt: at(5) })
    const change = changeSession(stored, 'a', { lastActiveAt: at(5), updatedAt: at(5) }, [row])
    assert.equal(await write(store, change), true)
    assert.equal((await readOne(store)).version, 1)
    const entries = async () =>
      (await store.listLedger({ limit: 9 })).rows.map(({ cause, version }) => [cause, version])
    const both = [
      ['sign-in', 1],
      ['touch', 2],
    ]
    assert.deepEqual(await entries(), both)
    assert.equal(await write(store, change), false, 'over a version that is gone')
    assert.deepEqual(await entries(), both)
  })
})
