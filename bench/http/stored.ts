/** A fleet for the service: most of its sessions signed in, one in ten imported with a document. */
import { openTenure } from '../../src/service/open-tenure.ts'
import { NOTHING_DUE, wireClientOf } from '../fleet.ts'
import type { ParsedClient, ParsedSession } from '../store/import.ts'
import { type Fleet, fleetOf } from '../store/stored-fleet.ts'

const HOUR = 3_600_000

/** Sessions of an imported client. */
const SESSIONS_A_CLIENT = 4

/** The part of a fleet of so many that signs in. */
export function signedInOf(size: number): Fleet {
  return fleetOf(size - importedOf(size))
}

/** Imports the other part into a store that has the first. */
export async function importRest(store: string, size: number): Promise<void> {
  await using tenure = await openTenure({ store })
  const clients = importedOf(size) / SESSIONS_A_CLIENT
  // They were created within the last day.
  const shift = Date.now() - NOTHING_DUE - HOUR
  const documents = Array.from({ length: clients }, (_, index) =>
    JSON.stringify(wireClientOf(index, SESSIONS_A_CLIENT), (name, value) =>
      name.endsWith('_at') && typeof value === 'number' ? value + shift : value,
    ),
  )
  for await (const { result } of tenure.importClients(documents)) {
    if (result !== 'imported') throw new Error(`a document of the fleet was not imported: ${result}`)
  }
}

/** So many of a store's sessions, in no order, none twice. */
export async function someSessions(store: string, size: number, wanted: number): Promise<ParsedSession[]> {
  await using tenure = await openTenure({ store })
  const found: ParsedSession[] = []
  for await (const line of tenure.exportClients({ form: 'wire' })) {
    found.push(...(JSON.parse(line) as ParsedClient).sessions)
  }
  if (found.length !== size) throw new Error(`${found.length} sessions of ${size} are stored`)
  return shuffled(found).slice(0, wanted)
}

function importedOf(size: number): number {
  return Math.floor(size / 10 / SESSIONS_A_CLIENT) * SESSIONS_A_CLIENT
}

/** The same each time: a linear congruential generator, modulo 2^31, draws the places. */
function shuffled<T>(items: readonly T[]): T[] {
  const all = [...items]
  let state = 1
  for (let last = all.length - 1; last > 0; last -= 1) {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    const drawn = Math.floor((state / 2 ** 31) * (last + 1))
    ;[all[last], all[drawn]] = [all[drawn] as T, all[last] as T]
  }
  return all
}
