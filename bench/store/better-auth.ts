/** Better Auth on `node:sqlite` with so many users and sessions, asked in the way that its own servers ask it. */
import { createHmac, randomBytes } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { type BetterAuthOptions, betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'

/** Who answers sessions from signed cookies. */
export interface Peer extends Disposable {
  /** The id of the session that a request's cookie is of; `null` where it is of none. */
  sessionOf(headers: Headers): Promise<string | null>
  /** Requests with a signed cookie, of one session after the other. */
  readonly headers: () => Headers
}

/** Opens Better Auth on a new file, and fills it. */
export async function openBetterAuth(path: string, sessions: number): Promise<Peer> {
  const database = new DatabaseSync(path)
  database.exec('PRAGMA journal_mode = WAL')
  database.exec('PRAGMA synchronous = NORMAL')
  const secret = randomBytes(32).toString('base64url')
  const options = {
    database,
    secret,
    baseURL: 'http://localhost:3000',
    telemetry: { enabled: false },
    logger: { disabled: true },
  } satisfies BetterAuthOptions
  const { runMigrations } = await getMigrations(options)
  await runMigrations()
  const tokens = fill(database, sessions)
  const auth = betterAuth(options)
  const { name } = (await auth.$context).authCookies.sessionToken
  const requests = tokens.map((token) => new Headers({ cookie: `${name}=${signed(token, secret)}` }))
  let index = 0
  return {
    sessionOf: async (headers) => (await auth.api.getSession({ headers }))?.session.id ?? null,
    headers: () => {
      index = (index + 1) % requests.length
      return requests[index] as Headers
    },
    [Symbol.dispose]: () => database.close(),
  }
}

/** A value as Better Auth signs it: with HMAC-SHA-256 behind a full stop, encoded for a cookie. */
function signed(value: string, secret: string): string {
  return encodeURIComponent(`${value}.${createHmac('sha256', secret).update(value).digest('base64')}`)
}

/** Users and sessions as a sign-in leaves them, seven days to live: their tokens, in an order that jumps about. */
function fill(database: DatabaseSync, sessions: number): string[] {
  const user = database.prepare(
    'INSERT INTO user (id, name, email, emailVerified, createdAt, updatedAt) VALUES (?, ?, ?, 1, ?, ?)',
  )
  const session = database.prepare(
    `INSERT INTO session (id, token, userId, expiresAt, createdAt, updatedAt, ipAddress, userAgent)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const now = Date.now()
  const [made, expires] = [new Date(now).toISOString(), new Date(now + 7 * 86_400_000).toISOString()]
  const tokens: string[] = []
  database.exec('BEGIN')
  for (let index = 0; index < sessions; index += 1) {
    const [userId, token] = [randomBytes(24).toString('base64url'), randomBytes(24).toString('base64url')]
    user.run(userId, `User ${index}`, `user-${index}@example.com`, made, made)
    session.run(randomBytes(24).toString('base64url'), token, userId, expires, made, made, '127.0.0.1', 'bench')
    tokens.push(token)
  }
  database.exec('COMMIT')
  return tokens
}
