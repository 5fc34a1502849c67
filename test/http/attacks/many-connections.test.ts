import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { exchange, requestText } from '../../support/raw-http.ts'
import { SLOW } from '../../support/slow.ts'

const CONNECTIONS = 10_000
const BATCH = 500

/** Files that each process has open besides its connections, at most. */
const BESIDES = 200

/**
 * How much more a server may have in memory with all connections open than before, bytes each.
 *
 * Measured at 19,000 each, Node 24 on Linux x64, two cores.
 */
const BYTES_EACH = 40_000

const files = Number(spawnSync('sh', ['-c', 'ulimit -n']).stdout.toString().trim().replace('unlimited', 'Infinity'))
const tooFew =
  !(files >= CONNECTIONS + BESIDES) &&
  `NOT TESTED: ulimit -n is ${files}, and ${CONNECTIONS + BESIDES} files are needed`

test('10,000 connections are kept open, each asks twice, and the memory that they take is bounded', {
  skip: tooFew || SLOW.skip,
}, async (t) => {
  const server = new Server()
  t.after(() => server.end())
  const { url, key } = await server.said<{ url: string; key: string }>()
  const request = requestText('GET', '/v1/sessions/sess_1', { authorization: `Bearer ${key}` })
  for (let warming = 0; warming < 200; warming += 1) await exchange(url, request)
  const before = await server.memory()
  const connections: Connection[] = []
  t.after(() => {
    for (const connection of connections) connection.socket.destroy()
  })
  while (connections.length < CONNECTIONS) {
    const batch = await Promise.all(Array.from({ length: BATCH }, () => Connection.to(url)))
    connections.push(...batch)
    await Promise.all(batch.map((connection) => connection.ask(request)))
  }
  const open = await server.memory()
  assert.equal(open.connections, CONNECTIONS)
  for (let first = 0; first < CONNECTIONS; first += BATCH) {
    await Promise.all(connections.slice(first, first + BATCH).map((connection) => connection.ask(request)))
  }
  const after = await server.memory()
  assert.equal(after.connections, CONNECTIONS)
  const each = Math.max(open.bytes, after.bytes) - before.bytes
  t.diagnostic(
    `${Math.round(each / CONNECTIONS)} bytes a connection; ${Math.round(after.bytes / 1_048_576)} MiB in all`,
  )
  assert.ok(each / CONNECTIONS < BYTES_EACH, `${Math.round(each / CONNECTIONS)} bytes a connection`)
  for (const connection of connections) connection.socket.destroy()
  assert.equal((await exchange(url, request)).status, 200)
})

/** A connection that keeps nothing of what it was answered but the status. */
class Connection {
  readonly socket: Socket
  #answered: ((status: string) => void) | undefined

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk) => this.#answered?.(chunk.toString('latin1', 0, 12)))
    for (const event of ['error', 'close'] as const) socket.on(event, () => this.#answered?.(event))
  }

  static async to(url: string): Promise<Connection> {
    const { hostname, port } = new URL(url)
    const socket = connect(Number(port), hostname)
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    return new Connection(socket)
  }

  /** Asks, and fails where the answer is not that it went well. */
  async ask(request: string): Promise<void> {
    const status = await new Promise<string>((resolve) => {
      this.#answered = resolve
      this.socket.write(request)
    })
    this.#answered = undefined
    assert.equal(status, 'HTTP/1.1 200')
  }
}

class Server {
  readonly #process: ChildProcess
  readonly #lines: AsyncIterator<string>

  constructor() {
    const program = new URL('./programs/serve.ts', import.meta.url).pathname
    const args = ['--expose-gc', '--import', import.meta.resolve('tsx'), program]
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#process = child
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  }

  async said<T>(): Promise<T> {
    return JSON.parse((await this.#lines.next()).value)
  }

  async memory(): Promise<{ readonly bytes: number; readonly connections: number }> {
    this.#process.stdin?.write('memory\n')
    return this.said()
  }

  end(): void {
    this.#process.kill('SIGKILL')
  }
}
