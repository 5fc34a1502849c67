/**
 * One client and the people who use it, for as long as the simulation goes on.
 *
 *   away     -- an arrival                        --> here       verify; touch where the session is live, sign in where not
 *   here     -- requests, tasks, a password reset --> here
 *   here     -- the visit is over                 --> away       signed out, or not
 */
import type { SessionId } from '../../domain/session.ts'
import type { SessionOutcome } from '../../service/command-session.ts'
import type { SessionRecord } from '../../service/records.ts'
import type { SignInOutcome } from '../../service/sign-in.ts'
import type { SignInRequest, Tenure } from '../../service/tenure.ts'
import type { Probe } from '../faults/faulty-call.ts'
import { around, happens } from '../run/chance.ts'
import { Closing } from '../run/closing.ts'
import type { Processes } from '../run/processes.ts'
import type { Reads } from '../run/reads.ts'
import { LEADS_TO, type SessionCommand, SessionRefusals, SignInRefusals } from '../run/refusals.ts'
import type { World } from '../run/world.ts'
import type { SeededRandomness } from '../seeded-randomness.ts'
import type { Arrivals } from './arrivals.ts'
import type { Owner } from './population.ts'
import { revokeAllOf } from './revoke-all.ts'
import { snapshotOf } from './snapshot-of.ts'

/** How long a task takes its user, milliseconds. */
const TASK = 90_000

/** How often the guest of a client is the one who comes. */
const GUEST = 0.3

/** A sign-in that can be given again. */
type SignInAsked = SignInRequest & { readonly sessionId: string; readonly askedBy: string }

/** A client in the hands of its users. */
export class Visitor {
  readonly #world: World
  readonly #processes: Processes
  readonly #reads: Reads
  readonly #arrivals: Arrivals
  readonly #owner: Owner
  readonly #randomness: SeededRandomness
  /** The session that each user has here, as their browser knows it. */
  readonly #held = new Map<string, SessionRecord>()
  #clientId: string | undefined
  #commands = 0

  constructor(world: World, processes: Processes, reads: Reads, arrivals: Arrivals, owner: Owner) {
    this.#world = world
    this.#processes = processes
    this.#reads = reads
    this.#arrivals = arrivals
    this.#owner = owner
    this.#randomness = world.randomness.fork(`client ${owner.place}`)
  }

  /** Comes and goes until the end. */
  async live(): Promise<void> {
    const { agenda, end } = this.#world
    for (;;) {
      const next = this.#arrivals.after(agenda.now, this.#randomness, end)
      if (next >= end) return
      await agenda.until(next)
      await this.#visit()
    }
  }

  async #visit(): Promise<void> {
    const { guestId, userId: ownerId } = this.#owner
    const userId = guestId !== null && happens(this.#randomness, GUEST) ? guestId : ownerId
    const session = (await this.#comeBack(userId)) ?? (await this.#signIn(userId))
    if (session === null) return
    await this.#beHere(session)
    await this.#leave(session)
  }

  /** The session that is there and live, touched. */
  async #comeBack(userId: string): Promise<SessionRecord | null> {
    const held = this.#held.get(userId)
    if (held === undefined) return null
    if (!(await this.#reads.verify(held.id, this.#randomness))) return null
    return this.#touch(held)
  }

  async #touch(session: SessionRecord): Promise<SessionRecord | null> {
    const touch = () => this.#command('touch', session, (tenure, askedBy) => tenure.touch(session.id, { askedBy }))
    if (this.#isTwice()) this.#alongside(touch())
    const outcome = await touch()
    if (outcome === null || outcome.session === null) return null
    if (outcome.changed) this.#reads.lateOn(outcome.session, this.#randomness, touch)
    return outcome.changed || outcome.reason === 'throttled' ? this.#hold(outcome.session) : null
  }

  async #signIn(userId: string): Promise<SessionRecord | null> {
    const { workload } = this.#world.scenario
    if (this.#clientId === undefined && happens(this.#randomness, workload.imported)) return this.#import(userId)
    const name = this.#name()
    const status = happens(this.#randomness, workload.tasks) ? 'pending' : 'active'
    const asked = { userId, clientId: this.#clientId, sessionId: `sess_${name}`, status, askedBy: name } as const
    if (this.#isTwice()) this.#alongside(this.#signInAgain(asked))
    const outcome = await this.#askSignIn(asked)
    if (outcome === null || outcome.session === null) {
      this.#world.journal.meet(`outcome ${outcome?.reason ?? 'none'}`)
      // A client whose last session is gone long ago has been purged: the browser gets a new one.
      if (outcome?.reason === 'unknown-client') this.#clientId = undefined
      return null
    }
    const { session } = outcome
    if (outcome.changed) this.#world.oracle.acknowledged(session.id, session.version, session.status)
    this.#clientId = session.clientId
    this.#reads.lateOn(session, this.#randomness, () => this.#touch(session))
    if (session.status === 'pending') await this.#doTask(session)
    return this.#hold(session)
  }

  /** The same once more at once, as by a button that is pressed twice; or in a private window, which is another client. */
  async #signInAgain(asked: SignInAsked): Promise<void> {
    const isElsewhere = this.#randomness.integer(2) === 0
    const name = isElsewhere ? this.#name() : asked.askedBy
    const elsewhere = { userId: asked.userId, sessionId: `sess_${name}`, askedBy: name }
    await this.#askSignIn(isElsewhere ? elsewhere : asked)
  }

  async #askSignIn(asked: SignInAsked): Promise<SignInOutcome | null> {
    const refusals = new SignInRefusals(this.#world, asked)
    const outcome = await this.#ask('sign-in', asked.askedBy, (tenure) => tenure.signIn(asked), refusals.probe)
    if (outcome?.changed === false) refusals.hold(outcome.reason)
    return outcome
  }

  async #import(userId: string): Promise<SessionRecord | null> {
    const { agenda, scenario } = this.#world
    const { id, sessionId, text } = snapshotOf(this.#owner.place, userId, agenda.now, scenario.policy)
    const outcome = await this.#ask('import', this.#name(), (tenure) => tenure.putClient(id, text))
    if (outcome === null) return null
    if (!this.#world.oracle.sessions.has(sessionId as SessionId)) {
      this.#world.journal.breach('acknowledged-is-kept', `${id} was answered as imported, and is not there`)
    }
    this.#clientId = id
    const session = await this.#ask('get', this.#name(), (tenure) => tenure.getSession(sessionId))
    return session === null ? null : this.#hold(session)
  }

  async #beHere(session: SessionRecord): Promise<void> {
    const { agenda, scenario } = this.#world
    const { visitLength, requestEvery, tasks, clientReads, passwordResets } = scenario.workload
    const leavesAt = agenda.now + around(this.#randomness, visitLength)
    if (happens(this.#randomness, clientReads)) await this.#reads.client(session.clientId, this.#randomness)
    if (happens(this.#randomness, tasks)) await this.#requireTask(session)
    if (happens(this.#randomness, passwordResets)) await this.#resetPassword(session)
    for (;;) {
      const next = agenda.now + around(this.#randomness, requestEvery)
      if (next >= leavesAt) return agenda.until(leavesAt)
      await agenda.until(next)
      if ((await this.#touch(session)) === null) return
    }
  }

  async #leave(session: SessionRecord): Promise<void> {
    const { signOuts, revocations } = this.#world.scenario.workload
    // Another tab goes on while its user leaves.
    if (this.#isTwice()) this.#alongside(this.#touch(session))
    if (happens(this.#randomness, revocations)) {
      await this.#command('revoke', session, (tenure, askedBy) => tenure.revoke(session.id, { askedBy }))
    }
    if (!happens(this.#randomness, signOuts)) return
    this.#held.delete(session.userId)
    const way = this.#randomness.integer(8)
    if (way >= 2) {
      const command = way < 7 ? 'end' : 'remove'
      await this.#command(command, session, (tenure, askedBy) => tenure[command](session.id, { askedBy }))
      return
    }
    const command = way === 0 ? 'end' : 'remove'
    this.#held.clear()
    const { clientId } = session
    const name = this.#name()
    const closing = new Closing(this.#world, { clientId })
    const signOut = (tenure: Tenure) => tenure.signOutClient(clientId, command, { askedBy: name })
    const outcome = await this.#ask(`sign out by ${command}`, name, signOut, closing.probe)
    if (outcome !== null) closing.hold(`${name} sign out by ${command}`, command === 'end' ? 2 : 1)
  }

  async #requireTask(session: SessionRecord): Promise<void> {
    const outcome = await this.#command('requireTask', session, (tenure, askedBy) => {
      return tenure.requireTask(session.id, { askedBy })
    })
    if (outcome?.changed === true) await this.#doTask(session)
  }

  async #doTask(session: SessionRecord): Promise<void> {
    if (happens(this.#randomness, this.#world.scenario.workload.tasksLeft)) return
    await this.#world.agenda.sleep(around(this.#randomness, TASK))
    await this.#command('completeTasks', session, (tenure, askedBy) => tenure.completeTasks(session.id, { askedBy }))
  }

  async #resetPassword({ id, userId }: SessionRecord): Promise<void> {
    const request = { userId, except: id, name: this.#name(), moment: 'password reset' }
    await revokeAllOf(this.#world, this.#processes, this.#randomness, request)
  }

  async #command(
    command: SessionCommand,
    { id }: SessionRecord,
    use: (tenure: Tenure, askedBy: string) => Promise<SessionOutcome>,
  ): Promise<SessionOutcome | null> {
    const name = this.#name()
    const refusals = new SessionRefusals(this.#world, id, command)
    const outcome = await this.#ask(`${command} ${id}`, name, (tenure) => use(tenure, name), refusals.probe)
    if (outcome === null || !outcome.changed) {
      this.#world.journal.meet(`outcome ${outcome?.reason ?? 'none'}`)
      if (outcome !== null) refusals.hold(outcome.reason)
      return outcome
    }
    const { version, status } = outcome.session
    this.#world.oracle.acknowledged(id, version, status, LEADS_TO[command])
    return outcome
  }

  async #ask<T>(
    what: string,
    name: string,
    use: (tenure: Tenure) => Promise<T>,
    probe: Probe | null = null,
  ): Promise<T | null> {
    const answer = await this.#processes.ask(`${name} ${what}`, this.#randomness, use, probe)
    const { changed, reason } = (answer ?? {}) as { readonly changed?: boolean; readonly reason?: string }
    this.#world.journal.note(`${name} ${what}: ${changed === true ? 'changed' : (reason ?? 'answered')}`)
    return answer
  }

  #isTwice(): boolean {
    return happens(this.#randomness, this.#world.scenario.workload.twice)
  }

  /** Lets something go on by itself, while its user does something else. */
  #alongside(work: Promise<unknown>): void {
    work.catch((error: unknown) => this.#world.journal.breach('no-other-error', String((error as Error)?.stack)))
  }

  #hold(session: SessionRecord): SessionRecord {
    this.#held.set(session.userId, session)
    return session
  }

  /** What a command goes under, however often it is given. */
  #name(): string {
    this.#commands += 1
    return `c${this.#owner.place}-${this.#commands}`
  }
}
