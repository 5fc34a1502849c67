import { Closing } from '../run/closing.ts'
import type { Processes } from '../run/processes.ts'
import type { World } from '../run/world.ts'
import type { SeededRandomness } from '../seeded-randomness.ts'

/**
 * Has all sessions of a user revoked, but for one perhaps, and holds the answer to what was written.
 *
 * @param moment What is met by it, where it revoked any.
 */
export async function revokeAllOf(
  world: World,
  processes: Processes,
  randomness: SeededRandomness,
  { userId, except, name, moment }: { userId: string; except?: string; name: string; moment: string },
): Promise<void> {
  const { oracle, journal } = world
  const closing = new Closing(world, { userId }, except)
  const request = { userId, except, askedBy: name }
  const answer = await processes.ask(name, randomness, (tenure) => tenure.revokeAll(request), closing.probe)
  journal.note(`${name} ${moment}: ${answer?.revoked ?? 'nobody knows how many'} revoked`)
  if (answer === null) return
  closing.hold(`${name} ${moment}`, 1)
  // What was revoked by a call whose answer was lost is not in the answer.
  const revoked = oracle.changedBy(name)
  if (answer.revoked > revoked) {
    journal.breach('acknowledged-is-kept', `${name} was answered ${answer.revoked}, and ${revoked} were revoked`)
  }
  if (answer.revoked > 0) journal.meet(moment)
}
