/** From a request's signed cookie to a verdict. */
import { createHmac, createSecretKey, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto'
import { openTenure } from '../../src/service/open-tenure.ts'
import type { Comparison } from '../measurement.ts'
import { openBetterAuth } from './better-auth.ts'
import { atLeast, compare, contest, INFORMATION, inTurn } from './contest.ts'
import { bareSqlite, type SqliteFiles } from './sqlite-files.ts'
import { type Fleet, sessionIds } from './stored-fleet.ts'
import { BARE_READ } from './verify.ts'

const COOKIE = 'session'

/** Tenure behind a signed cookie, against Better Auth's `getSession` from its own, each with as many sessions stored. */
export async function compareCookies(files: SqliteFiles, fleet: Fleet): Promise<Comparison[]> {
  const key = createSecretKey(randomBytes(32))
  const path = files.filled(fleet)
  await using tenure = await openTenure({ store: `sqlite:${path}` })
  using database = bareSqlite(path)
  using betterAuth = await openBetterAuth(files.path(), fleet.size)
  const read = database.prepare(BARE_READ)
  const ids = sessionIds(fleet)
  const requests = Array.from({ length: fleet.size }, () => new Headers({ cookie: `${COOKIE}=${sign(ids(), key)}` }))
  const [asked, askedBare] = [inTurnOf(requests), inTurnOf(requests)]
  const verdict = async (headers: Headers) => {
    const id = signedId(headers, key)
    return id === null ? null : tenure.verify(id)
  }
  const bare = (headers: Headers) => {
    const id = signedId(headers, key)
    return id === null ? undefined : read.get(id)
  }
  await expectAnswers(betterAuth.headers, betterAuth.sessionOf)
  await expectAnswers(asked, async (headers) => ((await verdict(headers))?.live === true ? 'live' : null))
  await expectAnswers(askedBare, async (headers) => (bare(headers) === undefined ? null : 'read'))

  const rounds = await contest(
    {
      tenure: { what: 'cookie checked, tenure.verify', run: inTurn(() => verdict(asked())) },
      betterAuth: {
        what: 'Better Auth getSession',
        run: inTurn(() => betterAuth.sessionOf(betterAuth.headers())),
        oneIn: 50,
      },
      bare: {
        what: 'cookie checked, bare read',
        run: (calls) => {
          for (let made = 0; made < calls; made += 1) bare(askedBare())
        },
      },
    },
    { rounds: 15, calls: 10_000 },
  )
  return [
    compare('from a signed cookie to a verdict, SQLite', rounds, ['tenure', 'betterAuth'], atLeast(20)),
    compare('the same, against a bare read', rounds, ['tenure', 'bare'], INFORMATION),
  ]
}

/** A cookie's value: what is signed, and its HMAC-SHA-256 behind a full stop. */
function sign(value: string, key: KeyObject): string {
  return `${value}.${createHmac('sha256', key).update(value).digest('base64url')}`
}

/** The session's id in a request's cookie; `null` where there is none, or the signature is not ours. */
function signedId(headers: Headers, key: KeyObject): string | null {
  const cookies = headers.get('cookie')?.split('; ') ?? []
  const cookie = cookies.find((each) => each.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1) ?? ''
  const stop = cookie.lastIndexOf('.')
  if (stop === -1) return null
  const id = cookie.slice(0, stop)
  const signature = Buffer.from(cookie.slice(stop + 1), 'base64url')
  const expected = createHmac('sha256', key).update(id).digest()
  return signature.length === expected.length && timingSafeEqual(signature, expected) ? id : null
}

function inTurnOf<T>(list: readonly T[]): () => T {
  let index = 0
  return () => {
    index = (index + 1) % list.length
    return list[index] as T
  }
}

/** Holds each to the same: a signed cookie is answered, and one with the signature of another's is not. */
async function expectAnswers(
  requests: () => Headers,
  sessionOf: (headers: Headers) => Promise<string | null>,
): Promise<void> {
  const [own, other] = [requests(), requests()]
  if ((await sessionOf(own)) === null || (await sessionOf(other)) === null)
    throw new Error('a signed cookie was refused')
  const [cookie, signature] = [own, other].map((headers) => headers.get('cookie') ?? '') as [string, string]
  const forged = `${cookie.slice(0, cookie.lastIndexOf('.'))}${signature.slice(signature.lastIndexOf('.'))}`
  if ((await sessionOf(new Headers({ cookie: forged }))) !== null) throw new Error('a forged cookie was taken')
}
