/** What webhooks of Clerk's make of sessions and clients, in whatever order they come. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type IngestOutcome, ingestClerk } from '../../src/service/ingest-clerk.ts'
import { readWebhookSecret } from '../../src/service/svix.ts'
import {
  anEnvelope,
  aWebhookSession,
  signedHeaders,
  WEBHOOK_KEY,
  WEBHOOK_SECRET,
  type Wire,
} from '../support/clerk-webhooks.ts'
import {
  countedRandomness,
  type OpenedService,
  openService,
  type ServicePolicy,
  START,
  servicePolicy,
  story,
} from '../support/services.ts'
import { DAY, MINUTE } from '../support/sessions.ts'
import { overStores, sqliteMemory } from '../support/stores.ts'

let sent = 0

async function ingest(
  { store, clock }: OpenedService,
  event: Wire,
  policy: ServicePolicy = {},
): Promise<Extract<IngestOutcome, { taken: true }>> {
  sent += 1
  const body = Buffer.from(JSON.stringify(event))
  const headers = signedHeaders(body, clock.now(), { id: `msg_${sent}` })
  const dependencies = { store, policy: servicePolicy(policy), randomness: countedRandomness() }
  const outcome = await ingestClerk(dependencies, WEBHOOK_KEY, { headers, body })
  assert.ok(outcome.taken, JSON.stringify(outcome))
  return outcome
}

/** The life of a session of a client of its own, an event a minute. */
function aLife(name: string): readonly Wire[] {
  const ids = { id: `sess_${name}`, client_id: `client_${name}`, user_id: `user_${name}` }
  const statuses = ['active', 'pending', 'active', 'ended', 'removed'] as const
  const types = ['session.created', 'session.pending', 'session.updated', 'session.ended', 'session.removed'] as const
  return statuses.map((status, minute) => {
    const at = START + minute * MINUTE
    return anEnvelope(types[minute] as string, aWebhookSession({ ...ids, status, updated_at: at, last_active_at: at }))
  })
}

function ordersOf<T>(items: readonly T[]): readonly (readonly T[])[] {
  if (items.length < 2) return [items]
  return items.flatMap((item, index) => ordersOf(items.toSpliced(index, 1)).map((rest) => [item, ...rest]))
}

function subsetsOf<T>([first, ...rest]: readonly T[]): readonly (readonly T[])[] {
  if (first === undefined) return [[]]
  return subsetsOf(rest).flatMap((subset) => [subset, [first, ...subset]])
}

async function auditOf({ tenure }: OpenedService): Promise<readonly unknown[]> {
  const found = []
  for await (const difference of tenure.audit()) found.push(difference)
  return found
}

/** What is held of a client, without the names and the versions, which count the writes. */
async function stateOf({ store }: OpenedService, name: string): Promise<unknown> {
  const { clients } = await store.read({ clientIds: [`client_${name}` as never], sessions: 'all' })
  const text = JSON.stringify(clients, (key, value) => (['version', 'closedAt'].includes(key) ? undefined : value))
  return JSON.parse(text.replaceAll(`_${name}"`, '_x"'))
}

overStores((kind) => {
  test("all orders of a session's events leave what its newest says, and nothing dead comes back", async () => {
    await using service = await openService(kind)
    service.clock.advanceBy('PT1H')
    const orders = ordersOf([0, 1, 3, 4])
    let expected: unknown
    for (const [index, order] of orders.entries()) {
      const life = aLife(`o${index}`)
      let newest = -1
      for (const place of order) {
        const { result, sessions } = await ingest(service, life[place] as Wire)
        assert.equal(result, place > newest ? 'imported' : 'unchanged', order.join())
        if (place < newest) assert.deepEqual(sessions.kept, [{ sessionId: `sess_o${index}`, reason: 'older' }])
        newest = Math.max(newest, place)
      }
      const state = await stateOf(service, `o${index}`)
      expected ??= state
      assert.deepEqual(state, expected, order.join())
    }
    const [client] = expected as [
      { sessions: Wire[]; sessionIds: unknown; lastActiveSessionId: unknown; updatedAt: number },
    ]
    assert.deepEqual(
      [client.sessions[0]?.['status'], client.sessionIds, client.lastActiveSessionId],
      ['removed', [], null],
    )
    assert.equal(client.updatedAt, START + 4 * MINUTE)
    assert.deepEqual(await auditOf(service), [])
  })

  test('the ledger has each status when the webhook says that it came, and who told', async () => {
    await using service = await openService(kind)
    service.clock.advanceBy('PT1H')
    for (const event of aLife('a')) await ingest(service, event)
    assert.deepEqual(await story(service.tenure), [
      '0 sess_a v1 nothing -> active import by clerk',
      `${MINUTE} sess_a v2 active -> pending import by clerk`,
      `${2 * MINUTE} sess_a v3 pending -> active import by clerk`,
      `${3 * MINUTE} sess_a v4 active -> ended import by clerk`,
      `${4 * MINUTE} sess_a v5 ended -> removed import by clerk`,
    ])
  })

  test('news of a session that its deadline has ended since do not bring it back', async () => {
    await using service = await openService(kind)
    await ingest(service, anEnvelope('session.created', aWebhookSession()))
    service.clock.advanceBy('P8D')
    await service.tenure.sweep()
    const later = { updated_at: START + 8 * DAY, expire_at: START + 15 * DAY }
    const { result, sessions } = await ingest(service, anEnvelope('session.updated', aWebhookSession(later)))
    assert.deepEqual([result, sessions.kept], ['unchanged', [{ sessionId: 'sess_1', reason: 'dead' }]])
    assert.equal((await service.tenure.getSession('sess_1'))?.status, 'expired')
  })
})

test('all orders of any of the events leave what the newest of them says', async () => {
  await using service = await openService(sqliteMemory())
  service.clock.advanceBy('PT1H')
  for (const subset of subsetsOf([0, 1, 2, 3, 4]).filter(({ length }) => length > 0)) {
    let expected: unknown
    for (const order of ordersOf(subset)) {
      const name = `s${sent}`
      const life = aLife(name)
      for (const place of order) await ingest(service, life[place] as Wire)
      const state = await stateOf(service, name)
      expected ??= state
      assert.deepEqual(state, expected, order.join())
    }
  }
  assert.deepEqual(await auditOf(service), [])
})

test('all orders of the events of three sessions leave the same one last active', async () => {
  await using service = await openService(sqliteMemory())
  service.clock.advanceBy('PT1H')
  const orders = ordersOf([0, 1, 2, 3])
  for (const [index, order] of orders.entries()) {
    const name = `m${index}`
    const event = (session: string, minute: number, status: string, more: Wire = {}) => {
      const at = START + minute * MINUTE
      const ids = { id: `sess_${session}_${name}`, client_id: `client_${name}`, user_id: `user_${session}` }
      return anEnvelope(
        'session.created',
        aWebhookSession({ ...ids, status, last_active_at: at, updated_at: at, ...more }),
      )
    }
    const over = { updated_at: START + 9 * MINUTE }
    const events = [
      event('a', 1, 'active'),
      event('b', 3, 'active'),
      event('b', 3, 'ended', over),
      event('c', 2, 'pending'),
    ]
    for (const place of order) await ingest(service, events[place] as Wire)
    const client = await service.tenure.getClient(`client_${name}`)
    assert.equal(client?.lastActiveSessionId, `sess_c_${name}`, order.join())
    assert.equal(client?.updatedAt, START + 9 * MINUTE)
  }
  assert.deepEqual(await auditOf(service), [])
})

test("a secret as Clerk's dashboard shows it is the bytes that webhooks are signed with", () => {
  assert.deepEqual(readWebhookSecret(WEBHOOK_SECRET), WEBHOOK_KEY)
})

test('in single-session mode a revoked session leaves the list, and in the other it stays', async () => {
  for (const sessionMode of ['single', 'multi'] as const) {
    await using service = await openService(sqliteMemory(), { sessionMode })
    const revoked = anEnvelope('session.revoked', aWebhookSession({ status: 'revoked', updated_at: START + 1 }))
    await ingest(service, anEnvelope('session.created', aWebhookSession()), { sessionMode })
    await ingest(service, revoked, { sessionMode })
    const { clients } = await service.store.read({ clientIds: ['client_1' as never], sessions: 'all' })
    assert.deepEqual(clients[0]?.sessionIds, sessionMode === 'single' ? [] : ['sess_1'])
    assert.equal(clients[0]?.lastActiveSessionId, null)
  }
})

test('what its client was touched for here stays, and an older webhook changes nothing of it', async () => {
  await using service = await openService(sqliteMemory())
  await ingest(service, anEnvelope('session.created', aWebhookSession()))
  service.clock.advanceBy('PT10M')
  await service.tenure.touch('sess_1')
  const before = await service.tenure.readClient('client_1')
  const older = aWebhookSession({ status: 'pending', updated_at: START + 5 * MINUTE })
  const { result, sessions } = await ingest(service, anEnvelope('session.pending', older))
  assert.deepEqual([result, sessions.kept], ['unchanged', [{ sessionId: 'sess_1', reason: 'older' }]])
  assert.deepEqual(await service.tenure.readClient('client_1'), before)
})

/** The examples of Clerk's webhook description, which differ in type and status, and the first in some members. */
function clerksExample(type: string, status: string): Wire {
  const name = '2g7np7Hrk0SN6kj5EDMLDaKNL0S'
  const at = 1716883200000
  const isCreated = type === 'session.created'
  const activity = {
    ...{ object: 'session_activity', id: `activity_${name}`, device_type: 'desktop', is_mobile: false },
    ...{ browser_name: 'Chrome', browser_version: '128.0.0.0', ip_address: '192.168.1.100' },
    ...{ city: 'San Francisco', country: 'US' },
  }
  const data = {
    ...{ object: 'session', id: `sess_${name}`, user_id: `user_${name}`, user: { object: 'user', id: `user_${name}` } },
    ...{ client_id: `client_${name}`, actor: null, status },
    last_active_organization_id: isCreated ? `org_${name}` : null,
    last_active_at: at,
    latest_activity: isCreated ? activity : null,
    expire_at: 1716969600000,
    abandon_at: isCreated ? 1719475200000 : 1716969600000,
    ...{ updated_at: at, created_at: at },
  }
  return anEnvelope(type, data, 1716883200)
}

test("each example of Clerk's is taken, by itself and behind the others", async () => {
  const statuses = ['active', 'pending', 'ended', 'removed', 'revoked']
  const types = ['created', 'pending', 'ended', 'removed', 'revoked'].map((name) => `session.${name}`)
  const examples = types.map((type, index) => clerksExample(type, statuses[index] as string))
  for (const [index, example] of examples.entries()) {
    await using service = await openService(sqliteMemory())
    assert.equal((await ingest(service, example)).result, 'imported')
    const [session] = (await service.tenure.listSessions({})).items
    // Its deadlines fell in 2024: the one that is told first is `expired`.
    assert.equal(session?.status, index < 2 ? 'abandoned' : statuses[index])
    const { latestActivity, lastActiveOrganizationId } = session as unknown as Wire
    assert.equal(lastActiveOrganizationId, index === 0 ? 'org_2g7np7Hrk0SN6kj5EDMLDaKNL0S' : null)
    assert.equal((latestActivity as Wire | null)?.['city'], index === 0 ? 'San Francisco' : undefined)
    assert.deepEqual(await auditOf(service), [])
  }
  await using service = await openService(sqliteMemory())
  const results = []
  for (const example of examples) results.push((await ingest(service, example)).result)
  assert.deepEqual(results, ['imported', 'imported', 'imported', 'imported', 'unchanged'])
  assert.deepEqual(await auditOf(service), [])
})

test('a webhook as Clerk sent one in August 2026 is taken, without the members that it leaves out', async () => {
  await using service = await openService(sqliteMemory())
  const data = {
    ...{ object: 'session', id: 'sess_3HLxjFpWqzJRXBKnPrlb1QaoCaQ', client_id: 'client_3HLxjLzoSyd8Tfu9w267SuAZkmg' },
    ...{ user_id: 'user_3HJ8be6LTDr0iqQEayu6L0vrPx6', actor: null, status: 'active', created_at: 1785661283293 },
    ...{
      updated_at: 1785661283331,
      last_active_at: 1785661283293,
      expire_at: 1786266083293,
      abandon_at: 1788253283293,
    },
    user: null,
  }
  const { result, sessionId } = await ingest(service, anEnvelope('session.created', data, 1785661283333))
  assert.deepEqual([result, sessionId], ['imported', data.id])
  const session = await service.tenure.getSession(data.id)
  assert.deepEqual([session?.status, session?.expireAt], ['active', 1786266083293])
  const client = await service.tenure.getClient(data.client_id)
  assert.deepEqual([client?.createdAt, client?.updatedAt], [1785661283293, 1785661283331])
  assert.equal(client?.lastActiveSessionId, data.id)
})
