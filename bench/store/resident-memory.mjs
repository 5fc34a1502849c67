// The memory that a process of its own takes, by the built package: nothing of the benchmarks is in it.
//
//   node resident-memory.mjs FILE verify|sweep|import AT [IDS or DOCUMENTS]
//
// Says in JSON what was resident once the store was open, and at most, in bytes.
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { openTenure } from '../../dist/src/index.js'
import { ManualClock } from '../../dist/src/simulation/index.js'

const [file, work, at, list] = process.argv.slice(2)
const tenure = await openTenure({ store: `sqlite:${file}`, clock: new ManualClock(Number(at)) })
const open = process.memoryUsage.rss()
let done = 0
if (work === 'verify') {
  for await (const id of createInterface({ input: createReadStream(list) })) {
    if ((await tenure.verify(id)).live) done += 1
  }
} else if (work === 'sweep') {
  done = (await tenure.sweep({ limit: 1_000_000_000 })).settled
} else {
  for await (const { result } of tenure.importClients(createInterface({ input: createReadStream(list) }))) {
    if (result === 'imported') done += 1
  }
}
await tenure.close()
console.log(JSON.stringify({ open, most: process.resourceUsage().maxRSS * 1024, done }))
