import type { Clock } from '../../domain/clock.ts'
import type { Store } from '../port.ts'
import type { PostgresOptions } from './connect.ts'

/** Opens a store in a PostgreSQL database. */
export async function openPostgresStore(_url: string, _clock: Clock, _options: PostgresOptions = {}): Promise<Store> {
  throw new TypeError('not yet')
}
