import { getActiveResourcesInfo } from 'node:process'
import { scheduler } from 'node:timers/promises'

/** How often at most the event loop goes round before something is said never to rest: a second or so. */
const MOST_TURNS = 100_000

/** How many turns of the event loop are asked for here: two that wait at once must not wait for each other. */
let asked = 0

/**
 * Waits until nothing is left to run: no promise whose turn it is, and no immediate, which `scheduler.yield` is one of.
 *
 * Between two immediates Node runs every promise whose turn it is, so whatever wants another turn has asked for it by then.
 * What waits for an operating system's answer, or for a timer of Node's own, does not count.
 *
 * @throws {TypeError} Where something asks for another turn again and again.
 */
export async function quiet(): Promise<void> {
  for (let turns = 0; turns < MOST_TURNS; turns += 1) {
    asked += 1
    await scheduler.yield()
    asked -= 1
    const wanted = getActiveResourcesInfo().filter((resource) => resource === 'Immediate').length
    if (wanted <= asked) return
  }
  throw new TypeError('something never rests: each time it runs, it asks for another turn')
}
