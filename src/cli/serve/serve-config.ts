import type { DurationMs } from '../../domain/duration.ts'

/**
 * Everything that `tenure serve` goes by, with nothing left out: what nobody set has its default.
 *
 * `null` only where it is said, and then there is none. schemas/serve.schema.json says what each member means; its
 * durations are milliseconds here.
 */
export interface ServeConfig {
  /** `sqlite:PATH`, `sqlite::memory:` or `postgres://…`; may hold a password. */
  readonly store: string
  readonly host: string
  /** 0: the system chooses one. */
  readonly port: number
  /** A path that can be opened from the working directory, or `-`. `null`: Clerk's policy. */
  readonly policy: string | null
  /** A path that can be opened from the working directory, or `-`. `null`: no templates. */
  readonly templates: string | null
  /** A path that can be opened from the working directory, or `-`. `null`: nothing is imported. */
  readonly samples: string | null
  /** Secret. `null`: only {@link apiKeys} and keys in the store are taken. */
  readonly apiKey: string | null
  /** Empty where there are none. */
  readonly apiKeys: readonly ApiKeyConfig[]
  readonly newDevelopmentKey: boolean
  /** Secret: 32 bytes. `null`: private signing keys and the secrets of webhooks are stored as they are. */
  readonly encryptionKey: Uint8Array | null
  /** Secret: `whsec_…`. `null`: no webhook of Clerk's is taken. */
  readonly clerkWebhookSecret: string | null
  /** Without a slash at its end. `null`: nobody set one. */
  readonly issuer: string | null
  /** `null`: nobody set one. */
  readonly publishableKey: string | null
  /** At most {@link signingKeyOverlap}, and a day. */
  readonly tokenLifetime: DurationMs
  /** At most {@link signingKeyOverlap}. */
  readonly clientTokenLifetime: DurationMs
  readonly signingKeyOverlap: DurationMs
  readonly refreshWindow: DurationMs
  /** Bytes. */
  readonly bodyLimit: number
  /** Bytes. */
  readonly headerLimit: number
  readonly requestTimeout: DurationMs
  readonly keepAliveTimeout: DurationMs
  readonly shutdownTimeout: DurationMs
  readonly maximumConnections: number
  /** Requests of a key in a {@link rateLimitWindow}; 0: any number. */
  readonly rateLimit: number
  readonly rateLimitWindow: DurationMs
  /** Whether touches that are written are told as events. */
  readonly recordTouches: boolean
  readonly sweepInterval: DurationMs
  readonly maxClockStep: DurationMs
  readonly pollInterval: DurationMs
  readonly purgeInterval: DurationMs
  readonly deadLetterRetention: DurationMs
  /** Whether webhooks may go to private addresses, and over http. */
  readonly webhookPrivateAddresses: boolean
  readonly webhookTimeout: DurationMs
  /** Deliveries to one endpoint that are under way at once. */
  readonly webhookConcurrency: number
  readonly maximumSweepLag: DurationMs
  readonly logLevel: 'silent' | 'error' | 'warn' | 'info' | 'debug'
  readonly logSessionIds: 'hashed' | 'plain'
  /** `database` with a PostgreSQL store only, `virtual` with a SQLite store and not in production. */
  readonly clock: 'process' | 'database' | 'virtual'
  /** An instant that a virtual clock begins at, as text. `null`: the present. */
  readonly start: string | null
  /** A whole number that every random choice comes from, with a virtual clock only. `null`: the operating system's chance. */
  readonly seed: number | null
  readonly sqliteSynchronous: 'normal' | 'full'
  readonly poolSize: number
  /** Whether no development key is made. */
  readonly production: boolean
}

/** A key of a backend, known by its SHA-256 only. */
export interface ApiKeyConfig {
  /** No other key's, and neither `environment` nor `development`. */
  readonly name: string
  readonly scope: 'read' | 'write'
  /** 64 hexadecimal digits, in lower case; no other key's. */
  readonly sha256: string
}

/** A configuration, where each part of it came from, and what its writer may want to know. */
export interface ServeReading {
  readonly config: ServeConfig
  /**
   * For each member `--port`, `TENURE_PORT`, `/port in FILE` or `default`. Of a `production` that nobody set, `NODE_ENV`
   * or `host` where that decided.
   */
  readonly origins: Readonly<Record<keyof ServeConfig, string>>
  /** Slips that change nothing, a line each, safe to print: a variable that is none of Tenure's, say. */
  readonly notes: readonly string[]
}
