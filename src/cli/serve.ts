import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Clock } from '../domain/clock.ts'
import type { DurationMs } from '../domain/duration.ts'
import { defaultPolicy, type Policy } from '../domain/policy.ts'
import type { Randomness } from '../domain/randomness.ts'
import { type HttpService, openHttp } from '../http/open-http.ts'
import { Purger } from '../jobs/purger.ts'
import { Sweeper } from '../jobs/sweeper.ts'
import { type ApiKey, ApiKeys, DEVELOPMENT_KEY } from '../service/api-keys.ts'
import { sha256 } from '../service/digest.ts'
import { readWebhookSecret } from '../service/svix.ts'
import type { ClientChange, Store } from '../store/port.ts'
import { reasonOf } from './inputs.ts'
import { type ExitCode, type Io, UsageError } from './io.ts'
import { loadPolicy } from './policy-file.ts'
import { greet } from './serve/greet.ts'
import { importSamples } from './serve/import-samples.ts'
import { isLoopback } from './serve/loopback.ts'
import { printConfig } from './serve/print-config.ts'
import { readServeConfig } from './serve/read-serve-config.ts'
import type { ServeConfig } from './serve/serve-config.ts'
import { openRandomness, type ServiceRandomness } from './serve/service-randomness.ts'
import { stopAll } from './serve/stop-all.ts'
import { VirtualTime } from './serve/virtual-time.ts'
import { openWebhookParts, openWebhooks, type WebhookParts } from './serve/webhooks.ts'
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
  if (config.production && config.issuer === null) io.stderr.write(`tenure: ${NO_ISSUER}\n`)
  const policy = config.policy === null ? defaultPolicy : await loadPolicy(config.policy, io)
  const templates = config.templates === null ? new Map() : await loadTemplates(config.templates, io)
  const virtualTime = config.clock === 'virtual' ? new VirtualTime(config.start, io.clock) : null
  const clock = virtualTime?.clock ?? io.clock
  const store = await openConfigured(config, { clock })
  try {
    const randomness = await openRandomness(store, config.seed)
    const developmentKey = await prepareKeys(store, config, { clock, randomness: randomness.apiKeys })
    const told: Told = { written: () => {}, webhookFault: () => {} }
    const onFault = (error: unknown) => told.webhookFault(error)
    const webhooks = await openWebhookParts({ store, config, version, randomness, wall: io.clock, onFault })
    try {
      const onWritten = (changes: readonly ClientChange[]) => told.written(changes)
      const timing = { clock, virtualTime, randomness }
      const service = await open({ store, policy, version, io, ...timing, config, templates, webhooks, onWritten })
      await run(service, { store, config, developmentKey, io, ...timing, webhooks, told })
    } finally {
      await webhooks.close()
    }
    return 0
  } finally {
    await store.close()
  }
}

const NO_ISSUER =
  'no issuer is set: tokens say that they come from the address listened at, and are good only there (--issuer URL)'

async function openConfigured(config: ServeConfig, by: Pick<Io, 'clock'>): Promise<Store> {
  const path = pathOf(config.store)
  if (path !== null) makeFolder(dirname(path))
  const { poolSize, sqliteSynchronous: synchronous } = config
  const clock = config.clock === 'database' ? 'database' : 'process'
  return openNamed(config.store, by, { sqlite: { synchronous }, postgres: { clock, poolSize } })
}

function makeFolder(folder: string): void {
  try {
    // The store has the private parts of signing keys in it.
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw new UsageError(`cannot make the folder of the store: ${reasonOf(error)}`, { cause: error })
  }
}

/** The keys that are configured, by the names that they have in the log. */
function configuredKeys({ apiKey, apiKeys }: ServeConfig): ApiKey[] {
  const own = apiKey === null ? [] : [{ name: 'environment', scope: 'write' as const, sha256: sha256(apiKey) }]
  return [...own, ...apiKeys].map((key) => ({ ...key, createdAt: null }))
}

/**
 * Sees to it that there is a key: one that its operator made or, in development, one that is made here. Elsewhere than in
 * development that one is removed.
 *
 * @returns The development key where it was made just now; it is not to be had again.
 * @throws {UsageError} Where there is none, and none may be made.
 */
async function prepareKeys(
  store: Store,
  config: ServeConfig,
  { clock, randomness }: { readonly clock: Clock; readonly randomness: Randomness },
): Promise<string | null> {
  const keys = new ApiKeys(store, clock, configuredKeys(config))
  const made = await keys.list()
  const isMade = made.some(({ name }) => name !== DEVELOPMENT_KEY)
  if (!isMade && !isLoopback(config.host)) {
    throw new UsageError(
      'no key is configured, and without one nobody but this machine is served: tenure keys add NAME makes one, or set TENURE_API_KEY',
    )
  }
  if (config.production || !isLoopback(config.host)) {
    if (!isMade) throw new UsageError('no key is configured: tenure keys add NAME makes one, or set TENURE_API_KEY')
    // It was shown on somebody's terminal.
    await keys.remove(DEVELOPMENT_KEY)
    return null
  }
  if (config.newDevelopmentKey) return keys.renew(DEVELOPMENT_KEY, 'write', randomness)
  return made.length === 0 ? keys.addDevelopmentKey(randomness) : null
}

interface Opening {
  readonly store: Store
  readonly policy: Policy
  readonly version: string
  readonly io: Io
  /** What sessions go by; {@link Io.clock} is that of the wall. */
  readonly clock: Clock
  readonly virtualTime: VirtualTime | null
  readonly randomness: ServiceRandomness
  readonly config: ServeConfig
  readonly templates: Awaited<ReturnType<typeof loadTemplates>>
  readonly webhooks: WebhookParts
  readonly onWritten: Told['written']
}

async function open(opening: Opening): Promise<HttpService> {
  const { store, policy, version, io, clock, virtualTime, randomness, config, templates, webhooks, onWritten } = opening
  const { rateLimit, rateLimitWindow, host, port } = config
  try {
    return await openHttp({
      ...{ store, policy, version, clock, wall: io.clock, randomness: randomness.ids },
      randomnessOf: randomness,
      ...(virtualTime === null ? {} : { virtualTime }),
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
      clerkWebhookSecret: config.clerkWebhookSecret === null ? null : readWebhookSecret(config.clerkWebhookSecret),
      apiKeys: configuredKeys(config),
      webhooks,
      limits: {
        ...limitsOf(config),
        rateLimit: rateLimit === 0 ? null : { requests: rateLimit, window: rateLimitWindow },
      },
      maximumSweepLag: config.maximumSweepLag,
      recordTouches: config.recordTouches,
      pollInterval: patienceOf(virtualTime, config.pollInterval),
      onWritten,
      log: { stream: io.stdout, level: config.logLevel, sessionIds: config.logSessionIds },
      isProcessMeasured: true,
    })
  } catch (error) {
    const reason = LISTENING[(error as NodeJS.ErrnoException).code ?? '']
    if (reason === undefined) throw error
    throw new UsageError(`cannot listen at ${host}, port ${port}: ${reason}`, { cause: error })
  }
}

/** How long jobs wait at most where nothing wakes them, milliseconds: other processes may have written something. */
const IDLE = 5000 as DurationMs

/** By a virtual clock nobody else writes at the same time, and to look a million times on the way through a year is no use. */
function patienceOf(virtualTime: VirtualTime | null, interval: DurationMs): DurationMs {
  return virtualTime === null ? interval : DAY
}

const DAY = 86_400_000 as DurationMs

/** What of a configuration bounds requests. */
function limitsOf({ bodyLimit, headerLimit, requestTimeout, keepAliveTimeout, maximumConnections }: ServeConfig) {
  return { bodyLimit, headerLimit, requestTimeout, keepAliveTimeout, maximumConnections }
}

const LISTENING: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process listens there; choose another --port',
  EADDRNOTAVAIL: 'the machine has no such address; see --host',
  EACCES: 'it is not allowed; choose a --port over 1023',
  ENOTFOUND: 'there is no host of that name; see --host',
  EAI_AGAIN: 'the name could not be looked up; see --host',
}

/** Where what is written, and what fails in the queues, is told of: to nobody, until the sweeper and the log are there. */
interface Told {
  written: (changes: readonly ClientChange[]) => void
  webhookFault: (error: unknown) => void
}

interface Running {
  readonly told: Told
  readonly store: Store
  readonly config: ServeConfig
  readonly developmentKey: string | null
  readonly io: Io
  readonly clock: Clock
  readonly virtualTime: VirtualTime | null
  readonly randomness: ServiceRandomness
  readonly webhooks: WebhookParts
}

async function run(service: HttpService, running: Running): Promise<void> {
  const { store, config, developmentKey, io, clock, virtualTime, randomness, webhooks: parts, told } = running
  const { tenure, readiness, app } = service
  const logFault = (job: string) => (error: unknown) => {
    const { message, code } = error as Error & { readonly code?: string }
    app.log.error({ job, error: { code, message } }, 'fault')
  }
  const onClockStep = (step: number) => {
    app.log.error(
      { job: 'sweep', stepMilliseconds: Math.round(step) },
      'the clock has stepped forward: the sweep has stopped',
    )
  }
  const { sweepInterval, purgeInterval, maxClockStep, shutdownTimeout } = config
  const interval = patienceOf(virtualTime, sweepInterval)
  const maximumClockStep = virtualTime === null ? maxClockStep : null
  const sweeping = { interval, maximumClockStep, onClockStep }
  const sweeper = new Sweeper({ tenure, store, clock, ...sweeping, onFault: logFault('sweep') })
  readiness.watchSweep(() => sweeper.isHeld)
  told.written = sweeper.written
  told.webhookFault = logFault('webhooks')
  const jobs: { stop(): Promise<void> }[] = [sweeper]
  try {
    if (config.samples !== null) await importSamples(tenure, config.samples, io)
    const idle = patienceOf(virtualTime, IDLE)
    const delivering = { store, config, clock, randomness, idle, onFault: told.webhookFault }
    const webhooks = await openWebhooks(service, parts, delivering)
    jobs.push(webhooks)
    const deadLetters = { queues: parts.queues, retention: config.deadLetterRetention }
    const purging = { tenure, store, clock, interval: purgeInterval, deadLetters }
    const purger = new Purger({ ...purging, onFault: logFault('purge') })
    jobs.push(purger)
    sweeper.start()
    purger.start()
    webhooks.start()
    virtualTime?.settleBy(webhooks)
    await greet(service, { developmentKey, config, virtualNow: virtualTime?.clock.now() ?? null, io })
    await (io.untilStopped?.() ?? Promise.resolve())
    io.stderr.write('tenure: stopping\n')
  } finally {
    readiness.stopAccepting()
    const deadline = io.clock.setTimeout(() => {
      app.server.closeAllConnections()
      // What is cut off is sent again, by whoever comes next.
      parts.sender.close()
    }, shutdownTimeout)
    try {
      await stopAll(service, jobs)
    } finally {
      io.clock.clearTimeout(deadline)
    }
  }
}
