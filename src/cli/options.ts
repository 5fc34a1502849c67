import { InvalidArgumentError, Option } from 'commander'
import { InstantError } from '../domain/errors.ts'
import { parseInstant } from '../domain/instant.ts'
import type { Io } from './io.ts'

/** `--at`, an instant; the present unless given. */
export function atOption(io: Io, description: string): Option {
  const now = io.clock.now()
  return new Option('--at <INSTANT>', description).default(now, 'now').argParser((text: string) => {
    try {
      return parseInstant(text, now)
    } catch (error) {
      if (error instanceof InstantError) throw new InvalidArgumentError(error.message)
      throw error
    }
  })
}

/** `--unknown-status`, for commands that read snapshots. */
export function unknownStatusOption(): Option {
  return new Option('--unknown-status <WHAT>', 'what becomes of a status that is none of the eight')
    .choices(['reject', 'keep'])
    .default('reject')
}
