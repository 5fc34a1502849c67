/**
 * A queue's port: work that is to be done outside the store, kept until it is.
 *
 *   waiting -- take            --> taken    by one caller, for as long as the lease
 *   taken   -- finish          --> gone
 *   taken   -- retry           --> waiting  again, from an instant on; what stands behind it under its key waits with it
 *   taken   -- its lease ends  --> waiting  whoever had it died, or took too long
 *   taken   -- bury            --> dead     kept for people to look at; what stands behind it goes on
 *   dead    -- redrive         --> waiting  behind what waits already, with its attempts counted anew
 *
 * Jobs of one key are taken one at a time, in the order they were put in; those of different keys do not wait for each
 * other. A job may be taken twice, by whoever comes after a lease that ended: what is done with it has to bear that.
 *
 * Queues are in the store's own database, so that what is put in and how far one has come are written together. On
 * PostgreSQL what time it is, the database says, whatever the store goes by.
 */
import type { DurationMs } from '../domain/duration.ts'
import type { EpochMs } from '../domain/instant.ts'
import type { StoredItem } from './stored-item.ts'

/** A job that is to be put into a queue. */
export interface NewJob {
  /** The queue's name: 1 to 100 letters, digits, `-`, `_` and `.`. A queue is there once something was put into it. */
  readonly queue: string
  /** What it keeps its order among: 1 to 255 characters. */
  readonly key: string
  /** What is to be done; JSON text of an object. */
  readonly data: string
}

/** A job that was taken. */
export interface Job extends NewJob {
  /** The queue's own. */
  readonly id: string
  /** Which attempt this is, from 1; one that was cut short by its lease counts. */
  readonly attempt: number
}

/** A job that was given up. */
export interface DeadJob {
  readonly id: string
  readonly key: string
  readonly data: string
  /** How many attempts there were. */
  readonly attempts: number
  /** Why it was given up. */
  readonly reason: string
  /** Epoch milliseconds. */
  readonly buriedAt: EpochMs
}

/** Something that happened, for whoever has subscribed a queue of their own to its type. */
export interface Publication {
  readonly type: string
  /** JSON text of an object. */
  readonly data: string
}

/** What is put into queues at once. */
export interface QueueWrite {
  readonly jobs: readonly NewJob[]
  /**
   * Told to whoever subscribed, where the queue's engine has subscriptions; passed over where it has none. A queue of theirs
   * that refuses it goes without, and `onFault` is told.
   */
  readonly publications: readonly Publication[]
  /**
   * How far whoever puts these in has come: an item, written over the version that it has here in the same transaction. So
   * each job is put in once, however many do it and whenever they die.
   */
  readonly place: StoredItem
}

/** How many jobs a queue has. */
export interface QueueCounts {
  /** Waiting or taken. */
  readonly open: number
  readonly dead: number
}

/** How a queue is opened. */
export interface QueueOptions {
  /**
   * How long a job is whoever's took it; 60 s where it is left out. Processes that share queues have the same: some engines
   * go by that of whoever put the job in, or buried it. Theirs count in whole seconds.
   */
  readonly lease?: DurationMs | undefined
  /** Told of what fails in the background; must not throw. */
  readonly onFault?: ((error: unknown) => void) | undefined
}

/** Queues in a store. Every method throws `StoreError` where the database fails it. */
export interface Queues extends AsyncDisposable {
  /** Puts jobs in, all or none: `false` where the place has moved on, and then there is nothing of these. */
  put(write: QueueWrite): Promise<boolean>
  /**
   * Takes jobs that may be taken now, the longest waiting first and one a key; none where there are none, and sometimes
   * fewer than there are, where others are taking too.
   */
  take(queue: string, limit: number): Promise<readonly Job[]>
  /** Each was done. What another has taken meanwhile is left to it, here and below. */
  finish(jobs: readonly Job[]): Promise<void>
  /** It failed, and is to be tried again in a while. */
  retry(job: Job, delay: DurationMs, reason: string): Promise<void>
  /** It is given up. */
  bury(job: Job, reason: string): Promise<void>
  /**
   * In how long something may be there to be taken, milliseconds: 0 for now, `null` where nothing waits. What others put in
   * meanwhile is not foreseen.
   */
  nextIn(queue: string): Promise<number | null>
  /** The dead of a queue, the longest dead first, behind one; at most 1,000. */
  listDead(
    queue: string,
    paging: { readonly limit: number; readonly after?: string | undefined },
  ): Promise<readonly DeadJob[]>
  /** Has the dead of these ids, or all, tried again; answers how many. */
  redrive(queue: string, ids?: readonly string[] | undefined): Promise<number>
  count(queue: string): Promise<QueueCounts>
  /** Removes a queue with whatever is in it. One that is not there is no mistake. */
  remove(queue: string): Promise<void>
  /** Deletes what has been dead since an instant or longer, at most so many, and answers how many. */
  deleteDead(buriedBy: EpochMs, limit: number): Promise<number>
  close(): Promise<void>
}
