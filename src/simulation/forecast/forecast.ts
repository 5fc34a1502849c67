/**
 * Who is signed out when, if a policy were applied to stored sessions at an instant, against another or what is stored.
 *
 * Each session is first settled at that instant by what is stored: what is over by then is over under every policy. The
 * deadlines of those that are live are then computed anew, as if they had been made under the policy, and nobody is
 * active any more. See docs/decisions/0021-what-a-policy-would-have-done.md.
 */
import type { DurationMs } from '../../domain/duration.ts'
import { type EpochMs, later } from '../../domain/instant.ts'
import type { Policy } from '../../domain/policy.ts'
import type { Client, ClientId, Session, UserId } from '../../domain/session.ts'
import { isLive, isStatus, type LiveStatus } from '../../domain/status.ts'
import { statusAt } from '../../lifecycle/settle-session.ts'
import type { Fate } from './fate.ts'
import { type Counts, type ForecastResult, resultOf } from './result.ts'
import type { SessionForecast } from './session-forecast.ts'
import { Side } from './side.ts'
import { withinRoomOfUsers } from './users-room.ts'
import { Window } from './window.ts'

/** What a forecast is of. */
export interface ForecastOptions {
  /** When the policy is applied, epoch milliseconds. No earlier than the snapshots, or they are not yet what they say. */
  readonly at: EpochMs
  /** How far it looks, milliseconds, at most `MAXIMUM_HORIZON`. */
  readonly horizon: DurationMs
  readonly policy: Policy
  /** What it is compared with; `null`: the deadlines that are stored. */
  readonly against: Policy | null
}

/** So many clients are remembered, so as to notice one that is given twice: some 80 MB of ids. */
const REMEMBERED = 1_000_000

/**
 * A forecast, made of one client after the other.
 *
 * What it counts takes room by the length of its horizon and by the users whose sessions end sooner; where a policy rejects
 * sign-ins, by the clients or the users who have live sessions, too. A policy that keeps a user's newest sessions needs every
 * live session at once, and then they are held until the end.
 */
export class Forecast {
  readonly window: Window
  readonly #under: Side
  readonly #against: Side
  readonly #counts: Counts = { snapshots: 0, live: 0, dormant: 0, closed: 0, unknown: 0, createdLater: 0, repeated: 0 }
  /** How many sessions of each user end sooner. */
  readonly #sooner = new Map<UserId, number>()
  /** The clients that were given, the first {@link REMEMBERED} of them. */
  readonly #clientIds = new Set<ClientId>()
  /** When anything in the snapshots was last changed or active. */
  #newestAt: EpochMs | null = null
  #endingSooner = 0
  #endingLater = 0
  /** Live sessions whose fate depends on sessions that may come yet. */
  readonly #held: SessionForecast[] = []
  readonly #holds: boolean

  constructor({ at, horizon, policy, against }: ForecastOptions) {
    this.window = new Window(at, horizon)
    this.#under = new Side(policy, this.window)
    this.#against = new Side(against, this.window)
    this.#holds = this.#under.roomOfUser !== null || this.#against.roomOfUser !== null
  }

  /** Takes a client in. Returns what is then known of its live sessions: all of it, or nothing before {@link finish}. */
  add(client: Client): readonly SessionForecast[] {
    this.#counts.snapshots += 1
    this.#remember(client.id)
    if (client.sessions.length > 0) this.#look(client.updatedAt)
    const live = client.sessions.filter((session) => this.#isLive(session))
    if (live.length === 0) return []
    const under = this.#under.fatesOf(live)
    const against = this.#against.fatesOf(live)
    const forecasts = live.map((session, index) =>
      this.#forecast(session, under[index] as Fate, against[index] as Fate),
    )
    if (this.#holds) for (const forecast of forecasts) this.#held.push(forecast)
    else for (const forecast of forecasts) this.#count(forecast)
    return this.#holds ? [] : forecasts
  }

  /** Says what was not known before every client was there, in the order they came. Called once, after the last. */
  *finish(): Generator<SessionForecast> {
    if (!this.#holds) return
    const { at } = this.window
    const under = withinRoomOfUsers(this.#held, 'under', this.#under.roomOfUser, at)
    const against = withinRoomOfUsers(this.#held, 'against', this.#against.roomOfUser, at)
    for (const [index, held] of this.#held.entries()) {
      const forecast = { ...held, under: under.get(index) ?? held.under, against: against.get(index) ?? held.against }
      this.#count(forecast)
      yield forecast
    }
  }

  /** Everything that was counted. Asked after {@link finish} has been read to its end. */
  result(): ForecastResult {
    return resultOf({
      window: this.window,
      counts: { ...this.#counts },
      newestAt: this.#newestAt,
      under: this.#under,
      against: this.#against,
      sooner: this.#sooner,
      endingSooner: this.#endingSooner,
      endingLater: this.#endingLater,
    })
  }

  /** Whether a session is live once it is settled; counts what it is either way. */
  #isLive(session: Session): boolean {
    const counts = this.#counts
    this.#look(session.updatedAt)
    this.#look(session.lastActiveAt)
    if (!isStatus(session.status)) {
      counts.unknown += 1
      return false
    }
    const status = statusAt(session, this.window.at)
    if (!isLive(status)) {
      if (status === 'expired') counts.dormant += 1
      else counts.closed += 1
      return false
    }
    counts.live += 1
    if (later(session.createdAt, session.lastActiveAt) > this.window.at) counts.createdLater += 1
    return true
  }

  #remember(id: ClientId): void {
    if (this.#clientIds.has(id)) this.#counts.repeated += 1
    else if (this.#clientIds.size < REMEMBERED) this.#clientIds.add(id)
  }

  #look(instant: EpochMs): void {
    this.#newestAt = this.#newestAt === null ? instant : later(this.#newestAt, instant)
  }

  /** Members by name, so that what is held does not hold the document, too. */
  #forecast(session: Session, under: Fate, against: Fate): SessionForecast {
    const { clientId, id: sessionId, userId, status, createdAt, lastActiveAt } = session
    // A live session that is still live has the status that is stored.
    return { clientId, sessionId, userId, status: status as LiveStatus, createdAt, lastActiveAt, under, against }
  }

  #count(forecast: SessionForecast): void {
    const { userId, under, against } = forecast
    this.#under.add(under, forecast)
    this.#against.add(against, forecast)
    const { until } = this.window
    if (under.endsAt < against.endsAt && under.endsAt <= until) {
      this.#endingSooner += 1
      this.#sooner.set(userId, (this.#sooner.get(userId) ?? 0) + 1)
    } else if (under.endsAt > against.endsAt && against.endsAt <= until) {
      this.#endingLater += 1
    }
  }
}
