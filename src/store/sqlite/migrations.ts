/**
 * The tables, as they came to be: each migration is applied once, in order, and never edited.
 *
 * Instants are epoch milliseconds. `due_at` is the next deadline that can still change the status, `closed_at` when the
 * session was first closed, `expires_at` from when on an item is not wanted any more; each is null where there is none,
 * and its index holds only the rows that have one. `available_at` is from when on a job may be taken, if it is not blocked.
 */
export const MIGRATIONS: readonly (readonly string[])[] = [
  [
    `CREATE TABLE clients (
      id TEXT NOT NULL PRIMARY KEY,
      version INTEGER NOT NULL,
      session_ids TEXT NOT NULL,
      last_active_session_id TEXT,
      created_at INTEGER NOT NULL,
      updated_at INTEGER NOT NULL,
      form TEXT,
      document TEXT
    ) STRICT, WITHOUT ROWID`,
    'CREATE INDEX clients_by_creation ON clients (created_at, id)',
    `CREATE TABLE sessions (
      id TEXT NOT NULL PRIMARY KEY,
      client_id TEXT NOT NULL REFERENCES clients (id),
      user_id TEXT NOT NULL,
      status TEXT NOT NULL,
      version INTEGER NOT NULL,
      place INTEGER NOT NULL,
      created_at INTEGER NOT NULL,
      updated_at INTEGER NOT NULL,
      last_active_at INTEGER NOT NULL,
      expire_at INTEGER NOT NULL,
      abandon_at INTEGER NOT NULL,
      due_at INTEGER,
      closed_at INTEGER,
      form TEXT,
      document TEXT
    ) STRICT, WITHOUT ROWID`,
    'CREATE INDEX sessions_by_client ON sessions (client_id, closed_at)',
    'CREATE INDEX sessions_by_user ON sessions (user_id, created_at, id)',
    'CREATE INDEX sessions_by_creation ON sessions (created_at, id)',
    'CREATE INDEX sessions_due ON sessions (due_at) WHERE due_at IS NOT NULL',
    'CREATE INDEX sessions_closed ON sessions (closed_at) WHERE closed_at IS NOT NULL',
    `CREATE TABLE ledger (
      sequence INTEGER PRIMARY KEY AUTOINCREMENT,
      session_id TEXT NOT NULL,
      client_id TEXT NOT NULL,
      user_id TEXT NOT NULL,
      version INTEGER NOT NULL,
      from_status TEXT,
      to_status TEXT NOT NULL,
      cause TEXT NOT NULL,
      at INTEGER NOT NULL,
      recorded_at INTEGER NOT NULL,
      asked_by TEXT
    ) STRICT`,
    'CREATE INDEX ledger_by_session ON ledger (session_id, sequence)',
    'CREATE INDEX ledger_by_client ON ledger (client_id, sequence)',
    'CREATE INDEX ledger_by_user ON ledger (user_id, sequence)',
    `CREATE TABLE purges (
      session_id TEXT NOT NULL PRIMARY KEY,
      client_id TEXT NOT NULL,
      purged_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`,
    'CREATE TABLE users (id TEXT NOT NULL PRIMARY KEY, version INTEGER NOT NULL) STRICT, WITHOUT ROWID',
  ],
  [
    `CREATE TABLE items (
      kind TEXT NOT NULL,
      id TEXT NOT NULL,
      version INTEGER NOT NULL,
      expires_at INTEGER,
      value TEXT NOT NULL,
      PRIMARY KEY (kind, id)
    ) STRICT, WITHOUT ROWID`,
    'CREATE INDEX items_expiring ON items (expires_at) WHERE expires_at IS NOT NULL',
  ],
  [
    `CREATE TABLE jobs (
      sequence INTEGER PRIMARY KEY AUTOINCREMENT,
      queue TEXT NOT NULL,
      key TEXT NOT NULL,
      attempt INTEGER NOT NULL,
      is_blocked INTEGER NOT NULL,
      available_at INTEGER NOT NULL,
      reason TEXT,
      data TEXT NOT NULL
    ) STRICT`,
    'CREATE INDEX jobs_by_key ON jobs (queue, key, sequence)',
    'CREATE INDEX jobs_available ON jobs (queue, available_at) WHERE is_blocked = 0',
    `CREATE TABLE dead_jobs (
      sequence INTEGER PRIMARY KEY AUTOINCREMENT,
      queue TEXT NOT NULL,
      key TEXT NOT NULL,
      attempts INTEGER NOT NULL,
      buried_at INTEGER NOT NULL,
      reason TEXT NOT NULL,
      data TEXT NOT NULL
    ) STRICT`,
    'CREATE INDEX dead_jobs_by_queue ON dead_jobs (queue, sequence)',
    'CREATE INDEX dead_jobs_by_burial ON dead_jobs (buried_at)',
  ],
]
