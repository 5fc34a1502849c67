import { happens, weighted } from '../run/chance.ts'
import type { SeededRandomness } from '../seeded-randomness.ts'
import type { Workload } from './workload.ts'

/** A client, and who uses it. */
export interface Owner {
  readonly place: number
  readonly userId: string
  /** Somebody else who signs in there, too. */
  readonly guestId: string | null
}

/** Who uses which client. With fewer clients the first ones are used by the same people as with more. */
export function populate(
  { devices, sharedDevices }: Pick<Workload, 'devices' | 'sharedDevices'>,
  clients: number,
  randomness: SeededRandomness,
): readonly Owner[] {
  const owners: Owner[] = []
  for (let user = 1; owners.length < clients; user += 1) {
    const has = weighted(randomness, devices) + 1
    for (let device = 0; device < has; device += 1) {
      const isShared = happens(randomness, sharedDevices)
      // Somebody who was there before, so that guests have clients of their own.
      const guest = isShared && user > 1 ? randomness.integer(user - 1) + 1 : null
      owners.push({
        place: owners.length + 1,
        userId: `user_${user}`,
        guestId: guest === null ? null : `user_${guest}`,
      })
    }
  }
  return owners.slice(0, clients)
}
