import { parseDuration } from '../../domain/duration.ts'
import { DurationError, InstantError } from '../../domain/errors.ts'
import { parseInstant } from '../../domain/instant.ts'
import type { HttpContext, MovableClock } from '../context.ts'
import { bodyOf, type Endpoint } from '../endpoint.ts'
import { HttpError, httpError, paramFault } from '../http-error.ts'

interface MoveClock {
  readonly advance?: string
  readonly set?: string | number
}

/** What time it is for sessions, and where the clock is virtual, having it move. */
export function clockEndpoints({ store, virtualTime }: HttpContext): Endpoint[] {
  return [
    {
      method: 'GET',
      url: '/v1/clock',
      operationId: 'getClock',
      summary: 'What time it is for sessions',
      tag: 'Service',
      scope: 'read',
      answer: { schema: 'clock', description: 'The present.' },
      handle: async () => ({ object: 'clock', is_virtual: virtualTime !== null, now: await store.now() }),
    },
    {
      method: 'POST',
      url: '/v1/clock',
      operationId: 'moveClock',
      summary: 'Move a virtual clock, for tests',
      description:
        'By `advance`, or to `set`. Answers once everything that fell due on the way has been done, each at its own instant: deadlines are written down, events told, webhooks delivered or tried. Set to an instant behind, it steps back and nothing fires. Answers 409 where the service was not started with `--clock virtual`.',
      tag: 'Service',
      scope: 'write',
      body: 'moveClock',
      errors: ['clock_not_virtual', 'form_param_missing', 'form_param_value_invalid'],
      answer: { schema: 'clock', description: 'The present then.' },
      handle: async (request) => {
        if (virtualTime === null) throw notVirtual()
        return { object: 'clock', is_virtual: true, now: await move(virtualTime, bodyOf<MoveClock>(request)) }
      },
    },
  ]
}

async function move(virtualTime: MovableClock, { advance, set }: MoveClock): Promise<number> {
  if (advance !== undefined && set !== undefined) throw both()
  if (advance === undefined && set === undefined) throw neither()
  if (advance !== undefined) return virtualTime.advance(checked('advance', () => parseDuration(advance)))
  // As everywhere, text of digits would be milliseconds; but who writes a year means no instant of 1970.
  if (typeof set === 'string' && /^\d+$/.test(set.trim())) throw digits()
  return virtualTime.set(checked('set', () => parseInstant(String(set), virtualTime.clock.now())))
}

/** @throws {HttpError} With what is wrong, where it cannot be read. */
function checked<T>(name: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof DurationError) && !(error instanceof InstantError)) throw error
    throw new HttpError([paramFault('form_param_value_invalid', name, 'is invalid', `${name}: ${error.message}.`)])
  }
}

function neither(): HttpError {
  return new HttpError([paramFault('form_param_missing', 'advance', 'is missing', ONE_OF_TWO)])
}

function both(): HttpError {
  const long = `Both advance and set were given. ${ONE_OF_TWO}`
  return new HttpError([paramFault('form_param_value_invalid', 'set', 'is given besides advance', long)])
}

const ONE_OF_TWO = 'Give either advance, a duration such as P7D, or set, an instant.'

function digits(): HttpError {
  const long =
    'set: text of digits only is taken for no instant: give epoch milliseconds as an integer, or ISO 8601 with a zone (2026-08-02T09:01:23Z).'
  return new HttpError([paramFault('form_param_value_invalid', 'set', 'is invalid', long)])
}

function notVirtual(): HttpError {
  const long = 'The clock of this service is real: start one for tests with --clock virtual.'
  return httpError('clock_not_virtual', 'Clock not virtual', long)
}
