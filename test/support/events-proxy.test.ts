import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { test } from 'node:test'
import { FaultyProxy } from './events-proxy.ts'

const LINES = 2_000

/** Keeps the loop from its timers, as a busy machine does. */
function block(milliseconds: number): void {
  for (const until = performance.now() + milliseconds; performance.now() < until; );
}

test('what passes while delays come and go, and timers are late, arrives whole and in its order', {
  timeout: 30_000,
}, async () => {
  const server = createServer((socket) => {
    let next = 0
    socket.on('error', () => {})
    const talking = setInterval(() => {
      for (let pieces = 0; pieces < 3; pieces += 1) socket.write(`${next++}\n`)
      if (next >= LINES) clearInterval(talking)
    }, 1)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  await using proxy = await FaultyProxy.before(`postgres://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const driver = connect(Number(new URL(proxy.url).port), '127.0.0.1').setEncoding('utf8')
  let turn = 0
  const disturbing = setInterval(() => {
    turn += 1
    if (turn % 3 === 0) proxy.calm()
    else proxy.delay(turn % 20)
    block(turn % 5)
  }, 4)
  let text = ''
  for await (const piece of driver) {
    text += piece
    if (text.split('\n').length > LINES) break
  }
  clearInterval(disturbing)
  server.close()
  const lines = text.split('\n').slice(0, LINES)
  assert.deepEqual(
    lines,
    lines.map((_, index) => String(index)),
  )
  assert.equal(lines.length, LINES)
})
