/**
 * A process that imports documents into a store, and writes the index of each result to a journal. Its arguments are
 * the store's URL, the journal's path and how many documents.
 */
import { openSync, writeSync } from 'node:fs'
import { openTenure } from '../../src/service/open-tenure.ts'
import { ManualClock } from '../../src/simulation/index.ts'
import { BORN, sdkClient, sdkSession } from './documents.ts'

/**
 * So many snapshots. Each tenth is of the client before it, some time later: one session was touched, and one has ended.
 * Each seventh is none.
 */
export function* manyDocuments(count: number): Generator<unknown> {
  for (let index = 0; index < count; index += 1) {
    const isLater = index % 10 === 9
    const name = String(isLater ? index - 1 : index).padStart(6, '0')
    yield index % 7 === 3 ? { id: `client_${name}` } : aClient(name, isLater ? 60_000 : 0)
  }
}

function aClient(name: string, later: number): unknown {
  const id = `client_${name}`
  const instants = { lastActiveAt: BORN + later, updatedAt: BORN + later }
  const touched = sdkSession({ id: `sess_${name}_a`, clientId: id, userId: `user_${name}`, ...instants })
  const status = later === 0 ? 'active' : 'ended'
  const ended = sdkSession({ id: `sess_${name}_b`, clientId: id, status, updatedAt: BORN + later })
  return sdkClient({ id, updatedAt: BORN + later, madeBy: 'a crash test' }, [touched, ended])
}

/** Imports so many documents, always at the same instant, and tells of each result. */
export async function importMany(store: string, count: number, told: (index: number) => void, begun = () => {}) {
  await using tenure = await openTenure({ store, clock: new ManualClock(BORN + 120_000) })
  begun()
  for await (const { index } of tenure.importClients(manyDocuments(count))) told(index)
}

const [, , store, path, count] = process.argv
if (store !== undefined && path !== undefined) {
  const journal = openSync(path, 'a')
  const told = (index: number) => writeSync(journal, `${index}\n`)
  await importMany(store, Number(count), told, () => writeSync(1, 'ready\n'))
}
