/** One server behind another: no text may be one request to the first and two to the second, or the other way round. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { openHttpService } from '../../support/http-service.ts'
import { RawConnection, requestText } from '../../support/raw-http.ts'
import { sqliteMemory } from '../../support/stores.ts'

const http = await openHttpService(sqliteMemory())
after(() => http[Symbol.asyncDispose]())
const { url, key } = http

const HIDDEN = requestText('POST', '/v1/users/user_1/sessions/revoke', { authorization: `Bearer ${key}` })
const BODY = '{"user_id":"user_1"}'

/** A sign-in with these headers, and what follows them. */
function signIn(headers: string, rest: string): string {
  const own = `Host: a\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/json\r\n`
  return `POST /v1/sign_in HTTP/1.1\r\n${own}${headers}\r\n\r\n${rest}`
}

const chunked = `${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`

async function routesAsked(): Promise<readonly unknown[]> {
  return http
    .logged()
    .filter(({ msg }) => msg === 'request')
    .map(({ route }) => route)
}

test('a request whose length can be read in two ways is refused, and nothing of it is done', async () => {
  const shapes: Readonly<Record<string, string>> = {
    'a length and chunks': signIn(`Content-Length: ${BODY.length}\r\nTransfer-Encoding: chunked`, chunked),
    'chunks and a length': signIn(`Transfer-Encoding: chunked\r\nContent-Length: 6`, `0\r\n\r\n${HIDDEN}`),
    'a length of nothing and chunks': signIn('Content-Length: 0\r\nTransfer-Encoding: chunked', chunked),
    'two lengths': signIn(`Content-Length: ${BODY.length}\r\nContent-Length: 0`, BODY),
    'the same length twice': signIn(`Content-Length: ${BODY.length}\r\nContent-Length: ${BODY.length}`, BODY),
    'two lengths in one': signIn(`Content-Length: ${BODY.length}, 0`, BODY),
    'a length with a sign': signIn(`Content-Length: +${BODY.length}`, BODY),
    'a negative length': signIn('Content-Length: -1', BODY),
    'a length in hexadecimal': signIn('Content-Length: 0x14', BODY),
    'a length with a letter behind it': signIn(`Content-Length: ${BODY.length}a`, BODY),
    'a length with a space in it': signIn('Content-Length: 2 0', BODY),
    'an empty length': signIn('Content-Length: ', BODY),
    'a length past what a number holds': signIn('Content-Length: 18446744073709551636', BODY),
    'chunks twice': signIn('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked', chunked),
    'chunks and something else': signIn('Transfer-Encoding: chunked, identity', chunked),
    'something else than chunks': signIn('Transfer-Encoding: xchunked', chunked),
    'chunks in quotes': signIn('Transfer-Encoding: "chunked"', chunked),
    'a name with a space behind it': signIn('Transfer-Encoding : chunked', chunked),
    'a name with a space before it': signIn(`X: a\r\n Transfer-Encoding: chunked`, chunked),
    'a name with a tab in it': signIn('Transfer\tEncoding: chunked', chunked),
    'a name behind a line feed': signIn('X: a\nTransfer-Encoding: chunked', chunked),
    'a name behind a carriage return': signIn('X: a\rTransfer-Encoding: chunked', chunked),
    'a value with a form feed before it': signIn('Transfer-Encoding:\x0bchunked', chunked),
  }
  for (const [what, text] of Object.entries(shapes)) {
    const before = (await routesAsked()).length
    using connection = await RawConnection.to(url)
    connection.write(text)
    const { status, headers } = await connection.answer()
    assert.ok(status === 400 || status === 415, `${what}: ${status}`)
    assert.equal(headers['content-type'], 'application/json', what)
    await connection.ended()
    assert.equal(connection.rest, '', what)
    const asked = (await routesAsked()).slice(before)
    assert.ok(!asked.includes('/v1/users/:user_id/sessions/revoke'), what)
  }
  assert.equal((await http.ask('GET', '/v1/sessions?paginated=true')).json.total_count, 0)
})

test('a request in the body of another is its body, and is not done', async () => {
  const shapes = {
    'of a GET': requestText('GET', '/healthz', {}, HIDDEN),
    'of a GET in chunks': `${requestText('GET', '/healthz', { 'transfer-encoding': 'chunked' })}${HIDDEN.length.toString(16)}\r\n${HIDDEN}\r\n0\r\n\r\n`,
    'of a HEAD': requestText('HEAD', '/healthz', {}, HIDDEN),
    'of what is not there': requestText('POST', '/nowhere', {}, HIDDEN),
    'of a method that is not taken': requestText('DELETE', '/healthz', {}, HIDDEN),
    'of what has no key': requestText('POST', '/v1/sign_in', { 'content-type': 'application/json' }, HIDDEN),
    'of a kind that is not taken': requestText('POST', '/v1/sign_in', { authorization: `Bearer ${key}` }, HIDDEN),
  }
  for (const [what, text] of Object.entries(shapes)) {
    using connection = await RawConnection.to(url)
    const before = (await routesAsked()).length
    connection.write(text)
    await connection.answer({ isHead: what === 'of a HEAD' })
    if (!connection.isEnded)
      connection.write(requestText('GET', '/v1/sessions/last', { authorization: `Bearer ${key}` }))
    const next = await connection.answer().catch(() => null)
    if (next !== null) assert.equal(next.status, 404, what)
    assert.ok(!(await routesAsked()).slice(before).includes('/v1/users/:user_id/sessions/revoke'), what)
  }
})

test('headers that are named twice stay one answer: the first key counts, and no address comes from a header', async () => {
  const both = `GET /v1/sessions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer wrong\r\nAuthorization: Bearer ${key}\r\n\r\n`
  using connection = await RawConnection.to(url)
  connection.write(both)
  assert.equal((await connection.answer()).status, 401)
  const headers = { authorization: `Bearer ${key}`, 'x-http-method-override': 'DELETE', 'x-original-url': '/healthz' }
  connection.write(requestText('GET', '/v1/sessions/none', { ...headers, 'x-forwarded-for': '127.0.0.1' }))
  assert.equal((await connection.answer()).status, 404)
})
