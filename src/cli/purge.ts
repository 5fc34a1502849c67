import { counted } from '../domain/counted.ts'
import { formatInstant } from '../domain/instant.ts'
import type { ExitCode, Io } from './io.ts'
import { LineWriter } from './output.ts'
import { type StoreUse, useStore } from './store-use.ts'

/** What `tenure purge` can be told. */
export interface PurgeUse extends StoreUse {
  /** How many sessions at most. */
  readonly limit?: number | undefined
}

/**
 * `tenure purge`: one bounded pass that deletes what closed longer ago than the policy's retention, and a line that counts
 * it.
 *
 * @throws {UsageError} When the policy cannot be read, or is refused.
 * @throws {StoreError} When the store cannot be opened, or fails.
 */
export async function purgeStore(use: PurgeUse, io: Io): Promise<ExitCode> {
  return useStore(use, io, false, async (tenure) => {
    const outcome = await tenure.purge({ limit: use.limit })
    const out = new LineWriter(io.stdout, 'standard output')
    out.json(outcome)
    await out.finish()
    if (io.stderr.isTTY === true) {
      const { sessions, clients, closedBy, isDone } = outcome
      const since = closedBy < 0 ? '' : ` of what closed by ${formatInstant(closedBy)}`
      const gone = `${counted(sessions, 'session')} and ${counted(clients, 'client')} purged${since}`
      io.stderr.write(`tenure: ${gone}; ${isDone ? 'nothing else is to go' : 'more is to go: purge again'}\n`)
    }
    return 0
  })
}
