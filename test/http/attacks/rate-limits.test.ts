import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DurationMs } from '../../../src/domain/duration.ts'
import { systemRandomness } from '../../../src/domain/randomness.ts'
import { openHttpService } from '../../support/http-service.ts'
import { sqliteMemory } from '../../support/stores.ts'

const limits = { rateLimit: { requests: 5, window: 60_000 as DurationMs } }

test('a key may make as many requests as the limit has, and is told to wait at one more, while others go on', async () => {
  await using http = await openHttpService(sqliteMemory(), { limits })
  for (let request = 1; request <= 5; request += 1) {
    const { status, headers } = await http.ask('GET', '/v1/sessions')
    assert.equal(status, 200, `request ${request}`)
    for (const name of Object.keys(headers)) assert.doesNotMatch(name, /ratelimit/)
  }
  for (const [method, path] of [
    ['GET', '/v1/sessions'],
    ['GET', '/v1/clients'],
    ['POST', '/v1/sign_in'],
  ] as const) {
    const { status, json, headers } = await http.ask(
      method,
      path,
      method === 'POST' ? { user_id: 'user_1' } : undefined,
    )
    assert.deepEqual([status, json.errors[0].code], [429, 'too_many_requests'])
    const seconds = Number(headers['retry-after'])
    assert.ok(Number.isInteger(seconds) && seconds >= 1 && seconds <= 60, headers['retry-after'])
    assert.equal(headers['content-type'], 'application/json')
    assert.match(json.clerk_trace_id, /^[0-9a-f]{32}$/)
  }
  const other = { authorization: `Bearer ${http.readKey}` }
  assert.equal((await http.ask('GET', '/v1/sessions', undefined, other)).status, 200)
  assert.equal((await http.service.tenure.listSessions({ limit: 1 })).total, 0)
})

test('what watches a service, and the keys that tokens are verified with, are not limited', async () => {
  await using http = await openHttpService(sqliteMemory(), { limits })
  for (let request = 1; request <= 12; request += 1) {
    for (const path of ['/healthz', '/readyz', '/metrics', '/v1/jwks']) {
      assert.equal((await http.ask('GET', path)).status, 200, `${path}, ${request} times`)
    }
  }
  assert.equal((await http.ask('GET', '/v1/sessions')).status, 200)
})

test('requests that are refused count too, and those that present no key count for nobody who has one', async () => {
  await using http = await openHttpService(sqliteMemory(), { limits })
  for (let request = 1; request <= 20; request += 1) {
    await http.ask('GET', '/v1/sessions', undefined, { authorization: 'Bearer wrong' })
  }
  for (let request = 1; request <= 5; request += 1) {
    assert.equal((await http.ask('POST', '/v1/sign_in', {})).status, 422)
  }
  assert.equal((await http.ask('POST', '/v1/sign_in', {})).status, 429)
})

test('a limit is for a window, and after it the key may go on', async () => {
  const short = { rateLimit: { requests: 2, window: 200 as DurationMs } }
  await using http = await openHttpService(sqliteMemory(), { limits: short })
  const statuses: number[] = []
  for (let request = 1; request <= 3; request += 1) statuses.push((await http.ask('GET', '/v1/sessions')).status)
  assert.deepEqual(statuses, [200, 200, 429])
  await new Promise((resolve) => setTimeout(resolve, 300))
  assert.equal((await http.ask('GET', '/v1/sessions')).status, 200)
})

test('a key that is named as an address is, is not limited by what comes from there without a key', async () => {
  await using http = await openHttpService(sqliteMemory(), { limits })
  const key = await http.service.apiKeys.add('192.0.2.1', 'read', systemRandomness)
  const { app } = http.service
  for (let request = 1; request <= 6; request += 1) await app.inject({ url: '/docs', remoteAddress: '192.0.2.1' })
  assert.equal((await app.inject({ url: '/docs', remoteAddress: '192.0.2.1' })).statusCode, 429)
  const headers = { authorization: `Bearer ${key}` }
  const { statusCode } = await app.inject({ url: '/v1/sessions', headers, remoteAddress: '192.0.2.9' })
  assert.equal(statusCode, 200)
})
