/**
 * The store as one process has it: real, shared with others, and at the end of a line on which things go wrong.
 *
 *   called    -- nothing, or a delay  --> arrived    the request is on its way for a while
 *   called    -- unavailable          --> failed     the store has done nothing
 *   arrived   -- conflict             --> answered   as if another writer had been faster; nothing was written
 *   arrived   -- crash before commit  --> nobody is there any more
 *   arrived   -- done                 --> answered   after a delay perhaps
 *   arrived   -- done, reply lost     --> failed     the store has done it, and the caller is told of a failure
 *   arrived   -- crash after commit   --> nobody is there any more, and it is done
 */
import type { Clock } from '../../domain/clock.ts'
import { StoreError } from '../../domain/errors.ts'
import type { EpochMs } from '../../domain/instant.ts'
import type { ClientChange, Store } from '../../store/port.ts'
import type { Agenda } from '../run/agenda.ts'
import { around, happens } from '../run/chance.ts'
import type { SharedDatabase } from '../run/shared-database.ts'
import type { SeededRandomness } from '../seeded-randomness.ts'
import type { FaultKind, Faults } from './faults.ts'

/** Told of an instant at which the store read what a command goes by, by the clock that it was judged by. */
export type Probe = (now: EpochMs) => void

/** Who has the store: a process in one of its lives. */
export interface StoreHost {
  readonly agenda: Agenda
  readonly database: SharedDatabase
  readonly authority: 'process' | 'database'
  /** Whose clock its calls are judged by. */
  readonly judge: Clock
  readonly randomness: SeededRandomness
  readonly isAlive: boolean
  /** What goes wrong at present; `null` for nothing. */
  readonly faults: Faults | null
  /** Has something happen in the process: later where it is paused, never where it is dead. */
  wake(fire: () => void): void
  crash(): void
  /** Told of a fault. */
  met(kind: FaultKind, call: string): void
  /** Told of what was written, at once, whoever is answered. */
  committed(changes: readonly ClientChange[], now: EpochMs): void
  /** Who wants to know of each moment that the command under way reads at; `null` for nobody. */
  readonly probe: Probe | null
}

interface Call<T> {
  readonly name: string
  readonly use: (store: Store) => Promise<T>
  /** What is answered where another writer was faster; left out where no other can be. */
  readonly refused?: { readonly answer: T }
  readonly isWrite: boolean
}

/** A store that is had through a process, with whatever goes wrong between the two. */
export function faultyStore(host: StoreHost): Store {
  const read = <T>(name: string, use: (store: Store) => Promise<T>) => call(host, { name, use, isWrite: false })
  const write = <T>(name: string, use: (store: Store) => Promise<T>, refused?: { readonly answer: T }) => {
    return call(host, { name, use, isWrite: true, ...(refused === undefined ? {} : { refused }) })
  }
  const probed = <T extends { readonly now: EpochMs }>(name: string, use: (store: Store) => Promise<T>) => {
    const { probe } = host
    return read(name, async (store) => {
      const seen = await use(store)
      probe?.(seen.now)
      return seen
    })
  }
  return {
    authority: host.authority,
    // Where each process has its own clock, nobody is asked.
    now: host.authority === 'process' ? async () => host.judge.now() : () => read('now', (store) => store.now()),
    findSession: (id) => probed('findSession', (store) => store.findSession(id)),
    read: (selection) => probed('read', (store) => store.read(selection)),
    commit: (view, decision) => {
      const use = async (store: Store) => {
        const isWritten = await store.commit(view, decision)
        if (isWritten) host.committed(decision.changes, host.judge.now())
        return isWritten
      }
      return write('commit', use, { answer: false })
    },
    change: (selection, decide) => {
      const { probe } = host
      const use = async (store: Store) => {
        const decision = await store.change(selection, (view) => {
          probe?.(view.now)
          return decide(view)
        })
        if (decision !== null) host.committed(decision.changes, host.judge.now())
        return decision
      }
      return write('change', use, { answer: null })
    },
    changeDue: (due, decide) => {
      const use = async (store: Store) => {
        const decision = await store.changeDue(due, decide)
        if (decision !== null) host.committed(decision.changes, host.judge.now())
        return decision
      }
      return write('changeDue', use, { answer: null })
    },
    findSessions: (ids, options) => read('findSessions', (store) => store.findSessions(ids, options)),
    listSessions: (query) => read('listSessions', (store) => store.listSessions(query)),
    listClients: (query) => read('listClients', (store) => store.listClients(query)),
    listLedger: (query) => read('listLedger', (store) => store.listLedger(query)),
    readFeed: (after, limit) => read('readFeed', (store) => store.readFeed(after, limit)),
    feedEnd: () => read('feedEnd', (store) => store.feedEnd()),
    isBehind: (cursor, other) => host.database.isBehind(cursor, other),
    findDue: (now, limit) => read('findDue', (store) => store.findDue(now, limit)),
    findOpenOfUser: (query) => read('findOpenOfUser', (store) => store.findOpenOfUser(query)),
    findClosed: (closedBy, limit) => read('findClosed', (store) => store.findClosed(closedBy, limit)),
    findEmpty: (updatedBy, limit) => read('findEmpty', (store) => store.findEmpty(updatedBy, limit)),
    findPurged: (ids) => read('findPurged', (store) => store.findPurged(ids)),
    oldestDue: () => read('oldestDue', (store) => store.oldestDue()),
    countDue: (now, limit) => read('countDue', (store) => store.countDue(now, limit)),
    findItem: (kind, id) => read('findItem', (store) => store.findItem(kind, id)),
    listItems: (kind) => read('listItems', (store) => store.listItems(kind)),
    putItem: (item) => write('putItem', (store) => store.putItem(item), { answer: false }),
    deleteItem: (kind, id, version) =>
      write('deleteItem', (store) => store.deleteItem(kind, id, version), { answer: false }),
    deleteExpiredItems: (now, limit) => write('deleteExpiredItems', (store) => store.deleteExpiredItems(now, limit)),
    openQueues: (options) => read('openQueues', (store) => store.openQueues(options)),
    snapshot: () => read('snapshot', (store) => store.snapshot()),
    // The database outlives the process.
    close: async () => {},
    [Symbol.asyncDispose]: async () => {},
  }
}

function call<T>(host: StoreHost, asked: Call<T>): Promise<T> {
  const { agenda, faults } = host
  agenda.stirred += 1
  // Who is dead waits for ever.
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  if (!host.isAlive) return promise
  // Faults may stop while a call is under way: what has begun of it is gone through with, and nothing is added.
  const answer = (fire: () => void) => onItsWay(host, host.faults, asked.name, () => host.wake(fire))
  const fail = (kind: FaultKind) => {
    host.met(kind, asked.name)
    answer(() => reject(new StoreError('ERR_STORE_UNAVAILABLE', 'the simulated store cannot be reached')))
  }
  const drawn = faults === null ? null : drawFault(host.randomness, faults, asked)
  const arrive = () => {
    const fault = host.faults === null ? null : drawn
    if (fault === 'unavailable') fail(fault)
    else if (fault === 'conflict') {
      host.met(fault, asked.name)
      answer(() => resolve((asked.refused as { readonly answer: T }).answer))
    } else if (fault === 'crash-before-commit') die(host, fault, asked.name)
    else carryOut(fault)
  }
  const carryOut = (fault: FaultKind | null) => {
    const done = host.database.call(host.judge, asked.use)
    done.then(
      (value) => {
        if (fault === 'crash-after-commit') die(host, fault, asked.name)
        else if (fault === 'lost-reply') fail(fault)
        else answer(() => resolve(value))
      },
      (error: unknown) => answer(() => reject(error)),
    )
  }
  onItsWay(host, faults, asked.name, arrive)
  return promise
}

function die(host: StoreHost, kind: FaultKind, name: string): void {
  // A request that was under way when its process died of another is done all the same.
  if (!host.isAlive) return
  host.met(kind, name)
  host.crash()
}

/** At most one of a call, besides delays: one number decides. */
function drawFault(
  randomness: SeededRandomness,
  faults: Faults,
  { isWrite, refused }: Call<unknown>,
): FaultKind | null {
  let left = randomness.float()
  const is = (chance: number) => {
    left -= chance
    return left < 0
  }
  if (is(faults.unavailable)) return 'unavailable'
  if (is(faults.lostReplies)) return 'lost-reply'
  if (!isWrite) return null
  if (is(faults.crashesBeforeCommit)) return 'crash-before-commit'
  if (is(faults.crashesAfterCommit)) return 'crash-after-commit'
  return refused !== undefined && is(faults.conflicts) ? 'conflict' : null
}

function onItsWay(host: StoreHost, faults: Faults | null, name: string, arrive: () => void): void {
  if (faults === null || !happens(host.randomness, faults.delays)) {
    arrive()
    return
  }
  host.met('delay', name)
  host.agenda.putOff(around(host.randomness, faults.delay), arrive)
}
