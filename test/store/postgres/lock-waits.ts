import type { OtherClient } from '../../support/fault-postgres.ts'

/** Returns when a statement of somebody in the database waits for a lock. */
export async function someoneWaits(observer: OtherClient): Promise<void> {
  for (let waiting = 0; waiting === 0; ) {
    const waits = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    waiting = (await observer.query(waits)).length
  }
}
