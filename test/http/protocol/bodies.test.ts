import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { openHttpService } from '../../support/http-service.ts'
import { exchange, RawConnection, requestText } from '../../support/raw-http.ts'
import { sqliteMemory } from '../../support/stores.ts'

const BODY_LIMIT = 2_000

const http = await openHttpService(sqliteMemory(), { limits: { bodyLimit: BODY_LIMIT } })
after(() => http[Symbol.asyncDispose]())
const { ask, url, key } = http
await ask('POST', '/v1/sign_in', { user_id: 'user_1', session_id: 'sess_1' })

const authorization = `Bearer ${key}`
const json = { authorization, 'content-type': 'application/json' }

async function signIn(body: string | Buffer, headers: Readonly<Record<string, string>> = {}) {
  const answer = await ask('POST', '/v1/sign_in', body, headers)
  return [answer.status, answer.json?.errors?.[0].code ?? answer.json?.object]
}

async function signedIn(): Promise<number> {
  const { json: list } = await ask('GET', '/v1/sessions?paginated=true')
  return list.total_count
}

const nested = (depth: number) => `${'{"a":'.repeat(depth - 1)}{}${'}'.repeat(depth - 1)}`

test('a body that is not JSON, or that two readers may read as two, is refused and changes nothing', async () => {
  const before = await signedIn()
  const bodies: Readonly<Record<string, string | Buffer>> = {
    text: 'user_id=user_1',
    'broken off': '{"user_id":"user_1"',
    'followed by more': '{"user_id":"user_1"}{}',
    'with a comment': '{"user_id":"user_1"/**/}',
    'with a trailing comma': '{"user_id":"user_1",}',
    'in single quotes': "{'user_id':'user_1'}",
    'white space': ' \r\n\t',
    'a byte-order mark before it': '\ufeff{"user_id":"user_1"}',
    'UTF-16': Buffer.from('{"user_id":"user_1"}', 'utf16le'),
    'Latin-1': Buffer.from('{"user_id":"üser"}', 'latin1'),
    'an encoded surrogate': Buffer.concat([
      Buffer.from('{"user_id":"'),
      Buffer.from([0xed, 0xa0, 0x80]),
      Buffer.from('"}'),
    ]),
    'overlong UTF-8': Buffer.concat([Buffer.from('{"user_id":"'), Buffer.from([0xc0, 0xaf]), Buffer.from('"}')]),
    'a NUL behind it': '{"user_id":"user_1"}\0',
    'a member twice': '{"user_id":"user_1","user_id":"user_2"}',
    'a member twice, spelled otherwise': '{"user_id":"user_1","user\\u005fid":"user_2"}',
    'a member twice deep within': '{"user_id":"user_1","actor":{"a":[{"b":1,"b":2}]}}',
    '65 levels deep': `{"user_id":"user_1","actor":${nested(64)}}`,
    'a list': '[]',
    'a list of one': '[{"user_id":"user_1"}]',
    'a text': '"user_1"',
    null: 'null',
    'a number': '1',
    true: 'true',
    'a control character in a text': '{"user_id":"a\u0001"}',
  }
  for (const [what, body] of Object.entries(bodies)) {
    assert.deepEqual(await signIn(body), [400, 'request_body_invalid'], what)
  }
  assert.equal(await signedIn(), before)
})

test('a body of 64 levels is taken, and members that every object has are members like any others', async () => {
  assert.deepEqual(await signIn(`{"user_id":"user_deep","actor":${nested(63)}}`), [200, 'session'])
  const text =
    '{"user_id":"user_2","actor":{"sub":"a","__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}}'
  const { status, text: answered, json: session } = await ask('POST', '/v1/sign_in', text)
  assert.equal(status, 200)
  assert.match(answered, /"actor":\{"sub":"a","__proto__":\{"polluted":1\},"constructor"/)
  const read = await ask('GET', `/v1/sessions/${session.id}`)
  assert.match(read.text, /"__proto__":\{"polluted":1\}/)
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined)
  for (const name of ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty']) {
    assert.deepEqual(await signIn(`{"user_id":"user_2","${name}":{"user_id":"a"}}`), [422, 'form_param_unknown'], name)
    assert.deepEqual(await signIn(`{"${name}":{"user_id":"user_2"}}`), [422, 'form_param_missing'], name)
  }
})

test('a number that is larger than any is no number of seconds', async () => {
  for (const seconds of ['1e400', '-1e400', '1e-400', '30.5', '29', '315360001', '"60"', 'true', '[60]', '-0']) {
    const { status } = await ask('POST', '/v1/sessions/sess_1/tokens', `{"expires_in_seconds":${seconds}}`)
    assert.equal(status, 422, seconds)
  }
  for (const seconds of ['30', '3e1', '315360000', 'null']) {
    const { status } = await ask('POST', '/v1/sessions/sess_1/tokens', `{"expires_in_seconds":${seconds}}`)
    assert.equal(status, 200, seconds)
  }
})

test('JSON comes as application/json, parameters and capitals or not, and as nothing else', async () => {
  const body = '{"user_id":"user_1"}'
  for (const type of [
    'application/json',
    'application/json; charset=utf-8',
    'APPLICATION/JSON',
    'application/json ;a="b"',
  ]) {
    assert.deepEqual(await signIn(body, { 'content-type': type }), [200, 'session'], type)
  }
  const others = [
    'text/plain',
    'application/json-patch+json',
    'application/jsonx',
    'application/x-ndjson',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=a',
    'text/plain; a=application/json',
    'text/json',
    'application/vnd.api+json',
    'application / json',
    'json',
    '*/*',
    '',
    ',application/json',
  ]
  for (const type of others) {
    assert.deepEqual(await signIn(body, { 'content-type': type }), [415, 'unsupported_content_type'], type)
  }
  const bare = requestText('POST', '/v1/sign_in', { authorization }, body)
  assert.equal((await exchange(url, bare)).status, 415)
  const chunked = requestText('POST', '/v1/sign_in', { authorization, 'transfer-encoding': 'chunked' })
  assert.equal((await exchange(url, `${chunked}0\r\n\r\n`)).status, 415)
  const snapshot = await ask('PUT', '/v1/clients/client_1', '{}', { 'content-type': 'text/plain' })
  assert.equal(snapshot.status, 415)
  const stream = await ask('POST', '/v1/clients/import', '{}', { 'content-type': 'application/json' })
  assert.equal(stream.status, 415)
})

test('a body that is compressed is refused', async () => {
  const body = gzipSync('{"user_id":"user_1"}')
  const [status] = await signIn(body, { 'content-encoding': 'gzip' })
  assert.ok(status === 400 || status === 415, String(status))
})

test('an empty body of type JSON is none, on every POST that needs none', async () => {
  const ids = ['end', 'revoke', 'touch', 'complete_tasks', 'require_task', 'remove', 'tokens']
  for (const command of ids) {
    const { json: session } = await ask('POST', '/v1/sign_in', { user_id: 'user_1' })
    const path = `/v1/sessions/${session.id}/${command}`
    const { status, text } = await exchange(url, requestText('POST', path, json, ''))
    assert.equal(status, 200, text)
    const without = await exchange(url, requestText('POST', path, json))
    assert.equal(without.status, 200, without.text)
  }
  const { json: session } = await ask('GET', '/v1/sessions/sess_1')
  for (const path of [`/v1/clients/${session.client_id}/tokens`, '/v1/users/user_9/sessions/revoke']) {
    assert.equal((await exchange(url, requestText('POST', path, json, ''))).status, 200, path)
  }
  assert.equal((await exchange(url, requestText('POST', '/v1/sessions/sess_1/verify', json, ''))).status, 410)
  for (const path of ['/v1/sessions', '/v1/sign_in', '/v1/clients/verify', '/v1/sessions/sess_1/cookies']) {
    const { status, text } = await exchange(url, requestText('POST', path, json, ''))
    assert.deepEqual([status, JSON.parse(text).errors[0].code], [422, 'form_param_missing'], path)
  }
  const put = await exchange(url, requestText('PUT', '/v1/clients/client_1', json, ''))
  assert.deepEqual([put.status, JSON.parse(put.text).errors[0].code], [400, 'request_body_invalid'])
})

test('a body of exactly the limit is taken, and one of a byte more is not, whether its length is told or not', async () => {
  const bodyOf = (size: number) => `{"user_id":"user_1"${' '.repeat(size - 20)}}`
  const chunked = (body: string) => {
    const head = requestText('POST', '/v1/sign_in', { ...json, 'transfer-encoding': 'chunked' })
    return `${head}${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`
  }
  assert.equal(bodyOf(BODY_LIMIT).length, BODY_LIMIT)
  assert.equal((await exchange(url, requestText('POST', '/v1/sign_in', json, bodyOf(BODY_LIMIT)))).status, 200)
  assert.equal((await exchange(url, chunked(bodyOf(BODY_LIMIT)))).status, 200)
  const larger = bodyOf(BODY_LIMIT + 1)
  for (const text of [requestText('POST', '/v1/sign_in', json, larger), chunked(larger)]) {
    const answer = await exchange(url, text)
    assert.equal(answer.status, 413)
    assert.equal(JSON.parse(answer.text).errors[0].code, 'request_body_too_large')
    assert.equal(answer.headers['content-type'], 'application/json')
  }
  const told = requestText('POST', '/v1/sign_in', { ...json, 'content-length': '99999999999' })
  assert.equal((await exchange(url, told)).status, 413)
})

test('a body that ends before its length is refused, and not called a fault of ours', async () => {
  const faults = () => http.logged().filter(({ msg }) => msg === 'fault').length
  const before = faults()
  using connection = await RawConnection.to(url)
  connection.write(requestText('POST', '/v1/sign_in', { ...json, 'content-length': '100' }, '{"user_id":"user_1"}'))
  connection.socket.end()
  await connection.ended()
  assert.doesNotMatch(connection.rest, /^HTTP\/1\.1 (?:2|5)/)
  assert.equal(faults(), before)
})

test('a body that goes on behind its length is the next request, which is none', async () => {
  using connection = await RawConnection.to(url)
  const before = await signedIn()
  connection.write(requestText('POST', '/v1/sign_in', { ...json, 'content-length': '20' }, '{"user_id":"user_1"} {}'))
  assert.equal((await connection.answer()).status, 200)
  assert.equal((await connection.answer()).status, 400)
  await connection.ended()
  assert.equal(await signedIn(), before + 1)
})

test('what a chunk may not be is refused', async () => {
  const head = requestText('POST', '/v1/sign_in', { ...json, 'transfer-encoding': 'chunked' })
  for (const chunks of [
    'zz\r\n{}\r\n',
    '-1\r\n',
    '2\n{}\n0\n\n',
    'ffffffffffffffffff\r\n{}',
    '2 \x01\r\n{}\r\n',
    '2\r\n{}0\r\n\r\n',
  ]) {
    const { status, text } = await exchange(url, head + chunks)
    assert.deepEqual([status, JSON.parse(text).errors[0].code], [400, 'request_invalid'], JSON.stringify(chunks))
  }
})
