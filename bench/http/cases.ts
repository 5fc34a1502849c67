/** What is asked for in the contest: each kind of request, and where the bare server finds the answer to it. */
import type { ParsedSession } from '../store/import.ts'
import { ask, askAll } from './ask.ts'
import type { LoadRequest } from './load.ts'
import type { RunningServer } from './servers.ts'

/** A kind of request. */
export interface Case {
  readonly name: string
  /** The path's pattern. */
  readonly url: string
  /** Where a request says which answer it wants; `null` where each has the same. */
  readonly asks: { readonly part: 'params' | 'query' | 'body'; readonly member: string } | null
  /** One after the other, each once where a second would be another answer. */
  readonly requests: readonly LoadRequest[]
  /** It has one request in so many of a round's. */
  readonly oneIn: number
  /** Whether a request is made once in the whole run. */
  readonly isOnce: boolean
}

/** How many different ones a kind has whose answers are kept for the bare server. */
const DIFFERENT = 20_000

/** Reading a session by its id. */
export function readCase(sessions: readonly ParsedSession[]): Case {
  const requests = sessions.slice(0, DIFFERENT).map(({ id }) => get(`/v1/sessions/${id}`))
  const asks = { part: 'params', member: 'session_id' } as const
  const url = '/v1/sessions/:session_id'
  return { name: 'GET /v1/sessions/{id}', url, asks, requests, oneIn: 1, isOnce: false }
}

/** Everything else, in the order in which it is run: what writes comes last. */
export async function otherCases(tenure: RunningServer, sessions: readonly ParsedSession[]): Promise<Case[]> {
  const few = sessions.slice(0, 2000)
  // From the other end: what is touched is another session than was read.
  const ids = sessions.map(({ id }) => id).toReversed()
  const signing = few.map(({ client_id: id }) => post(`/v1/clients/${id}/tokens`, {}))
  const tokens = (await askAll(tenure, signing)).map((text) => (JSON.parse(text) as { jwt: string }).jwt)
  const users = few.map(({ user_id: user }) => get(`/v1/sessions?user_id=${user}&paginated=true`))
  return [
    {
      name: 'POST /v1/clients/verify',
      url: '/v1/clients/verify',
      asks: { part: 'body', member: 'token' },
      requests: tokens.map((token) => post('/v1/clients/verify', { token })),
      oneIn: 4,
      isOnce: false,
    },
    {
      name: 'GET /v1/sessions?user_id=…&paginated=true',
      url: '/v1/sessions',
      asks: { part: 'query', member: 'user_id' },
      requests: users,
      oneIn: 2,
      isOnce: false,
    },
    {
      name: 'POST /v1/sessions/{id}/tokens',
      url: '/v1/sessions/:session_id/tokens',
      asks: null,
      requests: few.map(({ id }) => post(`/v1/sessions/${id}/tokens`, {})),
      oneIn: 4,
      isOnce: false,
    },
    {
      name: 'POST /v1/sessions/{id}/touch',
      url: '/v1/sessions/:session_id/touch',
      asks: null,
      requests: ids.map((id) => post(`/v1/sessions/${id}/touch`, {})),
      oneIn: 4,
      isOnce: true,
    },
    {
      name: 'POST /v1/sign_in',
      url: '/v1/sign_in',
      asks: null,
      requests: ids.map((_, index) => post('/v1/sign_in', { user_id: `user_bench${index}` })),
      oneIn: 4,
      isOnce: true,
    },
  ]
}

/**
 * A kind's answers for the bare server, as a line of its file: those that Tenure gives, each to its own request where the
 * kind asks for one, or else the one that it gives to the first.
 */
export async function answersOf(tenure: RunningServer, { asks, url, requests }: Case): Promise<string> {
  const [first] = requests as [LoadRequest]
  const route = { method: first.method, url, part: asks?.part ?? null, member: asks?.member ?? null }
  if (asks === null) return JSON.stringify({ ...route, answers: [['', JSON.parse(await ask(tenure, first))]] })
  const texts = await askAll(tenure, requests)
  const named = requests.map((request, index) => [nameIn(request, asks.part), JSON.parse(texts[index] as string)])
  return JSON.stringify({ ...route, answers: named })
}

/** Whether both give the same bytes. @throws {Error} Where they do not. */
export async function expectSame(tenure: RunningServer, bare: RunningServer, { name, asks, requests }: Case) {
  if (asks === null) return
  const some = requests.slice(0, 200)
  const [own, other] = [await askAll(tenure, some), await askAll(bare, some)]
  if (!own.every((text, index) => text === other[index])) throw new Error(`${name}: the servers' answers differ`)
}

function nameIn({ path, body = '' }: LoadRequest, part: 'params' | 'query' | 'body'): string {
  switch (part) {
    case 'params':
      return path.slice(path.lastIndexOf('/') + 1)
    case 'query':
      return new URL(path, 'http://localhost').searchParams.get('user_id') ?? ''
    case 'body':
      return (JSON.parse(body) as { token: string }).token
  }
}

function get(path: string): LoadRequest {
  return { method: 'GET', path }
}

function post(path: string, body: object): LoadRequest {
  return { method: 'POST', path, body: JSON.stringify(body) }
}
