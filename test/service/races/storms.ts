/** Many commands at once over several stores on one database, and what a command does that loses every race. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { audit } from '../../../src/service/audit.ts'
import { openTenure } from '../../../src/service/open-tenure.ts'
import type { Tenure } from '../../../src/service/tenure.ts'
import type { StoreOptions } from '../../../src/store/open-store.ts'
import type { Store } from '../../../src/store/port.ts'
import { type GatedCall, gatedStore } from '../../support/gated-store.ts'
import {
  countedRandomness,
  type OpenedService,
  openService,
  reasonOf,
  type ServicePolicy,
  START,
  servicePolicy,
  signedIn,
  statuses,
} from '../../support/services.ts'
import { allOf, dumpOf } from '../../support/stored.ts'
import type { StoreKind } from '../../support/stores.ts'

/** How many commands there are at once. */
const MANY = 64

interface Crowd extends AsyncDisposable {
  readonly service: OpenedService
  /** Gives commands at once, each by the next of four processes, and answers what came of them, counted. */
  atOnce(
    command: (tenure: Tenure, index: number) => Promise<Outcome>,
    times?: number,
  ): Promise<Readonly<Record<string, number>>>
}

type Outcome = { readonly changed: true } | { readonly changed: false; readonly reason: string }

async function aCrowd(kind: StoreKind, policy: ServicePolicy = {}, options: StoreOptions = {}): Promise<Crowd> {
  const service = await openService(kind, { touchInterval: 0, ...policy }, options)
  const others = await Promise.all([service.again(), service.again(), service.again()])
  const tenures = [service.tenure, ...others]
  return {
    service,
    async atOnce(command, times = MANY) {
      const all = Array.from({ length: times }, (_, index) => command(tenures[index % 4] as Tenure, index))
      const counts: Record<string, number> = {}
      for (const outcome of await Promise.all(all)) counts[reasonOf(outcome)] = (counts[reasonOf(outcome)] ?? 0) + 1
      return counts
    },
    async [Symbol.asyncDispose]() {
      try {
        assert.deepEqual(await allOf(audit({ store: service.store })), [])
      } finally {
        await service[Symbol.asyncDispose]()
      }
    },
  }
}

/** How many sessions have each status. */
async function countStatuses({ tenure }: OpenedService): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {}
  for (const status of Object.values(await statuses(tenure))) counts[status] = (counts[status] ?? 0) + 1
  return counts
}

export function storms(kind: StoreKind): void {
  for (const [command, to] of [
    ['end', 'ended'],
    ['revoke', 'revoked'],
    ['remove', 'removed'],
    ['requireTask', 'pending'],
  ] as const) {
    test(`of ${MANY} times ${command} at once one did it, and the others found it done`, async () => {
      await using crowd = await aCrowd(kind)
      const { tenure } = crowd.service
      const { id } = await signedIn(tenure, 'ann')
      assert.deepEqual(await crowd.atOnce((each) => each[command](id)), { changed: 1, repeated: MANY - 1 })
      const { items } = await tenure.history()
      assert.deepEqual(
        items.map((entry) => [entry.to, entry.version]),
        [
          ['active', 1],
          [to, 2],
        ],
      )
    })
  }

  test(`of ${MANY} sign-ins of one user on one client at once each was in, and one is left`, async () => {
    await using crowd = await aCrowd(kind)
    const { clientId } = await signedIn(crowd.service.tenure, 'ben')
    const signIn = (each: Tenure) => each.signIn({ userId: 'ann', clientId })
    assert.deepEqual(await crowd.atOnce(signIn), { changed: MANY })
    assert.deepEqual(await countStatuses(crowd.service), { active: 2, replaced: MANY - 1 })
  })

  test(`of ${MANY} sign-ins at once under one id one was in, on a new client or on one there is`, async () => {
    await using crowd = await aCrowd(kind)
    const { clientId } = await signedIn(crowd.service.tenure, 'ben')
    const expected = { changed: 1, repeated: MANY - 1 }
    assert.deepEqual(await crowd.atOnce((each) => each.signIn({ userId: 'ann', sessionId: 'mine' })), expected)
    const onClient = (each: Tenure) => each.signIn({ userId: 'ann', sessionId: 'other', clientId })
    assert.deepEqual(await crowd.atOnce(onClient), expected)
    assert.equal((await crowd.service.tenure.listClients()).total, 2)
  })

  test(`of ${MANY} sign-ins at once on clients of their own a maximum lets three through, where it rejects`, async () => {
    await using crowd = await aCrowd(kind, { maximumSessionsPerUser: 3, onOverflow: 'reject' })
    const counts = await crowd.atOnce((each) => each.signIn({ userId: 'ann' }))
    assert.deepEqual(counts, { changed: 3, 'too-many-sessions': MANY - 3 })
    assert.deepEqual(await countStatuses(crowd.service), { active: 3 })
  })

  test(`of ${MANY} sign-ins at once on clients of their own a maximum leaves three, where it replaces`, async () => {
    await using crowd = await aCrowd(kind, { maximumSessionsPerUser: 3, onOverflow: 'replace-oldest' })
    assert.deepEqual(await crowd.atOnce((each) => each.signIn({ userId: 'ann' })), { changed: MANY })
    assert.deepEqual(await countStatuses(crowd.service), { active: 3, replaced: MANY - 3 })
  })

  test(`of ${MANY - 1} touches at once with a revoke each is done or refused, and it stays revoked`, async () => {
    await using crowd = await aCrowd(kind, { inactivityTimeout: 1_000 })
    const { tenure, clock } = crowd.service
    const { id } = await signedIn(tenure, 'ann')
    clock.advanceBy(1)
    const counts = await crowd.atOnce((each, index) => (index === MANY / 2 ? each.revoke(id) : each.touch(id)))
    assert.deepEqual(
      Object.keys(counts).filter((reason) => !['changed', 'repeated', 'revoked'].includes(reason)),
      [],
    )
    assert.deepEqual(await tenure.verify(id), { live: false, reason: 'revoked', since: START + 1 })
    assert.equal((await tenure.history()).items.filter(({ cause }) => cause === 'revoke').length, 1)
  })

  test(`of ${MANY} sessions of a client, ended all at once, each ends, and nobody is last active`, async () => {
    await using crowd = await aCrowd(kind)
    const { tenure } = crowd.service
    const { clientId } = await signedIn(tenure, 'u0', { sessionId: 's0' })
    for (let index = 1; index < MANY; index += 1)
      await signedIn(tenure, `u${index}`, { sessionId: `s${index}`, clientId })
    assert.deepEqual(await crowd.atOnce((each, index) => each.end(`s${index}`)), { changed: MANY })
    const client = await tenure.getClient(clientId)
    assert.deepEqual([client?.lastActiveSessionId, client?.version], [null, 2 * MANY])
  })

  // There every command locks first, and none of them is decided twice.
  if (kind.isServed) {
    test("by the server's clock, 16 sign-ins at once on clients of their own leave as many as the maximum", async () => {
      const options = { postgres: { clock: 'database' } } as const
      await using crowd = await aCrowd(kind, { maximumSessionsPerUser: 3, onOverflow: 'replace-oldest' }, options)
      assert.deepEqual(await crowd.atOnce((each) => each.signIn({ userId: 'ann' }), 16), { changed: 16 })
      assert.deepEqual(await countStatuses(crowd.service), { active: 3, replaced: 13 })
    })
  }

  test('commands of every kind at once leave a ledger that accounts for every row', async () => {
    await using crowd = await aCrowd(kind, { maximumSessionsPerUser: 2, onOverflow: 'replace-oldest' })
    const { tenure, clock } = crowd.service
    const first = await signedIn(tenure, 'u0', { sessionId: 's0' })
    const { clientId } = first
    const second = await signedIn(tenure, 'u1', { sessionId: 's1' })
    clock.advanceBy(1)
    const commands: readonly ((each: Tenure, index: number) => Promise<Outcome>)[] = [
      (each, index) => each.touch(`s${index % 9}`),
      (each, index) => each.signIn({ userId: `u${index % 3}`, clientId, sessionId: `s${index}` }),
      (each, index) => each.signIn({ userId: `u${index % 3}`, clientId: second.clientId, sessionId: `s${index}` }),
      (each, index) => each.requireTask(`s${index % 5}`),
      (each, index) => each.completeTasks(`s${index % 5}`),
      (each, index) => each.revokeAll({ userId: `u${index % 2}` }).then(() => ({ changed: true }) as const),
      (each, index) => each.end(`s${index % 7}`),
      (each) => each.signOutClient(clientId, 'end'),
      (each) => each.sweep().then(() => ({ changed: true }) as const),
    ]
    await crowd.atOnce(
      (each, index) => (commands[index % commands.length] ?? commands[0])?.(each, index) as Promise<Outcome>,
    )
    for (const user of ['u0', 'u1', 'u2']) {
      const { total } = await tenure.listSessions({ userId: user, status: ['active', 'pending'] })
      assert.ok(total <= 2, `${user} has ${total} live sessions`)
    }
  })

  /** Every command that writes, on a client that holds the session `mine` of `ann`. */
  const writes: Readonly<Record<string, (tenure: Tenure, clientId: string) => Promise<unknown>>> = {
    signIn: (tenure, clientId) => tenure.signIn({ userId: 'ben', clientId }),
    touch: (tenure) => tenure.touch('mine'),
    requireTask: (tenure) => tenure.requireTask('mine'),
    end: (tenure) => tenure.end('mine'),
    remove: (tenure) => tenure.remove('mine'),
    revoke: (tenure) => tenure.revoke('mine'),
    'revokeAll of a user': (tenure) => tenure.revokeAll({ userId: 'ann' }),
    'revokeAll of a client': (tenure, clientId) => tenure.revokeAll({ clientId }),
    signOutClient: (tenure, clientId) => tenure.signOutClient(clientId, 'end'),
  }

  for (const [name, command] of Object.entries(writes)) {
    test(`${name} gives up where others are first each time, after so many tries, with nothing written`, async () => {
      await using service = await openService(kind, { touchInterval: 0 })
      const { clientId } = await signedIn(service.tenure, 'ann', { sessionId: 'mine' })
      service.clock.advanceBy(1)
      const calls: GatedCall[] = []
      const losing = await overLosing(service, calls, {
        commits: Number.POSITIVE_INFINITY,
        changes: Number.POSITIVE_INFINITY,
      })
      const before = await dumpOf(service.store)
      await assert.rejects(command(losing, clientId), { code: 'ERR_STORE_CONFLICT', isRetryable: true })
      const written = calls.filter((call) => call !== 'findOpenOfUser')
      assert.deepEqual(written, ['read', 'commit', 'read', 'commit', 'read', 'commit', 'change', 'change', 'change'])
      assert.deepEqual(await dumpOf(service.store), before)
    })

    test(`${name} has its turn with the rows locked, where others were first each time before`, async () => {
      await using service = await openService(kind, { touchInterval: 0 })
      const { clientId } = await signedIn(service.tenure, 'ann', { sessionId: 'mine' })
      service.clock.advanceBy(1)
      const before = await dumpOf(service.store)
      await command(await overLosing(service, [], { commits: 3, changes: 2 }), clientId)
      assert.notDeepEqual(await dumpOf(service.store), before)
      assert.deepEqual(await allOf(audit({ store: service.store })), [])
    })
  }
}

/** Tenure over a store on which others are first, so many times. */
async function overLosing(
  { store, clock }: OpenedService,
  calls: GatedCall[],
  lost: { readonly commits: number; readonly changes: number },
): Promise<Tenure> {
  let { commits, changes } = lost
  const losing: Store = gatedStore(store, async (call, run) => {
    calls.push(call)
    if (call === 'commit' && commits-- > 0) return false
    if (call === 'change' && changes-- > 0) return null
    return run()
  })
  return openTenure({
    store: losing,
    clock,
    policy: servicePolicy({ touchInterval: 0 }),
    randomness: countedRandomness(),
  })
}
