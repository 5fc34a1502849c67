/** A worker of the events trials as a process: started, paused, killed, and in the end asked to stop. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Said, Told, Work } from './events-worker.ts'

const PROGRAM = new URL('events-worker.ts', import.meta.url).pathname

/** One process; it is dead, or is disposed of, and then another takes its place. */
export class EventsProcess implements AsyncDisposable {
  /** Fulfilled when it serves; rejected where it ended before, and was not killed. */
  readonly ready: Promise<void>
  readonly #process: ChildProcess
  readonly #ended: Promise<void>
  #url: string | null = null
  #isDoomed = false

  constructor(work: Work) {
    const node = ['--import', import.meta.resolve('tsx'), PROGRAM, JSON.stringify(work)]
    this.#process = spawn(process.execPath, node, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    const ready = Promise.withResolvers<void>()
    this.ready = ready.promise
    this.#process.once('message', ({ url }: Said) => {
      this.#url = url
      ready.resolve()
    })
    this.#ended = once(this.#process, 'exit').then(([code, signal]) => {
      this.#url = null
      ready.resolve()
      if (code !== 0 && !this.#isDoomed) throw new Error(`a worker ended with ${code ?? signal}: what it said is above`)
    })
    // Who waits for it comes later.
    this.#ended.catch(() => {})
  }

  /** Where it serves; `null` before, and once it is dead. */
  get url(): string | null {
    return this.#url
  }

  async kill(): Promise<void> {
    this.#isDoomed = true
    this.#process.kill('SIGKILL')
    await this.#ended
  }

  /**
   * Stops it in the middle of whatever it does, and has it go on later. Another process sees to that, so that it is not
   * left standing where this one dies meanwhile.
   */
  async pause(milliseconds: number): Promise<void> {
    const script = 'kill -STOP "$1" && sleep "$2"; kill -CONT "$1"'
    const args = ['-c', script, 'pause', String(this.#process.pid), String(milliseconds / 1000)]
    await once(spawn('sh', args, { stdio: 'ignore' }), 'exit')
  }

  tell(what: Told): void {
    if (this.#process.connected) this.#process.send(what)
  }

  /** Asks it to stop, and waits until it has. @throws {Error} Where it did not end well. */
  async stop(): Promise<void> {
    this.tell('stop')
    await this.#ended
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill().catch(() => {})
  }
}
