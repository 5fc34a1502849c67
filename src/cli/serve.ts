import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Clock } from '../domain/clock.ts'
import { defaultPolicy, type Policy } from '../domain/policy.ts'
import { systemRandomness } from '../domain/randomness.ts'
import { type HttpService, openHttp } from '../http/open-http.ts'
import { Housekeeping } from '../jobs/housekeeping.ts'
import { type ApiKey, ApiKeys } from '../service/api-keys.ts'
import { sha256 } from '../service/digest.ts'
import type { Store } from '../store/port.ts'
import { reasonOf } from './inputs.ts'
import { type ExitCode, type Io, UsageError } from './io.ts'
import { loadPolicy } from './policy-file.ts'
import { greet } from './serve/greet.ts'
import { importSamples } from './serve/import-samples.ts'
import { isLoopback } from './serve/loopback.ts'
import { printConfig } from './serve/print-config.ts'
import { readServeConfig } from './serve/read-serve-config.ts'
import type { ServeConfig } from './serve/serve-config.ts'
import { openNamed, pathOf } from './store-use.ts'
import { loadTemplates } from './templates-file.ts'

/** What `tenure serve` can be told: its settings, and what to do with them. */
export interface ServeUse {
  readonly config?: string | undefined
  readonly printConfig?: boolean | undefined
  readonly [setting: string]: unknown
}

/**
 * `tenure serve`: Tenure over HTTP, with its jobs, until the process is asked to stop.
 *
 * It finishes what it took then, for as long as `shutdownTimeout`. Log lines go to standard output as NDJSON, talk to
 * standard error.
 *
 * @throws {UsageError} When the configuration is refused, or the address cannot be listened at.
 * @throws {StoreError} When the store cannot be opened, or its signing keys cannot be read.
 */
export async function serve(use: ServeUse, version: string, io: Io): Promise<ExitCode> {
  const reading = await readServeConfig({ flags: use, env: io.env, file: use.config }, io)
  if (use.printConfig === true) {
    io.stdout.write(`${printConfig(reading)}\n`)
    return 0
  }
  for (const note of reading.notes) io.stderr.write(`tenure: ${note}\n`)
  const { config } = reading
  const policy = config.policy === null ? defaultPolicy : await loadPolicy(config.policy, io)
  const templates = config.templates === null ? new Map() : await loadTemplates(config.templates, io)
  const store = await openConfigured(config, io)
  try {
    const developmentKey = await prepareKeys(store, config, io.clock)
    const service = await open({ store, policy, version, io, config, templates })
    await run(service, { store, config, developmentKey, io })
    return 0
  } finally {
    await store.close()
  }
}

async function openConfigured(config: ServeConfig, io: Io): Promise<Store> {
  const path = pathOf(config.store)
  if (path !== null) makeFolder(dirname(path))
  const { clock, poolSize, sqliteSynchronous: synchronous } = config
  return openNamed(config.store, io, { sqlite: { synchronous }, postgres: { clock, poolSize } })
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true })
  } catch (error) {
    throw new UsageError(`cannot make the folder of the store: ${reasonOf(error)}`, { cause: error })
  }
}

/** The keys that are configured, by the names that they have in the log. */
function configuredKeys({ apiKey, apiKeys }: ServeConfig): ApiKey[] {
  const own = apiKey === null ? [] : [{ name: 'environment', scope: 'write' as const, sha256: sha256(apiKey) }]
  return [...own, ...apiKeys].map((key) => ({ ...key, createdAt: null }))
}

const DEVELOPMENT = 'development'

/**
 * Sees to it that there is a key: one that its operator made or, in development, one that is made here.
 *
 * @returns The development key where it was made just now; it is not to be had again.
 * @throws {UsageError} Where there is none, and none may be made.
 */
async function prepareKeys(store: Store, config: ServeConfig, clock: Clock): Promise<string | null> {
  const keys = new ApiKeys(store, clock, configuredKeys(config))
  const made = await keys.list()
  const isMade = made.some(({ name }) => name !== DEVELOPMENT)
  if (!isMade && !isLoopback(config.host)) {
    throw new UsageError(
      'no key is configured, and without one nobody but this machine is served: tenure keys add NAME makes one, or set TENURE_API_KEY',
    )
  }
  if (config.production) {
    if (isMade) return null
    throw new UsageError('no key is configured: tenure keys add NAME makes one, or set TENURE_API_KEY')
  }
  const isNeeded = config.newDevelopmentKey || made.length === 0
  return isNeeded ? keys.renew(DEVELOPMENT, 'write', systemRandomness) : null
}

interface Opening {
  readonly store: Store
  readonly policy: Policy
  readonly version: string
  readonly io: Io
  readonly config: ServeConfig
  readonly templates: Awaited<ReturnType<typeof loadTemplates>>
}

async function open({ store, policy, version, io, config, templates }: Opening): Promise<HttpService> {
  const { rateLimit, rateLimitWindow, host, port } = config
  try {
    return await openHttp({
      ...{ store, policy, version, clock: io.clock, randomness: systemRandomness },
      address: { host, port },
      tokens: {
        issuer: config.issuer,
        lifetime: config.tokenLifetime,
        clientLifetime: config.clientTokenLifetime,
        refreshWindow: config.refreshWindow,
        overlap: config.signingKeyOverlap,
        templates,
        publishableKey: config.publishableKey,
      },
      encryptionKey: config.encryptionKey,
      apiKeys: configuredKeys(config),
      limits: { ...config, rateLimit: rateLimit === 0 ? null : { requests: rateLimit, window: rateLimitWindow } },
      maximumSweepLag: config.maximumSweepLag,
      log: { stream: io.stdout, level: config.logLevel, sessionIds: config.logSessionIds },
      isProcessMeasured: true,
    })
  } catch (error) {
    const reason = LISTENING[(error as NodeJS.ErrnoException).code ?? '']
    if (reason === undefined) throw error
    throw new UsageError(`cannot listen at ${host}, port ${port}: ${reason}`, { cause: error })
  }
}

const LISTENING: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process listens there; choose another --port',
  EADDRNOTAVAIL: 'the machine has no such address; see --host',
  EACCES: 'it is not allowed; choose a --port over 1023',
  ENOTFOUND: 'there is no host of that name; see --host',
  EAI_AGAIN: 'the name could not be looked up; see --host',
}

interface Running {
  readonly store: Store
  readonly config: ServeConfig
  readonly developmentKey: string | null
  readonly io: Io
}

async function run(service: HttpService, { store, config, developmentKey, io }: Running): Promise<void> {
  const { sweepInterval, purgeInterval, shutdownTimeout } = config
  const onFault = (job: string, error: unknown) => {
    const { message, code } = error as Error & { readonly code?: string }
    service.app.log.error({ job, error: { code, message } }, 'fault')
  }
  const { tenure } = service
  const jobs = new Housekeeping({ tenure, store, clock: io.clock, sweepInterval, purgeInterval, onFault })
  try {
    if (config.samples !== null) await importSamples(tenure, config.samples, io)
    jobs.start()
    await greet(service, { developmentKey, config, io })
    await (io.untilStopped?.() ?? Promise.resolve())
    io.stderr.write('tenure: stopping\n')
  } finally {
    service.readiness.stopAccepting()
    const timer = io.clock.setTimeout(() => service.app.server.closeAllConnections(), shutdownTimeout)
    await service.close()
    io.clock.clearTimeout(timer)
    await jobs.stop()
  }
}
