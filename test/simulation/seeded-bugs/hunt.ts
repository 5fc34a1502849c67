import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { SeededBug } from './bugs.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

/** What is copied: everything that a simulation loads. */
const SOURCES = ['machines', 'src', 'schemas', 'package.json', 'tsconfig.json', 'test/simulation/seeded-bugs/seek.ts']

/** The seed that a bug was found with, and what it broke; `null` where it was not found. */
export interface Found {
  readonly seed: number
  readonly broken: string | null
}

/** The text of a bug's file with the bug in it. @throws {TypeError} Where the text that it replaces is not there, or twice. */
export function withBug({ name, file, from, to }: SeededBug): string {
  const text = readFileSync(join(ROOT, file), 'utf8')
  if (text.split(from).length !== 2) throw new TypeError(`${name}: ${file} does not have its text exactly once`)
  // What a bug keeps between calls has a place of its own, at the end of the module.
  const state = to.includes('FIRST[') ? '\nconst FIRST: Record<string, StoredClient["sessions"]> = {}\n' : ''
  return text.replace(from, () => to) + state
}

/** What a program in a copy of the sources printed, and how it ended. */
export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Makes a copy of the sources with a bug, without one where it is `null`, and runs programs in it. */
export async function inCopy<T>(
  bug: SeededBug | null,
  use: (run: (file: string, ...args: readonly string[]) => Promise<Ran>) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'tenure-bug-'))
  const run = async (file: string, ...args: readonly string[]): Promise<Ran> => {
    const child = promisify(execFile)(process.execPath, ['--import', 'tsx', file, ...args], { cwd: folder })
    return child.then(
      ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
      ({ code, stdout, stderr }) => ({ code, out: stdout, err: stderr }),
    )
  }
  try {
    for (const source of SOURCES) cpSync(join(ROOT, source), join(folder, source), { recursive: true })
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
    if (bug !== null) writeFileSync(join(folder, bug.file), withBug(bug))
    return await use(run)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Goes through seeds with a bug, until one breaks. */
export async function hunt(bug: SeededBug | null, seeds: number): Promise<Found> {
  const { out, err } = await inCopy(bug, (run) => run('test/simulation/seeded-bugs/seek.ts', String(seeds)))
  if (out === '') throw new TypeError(err)
  return JSON.parse(out)
}
