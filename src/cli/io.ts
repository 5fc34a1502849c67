import type { Readable, Writable } from 'node:stream'
import type { Clock } from '../domain/clock.ts'

/** A standard stream that knows whether a person is looking at it. */
export type Terminal = Writable & { readonly isTTY?: boolean; readonly columns?: number }

/** What a command may touch of the process it runs in, so that a test can run it in its own. */
export interface Io {
  readonly stdin: Readable
  readonly stdout: Terminal
  readonly stderr: Terminal
  readonly env: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
  /** Resolves when the process is asked to stop; a command that waits for it ends by itself then. */
  readonly untilStopped?: () => Promise<void>
}

/** 0 fine, 1 some input was rejected, 2 usage or I/O. */
export type ExitCode = 0 | 1 | 2

/** How wide a page for people is where no terminal says, in columns. */
const PAGE_WIDTH = 100

/** Wrong usage, or a file that cannot be read or written: one line on standard error, exit 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** What a page for people is written on: the columns of standard output, and whether in colour. */
export function pageOf({ stdout, env }: Io): { readonly width: number; readonly colour: boolean } {
  return { width: stdout.columns ?? PAGE_WIDTH, colour: isColourful(stdout, env) }
}

/** Whether to colour what goes to a stream: on a terminal, and never with NO_COLOR. @see https://no-color.org */
export function isColourful(stream: Terminal, env: Io['env']): boolean {
  return stream.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb'
}
