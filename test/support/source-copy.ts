/** Copies of the sources with a change in them: a test of the tests, which have to notice it. */
import { execFile } from 'node:child_process'
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** What any program needs that loads the sources. */
const SOURCES = ['machines', 'src', 'schemas', 'package.json', 'tsconfig.json']

/** A text of a file, and what stands in its place in a copy. */
export interface Edit {
  readonly name: string
  readonly file: string
  readonly from: string
  readonly to: string
}

/** The text of an edit's file with the edit made. @throws {TypeError} Where the text that it replaces is not there, or twice. */
export function edited({ name, file, from, to }: Edit): string {
  const text = readFileSync(join(ROOT, file), 'utf8')
  if (text.split(from).length !== 2) throw new TypeError(`${name}: ${file} does not have its text exactly once`)
  return text.replace(from, () => to)
}

/** What a program in a copy of the sources printed, and how it ended. */
export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs Node with tsx in a copy. */
export type RunInCopy = (...args: readonly string[]) => Promise<Ran>

/** What a copy is made of. */
export interface CopyParts {
  /** Files and folders that are copied beside the sources. */
  readonly beside: readonly string[]
  /** A file with another text; `null` for the sources as they are. */
  readonly changed: { readonly file: string; readonly text: string } | null
}

/** Makes a copy of the sources, runs programs in it, and deletes it. */
export async function inCopy<T>({ beside, changed }: CopyParts, use: (run: RunInCopy) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'tenure-copy-'))
  try {
    // PostgreSQL's server, which runs as another account where this one is root, begins with a script of the copy's.
    chmodSync(folder, 0o755)
    for (const source of [...SOURCES, ...beside]) cpSync(join(ROOT, source), join(folder, source), { recursive: true })
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
    if (changed !== null) writeFileSync(join(folder, changed.file), changed.text)
    return await use((...args) => runIn(folder, args))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function runIn(folder: string, args: readonly string[]): Promise<Ran> {
  // A test runner that finds itself within another's run tells that one what it saw, and nobody else.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const options = { cwd: folder, env, maxBuffer: 2 ** 26 }
  return promisify(execFile)(process.execPath, ['--import', 'tsx', ...args], options).then(
    ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
    ({ code, stdout, stderr }) => ({ code, out: stdout, err: stderr }),
  )
}
