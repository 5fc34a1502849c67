import { presentEvent } from '../events/forms.ts'
import type { EventType } from '../service/events/event.ts'
import type { Tenure } from '../service/tenure.ts'
import { type ExitCode, type Io, UsageError } from './io.ts'
import { LineWriter } from './output.ts'
import { type StoreUse, useStore } from './store-use.ts'

/** What `tenure events` can be told. */
export interface EventsUse extends StoreUse {
  /** Only events of these types. */
  readonly type?: readonly EventType[] | undefined
  /** The cursor behind which to go on; from the first event where it is left out. */
  readonly after?: string | undefined
  /** Whether to wait for more. */
  readonly follow: boolean
}

/** How many rows of the ledger are read at once. */
const PAGE = 500

/** How often a store without news is asked again, milliseconds. */
const POLL = 500

/**
 * `tenure events`: what happened to sessions, a line each with the cursor behind it, and with `--follow` what happens.
 *
 * @throws {UsageError} For a cursor that is none.
 * @throws {StoreError} When the store cannot be opened, or fails.
 */
export async function printEvents(use: EventsUse, io: Io): Promise<ExitCode> {
  return useStore(use, io, false, async (tenure) => {
    const out = new LineWriter(io.stdout, 'standard output')
    let isStopped = false
    const stopped = use.follow ? io.untilStopped?.().then(() => (isStopped = true)) : undefined
    for (let after: string | null = use.after ?? null; !isStopped; ) {
      const { events, cursor, isFull } = await read(tenure, after, use.type)
      for (const { event, cursor: behind } of events) out.json({ cursor: behind, event: presentEvent(event) })
      await out.flush()
      after = cursor
      if (isFull) continue
      if (!use.follow) break
      await Promise.race([sleep(io), stopped])
    }
    await out.finish()
    return 0
  })
}

async function read(tenure: Tenure, after: string | null, types: readonly EventType[] | undefined) {
  try {
    return await tenure.events({ after, limit: PAGE, types })
  } catch (error) {
    if (error instanceof TypeError)
      throw new UsageError('--after is a cursor that tenure events printed', { cause: error })
    throw error
  }
}

function sleep({ clock }: Io): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  clock.setTimeout(resolve, POLL)
  return promise
}
