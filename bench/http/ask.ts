import type { LoadRequest } from './load.ts'
import type { RunningServer } from './servers.ts'

/** How many are asked at once. */
const AT_ONCE = 32

/** Asks requests and answers with the texts, in their order. @throws {Error} Where an answer is no success. */
export async function askAll(server: RunningServer, requests: readonly LoadRequest[]): Promise<string[]> {
  const texts: string[] = []
  for (let first = 0; first < requests.length; first += AT_ONCE) {
    texts.push(...(await Promise.all(requests.slice(first, first + AT_ONCE).map((request) => ask(server, request)))))
  }
  return texts
}

/** Asks one request. @throws {Error} Where its answer is no success. */
export async function ask({ url, key }: RunningServer, { method, path, body }: LoadRequest): Promise<string> {
  const type = body === undefined ? {} : { 'content-type': 'application/json' }
  const init = { method, headers: { authorization: `Bearer ${key}`, ...type } }
  const response = await fetch(url + path, body === undefined ? init : { ...init, body })
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
  return response.text()
}
