/** A browser as far as `authenticateRequest` needs one: it keeps cookies, and asks for a page with them. */
import assert from 'node:assert/strict'
import type { OpenedHttp } from './http-service.ts'

/** The instance whose cookies they are: its own name, wherever its service listens. */
export const ISSUER = 'https://clerk.tenure.example'
export const PUBLISHABLE_KEY = `pk_live_${btoa('clerk.tenure.example$')}`
export const PAGE = 'https://app.example'

/** Cookies by their names. It keeps no account of paths, ages or hosts: a test asks for one page. */
export class CookieJar {
  readonly #cookies = new Map<string, string>()

  /** Takes `Set-Cookie` headers in. */
  take(directives: readonly string[]): this {
    for (const directive of directives) {
      const [, name, value] = /^([^=;]+)=([^;]*)/.exec(directive) ?? []
      assert.ok(name !== undefined && value !== undefined, directive)
      this.#cookies.set(name, value)
    }
    return this
  }

  get names(): readonly string[] {
    return [...this.#cookies.keys()].sort()
  }

  /** The value of the one cookie whose name begins so; fails where there is none. */
  valueOf(name: string): string {
    const value = this.#cookies.get(name) ?? [...this.#cookies].find(([each]) => each.startsWith(`${name}_`))?.[1]
    return value ?? assert.fail(`there is no cookie ${name}`)
  }

  /** Throws away every cookie whose name fits. */
  drop(name: RegExp): this {
    for (const each of this.names) if (name.test(each)) this.#cookies.delete(each)
    return this
  }

  /** A request of the page: for its document, where nothing else is said. */
  request(method = 'GET', headers: Readonly<Record<string, string>> = {}): Request {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    return new Request(`${PAGE}/account`, {
      method,
      headers: { cookie, accept: 'text/html', 'sec-fetch-dest': 'document', ...headers },
    })
  }
}

/** A browser that a session's cookies were set in. */
export async function signedInJar({ ask }: OpenedHttp, sessionId: string, origin = PAGE): Promise<CookieJar> {
  const { status, json } = await ask('POST', `/v1/sessions/${sessionId}/cookies`, { request_origin: origin })
  assert.equal(status, 200, JSON.stringify(json))
  return new CookieJar().take(json.cookies)
}

/** What the SDK sends for a jar's cookies, but for the format. */
export function refreshOf(jar: CookieJar, origin = PAGE) {
  return {
    expired_token: jar.valueOf('__session'),
    refresh_token: jar.valueOf('__refresh'),
    request_origin: origin,
    request_headers: { 'user-agent': ['Firefox'], cookie: ['a=b'] },
    request_originating_ip: '192.0.2.1',
  }
}
