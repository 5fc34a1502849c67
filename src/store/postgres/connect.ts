/** How to open a PostgreSQL store. */
export interface PostgresOptions {
  /** Whose clock says what time it is: `process`, the injected one, where it is left out. */
  readonly clock?: 'process' | 'database' | undefined
}
