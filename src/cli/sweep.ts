import { counted } from '../domain/counted.ts'
import type { ExitCode, Io } from './io.ts'
import { LineWriter } from './output.ts'
import { type StoreUse, useStore } from './store-use.ts'

/** What `tenure sweep` can be told. */
export interface SweepUse extends StoreUse {
  /** How many sessions at most. */
  readonly limit?: number | undefined
}

/**
 * `tenure sweep`, and `--once` the same: one bounded pass that writes down which deadlines fell, and a line that counts them.
 *
 * @throws {StoreError} When the store cannot be opened, or fails.
 */
export async function sweepStore(use: SweepUse, io: Io): Promise<ExitCode> {
  return useStore(use, io, false, async (tenure) => {
    const outcome = await tenure.sweep({ limit: use.limit })
    const out = new LineWriter(io.stdout, 'standard output')
    out.json(outcome)
    await out.finish()
    if (io.stderr.isTTY === true) {
      const { settled, transitions, isDone } = outcome
      const rest = isDone ? 'nothing else is due' : 'more is due: sweep again'
      const made = `${counted(settled, 'session')} settled, ${counted(transitions, 'transition')} made`
      io.stderr.write(`tenure: ${made}; ${rest}\n`)
    }
    return 0
  })
}
