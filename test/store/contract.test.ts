/** What every kind of store promises: one suite over SQLite in a file, SQLite in memory, and a real PostgreSQL. */
import { describe } from 'node:test'
import { overStores, plainMemory, type StoreKind } from '../support/stores.ts'
import { changes } from './contract/change.ts'
import { changesDue } from './contract/change-due.ts'
import { closing } from './contract/closing.ts'
import { commits } from './contract/commit.ts'
import { deadJobs } from './contract/dead-jobs.ts'
import { due } from './contract/due.ts'
import { errands } from './contract/errands.ts'
import { feed } from './contract/feed.ts'
import { items } from './contract/items.ts'
import { lists } from './contract/lists.ts'
import { queues } from './contract/queues.ts'
import { reads } from './contract/read.ts'
import { roundTrips } from './contract/round-trip.ts'
import { snapshots } from './contract/snapshot.ts'
import { statuses } from './contract/status-at.ts'

const CONTRACT = {
  roundTrips,
  reads,
  commits,
  changes,
  changesDue,
  lists,
  feed,
  statuses,
  errands,
  due,
  items,
  queues,
  deadJobs,
  snapshots,
  closing,
}

function define(kind: StoreKind): void {
  for (const [what, promises] of Object.entries(CONTRACT)) describe(what, () => promises(kind))
}

// What simulations run on keeps the same promises.
const plain = plainMemory()
describe(plain.name, () => define(plain))

// In one process: starting a server costs more than any of them.
overStores(define)
