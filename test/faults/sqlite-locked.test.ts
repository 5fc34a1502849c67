import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { openTenure } from '../../src/service/open-tenure.ts'
import { driverFaultOf } from '../support/fault-error.ts'
import { temporaryFolder } from '../support/run-tenure.ts'

const LOCKED = ['ERR_STORE_UNAVAILABLE', /kept the database locked .*: try again/] as const

test('a file that another process keeps locked is read, and not written until it lets go', async (t) => {
  const path = temporaryFolder(t)('tenure.db')
  await using tenure = await openTenure({ store: `sqlite:${path}`, sqlite: { busyTimeout: 20 } })
  await tenure.signIn({ userId: 'user_1', sessionId: 'sess_1' })
  const holder = await Holder.of(t, path)
  const error = await driverFaultOf(tenure.end('sess_1'), ...LOCKED)
  assert.equal(error.isRetryable, true)
  assert.equal((await tenure.verify('sess_1')).live, true)
  // A file that is up to date is opened all the same.
  await using other = await openTenure({ store: `sqlite:${path}`, sqlite: { busyTimeout: 20 } })
  await driverFaultOf(other.signIn({ userId: 'user_1' }), ...LOCKED)
  await holder.release(0)
  assert.equal(await holder.said(), 'released')
  assert.equal((await tenure.end('sess_1')).changed, true)
  assert.equal((await tenure.history({ sessionId: 'sess_1' })).total, 2)
})

test('a write waits for another process that lets go within the busy timeout', async (t) => {
  const path = temporaryFolder(t)('tenure.db')
  const store = `sqlite:${path}`
  await using tenure = await openTenure({ store, sqlite: { busyTimeout: 60_000 } })
  await using hasty = await openTenure({ store, sqlite: { busyTimeout: 0 } })
  const holder = await Holder.of(t, path)
  await holder.release(300)
  await driverFaultOf(hasty.signIn({ userId: 'user_1' }), ...LOCKED)
  assert.equal((await tenure.signIn({ userId: 'user_1' })).changed, true)
  assert.equal(await holder.said(), 'released')
})

test('a new file that another process keeps locked is opened when it lets go', async (t) => {
  const path = temporaryFolder(t)('tenure.db')
  const holder = await Holder.of(t, path)
  const store = `sqlite:${path}`
  await driverFaultOf(openTenure({ store, sqlite: { busyTimeout: 20 } }), ...LOCKED)
  await holder.release(200)
  await using tenure = await openTenure({ store, sqlite: { busyTimeout: 60_000 } })
  assert.equal((await tenure.signIn({ userId: 'user_1' })).changed, true)
})

test('a reader of a file without a log keeps it from being opened, until it is done', async (t) => {
  const path = temporaryFolder(t)('tenure.db')
  const store = `sqlite:${path}`
  await (await openTenure({ store })).close()
  const reader = new DatabaseSync(path)
  reader.exec('PRAGMA journal_mode = DELETE; BEGIN; SELECT count(*) FROM clients')
  const { length } = reader.prepare('SELECT id FROM clients').all()
  assert.equal(length, 0)
  await driverFaultOf(openTenure({ store, sqlite: { busyTimeout: 20 } }), ...LOCKED)
  reader.exec('COMMIT')
  await using tenure = await openTenure({ store, sqlite: { busyTimeout: 20 } })
  assert.equal((await tenure.signIn({ userId: 'user_1' })).changed, true)
  reader.close()
})

/** Another process that has a file's lock from the beginning. */
class Holder {
  readonly #process: ChildProcess
  readonly #lines: AsyncIterator<string>

  private constructor(process: ChildProcess, lines: AsyncIterator<string>) {
    this.#process = process
    this.#lines = lines
  }

  static async of(t: TestContext, path: string): Promise<Holder> {
    const program = new URL('../support/fault-holder.ts', import.meta.url).pathname
    const args = ['--import', import.meta.resolve('tsx'), program, path]
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    t.after(() => child.kill('SIGKILL'))
    const holder = new Holder(child, createInterface({ input: child.stdout })[Symbol.asyncIterator]())
    assert.equal(await holder.said(), 'held')
    return holder
  }

  /** Has it let go in so many milliseconds; returns when it has heard. */
  async release(delay: number): Promise<void> {
    this.#process.stdin?.write(`${delay}\n`)
    assert.equal(await this.said(), 'asked')
  }

  async said(): Promise<string> {
    return (await this.#lines.next()).value
  }
}
