/** How much is stored. From the environment, for a run that is smaller or larger than the one that is quoted. */
export interface Sizes {
  /** Sessions in the store of every contest that reads or commands single ones. `TENURE_BENCH_SESSIONS`. */
  readonly sessions: number
  /** Sessions that are imported into SQLite. `TENURE_BENCH_IMPORT`. */
  readonly imported: number
  /** Sessions that are imported into PostgreSQL. `TENURE_BENCH_IMPORT_POSTGRES`. */
  readonly importedPostgres: number
  /** Sessions that are due in the large sweep, and the most that are stored where a sweep's growth is seen. `TENURE_BENCH_DUE`. */
  readonly due: number
}

/** The sizes of this run. */
export const SIZES: Sizes = {
  sessions: sizeOf('TENURE_BENCH_SESSIONS', 100_000),
  imported: sizeOf('TENURE_BENCH_IMPORT', 1_000_000),
  importedPostgres: sizeOf('TENURE_BENCH_IMPORT_POSTGRES', 200_000),
  due: sizeOf('TENURE_BENCH_DUE', 1_000_000),
}

function sizeOf(variable: string, otherwise: number): number {
  const size = Number(process.env[variable] ?? otherwise)
  if (!Number.isSafeInteger(size) || size < 2000) throw new TypeError(`${variable} is a whole number from 2,000`)
  return size
}
