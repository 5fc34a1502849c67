/**
 * A service in a process of its own, for what a test process had better not hold both ends of. It says where it is, with
 * which key, in a line of JSON; told `memory` on standard input it says how much it has, in bytes, and without an input it ends.
 */
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { openHttpService } from '../../../support/http-service.ts'
import { connectionsOf } from '../../../support/raw-http.ts'
import { sqliteMemory } from '../../../support/stores.ts'

const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
const http = await openHttpService(sqliteMemory(), {
  options: { log: { stream: nowhere, level: 'info', sessionIds: 'hashed' } },
})
await http.ask('POST', '/v1/sign_in', { user_id: 'user_1', session_id: 'sess_1' })
const say = (what: object) => process.stdout.write(`${JSON.stringify(what)}\n`)
say({ url: http.url, key: http.key })
for await (const line of createInterface({ input: process.stdin })) {
  if (line !== 'memory') continue
  // What can be collected is nobody's.
  globalThis.gc?.()
  say({ bytes: process.memoryUsage().rss, connections: await connectionsOf(http.service) })
}
http.service.app.server.closeAllConnections()
await http[Symbol.asyncDispose]()
