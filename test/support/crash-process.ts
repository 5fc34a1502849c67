/** A process that a crash test starts from a program of this folder, and kills. */
import { type ChildProcess, spawn } from 'node:child_process'

export type Program = 'crash-worker' | 'crash-importer' | 'crash-opener'

const PARENT = process.ppid

/** Ends this process where who started it has died: nobody would kill it any more. To be asked again and again. */
export function endWithParent(): void {
  if (process.ppid !== PARENT) process.exit(1)
}

/** Begins when it writes to standard output, and is not waited for by anybody who ends. */
export class DoomedProcess {
  /** Fulfilled when it has begun, or is dead. */
  readonly ready: Promise<void>
  /** Fulfilled when it is dead by `kill`, or has come to its end; rejected where it ended in another way. */
  readonly ended: Promise<'killed' | 'done'>
  readonly #process: ChildProcess

  constructor(program: Program, args: readonly string[]) {
    const path = new URL(`${program}.ts`, import.meta.url).pathname
    const node = ['--import', import.meta.resolve('tsx'), path, ...args]
    this.#process = spawn(process.execPath, node, { stdio: ['ignore', 'pipe', 'inherit'] })
    const begun = Promise.withResolvers<void>()
    const ended = Promise.withResolvers<'killed' | 'done'>()
    this.ready = begun.promise
    this.ended = ended.promise
    // Who waits for it comes later.
    this.ended.catch(() => {})
    this.#process.stdout?.once('data', () => begun.resolve()).resume()
    this.#process.once('error', ended.reject)
    this.#process.once('close', (code, signal) => {
      begun.resolve()
      if (signal === 'SIGKILL') ended.resolve('killed')
      else if (code === 0) ended.resolve('done')
      else ended.reject(new Error(`${program} ended with ${code ?? signal}: what it said is above`))
    })
  }

  kill(): Promise<'killed' | 'done'> {
    this.#process.kill('SIGKILL')
    return this.ended
  }
}
