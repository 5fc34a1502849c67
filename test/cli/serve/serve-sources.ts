/** Reads configurations of `tenure serve` as its tests write them down. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { PassThrough, Readable } from 'node:stream'
import type { TestContext } from 'node:test'
import { Command } from 'commander'
import { ServeConfigError } from '../../../src/cli/serve/config-fault.ts'
import { readServeConfig } from '../../../src/cli/serve/read-serve-config.ts'
import type { ServeReading } from '../../../src/cli/serve/serve-config.ts'
import { addServeOptions } from '../../../src/cli/serve/serve-options.ts'
import type { SettingName } from '../../../src/cli/serve/settings.ts'
import { ManualClock } from '../../../src/simulation/index.ts'
import { BORN } from '../../support/documents.ts'
import { temporaryFolder } from '../../support/run-tenure.ts'

/** A command line, an environment, and what a config file holds: a document, or text that may be none. */
export interface Given {
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** The path of a config file. */
  readonly file?: string
  readonly stdin?: string
}

/** What commander makes of a command line. */
export function flagsOf(args: readonly string[]): Record<string, unknown> {
  const command = addServeOptions(new Command('serve').exitOverride())
  return command
    .configureOutput({ writeErr: () => {} })
    .parse(args, { from: 'user' })
    .opts()
}

/** Reads a configuration. */
export function read({ args = [], env = {}, file, stdin = '' }: Given): Promise<ServeReading> {
  const flags = flagsOf(args)
  const streams = { stdin: Readable.from([Buffer.from(stdin)]), stdout: new PassThrough(), stderr: new PassThrough() }
  const config = file ?? (flags['config'] as string | undefined)
  return readServeConfig({ flags, env, file: config }, { ...streams, env, clock: new ManualClock(BORN) })
}

/** The same, on a store that keeps nothing. */
export function readOnMemory({ args = [], ...given }: Given): Promise<ServeReading> {
  return read({ args: ['--store', 'sqlite::memory:', ...args], ...given })
}

/** The lines of a configuration that is refused. */
export async function faultsOf(given: Given): Promise<readonly string[]> {
  const outcome = await read(given).catch((error: unknown) => error)
  assert.ok(outcome instanceof ServeConfigError, `expected faults, not ${String(outcome)}`)
  assert.equal(outcome.message, outcome.faults.join('\n'))
  return outcome.faults
}

/** Writes config files into a folder of a test's own, and gives their paths. */
export function configFiles(t: TestContext): (content: unknown, name?: string) => string {
  const place = temporaryFolder(t)
  return (content, name = 'tenure.json') => {
    const isText = typeof content === 'string' || content instanceof Uint8Array
    writeFileSync(place(name), isText ? content : JSON.stringify(content))
    return place(name)
  }
}

/** For every setting two values as text that are not its default, and what becomes of the first. */
export const SOUND: Readonly<Record<SettingName, readonly [text: string, other: string, value: unknown]>> = {
  store: ['sqlite:/var/a.db', 'sqlite:/var/b.db', 'sqlite:/var/a.db'],
  host: ['::', '0.0.0.0', '::'],
  port: ['0', '65535', 0],
  policy: ['/etc/policy.json', '/etc/other.json', '/etc/policy.json'],
  templates: ['/etc/templates.json', '/etc/other.json', '/etc/templates.json'],
  samples: ['/var/clients.ndjson', '/var/other.ndjson', '/var/clients.ndjson'],
  apiKey: ['k'.repeat(32), 'o'.repeat(32), 'k'.repeat(32)],
  apiKeys: [
    JSON.stringify([{ name: 'a', scope: 'read', sha256: 'Ab'.repeat(32) }]),
    '[]',
    [{ name: 'a', scope: 'read', sha256: 'ab'.repeat(32) }],
  ],
  newDevelopmentKey: ['true', 'false', true],
  encryptionKey: [`${'A'.repeat(43)}=`, `${'_'.repeat(42)}8`, new Uint8Array(32)],
  clerkWebhookSecret: [`whsec_${'A'.repeat(32)}`, `whsec_${'b'.repeat(84)}bQ==`, `whsec_${'A'.repeat(32)}`],
  issuer: ['http://a.example', 'https://b.example/c', 'http://a.example'],
  publishableKey: ['pk_test_YS5leGFtcGxlJA', 'pk_live_YS5leGFtcGxlJA==', 'pk_test_YS5leGFtcGxlJA'],
  tokenLifetime: ['P1D', 'PT2M', 86_400_000],
  clientTokenLifetime: ['PT1H', 'PT2H', 3_600_000],
  signingKeyOverlap: ['P31D', 'P32D', 31 * 86_400_000],
  refreshWindow: ['P2D', 'P3D', 2 * 86_400_000],
  bodyLimit: ['1024', '8388608', 1024],
  headerLimit: ['1024', '65536', 1024],
  requestTimeout: ['PT0.5S', 'PT2S', 500],
  keepAliveTimeout: ['PT1S', 'PT2S', 1000],
  shutdownTimeout: ['PT1S', 'PT2S', 1000],
  maximumConnections: ['1', '2', 1],
  rateLimit: ['0', '1', 0],
  rateLimitWindow: ['PT1S', 'PT2S', 1000],
  recordTouches: ['true', 'false', true],
  sweepInterval: ['PT1S', 'PT2S', 1000],
  maxClockStep: ['PT1S', 'PT2S', 1000],
  pollInterval: ['PT1S', 'PT2S', 1000],
  purgeInterval: ['PT1S', 'PT2S', 1000],
  deadLetterRetention: ['P1D', 'P60D', 86_400_000],
  webhookPrivateAddresses: ['true', 'false', true],
  webhookTimeout: ['PT1S', 'PT2S', 1000],
  webhookConcurrency: ['1', '1000', 1],
  maximumSweepLag: ['PT1S', 'PT2S', 1000],
  logLevel: ['silent', 'debug', 'silent'],
  logSessionIds: ['plain', 'hashed', 'plain'],
  clock: ['database', 'process', 'database'],
  start: ['2026-01-01T00:00:00Z', '1767225600000', '2026-01-01T00:00:00Z'],
  seed: ['0', '7', 0],
  sqliteSynchronous: ['full', 'normal', 'full'],
  poolSize: ['1', '1000', 1],
  production: ['true', 'false', true],
}

/** A value of {@link SOUND} as a member of a config file. */
export function inJson(text: string): unknown {
  return /^(?:\d+|true|false|\[.*\])$/.test(text) ? JSON.parse(text) : text
}
