import { counted } from '../domain/counted.ts'
import type { AuditTotals } from '../service/audit.ts'
import type { ExitCode, Io } from './io.ts'
import { LineWriter } from './output.ts'
import { type StoreUse, useStore } from './store-use.ts'

/**
 * `tenure audit`: replays the ledger of a store against its rows; a line a difference, and what was looked at on standard
 * error.
 *
 * @returns 0 where there is no difference, 1 where there are some.
 * @throws {UsageError} When the output cannot be written.
 * @throws {StoreError} When the store cannot be opened, or fails.
 */
export async function auditStore(use: StoreUse, io: Io): Promise<ExitCode> {
  return useStore(use, io, false, async (tenure) => {
    const out = new LineWriter(io.stdout, 'standard output')
    const differences = tenure.audit()
    let step = await differences.next()
    while (step.done !== true) {
      out.json(step.value)
      await out.flush()
      step = await differences.next()
    }
    await out.finish()
    io.stderr.write(`tenure: ${summaryOf(step.value)}\n`)
    return step.value.differences === 0 ? 0 : 1
  })
}

function summaryOf({ clients, sessions, purged, entries, differences }: AuditTotals): string {
  const looked = [counted(clients, 'client'), counted(sessions, 'session'), counted(purged, 'purged session')]
  const found = differences === 0 ? 'no difference' : counted(differences, 'difference')
  return `${found} in ${looked.join(', ')} and ${counted(entries, 'ledger row')}`
}
