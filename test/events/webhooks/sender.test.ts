/** Receivers as bad as they come, on a real connection each. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer as createSecureServer } from 'node:https'
import { createServer as createRawServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { DurationMs } from '../../../src/domain/duration.ts'
import type { WebhookMessage } from '../../../src/events/webhooks/message.ts'
import {
  MAXIMUM_ANSWER,
  SenderClosedError,
  type SenderOptions,
  WebhookSender,
} from '../../../src/events/webhooks/sender.ts'
import { ManualClock } from '../../../src/simulation/manual-clock.ts'
import { START } from '../../support/services.ts'
import { type Answering, WebhookReceiver } from '../../support/webhook-receiver.ts'

const MESSAGE: WebhookMessage = {
  id: 'evt_1',
  type: 'session.expired',
  contentType: 'application/json',
  body: '{"type":"session.expired"}',
}
const KEYS = [new Uint8Array(24)]
const TIMEOUT = 15_000 as DurationMs

function senderOf(t: TestContext, options: Partial<SenderOptions> = {}): WebhookSender & { clock: ManualClock } {
  const clock = new ManualClock(START)
  const sender = new WebhookSender({ clock, timeout: TIMEOUT, isPrivateAllowed: true, version: '1.2.3', ...options })
  t.after(() => sender.close())
  return Object.assign(sender, { clock })
}

/** Listens and does with each connection as it is told; answers the URL. */
async function rawServer(t: TestContext, handle: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createRawServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.once('data', () => handle(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as { port: number }).port}/hook`
}

test('an answer of 2xx is a success, whatever its body, and anything else is none', async (t) => {
  await using receiver = await WebhookReceiver.listening()
  const sender = senderOf(t)
  for (const status of [200, 201, 204, 299]) {
    receiver.answer = status
    const outcome = await sender.send(receiver.url, MESSAGE, KEYS)
    assert.deepEqual(outcome, { status, failure: null, retryAfter: null, took: 0 })
  }
  for (const status of [400, 401, 404, 410, 429, 500, 503, 599]) {
    receiver.answer = status
    const { status: answered, failure } = await sender.send(receiver.url, MESSAGE, KEYS)
    assert.deepEqual([answered, failure], [status, `answered ${status}`])
  }
  assert.equal(receiver.connections, 1, 'one connection is kept for all')
  const [first] = receiver.received
  assert.equal(first?.body, MESSAGE.body)
  assert.equal(first?.headers['user-agent'], 'Tenure/1.2.3')
  assert.equal(first?.headers['content-type'], 'application/json')
  assert.equal(first?.headers['svix-timestamp'], String(Math.floor(START / 1000)))
})

test('a redirect is a failure, and what it leads to is asked for nothing', async (t) => {
  await using receiver = await WebhookReceiver.listening()
  await using within = await WebhookReceiver.listening()
  for (const status of [301, 302, 303, 307, 308, 300, 304]) {
    receiver.answer = (_request, response) => response.writeHead(status, { location: within.url }).end()
    const outcome = await senderOf(t).send(receiver.url, MESSAGE, KEYS)
    assert.deepEqual([outcome.status, outcome.failure], [status, `answered ${status}, and redirects are not followed`])
  }
  assert.deepEqual(within.received, [])
})

test('what a receiver asks to wait for is told, on whatever failure', async (t) => {
  await using receiver = await WebhookReceiver.listening()
  for (const status of [429, 503, 500]) {
    receiver.answer = (_request, response) => response.writeHead(status, { 'retry-after': '120' }).end()
    assert.equal((await senderOf(t).send(receiver.url, MESSAGE, KEYS)).retryAfter, 120_000)
  }
})

/** What keeps an attempt waiting for ever, if it is let. */
const HANGING: Readonly<Record<string, Answering>> = {
  'never answers': () => {},
  'begins to answer 2xx, and never ends': (_request, response) => response.writeHead(200).write('{'),
  'sends informational answers only': (_request, response) => response.writeProcessing(),
}

for (const [name, answer] of Object.entries(HANGING)) {
  test(`a receiver that ${name} has failed when the time is over, and not before`, async (t) => {
    await using receiver = await WebhookReceiver.listening()
    receiver.answer = answer
    const sender = senderOf(t)
    const sending = sender.send(receiver.url, MESSAGE, KEYS)
    await receiver.hasReceived(1)
    let isOver = false
    sending.finally(() => (isOver = true))
    sender.clock.advanceBy(TIMEOUT - 1)
    for (let turns = 0; turns < 5; turns += 1) await setImmediate()
    assert.equal(isOver, false)
    sender.clock.advanceBy(1)
    const { failure, took } = await sending
    assert.deepEqual([failure, took], ['no answer within 15 s', TIMEOUT])
    assert.equal(sender.clock.pending, 0)
  })
}

test('an answer of 2xx that comes too late is a failure', async (t) => {
  await using receiver = await WebhookReceiver.listening()
  const sender = senderOf(t)
  receiver.answer = (_request, response) => {
    sender.clock.advanceBy(TIMEOUT)
    response.writeHead(200).end()
  }
  const outcome = await sender.send(receiver.url, MESSAGE, KEYS)
  assert.deepEqual([outcome.status, outcome.failure], [null, 'no answer within 15 s'])
})

test('a head that arrives byte by byte is given up when the time is over', async (t) => {
  const sender = senderOf(t)
  const url = await rawServer(t, async (socket) => {
    for (const byte of 'HTTP/1.1 200 OK\r\nx-slow: 1\r\n') {
      sender.clock.advanceBy(1000)
      await new Promise((resolve) => socket.write(byte, resolve))
      await setImmediate()
    }
  })
  assert.equal((await sender.send(url, MESSAGE, KEYS)).failure, 'no answer within 15 s')
})

test('a connection that is closed, before an answer or within one, is a failure', async (t) => {
  const answers = ['', 'HTTP/1.1 200 OK\r\n', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf']
  for (const answer of answers) {
    const url = await rawServer(t, (socket) => socket.end(answer))
    const { failure } = await senderOf(t).send(url, MESSAGE, KEYS)
    assert.equal(failure, 'the connection was closed before an answer', JSON.stringify(answer))
  }
  const upgrading = await rawServer(t, (socket) =>
    socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: none\r\nconnection: upgrade\r\n\r\n'),
  )
  const { status, failure } = await senderOf(t).send(upgrading, MESSAGE, KEYS)
  assert.deepEqual([status, failure], [null, 'the connection was closed before an answer'])
})

test('what is no HTTP is a failure, and so is a head that is too large', async (t) => {
  const garbled = await rawServer(t, (socket) => socket.end('SSH-2.0-OpenSSH\r\n\r\n'))
  assert.match(String((await senderOf(t).send(garbled, MESSAGE, KEYS)).failure), /^the answer is no HTTP \(HPE_\w+\)$/)
  const head = `HTTP/1.1 200 OK\r\nx-large: ${'a'.repeat(100_000)}\r\n\r\n`
  const large = await rawServer(t, (socket) => socket.end(head))
  assert.equal((await senderOf(t).send(large, MESSAGE, KEYS)).failure, "the answer's head is too large")
})

test('of an answer that floods no more is read than the bound, and the connection is closed', async (t) => {
  let sent = 0
  const closed = Promise.withResolvers<void>()
  const url = await rawServer(t, (socket) => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n')
    const flood = () => {
      while (!socket.destroyed && socket.write(Buffer.alloc(65_536))) sent += 65_536
    }
    socket.on('drain', flood)
    socket.once('close', () => closed.resolve())
    flood()
  })
  assert.deepEqual(await senderOf(t).send(url, MESSAGE, KEYS), {
    status: 200,
    failure: null,
    retryAfter: null,
    took: 0,
  })
  await closed.promise
  assert.ok(sent < 64 * MAXIMUM_ANSWER, `${sent} bytes were sent`)
})

test('a receiver that is not there is a failure that names nothing of its URL', async (t) => {
  const receiver = await WebhookReceiver.listening()
  const url = `${receiver.url}?token=secret`
  await receiver[Symbol.asyncDispose]()
  assert.equal((await senderOf(t).send(url, MESSAGE, KEYS)).failure, 'the connection was refused')
})

test('a kept connection that its receiver has closed is no failure: it is sent again over a new one', async (t) => {
  let connections = 0
  const answer = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'
  const url = await rawServer(t, (socket) => {
    connections += 1
    socket.write(answer)
    // The next request over it finds it closed just then.
    socket.once('data', () => socket.resetAndDestroy())
  })
  const sender = senderOf(t)
  assert.equal((await sender.send(url, MESSAGE, KEYS)).failure, null)
  assert.equal((await sender.send(url, MESSAGE, KEYS)).failure, null)
  assert.equal(connections, 2)
})

test('a sender that is closed cuts off what it sends, and sends it on no new connection, nor anything else', async (t) => {
  await using receiver = await WebhookReceiver.listening()
  const sender = senderOf(t)
  assert.equal((await sender.send(receiver.url, MESSAGE, KEYS)).failure, null, 'and its connection is kept')
  receiver.answer = () => {}
  const sending = sender.send(receiver.url, MESSAGE, KEYS)
  await receiver.hasReceived(2)
  sender.close()
  await assert.rejects(sending, SenderClosedError)
  await assert.rejects(sender.send(receiver.url, MESSAGE, KEYS), SenderClosedError)
  for (let turns = 0; turns < 5; turns += 1) await setImmediate()
  assert.deepEqual([receiver.connections, receiver.received.length, sender.clock.pending], [1, 2, 0])
})

test('a sender that is closed within an answer cuts it off, too', async (t) => {
  await using receiver = await WebhookReceiver.listening()
  receiver.answer = (_request, response) => response.writeHead(500).write('{')
  const sender = senderOf(t)
  const sending = sender.send(receiver.url, MESSAGE, KEYS)
  await receiver.hasReceived(1)
  sender.close()
  await assert.rejects(sending, SenderClosedError)
})

test('a certificate that nobody trusts is a failure, and nothing is sent; so is what is no TLS', async (t) => {
  let asked = 0
  const fixture = (name: string) => readFileSync(new URL(`../../fixtures/self-signed.${name}.pem`, import.meta.url))
  const server = createSecureServer({ key: fixture('key'), cert: fixture('cert') }, () => (asked += 1))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const { port } = server.address() as { port: number }
  const untrusted = await senderOf(t).send(`https://localhost:${port}/`, MESSAGE, KEYS)
  assert.equal(untrusted.failure, 'no trusted TLS connection could be made (DEPTH_ZERO_SELF_SIGNED_CERT)')
  assert.equal(asked, 0)
  const plain = await rawServer(t, (socket) => socket.end('no TLS'))
  const { failure } = await senderOf(t).send(plain.replace('http:', 'https:'), MESSAGE, KEYS)
  assert.match(String(failure), /^no trusted TLS connection could be made/)
})

test('nothing is sent to a private address, nor over http, unless that is allowed', async (t) => {
  await using receiver = await WebhookReceiver.listening()
  await using receiver6 = await WebhookReceiver.listening('::1')
  const sender = senderOf(t, { isPrivateAllowed: false })
  const { port } = receiver
  const urls = [
    ...[
      `https://127.0.0.1:${port}/`,
      `https://127.1:${port}/`,
      `https://2130706433:${port}/`,
      `https://0x7f.1:${port}/`,
    ],
    ...[`https://[::1]:${receiver6.port}/`, `https://[::ffff:127.0.0.1]:${port}/`, `https://localhost:${port}/`],
  ]
  for (const url of urls) assert.equal((await sender.send(url, MESSAGE, KEYS)).failure, 'the address is private', url)
  assert.equal((await sender.send(receiver.url, MESSAGE, KEYS)).failure, 'the URL is not https')
  assert.deepEqual([receiver.connections, receiver6.connections], [0, 0])
  const allowed = await senderOf(t).send(`http://[::1]:${receiver6.port}/`, MESSAGE, KEYS)
  assert.equal(allowed.failure, null, 'where it is allowed it is sent')
})

test('a name that comes to lead to a private address is refused by the lookup that the connection is made by', async (t) => {
  await using receiver = await WebhookReceiver.listening()
  const resolved: string[] = []
  const sender = senderOf(t, {
    isPrivateAllowed: false,
    resolve: (hostname, _options, callback) => {
      resolved.push(hostname)
      callback(null, [{ address: '127.0.0.1', family: 4 }])
    },
  })
  const { failure } = await sender.send(`https://rebinding.example:${receiver.port}/`, MESSAGE, KEYS)
  assert.equal(failure, 'the address is private')
  assert.deepEqual(resolved, ['rebinding.example'], 'looked up once')
  assert.equal(receiver.connections, 0)
})
