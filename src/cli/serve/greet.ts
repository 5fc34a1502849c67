import { type EpochMs, formatInstant } from '../../domain/instant.ts'
import type { HttpService } from '../../http/open-http.ts'
import type { Io } from '../io.ts'
import type { ServeConfig } from './serve-config.ts'

/** What a service says when it begins to listen. */
export interface Greeting {
  /** Where it was made just now; it is not to be had again. */
  readonly developmentKey: string | null
  readonly config: ServeConfig
  /** Where a virtual clock stands; `null` where it is real. */
  readonly virtualNow: EpochMs | null
  readonly io: Io
}

/**
 * Tells where a service listens and, in development, how to talk to it: the key where it was just made, and three command
 * lines to paste.
 */
export async function greet(service: HttpService, { developmentKey, config, virtualNow, io }: Greeting): Promise<void> {
  const { url } = service
  if (virtualNow !== null) {
    const now = formatInstant(virtualNow)
    io.stderr.write(`tenure: the clock is virtual: it stands at ${now} until POST ${url}/v1/clock moves it\n`)
    if (config.seed !== null)
      io.stderr.write(`tenure: ids and secrets come from seed ${config.seed}, and can be guessed\n`)
  }
  io.stderr.write(`tenure: listening at ${url}\n`)
  if (config.production) return
  const key = developmentKey ?? '$TENURE_API_KEY'
  const keyLine =
    developmentKey === null
      ? 'key     the one in TENURE_API_KEY, or that was shown when it was made; tenure keys add NAME makes another'
      : `key     ${developmentKey}   shown this once`
  const header = `-H ${quotedFor(`Authorization: Bearer ${key}`)}`
  const newest = (await service.tenure.listSessions({ limit: 1, isCounted: false })).items[0]
  const read = newest === undefined ? '/v1/clients?limit=1' : `/v1/sessions/${encodeURIComponent(newest.id)}/history`
  const lines = [
    `docs    ${url}/docs`,
    keyLine,
    '',
    `curl -s ${header} ${quoted(`${url}/v1/sessions?paginated=true&limit=2`)}`,
    `curl -s ${header} ${quoted(url + read)}`,
    `curl -s ${header} -H 'Content-Type: application/json' -d '{"user_id":"user_1"}' ${url}/v1/sign_in`,
  ]
  io.stderr.write(`\n${lines.map((line) => (line === '' ? '' : `  ${line}`)).join('\n')}\n\n`)
}

function quoted(text: string): string {
  return `'${text}'`
}

/** In double quotes where a variable stands in it. */
function quotedFor(text: string): string {
  return text.includes('$') ? `"${text}"` : quoted(text)
}
