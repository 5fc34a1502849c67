import assert from 'node:assert/strict'
import test from 'node:test'
import { isLoopback } from '../../../src/cli/serve/loopback.ts'

test('loopback: 127.0.0.0/8, ::1 and localhost, however written, and nothing else', () => {
  const own = ['127.0.0.1', '127.255.255.255', '127.0.0.0', '::1', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1', 'localhost']
  for (const host of [...own, 'LOCALHOST']) assert.equal(isLoopback(host), true, host)
  const others = ['0.0.0.0', '128.0.0.1', '126.255.255.255', '::', '::2', 'localhost.example', '127.0.0.1.example', '']
  for (const host of [...others, '[::1]', '127.1']) assert.equal(isLoopback(host), false, host)
})
