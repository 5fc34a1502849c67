import type { NewJob } from './queue.ts'
import { isText, jsonText } from './rows.ts'

/** How long a job is whoever's took it, where nobody says: 60 s. */
export const DEFAULT_LEASE = 60_000

/** How many of the dead are listed at most. */
export const MAXIMUM_DEAD_LISTED = 1_000

/**
 * Makes sure that a queue can have this name.
 *
 * @throws {TypeError} Where it cannot.
 */
export function expectQueueName(name: string): void {
  if (!/^[\w.-]{1,100}$/.test(name)) {
    throw new TypeError("a queue's name is 1 to 100 letters, digits, '-', '_' and '.'")
  }
}

/**
 * A job as it is written, so that every store keeps the same.
 *
 * @throws {TypeError} Where no queue can hold it.
 */
export function soundJob({ queue, key, data }: NewJob): NewJob {
  expectQueueName(queue)
  if (!isText(key) || !/^.{1,255}$/su.test(key)) {
    throw new TypeError("a job's key is 1 to 255 characters, without NUL and lone surrogates")
  }
  return { queue, key, data: jsonText(data) }
}

/** A reason as it is written: what no database's text holds is replaced. */
export function soundReason(reason: string): string {
  return reason.toWellFormed().replaceAll('\0', '\ufffd')
}

/**
 * Makes sure that so many can be asked for.
 *
 * @throws {TypeError} Where they cannot.
 */
export function expectLimit(limit: number): void {
  if (!Number.isSafeInteger(limit) || limit < 1) throw new TypeError('a limit is a whole number from 1')
}
