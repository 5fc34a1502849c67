/**
 * The tables, as they came to be: each migration is applied once, in order, and never edited.
 *
 * Instants are epoch milliseconds. `due_at` is the next deadline that can still change the status, `closed_at` when the
 * session was first closed, `expires_at` from when on an item is not wanted any more; each is null where there is none,
 * and its index holds only the rows that have one.
 *
 * Ids and statuses sort by their bytes (`COLLATE "C"`), as they do in SQLite: a server's own order is that of a language,
 * and changes with its version. Pages keep room, and long documents lie beside their rows, so that a touch, which changes
 * no indexed column, puts the row's next version on the same page and leaves the indexes alone.
 *
 * `feed_order` is where a ledger row stands in the feed, `feed_bases` what it is counted from; see feed-order.ts.
 *
 * @param schema The schema's name, quoted. It is there.
 * @see https://www.postgresql.org/docs/current/storage-hot.html
 */
export function migrationsOf(schema: string): readonly (readonly string[])[] {
  return [firstOf(schema), secondOf(schema), thirdOf(schema)]
}

const TEXT = 'text COLLATE "C"'

/** A long document is kept beside its row, and nothing else is. */
const NARROW = 'toast_tuple_target = 512'

function firstOf(schema: string): readonly string[] {
  return [
    `CREATE TABLE ${schema}.migrations (version integer PRIMARY KEY)`,
    `CREATE TABLE ${schema}.clients (
      created_at bigint NOT NULL,
      updated_at bigint NOT NULL,
      version integer NOT NULL,
      id ${TEXT} NOT NULL PRIMARY KEY,
      session_ids text NOT NULL,
      last_active_session_id ${TEXT},
      form text,
      document text
    ) WITH (fillfactor = 85, ${NARROW})`,
    ...plain(`${schema}.clients`, 'id', 'last_active_session_id', 'form'),
    `CREATE INDEX clients_by_creation ON ${schema}.clients (created_at, id)`,
    `CREATE TABLE ${schema}.sessions (
      created_at bigint NOT NULL,
      updated_at bigint NOT NULL,
      last_active_at bigint NOT NULL,
      expire_at bigint NOT NULL,
      abandon_at bigint NOT NULL,
      version integer NOT NULL,
      place integer NOT NULL,
      id ${TEXT} NOT NULL PRIMARY KEY,
      client_id ${TEXT} NOT NULL REFERENCES ${schema}.clients (id),
      user_id ${TEXT} NOT NULL,
      status ${TEXT} NOT NULL,
      due_at bigint,
      closed_at bigint,
      form text,
      document text
    ) WITH (fillfactor = 85, ${NARROW})`,
    ...plain(`${schema}.sessions`, 'id', 'client_id', 'user_id', 'status', 'form'),
    `CREATE INDEX sessions_by_client ON ${schema}.sessions (client_id, closed_at)`,
    `CREATE INDEX sessions_by_user ON ${schema}.sessions (user_id, created_at, id)`,
    `CREATE INDEX sessions_by_creation ON ${schema}.sessions (created_at, id)`,
    `CREATE INDEX sessions_due ON ${schema}.sessions (due_at) WHERE due_at IS NOT NULL`,
    `CREATE INDEX sessions_closed ON ${schema}.sessions (closed_at) WHERE closed_at IS NOT NULL`,
    `CREATE TABLE ${schema}.ledger (
      sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      at bigint NOT NULL,
      recorded_at bigint NOT NULL,
      version integer NOT NULL,
      session_id ${TEXT} NOT NULL,
      client_id ${TEXT} NOT NULL,
      user_id ${TEXT} NOT NULL,
      from_status text,
      to_status text NOT NULL,
      cause text NOT NULL,
      asked_by text
    )`,
    `CREATE INDEX ledger_by_session ON ${schema}.ledger (session_id, sequence)`,
    `CREATE INDEX ledger_by_client ON ${schema}.ledger (client_id, sequence)`,
    `CREATE INDEX ledger_by_user ON ${schema}.ledger (user_id, sequence)`,
    `CREATE TABLE ${schema}.purges (
      purged_at bigint NOT NULL,
      session_id ${TEXT} NOT NULL PRIMARY KEY,
      client_id ${TEXT} NOT NULL
    )`,
    `CREATE TABLE ${schema}.users (version integer NOT NULL, id ${TEXT} NOT NULL PRIMARY KEY)`,
  ]
}

function secondOf(schema: string): readonly string[] {
  return [
    `CREATE TABLE ${schema}.items (
      expires_at bigint,
      version integer NOT NULL,
      kind ${TEXT} NOT NULL,
      id ${TEXT} NOT NULL,
      value text NOT NULL,
      PRIMARY KEY (kind, id)
    )`,
    `CREATE INDEX items_expiring ON ${schema}.items (expires_at) WHERE expires_at IS NOT NULL`,
  ]
}

/**
 * What is in the ledger by now is committed, and stands first. The default is for a Tenure of schema 2 that still runs:
 * every other says the order itself.
 */
function thirdOf(schema: string): readonly string[] {
  return [
    `CREATE TABLE ${schema}.feed_bases (base bigint NOT NULL PRIMARY KEY)`,
    `ALTER TABLE ${schema}.ledger ADD COLUMN feed_order bigint NOT NULL DEFAULT 0`,
    `ALTER TABLE ${schema}.ledger ALTER COLUMN feed_order SET DEFAULT greatest(
      pg_current_xact_id()::text::bigint,
      pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 1
    )`,
    `CREATE INDEX ledger_in_order ON ${schema}.ledger (feed_order, sequence)`,
  ]
}

function plain(table: string, ...columns: readonly string[]): string[] {
  return columns.map((column) => `ALTER TABLE ${table} ALTER COLUMN ${column} SET STORAGE PLAIN`)
}
