/** Runs the command line: in this process with streams that a test holds, or as a process of its own. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable, type Writable } from 'node:stream'
import type { TestContext } from 'node:test'
import { main } from '../../src/cli/main.ts'
import type { Clock } from '../../src/domain/clock.ts'
import { ManualClock } from '../../src/simulation/index.ts'
import { BORN } from './documents.ts'

export interface Surroundings {
  /** What is piped in; nothing where it is left out. */
  readonly stdin?: string | Buffer | Readable
  /** Whether standard output and standard error are a terminal. */
  readonly isTTY?: boolean
  readonly columns?: number
  readonly env?: Readonly<Record<string, string>>
  /** Stands at {@link BORN} where it is left out. */
  readonly clock?: Clock
  /** Takes the place of standard output. */
  readonly stdout?: Writable
  /** Resolves when the process would be asked to stop. */
  readonly untilStopped?: () => Promise<void>
}

export interface Run {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Runs `tenure` in this process. */
export async function tenure(args: readonly string[], around: Surroundings = {}): Promise<Run> {
  const { stdin = '', isTTY, columns, env = {}, clock = new ManualClock(BORN), untilStopped } = around
  const terminal = { ...(isTTY === undefined ? {} : { isTTY }), ...(columns === undefined ? {} : { columns }) }
  const stdout = Object.assign(around.stdout ?? new PassThrough(), terminal)
  const stderr = Object.assign(new PassThrough(), terminal)
  const out = gather(stdout)
  const err = gather(stderr)
  const input =
    stdin instanceof Readable ? stdin : Readable.from(stdin.length === 0 ? [] : [Buffer.from(stdin as string)])
  const stopping = untilStopped === undefined ? {} : { untilStopped }
  const code = await main(args, { stdin: input, stdout, stderr, env, clock, ...stopping })
  return { code, out: out(), err: err() }
}

/** What runs `tenure` from its sources, with options for Node before it. */
export function commandLine(args: readonly string[], node: readonly string[] = []): { file: string; args: string[] } {
  const command = new URL('../../src/cli/tenure.ts', import.meta.url).pathname
  return { file: process.execPath, args: ['--import', import.meta.resolve('tsx'), ...node, command, ...args] }
}

/** Starts `tenure` in a process of its own. */
export function spawnTenure(
  args: readonly string[],
  { node, ...options }: SpawnOptions & { readonly node?: readonly string[] } = {},
): ChildProcess {
  const command = commandLine(args, node)
  return spawn(command.file, command.args, options)
}

/** Waits for a process that was started, and gathers what it says where that is piped. */
export async function ended(child: ChildProcess): Promise<Run & { readonly signal: string | null }> {
  const out = gather(child.stdout)
  const err = gather(child.stderr)
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (...end) => resolve(end))
  })
  return { code, signal, out: out(), err: err() }
}

/** A folder of a test's own, gone when it ends. */
export function temporaryFolder(t: TestContext): (name: string) => string {
  const folder = mkdtempSync(join(tmpdir(), 'tenure-test-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return (name) => join(folder, name)
}

/** The values of NDJSON. */
export function linesOf(text: string): Record<string, unknown>[] {
  return text === ''
    ? []
    : text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>)
}

function gather(stream: object | null): () => string {
  const pieces: Buffer[] = []
  if (stream instanceof Readable) stream.on('data', (piece: Buffer) => pieces.push(piece))
  return () => Buffer.concat(pieces).toString()
}
