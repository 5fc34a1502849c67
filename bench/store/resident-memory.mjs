// The memory that a process of its own takes, by the built package: nothing of the benchmarks is in it.
//
//   node resident-memory.mjs FILE verify|sweep|import AT [IDS or DOCUMENTS]
//
// Says in JSON what was resident once the store was open, and at most, in bytes. It looks for itself: what the system
// says of the most begins with the process that it was forked from.
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { openTenure } from '../../dist/src/index.js'
import { ManualClock } from '../../dist/src/simulation/index.js'

const [file, work, at, list] = process.argv.slice(2)
const tenure = await openTenure({ store: `sqlite:${file}`, clock: new ManualClock(Number(at)) })
const open = process.memoryUsage.rss()
let most = open
let done = 0

function count(isDone) {
  if (isDone) done += 1
  if (done % 100 === 0) look()
}

function look() {
  most = Math.max(most, process.memoryUsage.rss())
}

setInterval(look, 10).unref()
if (work === 'verify') {
  for await (const id of createInterface({ input: createReadStream(list) })) count((await tenure.verify(id)).live)
} else if (work === 'sweep') {
  done = (await tenure.sweep({ limit: 1_000_000_000 })).settled
} else {
  const lines = createInterface({ input: createReadStream(list) })
  for await (const { result } of tenure.importClients(lines)) count(result === 'imported')
}
look()
await tenure.close()
console.log(JSON.stringify({ open, most, done }))
