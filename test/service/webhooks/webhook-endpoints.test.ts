import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { endpointDescription, endpointUrl } from '../../../src/service/webhooks/endpoint-rules.ts'
import { movedTo, readRelayPlace } from '../../../src/service/webhooks/relay-place.ts'
import { WebhookEndpoints, type WebhookEndpointsOptions } from '../../../src/service/webhooks/webhook-endpoints.ts'
import { countedRandomness, openService, signedIn } from '../../support/services.ts'
import { DAY } from '../../support/sessions.ts'
import { overStores, sqliteMemory } from '../../support/stores.ts'

const URL_TEXT = 'https://example.com/hook'
const KEY = new Uint8Array(32).fill(7)

function endpointsIn(
  store: WebhookEndpointsOptions['store'],
  options: Partial<WebhookEndpointsOptions> = {},
): WebhookEndpoints {
  return new WebhookEndpoints({
    ...{ store, randomness: countedRandomness(), encryptionKey: null, isPrivateAllowed: false },
    ...options,
  })
}

overStores((kind) => {
  describe('webhook endpoints', () => {
    test('are added, found, listed, disabled, enabled and removed', async () => {
      await using opened = await openService(kind)
      const endpoints = endpointsIn(opened.store)
      const added = await endpoints.add({ url: URL_TEXT, types: ['session.ended', 'session.ended'], description: 'a' })
      assert.ok(added !== null)
      const { endpoint } = added
      assert.match(endpoint.id, /^wh_\w{27}$/)
      assert.deepEqual([endpoint.types, endpoint.form, endpoint.disabled], [['session.ended'], 'clerk', null])
      opened.clock.advanceBy(1)
      const second = await endpoints.add({ url: URL_TEXT })
      assert.equal(second?.endpoint.types, null)
      assert.deepEqual(await endpoints.list(), [endpoint, second?.endpoint])
      const disabled = await endpoints.disable(endpoint.id, 'why')
      assert.deepEqual(disabled?.disabled, { at: opened.clock.now(), reason: 'why' })
      assert.deepEqual(
        (await endpoints.disable(endpoint.id, 'again'))?.disabled?.reason,
        'why',
        'the first reason stays',
      )
      assert.deepEqual(await endpoints.find(endpoint.id), disabled)
      assert.equal((await endpoints.enable(endpoint.id))?.disabled, null)
      assert.deepEqual([await endpoints.remove(endpoint.id), await endpoints.remove(endpoint.id)], [true, false])
      assert.equal(await endpoints.find(endpoint.id), null)
      for (const change of [endpoints.disable('wh_none', 'why'), endpoints.enable('wh_none')]) {
        assert.equal(await change, null)
      }
    })

    test('keep the stretches of the feed in which they were disabled, until the relay is through', async () => {
      await using opened = await openService(kind)
      const { store, tenure } = opened
      const endpoints = endpointsIn(store)
      const added = await endpoints.add({ url: URL_TEXT })
      assert.equal(added?.endpoint.behind, null)
      const id = added?.endpoint.id ?? ''
      const cursors: (string | null)[] = []
      for (const user of ['user_1', 'user_2', 'user_3', 'user_4']) {
        await signedIn(tenure, user)
        cursors.push(await store.feedEnd())
        await (cursors.length % 2 === 1 ? endpoints.disable(id, 'why') : endpoints.enable(id))
      }
      const [first, second, third, last = null] = cursors
      const [one, two] = [
        { behind: first, upTo: second },
        { behind: third, upTo: last },
      ]
      assert.deepEqual((await endpoints.find(id))?.gaps, [one, two])
      const place = await readRelayPlace(store)
      assert.equal(await store.putItem(movedTo(place, last)), true)
      await endpoints.disable(id, 'why')
      assert.deepEqual((await endpoints.find(id))?.gaps, [one, two, { behind: last, upTo: null }])
      await endpoints.enable(id)
      assert.deepEqual((await endpoints.find(id))?.gaps, [])
      assert.equal((await endpoints.add({ url: URL_TEXT }))?.endpoint.behind, last)
    })

    test('changes at the same time are all made', async () => {
      await using opened = await openService(kind)
      const endpoints = endpointsIn(opened.store)
      const added = await endpoints.add({ url: URL_TEXT })
      assert.ok(added !== null)
      const { id } = added.endpoint
      await Promise.all([endpoints.disable(id, 'why'), ...Array.from({ length: 4 }, () => endpoints.rotate(id, false))])
      const endpoint = await endpoints.find(id)
      assert.deepEqual([endpoint?.secrets.length, endpoint?.disabled?.reason], [5, 'why'])
    })
  })
})

test('a secret that was replaced signs for a day more, to the millisecond, and not where it is replaced at once', async () => {
  await using opened = await openService(sqliteMemory())
  const { store, clock } = opened
  const endpoints = endpointsIn(store)
  const added = await endpoints.add({ url: URL_TEXT })
  assert.ok(added !== null)
  const { id } = added.endpoint
  const keysNow = async () => {
    const endpoint = await endpoints.find(id)
    return endpoint === null ? null : (await endpoints.keysOf(endpoint, clock.now())).length
  }
  await endpoints.rotate(id, false)
  clock.advanceBy(DAY - 1)
  assert.equal(await keysNow(), 2)
  clock.advanceBy(1)
  assert.equal(await keysNow(), 1)
  await endpoints.rotate(id, false)
  assert.equal((await endpoints.find(id))?.secrets.length, 2, 'one that signs no more is not kept')
  await endpoints.rotate(id, true)
  assert.equal(await keysNow(), 1)
})

test('no more than ten secrets sign at once', async () => {
  await using opened = await openService(sqliteMemory())
  const endpoints = endpointsIn(opened.store)
  const added = await endpoints.add({ url: URL_TEXT })
  assert.ok(added !== null)
  const { id } = added.endpoint
  for (let count = 2; count <= 10; count += 1) assert.equal(typeof (await endpoints.rotate(id, false)), 'object')
  assert.equal(await endpoints.rotate(id, false), 'too many')
  assert.equal((await endpoints.find(id))?.secrets.length, 10)
  assert.equal(await endpoints.rotate('wh_none', false), 'missing')
  assert.equal(typeof (await endpoints.rotate(id, true)), 'object')
})

test('secrets are in the store encrypted where there is a key, also those that were in the clear, and not read with another', async () => {
  await using opened = await openService(sqliteMemory())
  const { store, clock } = opened
  const clear = await endpointsIn(store).add({ url: URL_TEXT })
  const sealing = endpointsIn(store, {
    encryptionKey: KEY,
    randomness: { bytes: (length) => new Uint8Array(length).fill(9) },
  })
  const sealed = await sealing.add({ url: URL_TEXT })
  assert.ok(clear !== null && sealed !== null)
  const stored = async () => (await store.listItems('webhook-endpoint')).map(({ value }) => value).join()
  assert.ok((await stored()).includes(clear.secret))
  assert.ok(!(await stored()).includes(sealed.secret))
  await sealing.seal()
  assert.ok(!(await stored()).includes('whsec_'))
  for (const endpoint of await sealing.list()) assert.equal((await sealing.keysOf(endpoint, clock.now())).length, 1)
  for (const encryptionKey of [null, new Uint8Array(32)]) {
    const others = endpointsIn(store, { encryptionKey })
    const [endpoint] = await others.list()
    assert.ok(endpoint !== undefined)
    await assert.rejects(others.keysOf(endpoint, clock.now()), { code: 'ERR_STORE_CORRUPT' })
  }
})

test('a URL is https without a user, a password or a fragment, and http where that is allowed', () => {
  assert.equal(endpointUrl('HTTPS://Example.com:443/a?b=c', false), 'https://example.com/a?b=c')
  assert.equal(endpointUrl('https://0x7f.1/', false), 'https://127.0.0.1/')
  assert.equal(endpointUrl('http://127.0.0.1:8080/', true), 'http://127.0.0.1:8080/')
  const refused = [
    ...['', 'example.com', '/hook', 'http://example.com/', 'ftp://example.com/', 'file:///etc/passwd', 'javascript:0'],
    ...['https://user@example.com/', 'https://user:password@example.com/', 'https://example.com/#a', 'https://'],
    `https://example.com/${'a'.repeat(2048)}`,
    `https://example.com/${'ü'.repeat(400)}`,
  ]
  for (const text of refused) {
    assert.throws(
      () => endpointUrl(text, false),
      (error: Error) =>
        error instanceof TypeError && !/password|user:/.test(error.message.replace('no user and no password', '')),
      text,
    )
  }
  assert.throws(() => endpointUrl('ftp://example.com/', true), TypeError)
})

test('a description is short, and steers no terminal', () => {
  assert.equal(endpointDescription('a'.repeat(255)).length, 255)
  for (const text of ['a'.repeat(256), 'a\nb', '\u001b[31m', '\ud800']) {
    assert.throws(() => endpointDescription(text), TypeError, JSON.stringify(text))
  }
})
