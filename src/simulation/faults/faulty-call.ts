/**
 * A call of the store as one process makes it: the store is real, and at the end of a line on which things go wrong.
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
import type { DurationMs } from '../../domain/duration.ts'
import { StoreError } from '../../domain/errors.ts'
import type { EpochMs } from '../../domain/instant.ts'
import type { ClientChange, Store } from '../../store/port.ts'
import type { Job, NewJob, Queues } from '../../store/queue.ts'
import type { Agenda } from '../run/agenda.ts'
import { around, happens } from '../run/chance.ts'
import type { SharedDatabase } from '../run/shared-database.ts'
import type { SeededRandomness } from '../seeded-randomness.ts'
import type { FaultKind } from './fault-kinds.ts'
import type { Faults } from './faults.ts'

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
  /** How long a job of a queue is whoever's took it. */
  readonly lease: DurationMs
  /** Told of jobs that were put in, at once, whoever is answered. */
  queued(jobs: readonly NewJob[]): void
  /** Told of a job that was given up, the same. */
  buried(job: Job): void
  /** Told of how long a job waits from now on by the clock it is judged by, milliseconds: nobody can take it before. */
  jobWaits(milliseconds: number): void
  /** Who wants to know of each moment that the command under way reads at; `null` for nobody. */
  readonly probe: Probe | null
}

/** A call, and what it may meet. */
interface Call<T> {
  readonly name: string
  readonly use: (store: Store, queues: Queues) => Promise<T>
  /** What is answered where another writer was faster; left out where no other can be. */
  readonly refused?: { readonly answer: T }
  readonly isWrite: boolean
}

/** Makes a call, with whatever goes wrong between the process and the store. */
export function faultyCall<T>(host: StoreHost, asked: Call<T>): Promise<T> {
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
