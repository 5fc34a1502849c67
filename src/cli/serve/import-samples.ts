import { counted } from '../../domain/counted.ts'
import type { EpochMs } from '../../domain/instant.ts'
import type { Tenure } from '../../service/tenure.ts'
import { findInputs, readBatches } from '../inputs.ts'
import type { Io } from '../io.ts'

/**
 * Imports snapshots into a store that has no clients yet, so that there is something to look at.
 *
 * They are moved in time, all by as much, so that the last change in any of them was just now: old samples would show
 * nothing but what is long over.
 *
 * @throws {UsageError} When the file cannot be read.
 */
export async function importSamples(tenure: Tenure, file: string, io: Io): Promise<void> {
  if ((await tenure.listClients({ limit: 1, isCounted: false })).total > 0) return
  const samples: unknown[] = []
  for await (const { documents } of readBatches(findInputs([file], io), io)) {
    for (const { text } of documents) samples.push(parsed(text ?? ''))
  }
  const age = io.clock.now() - samples.reduce<number>((latest, sample) => Math.max(latest, lastChange(sample)), 0)
  let imported = 0
  const moved = samples.map((sample) => movedBy(sample, age))
  for await (const { result } of tenure.importClients(moved)) if (result === 'imported') imported += 1
  io.stderr.write(`tenure: ${counted(imported, 'sample client')} imported, as if they were taken just now\n`)
}

/** What is no JSON goes along as it is, and is rejected with the others. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** The names of instants in either form. */
const INSTANT = /(?:At|_at)$/

/** The latest instant at which something happened; deadlines have not happened. */
function lastChange(value: unknown): EpochMs {
  if (typeof value !== 'object' || value === null) return 0 as EpochMs
  const instants = Object.entries(value).map(([name, member]) => {
    const isPast = INSTANT.test(name) && !/^(?:expire|abandon)/.test(name) && typeof member === 'number'
    return isPast ? member : lastChange(member)
  })
  return Math.max(0, ...instants) as EpochMs
}

function movedBy(value: unknown, age: number): unknown {
  if (Array.isArray(value)) return value.map((item) => movedBy(item, age))
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).map(([name, member]) => {
    return [name, INSTANT.test(name) && typeof member === 'number' ? member + age : movedBy(member, age)]
  })
  return Object.fromEntries(members)
}
