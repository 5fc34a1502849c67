// Sweeps a store at an instant until nothing is due, once it is told to begin; says how many sessions it settled, and for
// how many milliseconds it was at it.
import { openTenure } from '../../dist/src/index.js'
import { ManualClock } from '../../dist/src/simulation/index.js'

const [store, instant] = process.argv.slice(2)
const tenure = await openTenure({ store, clock: new ManualClock(Number(instant)) })
process.send('ready')
await new Promise((resolve) => process.once('message', resolve))
const begun = performance.now()
let settled = 0
for (let isDone = false; !isDone; ) {
  const outcome = await tenure.sweep({ limit: 10_000 })
  settled += outcome.settled
  isDone = outcome.isDone
  // What others have hold of is theirs, and is soon done.
  if (outcome.settled === 0 && !isDone) await new Promise((resolve) => setTimeout(resolve, 20))
}
process.send({ settled, milliseconds: performance.now() - begun })
await tenure.close()
process.disconnect()
