/** The process beside a test process that starts, stops and clears away its PostgreSQL server. */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { Socket } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'

const SCRIPT = fileURLToPath(new URL('keep-postgres.sh', import.meta.url))

/** Whom a server runs as, where it cannot run as who started it. */
export interface Account {
  readonly uid: number
  readonly gid: number
}

/** Paths of PostgreSQL's programs. */
export interface Binaries {
  readonly initdb: string
  readonly postgres: string
}

/** Runs the commands of `keep-postgres.sh`, one after another. It keeps no process alive but while a command runs. */
export class PostgresKeeper {
  readonly #folder: string
  readonly #process: ChildProcessByStdio<Writable, Readable, null>
  readonly #ended: Promise<void>
  readonly #answers: AsyncIterator<string>
  #pending = 0

  constructor(folder: string, { initdb, postgres }: Binaries, account: Account | undefined) {
    this.#folder = folder
    const log = openSync(this.#log, 'a')
    const keeper = spawn('sh', [SCRIPT, folder, initdb, postgres], {
      // Out of reach of the signals that a terminal sends to the whole group.
      detached: true,
      // Not the PG* variables, which would change what the server does.
      env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' },
      stdio: ['pipe', 'pipe', log],
      ...account,
    }) as ChildProcessByStdio<Writable, Readable, null>
    closeSync(log)
    this.#process = keeper
    this.#ended = new Promise((resolve) => keeper.once('exit', () => resolve()).once('error', () => resolve()))
    // A keeper that is gone shows in the answer that is missing.
    keeper.stdin.on('error', () => {})
    this.#answers = createInterface({ input: keeper.stdout })[Symbol.asyncIterator]()
    this.#hold(false)
  }

  /**
   * Runs one command of the script, such as `stop fast`.
   *
   * @throws Error where it fails; the message ends with all that the server and its programs have said.
   */
  async run(command: string): Promise<void> {
    const answer = await this.#whileHeld(() => {
      this.#process.stdin.write(`${command}\n`)
      return this.#answers.next()
    })
    if (answer.value === '0') return
    throw new Error(`PostgreSQL: "${command}" failed\n${await readFile(this.#log, 'utf8')}`)
  }

  /** Ends the server at once, and removes its folder. Done twice, it does nothing. */
  async end(): Promise<void> {
    this.#process.stdin.end()
    await this.#whileHeld(() => this.#ended)
    // For the case that the keeper could not even enter it.
    await rm(this.#folder, { recursive: true, force: true })
  }

  get #log(): string {
    return join(this.#folder, 'log')
  }

  async #whileHeld<T>(work: () => Promise<T>): Promise<T> {
    if (this.#pending++ === 0) this.#hold(true)
    try {
      return await work()
    } finally {
      if (--this.#pending === 0) this.#hold(false)
    }
  }

  /** Whether this process waits for the keeper before it ends. */
  #hold(held: boolean): void {
    for (const part of [this.#process, this.#process.stdin, this.#process.stdout]) {
      if (part === this.#process || part instanceof Socket) held ? part.ref() : part.unref()
    }
  }
}
