/**
 * A process that puts a store under a mixed load until it is killed. It says so when it begins, and writes a line in its
 * journal before each command and one after it, so that whoever killed it knows what it was told.
 *
 * Its one argument is a {@link Work} as JSON.
 */
import { openSync, writeSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import type { DurationMs } from '../../src/domain/duration.ts'
import { StoreError } from '../../src/domain/errors.ts'
import type { Policy } from '../../src/domain/policy.ts'
import type { Transition } from '../../src/domain/transition.ts'
import { openTenure, type TenureOptions } from '../../src/service/open-tenure.ts'
import type { RevokeAllOutcome } from '../../src/service/revoke-all.ts'
import type { SignInRequest, Tenure } from '../../src/service/tenure.ts'
import { type Chance, seeded } from './crash-chance.ts'
import type { Asked, Line, Told } from './crash-journal.ts'
import { endWithParent } from './crash-process.ts'
import { sdkClient, sdkSession } from './documents.ts'

/** What a worker works on. */
export interface Work extends Pick<TenureOptions, 'sqlite' | 'postgres'> {
  readonly store: string
  /** The file that it writes its lines to. */
  readonly journal: string
  /** In the name of every command of this worker. */
  readonly name: string
  readonly seed: number
  /** How many commands are under way at once. */
  readonly callers: number
  /** How many commands are answered before it says that it has begun; 0 to say so when the store is open. */
  readonly readyAfter: number
  /** Whether the server may be down meanwhile, so that opening the store is tried until it is back. */
  readonly isPatient: boolean
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

/** What a command is given to. */
interface Aim {
  readonly sessionId: string
  readonly clientId: string
  readonly userId: string
  readonly askedBy: string
}

type Answer = Omit<Told, 'told'>
type Command = readonly [weight: number, name: string, give: (tenure: Tenure, aim: Aim) => Promise<Answer>]

const COMMANDS: readonly Command[] = [
  [40, 'touch', (tenure, { sessionId, askedBy }) => tenure.touch(sessionId, { askedBy })],
  [6, 'requireTask', (tenure, { sessionId, askedBy }) => tenure.requireTask(sessionId, { askedBy })],
  [6, 'completeTasks', (tenure, { sessionId, askedBy }) => tenure.completeTasks(sessionId, { askedBy })],
  [6, 'end', (tenure, { sessionId, askedBy }) => tenure.end(sessionId, { askedBy })],
  [5, 'revoke', (tenure, { sessionId, askedBy }) => tenure.revoke(sessionId, { askedBy })],
  [3, 'remove', (tenure, { sessionId, askedBy }) => tenure.remove(sessionId, { askedBy })],
  [3, 'signOutClient', (tenure, { clientId, askedBy }) => tenure.signOutClient(clientId, 'end', { askedBy })],
  [2, 'signOutClient', (tenure, { clientId, askedBy }) => tenure.signOutClient(clientId, 'remove', { askedBy })],
  [2, 'revokeAll', async (tenure, { userId, askedBy }) => many(await tenure.revokeAll({ userId, askedBy }))],
  [2, 'revokeAll', async (tenure, { clientId, askedBy }) => many(await tenure.revokeAll({ clientId, askedBy }))],
  [2, 'sweep', async (tenure) => pass(await tenure.sweep({ limit: 20 }))],
  [2, 'purge', async (tenure) => pass(await tenure.purge({ limit: 20 }))],
]

/** Each command as often as it weighs. */
const WEIGHED = COMMANDS.flatMap((command) => Array.from({ length: command[0] }, () => command))

function many({ revoked }: RevokeAllOutcome): Answer {
  return { changed: revoked > 0, revoked }
}

function pass({ isDone }: { readonly isDone: boolean }): Answer {
  return { changed: true, reason: isDone ? 'done' : 'more' }
}

class Worker {
  readonly #tenure: Tenure
  readonly #work: Work
  readonly #chance: Chance
  readonly #journal: number
  readonly #documents: string[] = []
  #sessions: readonly string[] = []
  #clients: readonly string[] = []
  #commands = 0
  #answered = 0

  constructor(tenure: Tenure, work: Work) {
    this.#tenure = tenure
    this.#work = work
    this.#chance = seeded(work.seed)
    this.#journal = openSync(work.journal, 'a')
  }

  async run(): Promise<never> {
    for (const { asked, signIn } of this.#work.repeat) await this.#signIn(asked, signIn)
    const callers = Array.from({ length: this.#work.callers }, () => this.#call())
    return Promise.race(callers)
  }

  async #call(): Promise<never> {
    for (;;) {
      endWithParent()
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
    const sessionId = this.#chance.pick(this.#sessions)
    const clientId = this.#chance.pick(this.#clients)
    const dice = this.#chance.below(100)
    if (dice < 3) return this.#import(tag)
    if (sessionId === undefined || clientId === undefined || dice < 25) return this.#signInSomebody(tag, clientId)
    const [, command, give] = this.#chance.one(WEIGHED)
    const aim = { sessionId, clientId, userId: this.#chance.one(USERS), askedBy: tag }
    return this.#give({ asked: tag, command }, () => give(this.#tenure, aim))
  }

  #signInSomebody(tag: string, client: string | undefined): Promise<void> {
    const userId = this.#chance.one(USERS)
    const clientId = this.#chance.below(3) === 0 ? undefined : client
    const status = this.#chance.below(5) === 0 ? 'pending' : 'active'
    return this.#signIn(tag, { userId, clientId, sessionId: `sess_${tag}`, status, askedBy: tag })
  }

  async #signIn(tag: string, signIn: SignInRequest): Promise<void> {
    this.#write({ asked: tag, command: 'signIn', signIn })
    await this.#answer(tag, async () => {
      const outcome = await this.#tenure.signIn(signIn)
      if (outcome.changed) this.#remember(outcome.session)
      return outcome
    })
  }

  #give(asked: Asked, give: () => Promise<Answer>): Promise<void> {
    this.#write(asked)
    return this.#answer(asked.asked, give)
  }

  async #answer(tag: string, give: () => Promise<Answer>): Promise<void> {
    try {
      this.#write({ told: tag, ...(await give()) })
      this.#answered += 1
      if (this.#answered === this.#work.readyAfter) sayReady()
    } catch (error) {
      const { code, message } = expectStoreError(error)
      this.#write({ failed: tag, code, message })
      // A server that is down is down for a while.
      await wait(5)
    }
  }

  #import(tag: string): Promise<void> {
    const again = this.#chance.below(2) === 0 ? this.#chance.pick(this.#documents) : undefined
    const documents = again === undefined ? [0, 1, 2].map((place) => aDocument(`${tag}-${place}`, Date.now())) : [again]
    const rows = again === undefined ? documents.length : undefined
    return this.#give({ asked: tag, command: 'import', ...(rows === undefined ? {} : { rows }) }, async () => {
      const transitions: Transition[] = []
      for await (const result of this.#tenure.importClients(documents, { askedBy: tag })) {
        if (result.result === 'rejected') throw new Error(`rejected: ${JSON.stringify(result.errors)}`)
        transitions.push(...result.transitions)
      }
      // Not before: others who import the same at the same time have them done one by one.
      this.#documents.push(...documents)
      return { changed: transitions.length > 0, transitions }
    })
  }

  #write(line: Line): void {
    writeSync(this.#journal, `${JSON.stringify(line)}\n`)
  }

  #remember({ id, clientId }: { readonly id: string; readonly clientId: string }): void {
    this.#sessions = [id, ...this.#sessions].slice(0, REMEMBERED)
    this.#clients = [...new Set([clientId, ...this.#clients])].slice(0, REMEMBERED)
  }
}

/** A client with a session, both named so that no other document has them. */
function aDocument(name: string, now: number): string {
  const [id, clientId] = [`sess_${name}`, `client_${name}`]
  const instants = { createdAt: now, updatedAt: now, lastActiveAt: now, expireAt: now + 600, abandonAt: now + 2000 }
  const session = sdkSession({ id, clientId, userId: `user_${name}`, ...instants })
  return JSON.stringify(sdkClient({ id: clientId, createdAt: now, updatedAt: now }, [session]))
}

async function open({ store, sqlite, postgres, isPatient }: Work): Promise<Tenure> {
  for (;;) {
    try {
      return await openTenure({ store, policy: BRIEF, sqlite, postgres })
    } catch (error) {
      if (!isPatient || !expectStoreError(error).isRetryable) throw error
      endWithParent()
    }
  }
}

function sayReady(): void {
  writeSync(1, 'ready\n')
}

function expectStoreError(error: unknown): StoreError {
  if (!(error instanceof StoreError)) throw error
  return error
}

if (process.argv[2] !== undefined) {
  const work = JSON.parse(process.argv[2]) as Work
  const tenure = await open(work)
  if (work.readyAfter === 0) sayReady()
  await new Worker(tenure, work).run()
}
