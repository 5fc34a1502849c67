/**
 * A process that puts a store under a mixed load until it is killed. It writes a line before each command and one after
 * it, at once, so that whoever killed it knows what it was told.
 *
 * Its one argument is a {@link Work} as JSON.
 */
import { writeSync } from 'node:fs'
import type { DurationMs } from '../../src/domain/duration.ts'
import { StoreError } from '../../src/domain/errors.ts'
import type { Policy } from '../../src/domain/policy.ts'
import { openTenure, type TenureOptions } from '../../src/service/open-tenure.ts'
import type { SignInRequest, Tenure } from '../../src/service/tenure.ts'
import { type Chance, seeded } from './crash-chance.ts'
import type { Line, Told } from './crash-journal.ts'

/** What a worker works on. */
export interface Work extends Pick<TenureOptions, 'sqlite' | 'postgres'> {
  readonly store: string
  /** In the name of every command of this worker. */
  readonly name: string
  readonly seed: number
  /** How many commands are under way at once. */
  readonly callers: number
  /** Sign-ins that another worker had no answer to. They are repeated first. */
  readonly repeat: readonly { readonly asked: string; readonly signIn: SignInRequest }[]
}

const ms = (duration: number) => duration as DurationMs

/** So short that every deadline falls, and every closed session is purged, within a few seconds. */
export const BRIEF: Policy = {
  maximumLifetime: ms(5000),
  inactivityTimeout: ms(600),
  abandonment: { after: ms(2000), from: 'last-activity' },
  touchInterval: ms(5),
  sessionMode: 'multi',
  onConflict: null,
  maximumSessionsPerUser: 4,
  onOverflow: 'replace-oldest',
  retention: ms(1000),
}

const USERS = ['user_a', 'user_b', 'user_c', 'user_d', 'user_e', 'user_f', 'user_g', 'user_h']

/** How many ids a worker keeps in mind. */
const REMEMBERED = 40

function say(line: Line): void {
  writeSync(1, `${JSON.stringify(line)}\n`)
}

class Worker {
  readonly #tenure: Tenure
  readonly #work: Work
  readonly #chance: Chance
  #sessions: readonly string[] = []
  #clients: readonly string[] = []
  #commands = 0

  constructor(tenure: Tenure, work: Work) {
    this.#tenure = tenure
    this.#work = work
    this.#chance = seeded(work.seed)
  }

  async run(): Promise<never> {
    for (const { asked, signIn } of this.#work.repeat) await this.#signIn(asked, signIn)
    const callers = Array.from({ length: this.#work.callers }, () => this.#call())
    return Promise.race(callers)
  }

  async #call(): Promise<never> {
    for (;;) {
      this.#commands += 1
      const tag = `${this.#work.name}-${this.#commands}`
      if (this.#commands % 50 === 1) await this.#look()
      await this.#next(tag)
    }
  }

  /** Sees what the others have made, too. */
  async #look(): Promise<void> {
    try {
      const { items } = await this.#tenure.listSessions({ limit: REMEMBERED, status: ['active', 'pending', 'expired'] })
      this.#sessions = items.map(({ id }) => id)
      this.#clients = (await this.#tenure.listClients({ limit: REMEMBERED })).items.map(({ id }) => id)
    } catch (error) {
      expectStoreError(error)
    }
  }

  #next(tag: string): Promise<void> {
    const asking = { askedBy: tag }
    const session = this.#chance.pick(this.#sessions)
    const client = this.#chance.pick(this.#clients)
    const dice = this.#chance.below(100)
    if (session === undefined || client === undefined || dice < 20) return this.#signInSomebody(tag, client)
    if (dice < 60) return this.#give(tag, 'touch', () => this.#tenure.touch(session, asking))
    if (dice < 66) return this.#give(tag, 'requireTask', () => this.#tenure.requireTask(session, asking))
    if (dice < 72) return this.#give(tag, 'completeTasks', () => this.#tenure.completeTasks(session, asking))
    if (dice < 78) return this.#give(tag, 'end', () => this.#tenure.end(session, asking))
    if (dice < 83) return this.#give(tag, 'revoke', () => this.#tenure.revoke(session, asking))
    if (dice < 86) return this.#give(tag, 'remove', () => this.#tenure.remove(session, asking))
    if (dice < 89) return this.#give(tag, 'signOutClient', () => this.#tenure.signOutClient(client, 'end', asking))
    if (dice < 91) return this.#give(tag, 'signOutClient', () => this.#tenure.signOutClient(client, 'remove', asking))
    if (dice < 93) return this.#revokeAll(tag, { userId: this.#chance.one(USERS), askedBy: tag })
    if (dice < 95) return this.#revokeAll(tag, { clientId: client, askedBy: tag })
    if (dice < 98) return this.#give(tag, 'sweep', async () => done(await this.#tenure.sweep({ limit: 20 })))
    return this.#give(tag, 'purge', async () => done(await this.#tenure.purge({ limit: 20 })))
  }

  #signInSomebody(tag: string, client: string | undefined): Promise<void> {
    const userId = this.#chance.one(USERS)
    const clientId = this.#chance.below(3) === 0 ? undefined : client
    const status = this.#chance.below(5) === 0 ? 'pending' : 'active'
    return this.#signIn(tag, { userId, clientId, sessionId: `sess_${tag}`, status, askedBy: tag })
  }

  async #signIn(tag: string, signIn: SignInRequest): Promise<void> {
    say({ asked: tag, command: 'signIn', signIn })
    await this.#answer(tag, async () => {
      const outcome = await this.#tenure.signIn(signIn)
      if (outcome.changed) this.#remember(outcome.session)
      return outcome
    })
  }

  #revokeAll(tag: string, request: Parameters<Tenure['revokeAll']>[0]): Promise<void> {
    return this.#give(tag, 'revokeAll', async () => {
      const { revoked } = await this.#tenure.revokeAll(request)
      return { changed: revoked > 0, revoked }
    })
  }

  #give(tag: string, command: string, give: () => Promise<Omit<Told, 'told'>>): Promise<void> {
    say({ asked: tag, command })
    return this.#answer(tag, give)
  }

  async #answer(tag: string, give: () => Promise<Omit<Told, 'told'>>): Promise<void> {
    try {
      say({ told: tag, ...(await give()) })
    } catch (error) {
      const { code, message } = expectStoreError(error)
      say({ failed: tag, code, message })
    }
  }

  #remember({ id, clientId }: { readonly id: string; readonly clientId: string }): void {
    this.#sessions = [id, ...this.#sessions].slice(0, REMEMBERED)
    this.#clients = [...new Set([clientId, ...this.#clients])].slice(0, REMEMBERED)
  }
}

function done({ isDone }: { readonly isDone: boolean }): Omit<Told, 'told'> {
  return { changed: true, reason: isDone ? 'done' : 'more' }
}

function expectStoreError(error: unknown): StoreError {
  if (!(error instanceof StoreError)) throw error
  return error
}

if (process.argv[2] !== undefined) {
  const work = JSON.parse(process.argv[2]) as Work
  const { store, sqlite, postgres } = work
  const tenure = await openTenure({ store, policy: BRIEF, sqlite, postgres })
  say({ ready: work.name })
  await new Worker(tenure, work).run()
}
