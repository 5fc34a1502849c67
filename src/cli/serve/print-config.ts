import { type DurationMs, formatDuration } from '../../domain/duration.ts'
import { withoutSecrets } from '../without-secrets.ts'
import type { ServeReading } from './serve-config.ts'
import { SETTINGS, type Setting } from './settings.ts'

/** What is printed for a secret that is set. */
const MASK = '…'

/**
 * A configuration as JSON, indented by two spaces: of every setting its value, and where that came from.
 *
 * Durations are ISO 8601 text again. A secret is `…` where it is set and `null` where it is not, and so is whatever of
 * the store's URL may be a password.
 *
 * @example `"port": { "value": 8722, "from": "default" }`, on four lines
 */
export function printConfig({ config, origins }: ServeReading): string {
  const members = SETTINGS.map((setting) => {
    return [setting.name, { value: shown(setting, config[setting.name]), from: origins[setting.name] }]
  })
  return JSON.stringify(Object.fromEntries(members), null, 2)
}

function shown({ name, kind, isSecret }: Setting, value: unknown): unknown {
  if (value === null) return null
  if (isSecret) return MASK
  if (name === 'store') return maskedStore(String(value))
  if (kind === 'duration') return formatDuration(value as DurationMs)
  return typeof value === 'string' ? withoutSecrets(value) : value
}

/**
 * A store's URL without what may be a password in it.
 *
 * A URL that cannot be taken apart, or has a fragment, is masked whole behind its scheme, and parameters of which one is
 * called a password are masked all: a password that was not encoded ends where its URL goes on.
 */
function maskedStore(store: string): string {
  if (store.startsWith('sqlite:')) return withoutSecrets(store)
  const url = URL.parse(store)
  if (url === null || url.hash !== '') return `${store.slice(0, store.indexOf(':'))}://${MASK}`
  const { protocol, username, password, host, pathname, search, searchParams } = url
  const credentials = username === '' && password === '' ? '' : `${MASK}@`
  const isSecret = [...searchParams.keys()].some((parameter) => /pass/i.test(parameter))
  return withoutSecrets(`${protocol}//${credentials}${host}${pathname}${isSecret ? `?${MASK}` : search}`)
}
