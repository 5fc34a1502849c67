/** A commit of one session's row alone: whichever of its members changed is stored, and what the sweep goes by too. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../src/simulation/manual-clock.ts'
import type { StoredSession } from '../../src/store/port.ts'
import { at } from '../support/sessions.ts'
import { aNewClient, changeSession, dumpOf, put, readOne, write } from '../support/stored.ts'
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
})
