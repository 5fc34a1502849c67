/** Lists of sessions: by user, client and status, as of now, in pages. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { command, type OpenedClerk, openClerk, refused, signIn } from '../../support/clerk-sdk.ts'
import { DAY } from '../../support/sessions.ts'
import type { StoreKind } from '../../support/stores.ts'

/** Every status, each the session's that is named for it, an hour apart, the oldest first. */
const STATUSES = ['ended', 'removed', 'revoked', 'replaced', 'pending', 'active'] as const

async function signInOneOfEach(http: OpenedClerk): Promise<void> {
  const { clock } = http
  for (const status of STATUSES) {
    const session_id = `sess_${status}`
    const body = { user_id: 'user_ann', session_id, status: status === 'pending' ? 'pending' : 'active' }
    const { client_id: clientId } = await signIn(http, body)
    if (status === 'ended') await command(http, session_id, 'end')
    if (status === 'removed') await command(http, session_id, 'remove')
    if (status === 'revoked') await command(http, session_id, 'revoke')
    // By the same user's next session on the same client, which is over then.
    if (status === 'replaced') {
      const { id } = await signIn(http, { user_id: 'user_ann', session_id: 'sess_successor' }, clientId)
      await command(http, id, 'end')
    }
    clock.advanceBy('PT1H')
  }
}

export function lists(kind: StoreKind): void {
  async function idsOf({ clerk }: OpenedClerk, params: Parameters<typeof clerk.sessions.getSessionList>[0]) {
    const { data, totalCount } = await clerk.sessions.getSessionList(params)
    return [data.map(({ id }) => id.replace('sess_', '')), totalCount]
  }

  test('each status lists the sessions that have it, and what expires or is abandoned by the clock moves with no sweep', async () => {
    await using http = await openClerk(kind)
    const { clock } = http
    await signInOneOfEach(http)
    const all = [...STATUSES, 'expired', 'abandoned'] as const
    const byStatus = async () => {
      const entries = await Promise.all(
        all.map(async (status) => [status, (await idsOf(http, { status }))[0]] as const),
      )
      return Object.fromEntries(entries)
    }
    const closed = { ended: ['successor', 'ended'], removed: ['removed'], revoked: ['revoked'], replaced: ['replaced'] }
    const live = { active: ['active'], pending: ['pending'] }
    assert.deepEqual(await byStatus(), { ...closed, ...live, expired: [], abandoned: [] })
    const { expireAt, abandonAt } = await http.clerk.sessions.getSession('sess_active')
    clock.advanceTo(expireAt - 1)
    const none = { active: [], pending: [] }
    assert.deepEqual(await byStatus(), {
      ...closed,
      active: ['active'],
      pending: [],
      expired: ['pending'],
      abandoned: [],
    })
    clock.advanceTo(expireAt)
    assert.deepEqual(await byStatus(), { ...closed, ...none, expired: ['active', 'pending'], abandoned: [] })
    clock.advanceTo(abandonAt)
    assert.deepEqual(await byStatus(), { ...closed, ...none, expired: [], abandoned: ['active', 'pending'] })
  })

  test('a user’s list has that user’s sessions, a client’s that client’s, and both the ones of both', async () => {
    await using http = await openClerk(kind)
    const { clock } = http
    const { client_id: clientId } = await signIn(http, { user_id: 'user_ann', session_id: 'sess_1' })
    clock.advanceBy(1)
    await signIn(http, { user_id: 'user_bob', session_id: 'sess_2' }, clientId)
    clock.advanceBy(1)
    await signIn(http, { user_id: 'user_ann', session_id: 'sess_3' })
    assert.deepEqual(await idsOf(http, { userId: 'user_ann' }), [['3', '1'], 2])
    assert.deepEqual(await idsOf(http, { clientId }), [['2', '1'], 2])
    assert.deepEqual(await idsOf(http, { clientId, userId: 'user_ann' }), [['1'], 1])
    assert.deepEqual(await idsOf(http, { clientId, userId: 'user_ann', status: 'ended' }), [[], 0])
    assert.deepEqual(await idsOf(http, { userId: 'user_nobody' }), [[], 0])
    assert.deepEqual(await idsOf(http, {}), [['3', '2', '1'], 3])
  })

  test('pages are newest first and join to the whole, each with the total, and a page past the end is empty', async () => {
    await using http = await openClerk(kind)
    const { clock } = http
    const ids = Array.from({ length: 12 }, (_, index) => String(index).padStart(2, '0'))
    for (const id of ids) {
      await signIn(http, { user_id: 'user_ann', session_id: `sess_${id}` })
      clock.advanceBy(1)
    }
    const newest = ids.toReversed()
    assert.deepEqual(await idsOf(http, { userId: 'user_ann' }), [newest.slice(0, 10), 12])
    // What is falsy the SDK leaves out, so these are the defaults.
    assert.deepEqual(await idsOf(http, { userId: 'user_ann', limit: 0, offset: 0 }), [newest.slice(0, 10), 12])
    assert.ok(http.exchanges.every(({ path }) => path === '/v1/sessions?user_id=user_ann&paginated=true'))
    assert.deepEqual(await idsOf(http, { limit: 5, offset: 10 }), [newest.slice(10), 12])
    assert.deepEqual(await idsOf(http, { limit: 1, offset: 11 }), [['00'], 12])
    assert.deepEqual(await idsOf(http, { limit: 500 }), [newest, 12])
    assert.deepEqual(await idsOf(http, { limit: 3, offset: 12 }), [[], 12])
    clock.advanceBy(8 * DAY)
    assert.deepEqual(await idsOf(http, { status: 'expired', limit: 2, offset: 1 }), [newest.slice(1, 3), 12])
  })

  test('a limit over 500 or below one, an offset below zero, and a status that is none are refused by name', async () => {
    await using http = await openClerk(kind)
    const refusedWith = async (params: object) => {
      const { status, errors } = await refused(http.clerk.sessions.getSessionList(params))
      return [status, errors.map(({ code, meta }) => `${code} ${meta?.paramName}`)]
    }
    assert.deepEqual(await refusedWith({ limit: 501 }), [422, ['form_param_value_too_large limit']])
    assert.deepEqual(await refusedWith({ limit: -1 }), [422, ['form_param_value_invalid limit']])
    assert.deepEqual(await refusedWith({ offset: -1 }), [422, ['form_param_value_invalid offset']])
    assert.deepEqual(await refusedWith({ limit: 1.5 }), [422, ['form_param_type_invalid limit']])
    assert.deepEqual(await refusedWith({ status: 'dormant' }), [422, ['form_param_value_invalid status']])
  })
}
