/** What a fuzz knows of a service from its answers: ids that exist or did, tokens, entity tags. */
import type { Chance } from './crash-chance.ts'

/** Texts that are no id of anybody's, and some that are none at all. */
export const ODD_TEXTS: readonly string[] = [
  '',
  ' ',
  'a',
  '0',
  'null',
  '__proto__',
  'constructor',
  'sess_\u0000',
  '\u0000',
  '\u001b[31m',
  'tab\there',
  'line\nfeed',
  '../../etc/passwd',
  '%00%2F%zz',
  'a/b?c#d',
  "'; drop table sessions; --",
  '{"$gt":""}',
  '<script>alert(1)</script>',
  '\u00fc\u4e2d\u{1f600}',
  '\u2028\ufeff\uffff',
  'x'.repeat(255),
  'x'.repeat(256),
  '\u{1f600}'.repeat(255),
  '\u{1f600}'.repeat(256),
  'y'.repeat(1024),
  'y'.repeat(1025),
  '\ud800',
  'https://app.example',
  'HTTP://APP.example:8080',
]

const ORIGINS = ['https://app.example', 'http://localhost:3000', 'https://[::1]:8443']
/** Where nothing is sent. */
const URLS = ['https://hooks.example/a?b=c', 'https://hooks.example:8443/']
const USERS = ['user_ann', 'user_ben', 'user_cho', 'user_dee', 'user_\u{1f600}']
const TAGS = ['*', '"7"', 'W/"7"', '"a", "b"', '""', 'none', '"', '*, "7"', ',']
const KEYS = ['once', '"twice"', 'thrice', 'x'.repeat(255), 'x'.repeat(256), '"a b"', 'a b', '""', '"', '\u00fc']
const VERSIONS = ['2026-05-12', '2021-02-05', '2024-10-01', '2099-12-31', '2021-02-04', '2026-13-01', 'latest', '']

/** What a browser keeps of a session, as the members of a body that refreshes it. */
export interface Refreshable {
  readonly session_id: string
  readonly expired_token: string
  readonly refresh_token: string
  readonly request_origin: string
}

/** How many of each kind are known at most: one that is new takes the place of any, so that some grow old. */
const MOST = 80

/** How many that were live are known: the last ones. */
const MOST_LIVE = 12

/** Names of members, parameters and headers, and what is known under each. */
export class FuzzPool {
  readonly #chance: Chance
  readonly #sessions: string[] = []
  readonly #live: string[] = []
  readonly #clients: string[] = []
  readonly #webhooks: string[] = []
  readonly #tagsAt = new Map<string, string>()
  readonly #tags: string[] = []
  readonly #jwts: string[] = []
  readonly refreshables: Refreshable[] = []
  readonly clientTokens: string[] = []
  /** Clients as they were answered, which are snapshots. */
  readonly snapshots: Readonly<Record<string, unknown>>[] = []
  #never = 0

  constructor(chance: Chance) {
    this.#chance = chance
  }

  /** Texts that mean something under a name. Empty where anything goes. */
  textsFor(name: string): readonly string[] {
    switch (name) {
      case 'session_id':
      case 'except':
      case 'last_active_session_id':
        // A command has most to do on one that was live when it was last seen.
        return this.#chance.below(2) === 0 && this.#live.length > 0
          ? this.#live
          : [...this.#sessions, this.unknown('sess')]
      case 'client_id':
        return [...this.#clients, this.unknown('client')]
      case 'webhook_id':
        return [...this.#webhooks, this.unknown('wh')]
      case 'url':
        return URLS
      case 'user_id':
      case 'asked_by':
        return USERS
      case 'type':
        return ['session.created', 'session.expired,session.ended']
      case 'template_name':
        return ['claims', 'bare', 'none']
      case 'token':
        return [...this.clientTokens, ...this.#jwts]
      case 'expired_token':
      case 'refresh_token':
        return this.#jwts
      case 'request_origin':
        return ORIGINS
      case 'If-Match':
      case 'If-None-Match':
        return [...this.#tags, ...TAGS]
      case 'Idempotency-Key':
        return [...KEYS, this.unknown('key')]
      case 'Clerk-API-Version':
        return VERSIONS
      default:
        return []
    }
  }

  /** An id that nobody has had. */
  unknown(prefix: string): string {
    this.#never += 1
    return `${prefix}_never${this.#never}`
  }

  /** Remembers what an answer tells. */
  learn(json: unknown, path: string, etag: string | undefined): void {
    if (etag !== undefined) {
      this.#add(this.#tags, etag)
      this.#tagsAt.set(path, etag)
    }
    this.#walk(json, 0)
  }

  /** The entity tag that a path was last answered with. */
  tagAt(path: string): string | undefined {
    return this.#tagsAt.get(path)
  }

  /** Remembers cookies: the tokens in them refresh a session. */
  learnCookies(session_id: string, request_origin: string, cookies: readonly string[]): void {
    const cookie = (name: string) => new RegExp(`^${name}[^=]*=([^;]*)`)
    const found = (name: string) =>
      cookies.map((each) => cookie(name).exec(each)?.[1]).find((each) => each !== undefined)
    const expired_token = found('__session')
    const refresh_token = found('__refresh')
    if (expired_token === undefined || refresh_token === undefined) return
    this.#add(this.refreshables, { session_id, expired_token, refresh_token, request_origin })
    this.#add(this.#jwts, expired_token)
    this.#add(this.#jwts, refresh_token)
  }

  #walk(value: unknown, depth: number): void {
    if (typeof value !== 'object' || value === null || depth > 6) return
    if (Array.isArray(value)) {
      for (const item of value.slice(0, 12)) this.#walk(item, depth + 1)
      return
    }
    const { object, id, jwt, status } = value as Readonly<Record<string, unknown>>
    if (object === 'session' && typeof id === 'string') {
      this.#add(this.#sessions, id)
      const place = this.#live.indexOf(id)
      if (place !== -1) this.#live.splice(place, 1)
      if (status === 'active' || status === 'pending') this.#live.push(id)
      if (this.#live.length > MOST_LIVE) this.#live.shift()
    }
    if (object === 'client' && typeof id === 'string') {
      this.#add(this.#clients, id)
      this.#add(this.snapshots, value as Readonly<Record<string, unknown>>)
    }
    if (object === 'webhook' && typeof id === 'string') this.#add(this.#webhooks, id)
    if (object === 'token' && typeof jwt === 'string') this.#add(this.#jwts, jwt)
    for (const member of Object.values(value)) this.#walk(member, depth + 1)
  }

  #add<T>(to: T[], item: T): void {
    if (to.includes(item)) return
    if (to.length < MOST) to.push(item)
    else to[this.#chance.below(MOST)] = item
  }

  /** Remembers a token that stands for a client. */
  learnClientToken(jwt: string): void {
    this.#add(this.clientTokens, jwt)
  }
}
