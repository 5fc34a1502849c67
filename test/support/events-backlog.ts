/** Sessions by the thousand whose deadlines are in no order that anybody would come across them in. */
import assert from 'node:assert/strict'
import type { Tenure } from '../../src/service/tenure.ts'
import { seeded } from './crash-chance.ts'
import { BORN, sdkClient, sdkSession } from './documents.ts'

/** The first deadline, and how far each is behind the one before it, epoch milliseconds and milliseconds. */
const FIRST_DEADLINE = BORN + 86_400_000
const APART = 1000

/** When the last of so many has fallen, and none of their second deadlines. */
export function afterLast(count: number): number {
  return FIRST_DEADLINE + count * APART
}

/** Every deadline, by the session's id. */
type Backlog = ReadonlyMap<string, number>

/** Imports so many sessions, each on a client of its own, to be abandoned so long after they expire. */
export async function importBacklog(
  tenure: Tenure,
  count: number,
  { seed, abandonedAfter }: { readonly seed: number; readonly abandonedAfter: number },
): Promise<Backlog> {
  const names = shuffled(count, seed)
  const deadlines = shuffled(count, seed + 1).map((place) => FIRST_DEADLINE + place * APART)
  const backlog = new Map(names.map((name, place) => [`sess_${name}`, deadlines[place] as number]))
  const documents = names.map((name, place) => {
    const id = `client_${name}`
    const expireAt = deadlines[place] as number
    const instants = { expireAt, abandonAt: expireAt + abandonedAfter }
    return sdkClient({ id }, [sdkSession({ id: `sess_${name}`, clientId: id, userId: `user_${name}`, ...instants })])
  })
  for await (const { result } of tenure.importClients(documents)) assert.equal(result, 'imported')
  return backlog
}

/** The numbers below one, each once. */
function shuffled(count: number, seed: number): readonly number[] {
  const chance = seeded(seed)
  const left = Array.from({ length: count }, (_, place) => place)
  return left.map((_, place) => {
    const other = place + chance.below(count - place)
    const [taken, kept] = [left[other] as number, left[place] as number]
    left[other] = kept
    left[place] = taken
    return taken
  })
}
