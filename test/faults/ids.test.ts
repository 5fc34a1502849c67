import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultPolicy } from '../../src/domain/policy.ts'
import { openTenure } from '../../src/service/open-tenure.ts'
import type { Tenure } from '../../src/service/tenure.ts'
import { ManualClock } from '../../src/simulation/index.ts'
import { openStore } from '../../src/store/open-store.ts'
import type { Store } from '../../src/store/port.ts'
import { interposedStore } from '../support/interposed-store.ts'
import { overStores } from '../support/stores.ts'

const UNKNOWN: Record<string, string> = {
  'with a NUL': 'sess_\u0000',
  'that goes on behind a NUL': 'sess_1\u0000',
  'of half a surrogate pair': 'sess_\ud800',
  'of 100 kB': 'x'.repeat(100_000),
  'that is empty': '',
}

const ASKED: Record<string, (tenure: Tenure, id: string) => Promise<unknown>> = {
  verify: async (tenure, id) => (await tenure.verify(id)).live,
  touch: async (tenure, id) => (await tenure.touch(id)).changed,
  end: async (tenure, id) => (await tenure.end(id)).changed,
  revoke: async (tenure, id) => (await tenure.revoke(id)).changed,
  remove: async (tenure, id) => (await tenure.remove(id)).changed,
  signOutClient: async (tenure, id) => (await tenure.signOutClient(id, 'end')).changed,
  getSession: async (tenure, id) => (await tenure.getSession(id)) !== null,
  getClient: async (tenure, id) => (await tenure.getClient(id)) !== null,
  revokeAll: async (tenure, id) => (await tenure.revokeAll({ userId: id })).revoked > 0,
  listSessions: async (tenure, id) => (await tenure.listSessions({ userId: id })).total > 0,
  listClients: async (tenure, id) => (await tenure.listClients({ userId: id })).total > 0,
  history: async (tenure, id) => (await tenure.history({ sessionId: id })).total > 0,
}

overStores((kind) => {
  test('an id that no session can have is unknown, and no error', async () => {
    await using opened = await kind.open(new ManualClock(1_000_000))
    const tenure = await openTenure({ store: opened.store, policy: defaultPolicy })
    // What a store that mends text would take two of them for.
    for (const id of ['sess_\ufffd', 'sess_1']) await tenure.signIn({ userId: id, sessionId: id })
    for (const [what, id] of Object.entries(UNKNOWN)) {
      for (const [how, ask] of Object.entries(ASKED))
        assert.equal(await ask(tenure, id), false, `${how} of an id ${what}`)
    }
    assert.equal((await tenure.verify('sess_\ufffd')).live, true)
  })
})

test('what is longer than any id goes to no store, where others would wait for it', async () => {
  await using store = await openStore('sqlite::memory:', new ManualClock(1_000_000))
  const asked: number[] = []
  const findSession: Store['findSession'] = (id) => {
    asked.push(id.length)
    return store.findSession(id)
  }
  const tenure = await openTenure({ store: interposedStore(store, { findSession }) })
  const longest = '\u{1f600}'.repeat(255)
  await tenure.signIn({ userId: 'user_1', sessionId: longest })
  assert.equal((await tenure.verify(longest)).live, true)
  assert.equal((await tenure.verify('x'.repeat(1_000_000))).live, false)
  assert.deepEqual(asked, [510, 0])
})
