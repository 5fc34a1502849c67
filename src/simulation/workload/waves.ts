import { happens } from '../run/chance.ts'
import type { Processes } from '../run/processes.ts'
import type { World } from '../run/world.ts'
import type { Owner } from './population.ts'
import { revokeAllOf } from './revoke-all.ts'

/** Sets the waves of revocations: for each user whom one hits, the instant at which all sessions are revoked. */
export function startWaves(world: World, processes: Processes, people: readonly Owner[]): void {
  const { agenda, randomness, scenario, end } = world
  const { start, waves } = scenario.workload
  const users = [...new Set(people.map(({ userId }) => userId))]
  for (const [place, { after, within, share }] of waves.entries()) {
    for (const userId of users) {
      const own = randomness.fork(`wave ${place} ${userId}`)
      const at = start + after + own.integer(within)
      if (!happens(own, share) || at >= end) continue
      const name = `wave${place}-${userId}`
      agenda.at(at, () => revokeAllOf(world, processes, own, { userId, name, moment: 'wave' }))
    }
  }
}
