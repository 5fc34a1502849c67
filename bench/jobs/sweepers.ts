/** Several processes that sweep one PostgreSQL database together. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { PostgresDatabases } from '../store/postgres-databases.ts'
import { type Fleet, instantOf } from '../store/stored-fleet.ts'

const SWEEPING = fileURLToPath(new URL('sweeping.mjs', import.meta.url))

/** How many processes there were, and how fast they were together. */
export interface Sweepers {
  readonly processes: number
  readonly perSecond: number
  /** How many sessions each settled. */
  readonly shares: readonly number[]
}

/** Sweeps a fleet that is due as a whole, a copy of it for each number of processes. */
export async function measureSweepers(
  databases: PostgresDatabases,
  filled: string,
  fleet: Fleet,
  counts: readonly number[],
): Promise<Sweepers[]> {
  const found: Sweepers[] = []
  for (const count of counts) {
    const url = await databases.copy(filled)
    found.push(await sweepTogether(url, fleet, count))
    await databases.drop(url)
  }
  return found
}

async function sweepTogether(url: string, fleet: Fleet, processes: number): Promise<Sweepers> {
  const due = String(instantOf(fleet, fleet.size))
  const children = Array.from({ length: processes }, () => fork(SWEEPING, [url, due]))
  await Promise.all(children.map((child) => once(child, 'message')))
  const begun = performance.now()
  const ends = children.map(async (child) => {
    child.send('begin')
    const ended = once(child, 'exit')
    const [said] = (await once(child, 'message')) as [{ readonly settled: number }]
    const [code] = await ended
    if (code !== 0) throw new Error(`a process that swept ended with ${code}`)
    return said.settled
  })
  const shares = await Promise.all(ends)
  const settled = shares.reduce((sum, share) => sum + share, 0)
  if (settled !== fleet.size) throw new Error(`${settled} sessions were swept, and ${fleet.size} were due`)
  return { processes, perSecond: settled / ((performance.now() - begun) / 1000), shares }
}
