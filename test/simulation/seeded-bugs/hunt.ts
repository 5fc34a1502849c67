import { edited, inCopy, type RunInCopy } from '../../support/source-copy.ts'
import type { SeededBug } from './bugs.ts'

const SEEK = 'test/simulation/seeded-bugs/seek.ts'

/** The seed that a bug was found with, and what it broke; `null` where it was not found. */
export interface Found {
  readonly seed: number
  readonly broken: string | null
}

/** The text of a bug's file with the bug in it. @throws {TypeError} Where the text that it replaces is not there, or twice. */
export function withBug(bug: SeededBug): string {
  // What a bug keeps between calls has a place of its own, at the end of the module.
  const state = bug.to.includes('FIRST[') ? '\nconst FIRST: Record<string, StoredClient["sessions"]> = {}\n' : ''
  return edited(bug) + state
}

/** Makes a copy of the sources with a bug, without one where it is `null`, and runs programs in it. */
export function inCopyWith<T>(bug: SeededBug | null, use: (run: RunInCopy) => Promise<T>): Promise<T> {
  return inCopy({ beside: [SEEK], changed: bug && { file: bug.file, text: withBug(bug) } }, use)
}

/** Goes through seeds with a bug, until one breaks. */
export async function hunt(bug: SeededBug | null, seeds: number): Promise<Found> {
  const { out, err } = await inCopyWith(bug, (run) => run(SEEK, String(seeds)))
  if (out === '') throw new TypeError(err)
  return JSON.parse(out)
}
