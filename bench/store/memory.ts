import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { EpochMs } from '../../src/domain/instant.ts'
import { NOTHING_DUE } from '../fleet.ts'
import { importDocuments } from './import.ts'
import type { SqliteFiles } from './sqlite-files.ts'
import { type Fleet, hourAfter, instantOf, sessionIds } from './stored-fleet.ts'

const CHILD = fileURLToPath(new URL('resident-memory.mjs', import.meta.url))

/** What a process of its own held in memory. */
export interface Memory {
  readonly what: string
  /** Once the store was open, and at most; bytes. */
  readonly open: number
  readonly most: number
}

/** A process that works on a SQLite file that holds a fleet: verifies, a sweep of a tenth of it, an import of as many. */
export function measureMemory(files: SqliteFiles, filled: string, fleet: Fleet): Memory[] {
  const part = Math.floor(fleet.size / 10)
  const stored = `${fleet.size.toLocaleString('en')} sessions in a SQLite file`
  const some = part.toLocaleString('en')
  const next = sessionIds(fleet)
  const ids = listed(files, () => next(), part)
  const documents = importDocuments(0, Math.floor(part / 4))
  const imported = listed(files, (index) => documents[index] as string, documents.length)
  const run = (what: string, path: string, work: string, at: EpochMs, list: string, expected: number): Memory => {
    const { open, most, done } = JSON.parse(
      execFileSync(process.execPath, [CHILD, path, work, String(at), list], { encoding: 'utf8' }),
    ) as { open: number; most: number; done: number }
    if (done !== expected) throw new Error(`${what}: ${done} were done, and not ${expected}`)
    return { what, open, most }
  }
  return [
    run(`${stored}: ${some} verifies`, filled, 'verify', hourAfter(fleet), ids, part),
    run(`${stored}: a sweep of ${some}`, files.copy(filled), 'sweep', instantOf(fleet, part), '', part),
    run(`${stored}: an import of ${some} more`, files.copy(filled), 'import', NOTHING_DUE, imported, documents.length),
  ]
}

/** A file of lines. */
function listed(files: SqliteFiles, line: (index: number) => string, lines: number): string {
  const path = files.path()
  writeFileSync(path, Array.from({ length: lines }, (_, index) => `${line(index)}\n`).join(''))
  return path
}
