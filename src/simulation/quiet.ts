import { getActiveResourcesInfo } from 'node:process'
import { scheduler } from 'node:timers/promises'

/** How often at most the event loop goes round before something is said never to rest: a second or two. */
const MOST_TURNS = 1_000_000

/**
 * Waits until nothing is left to run: no promise whose turn it is, and no immediate, which `scheduler.yield` is one of.
 *
 * What waits for an operating system's answer, or for a timer of Node's own, does not count. Of what has just been answered
 * the promises are still to run when the loop is first looked at: it has to be found idle twice in a row.
 *
 * @throws {TypeError} Where something asks for another turn again and again.
 */
export async function quiet(): Promise<void> {
  for (let turns = 0, idle = 0; idle < 2; turns += 1) {
    if (turns === MOST_TURNS) throw new TypeError('something never rests: each time it runs, it asks for another turn')
    await scheduler.yield()
    idle = getActiveResourcesInfo().includes('Immediate') ? 0 : idle + 1
  }
}
