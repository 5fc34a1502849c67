import { scheduler } from 'node:timers/promises'
import type { Clock } from '../../domain/clock.ts'
import type { DurationMs } from '../../domain/duration.ts'
import type { SendOutcome, WebhookSender } from '../../events/webhooks/sender.ts'
import type { FaultKind } from '../faults/fault-kinds.ts'
import type { StoreHost } from '../faults/faulty-call.ts'
import type { SeededRandomness } from '../seeded-randomness.ts'
import type { Agenda } from './agenda.ts'
import { around, happens } from './chance.ts'
import type { Journal } from './journal.ts'
import type { Receiver } from './receiver.ts'

/** What the line of a process is made of. */
export interface WebhookLineParts {
  readonly host: StoreHost
  readonly clock: Clock
  readonly randomness: SeededRandomness
  readonly journal: Journal
  /** By the URLs of their endpoints. */
  readonly receivers: ReadonlyMap<string, Receiver>
}

/** How long an attempt may take, and what a receiver that is busy asks for, milliseconds. */
const TIMEOUT = 15_000
const BUSY = 20_000 as DurationMs

const ARRIVED = { status: 200, failure: null, retryAfter: null }
const REFUSED = { status: 503, failure: 'it answered 503' }
const NO_ANSWER = { status: null, failure: `no answer within ${TIMEOUT / 1000} s`, retryAfter: null }

/**
 * The line from one process to the receivers of webhooks.
 *
 *   sent      -- nothing                  --> arrived, and answered
 *   sent      -- failed                   --> refused   some ask to be left alone for a while
 *   sent      -- duplicate                --> arrived, and its answer is lost: it comes again
 *   sent      -- slow                     --> arrived later, for whoever sent it perhaps too late
 *
 * What was sent arrives though its process dies.
 */
export function webhookLine(parts: WebhookLineParts): Pick<WebhookSender, 'send'> {
  const { host, clock, randomness, journal, receivers } = parts
  const { agenda } = host
  return {
    send(url, message, keys) {
      const { promise, resolve } = Promise.withResolvers<SendOutcome>()
      // Who is dead sends nothing, and waits for ever.
      if (!host.isAlive) return promise
      const receiver = receivers.get(url)
      if (receiver === undefined) throw new TypeError(`nobody is at ${url}`)
      const isHit = (kind: FaultKind, chance: number) => {
        if (!happens(randomness, chance)) return false
        host.met(kind, message.id)
        return true
      }
      const began = clock.elapsed()
      const answer = (outcome: Omit<SendOutcome, 'took'>) =>
        host.wake(() => {
          stayForTwoTurns(agenda)
          resolve({ ...outcome, took: clock.elapsed() - began })
        })
      const arrive = () => receiver.take(message, keys)
      const { faults } = host
      if (faults !== null && isHit('failed-delivery', faults.failedDeliveries)) {
        answer({ ...REFUSED, retryAfter: randomness.float() < 0.5 ? BUSY : null })
      } else if (faults !== null && isHit('duplicate-delivery', faults.duplicateDeliveries)) {
        arrive()
        agenda.putOff(TIMEOUT, () => answer(NO_ANSWER))
      } else if (faults !== null && isHit('slow-delivery', faults.slowDeliveries)) {
        const takes = around(randomness, faults.deliveryDelay)
        if (takes > TIMEOUT) {
          journal.meet('webhook too late')
          agenda.putOff(TIMEOUT, () => answer(NO_ANSWER))
        }
        agenda.putOff(takes, () => {
          arrive()
          if (takes <= TIMEOUT) answer(ARRIVED)
        })
      } else {
        arrive()
        answer(ARRIVED)
      }
      return promise
    },
  }
}

/** What is done is finished with whatever else is done in the same turn of the loop: time waits for it. */
async function stayForTwoTurns(agenda: Agenda): Promise<void> {
  agenda.passes += 1
  for (let turn = 0; turn < 2; turn += 1) {
    await scheduler.yield()
    agenda.stirred += 1
  }
  agenda.passes -= 1
}
