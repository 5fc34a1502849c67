import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { test } from 'node:test'
import type { HttpOptions } from '../../../src/http/open-http.ts'
import { type OpenedHttp, openHttpService } from '../../support/http-service.ts'
import { eventually } from '../../support/raw-http.ts'
import { allOf } from '../../support/stored.ts'
import { overStores, sqliteMemory } from '../../support/stores.ts'

/** Stands in every value, so that it can be looked for. */
const MARK = 'Zq7'

/** What is no id of anybody's, and is to stay a text wherever it comes to. */
const VALUES = [
  `${MARK}' OR '1'='1`,
  `${MARK}'; DROP TABLE sessions; --`,
  `${MARK}"; DELETE FROM tenure.sessions; /*`,
  `${MARK}') UNION SELECT value FROM items --`,
  `${MARK}\\'; SELECT pg_sleep(10) --`,
  `${MARK}$1 :id @id ? {}`,
  `${MARK},"x"} {NULL`,
  `${MARK}%_%`,
  `${MARK}\0`,
  `\0${MARK}`,
  `../../${MARK}/../etc/passwd`,
  `${MARK}\r\nSet-Cookie: a=b\r\n\r\n`,
  `${MARK}\n{"level":50,"msg":"forged"}`,
  `${MARK}\u001b[2J\u001b[31m`,
  `${MARK}\u009b31m\u007f`,
  `${MARK}\u2028\u2029`,
  `${MARK}\u202e\u200b\ufeff`,
  `${MARK}\ufffd\uffff`,
  `${MARK}__proto__`,
  `__proto__`,
  `${MARK}{{session.id}}`,
  `${MARK}😀`.repeat(100),
]

/** What no UTF-8 is, or not the shortest, as it stands in an address. */
const RAW = ['%ED%A0%80', '%ED%BF%BF', '%C0%AF', '%E0%80%AF', '%C0%80', '%FF', '%F4%90%80%80', '%', '%2', '%zz'].map(
  (each) => `${MARK}${each}`,
)

const SESSION_COMMANDS = ['touch', 'end', 'remove', 'require_task', 'complete_tasks', 'revoke', 'verify']

/** Every address with a value in its path. */
function addressesWith(value: string): readonly (readonly [method: string, path: string, body?: unknown])[] {
  return [
    ['GET', `/v1/sessions/${value}`],
    ['HEAD', `/v1/sessions/${value}`],
    ['GET', `/v1/sessions/${value}/history`],
    ...SESSION_COMMANDS.map((command) => ['POST', `/v1/sessions/${value}/${command}`] as const),
    ['POST', `/v1/sessions/${value}/tokens`],
    ['POST', `/v1/sessions/sess_1/tokens/${value}`],
    ['POST', `/v1/sessions/${value}/cookies`, { request_origin: 'https://app.example' }],
    [
      'POST',
      `/v1/sessions/${value}/refresh`,
      { expired_token: 'a', refresh_token: 'a', request_origin: 'https://app.example' },
    ],
    ['GET', `/v1/clients/${value}`],
    ['PUT', `/v1/clients/${value}`, {}],
    ['POST', `/v1/clients/${value}/tokens`],
    ['POST', `/v1/clients/${value}/sign_in`, { user_id: 'user_1' }],
    ['POST', `/v1/users/${value}/sessions/revoke`],
    ...['client_id', 'user_id', 'status', 'paginated', 'limit', 'offset', '__clerk_api_version', value].map(
      (name) => ['GET', `/v1/sessions?${name}=${value}`] as const,
    ),
    ['GET', `/v1/clients?limit=${value}`],
    ['GET', `/v1/clients/export?form=${value}`],
    ['GET', `/v1/sessions/sess_1/history?after=${value}`],
    ['POST', `/v1/sessions/sess_1/refresh?suffixed_cookies=${value}`, {}],
    ['PUT', `/v1/clients/client_1?strict=${value}`, {}],
    ['GET', `/${value}`],
  ]
}

/** Bodies with a value in them, none of which makes a session. */
function bodiesWith(value: string): readonly (readonly [path: string, body: unknown])[] {
  const origin = 'https://app.example'
  return [
    ['/v1/sign_in', { user_id: 'user_1', status: value }],
    ['/v1/sign_in', { user_id: 'user_1', [value]: value }],
    ['/v1/sign_in', { user_id: 'user_1', actor: value }],
    ['/v1/clients/verify', { token: value }],
    ['/v1/clients/verify', { token: `${value}.${value}.${value}` }],
    ['/v1/sessions/sess_1/cookies', { request_origin: value }],
    ['/v1/sessions/sess_1/cookies', { request_origin: `https://${value}` }],
    ['/v1/sessions/sess_1/refresh', { expired_token: value, refresh_token: value, request_origin: origin }],
    ['/v1/sessions/sess_1/refresh', { expired_token: 'a', refresh_token: 'a', request_origin: value }],
    ['/v1/sessions/sess_1/tokens', { expires_in_seconds: value }],
    ['/v1/sessions/sess_2/touch', { asked_by: value }],
    ['/v1/users/user_2/sessions/revoke', { except: value, asked_by: value }],
    ['/v1/users/user_2/sessions/revoke', value],
  ]
}

const HEADERS = ['if-none-match', 'if-match', 'idempotency-key', 'clerk-api-version', 'content-type', 'x-request-id']

/** What a database says of a statement that it cannot read, and Node of its own. */
const SPEECH = /syntax error|SQLITE|near "|relation "|column "|at .*\.ts:/

/** A service whose log is kept as it was written. */
async function opened(kind: Parameters<typeof openHttpService>[0], sessionIds: HttpOptions['log']['sessionIds']) {
  const written: string[] = []
  const stream = new Writable({
    write(chunk, _encoding, done) {
      written.push(String(chunk))
      done()
    },
  })
  const http = await openHttpService(kind, { options: { log: { stream, level: 'info', sessionIds } } })
  const lines = () => written.flatMap((text) => text.replace(/\n$/, '').split('\n'))
  return { http, lines, [Symbol.asyncDispose]: () => http[Symbol.asyncDispose]() }
}

async function expectIntact({ service, store }: OpenedHttp): Promise<void> {
  assert.deepEqual(await allOf(service.tenure.audit()), [])
  const { items, total } = await service.tenure.listSessions({ limit: 10 })
  assert.deepEqual([total, items.map(({ id, status }) => `${id} ${status}`)], [1, ['sess_1 active']])
  assert.equal((await service.tenure.listClients({ limit: 10 })).total, 1)
  assert.equal((await service.tenure.history({ limit: 10 })).total, 1)
  assert.equal((await store.listItems('api-key')).length, 2)
}

/** A line is JSON, and has nothing in it that a terminal or another reader of lines would go by. */
function expectWholeLines(lines: readonly string[]): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/
  for (const line of lines) {
    assert.equal(typeof JSON.parse(line), 'object')
    assert.doesNotMatch(line, control, JSON.stringify(line))
  }
}

overStores((kind) => {
  test('no value in an address, a body or a header is anything but a text', async () => {
    await using all = await opened(kind, 'hashed')
    const { http, lines } = all
    const faults = new Set<string>()
    await http.ask('POST', '/v1/sign_in', { user_id: 'user_1', session_id: 'sess_1' })
    for (const value of [...VALUES.map(encodeURIComponent), ...RAW]) {
      for (const [method, path, body] of addressesWith(value)) {
        const { status, text } = await http.ask(method, path, body)
        if (status >= 500) faults.add(`${method} ${path.replace(value, '{}')} ${JSON.stringify(body)}`)
        assert.doesNotMatch(text.replace(JSON.stringify(decoded(value)).slice(1, -1), ''), SPEECH)
      }
    }
    for (const value of VALUES) {
      for (const [path, body] of bodiesWith(value)) {
        const { status } = await http.ask('POST', path, body)
        if (status >= 500) faults.add(`POST ${path} ${JSON.stringify(body).replaceAll(JSON.stringify(value), '{}')}`)
      }
      for (const name of HEADERS) {
        const header = { [name]: Buffer.from(value.replaceAll(/[\r\n\0]/g, '')).toString('latin1') }
        for (const [method, path, body] of [
          ['GET', '/v1/sessions/sess_1'],
          ['PUT', '/v1/clients/client_1', {}],
          ['POST', '/v1/sign_in', {}],
        ] as const) {
          const { status } = await http.ask(method, path, body, header)
          if (status >= 500) faults.add(`${method} ${path} ${name}`)
        }
      }
    }
    // The log may be behind by a turn of the event loop.
    await new Promise((resolve) => setTimeout(resolve, 20))
    assert.deepEqual([...faults], [])
    await expectIntact(http)
    expectWholeLines(lines())
    assert.deepEqual(
      lines().filter((line) => line.includes(MARK) || line.includes('forged') || line.includes('proto')),
      [],
    )
  })

  test('an id of odd characters is kept and found as it was given, and no other is', async () => {
    await using http = await openHttpService(kind)
    const ids = [
      `a'--`,
      `a"--`,
      'a\\',
      'a%',
      'a_',
      '{a,b}',
      '$1',
      '__proto__',
      '../a',
      'a?b#c',
      'ä',
      'a\u0308',
      '😀',
      'NULL',
    ]
    for (const id of ids) {
      const body = { user_id: id, session_id: id, asked_by: id, last_active_organization_id: id }
      const { status, json } = await http.ask('POST', '/v1/sign_in', body)
      assert.deepEqual([status, json.id, json.user_id], [200, id, id])
    }
    for (const id of ids) {
      const path = encodeURIComponent(id)
      assert.equal((await http.ask('GET', `/v1/sessions/${path}`)).json.id, id)
      const { json } = await http.ask('GET', `/v1/sessions?user_id=${path}`)
      assert.deepEqual(
        json.map((session: { readonly id: string }) => session.id),
        [id],
      )
      assert.equal((await http.ask('GET', `/v1/sessions/${path}/history`)).json.data[0].asked_by, id)
      assert.equal((await http.ask('POST', `/v1/users/${path}/sessions/revoke`)).json.revoked, 1)
    }
    assert.deepEqual(await allOf(http.service.tenure.audit()), [])
  })

  test('odd texts in what is only kept come back as they were given', async () => {
    await using http = await openHttpService(kind)
    for (const value of VALUES) {
      const actor = { sub: value, [value]: [value, { [value]: null }] }
      const { status, json } = await http.ask('POST', '/v1/sign_in', { user_id: 'user_1', actor })
      assert.deepEqual([status, json.actor], [200, JSON.parse(JSON.stringify(actor))])
      assert.deepEqual((await http.ask('GET', `/v1/sessions/${json.id}`)).json.actor, json.actor)
    }
    const { text } = await http.ask('GET', '/v1/clients/export')
    assert.equal(text.trimEnd().split('\n').length, VALUES.length)
    assert.deepEqual(await allOf(http.service.tenure.audit()), [])
  })
})

test('where ids are logged as they are, none of them breaks its line', async () => {
  await using all = await opened(sqliteMemory(), 'plain')
  for (const value of VALUES) await all.http.ask('GET', `/v1/sessions/${encodeURIComponent(value)}`)
  const count = () => all.lines().filter((line) => line.includes('"request"')).length
  assert.ok(await eventually(() => count() === VALUES.length))
  expectWholeLines(all.lines())
})

function decoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}
