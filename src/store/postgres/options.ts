/** How to open a PostgreSQL store. What is left out has its default. */
export interface PostgresOptions {
  /**
   * Whose clock says what time it is.
   *
   * - `process`, the default: the injected one
   * - `database`: the server's, read while the rows are locked, so that processes with skewed clocks agree. Each command
   *   is then a transaction that locks first
   */
  readonly clock?: 'process' | 'database' | undefined
  /** The schema that holds the tables, made where it is not there; `tenure`. Letters, digits and `_`, at most 63. */
  readonly schema?: string | undefined
  /**
   * The schema that pg-boss keeps queues in, made when queues are first opened; `pgboss`, where every other program that
   * uses pg-boss looks. Small letters, digits and `_`, at most 50.
   */
  readonly queueSchema?: string | undefined
  /**
   * How many connections are open at most; 10. A third of them is kept for verdicts and touches, and a snapshot has one
   * more of its own while it is read. pg-boss has up to two more for its own errands, where queues are open.
   */
  readonly poolSize?: number | undefined
  /** How long to wait for a connection, milliseconds; 10,000. */
  readonly connectionTimeout?: number | undefined
  /**
   * How long a statement may run, waiting for locks included, milliseconds; 30,000, and 0 for ever. The server ends it
   * then; a server that does not answer within `connectionTimeout` more is given up. PgBouncer has to be told of it:
   * `ignore_startup_parameters = statement_timeout`.
   */
  readonly statementTimeout?: number | undefined
}
