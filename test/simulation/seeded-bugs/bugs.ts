/**
 * Bugs that the simulation has to find: each a text of the sources, and what stands in its place in a copy of them.
 *
 * A bug that no longer applies fails its test: the text that it replaces has to stand in its file exactly once.
 */
import type { Invariant } from '../../../src/simulation/run/journal.ts'

/** A bug, and how soon it has to be found. */
export interface SeededBug {
  readonly name: string
  readonly file: string
  readonly from: string
  readonly to: string
  /** What shows it, first. Several where that hangs on the seed. */
  readonly breaks: readonly Invariant[]
  /** Within so many seeds, from 1 on. */
  readonly within: number
}

export const SEEDED_BUGS: readonly SeededBug[] = [
  {
    name: 'a deadline is the last live instant (> for >=)',
    file: 'src/domain/deadlines.ts',
    from: "if (now < expireAt) return now < abandonAt ? 'none' : 'abandon'",
    to: "if (now <= expireAt) return now < abandonAt ? 'none' : 'abandon'",
    breaks: ['dead-at-deadline', 'settled-first'],
    within: 20,
  },
  {
    name: 'verify goes by the stored status',
    file: 'src/service/verify.ts',
    from: 'const status = statusAt(session, now)',
    to: 'const { status } = session',
    breaks: ['dead-at-deadline'],
    within: 20,
  },
  {
    name: 'a touch revives',
    file: 'machines/session.machine.ts',
    from: "'session.touch': settleDormant,",
    to: "'session.touch': [settleDormant, enter('active', 'tasks-completed')],",
    breaks: ['dead-for-ever'],
    within: 20,
  },
  {
    name: 'a revocation overwrites what closed a session before',
    file: 'machines/session.machine.ts',
    from: "abandoned: { id: 'abandoned' },",
    to: "abandoned: { id: 'abandoned', on: { 'session.revoke': enter('revoked', 'revoke') } },",
    breaks: ['dead-for-ever'],
    within: 600,
  },
  {
    name: 'no version check on a session that is closed',
    file: 'src/store/sqlite/statements.ts',
    from: `expire_at = ?, abandon_at = ?, closed_at = ?, due_at = ?,
    form = COALESCE(?, form), document = COALESCE(?, document) WHERE id = ? AND version = ?`,
    to: `expire_at = ?, abandon_at = ?, closed_at = ?, due_at = ?,
    form = COALESCE(?, form), document = COALESCE(?, document) WHERE id = ? AND ? > 0`,
    breaks: ['one-version-a-write', 'one-row-a-transition', 'dead-for-ever', 'time-goes-on'],
    within: 60,
  },
  {
    name: 'no version check on a touch',
    file: 'src/store/sqlite/statements.ts',
    from: 'expire_at = ?, abandon_at = ? WHERE id = ? AND version = ?`',
    to: 'expire_at = ?, abandon_at = ? WHERE id = ? AND ? > 0`',
    breaks: ['one-version-a-write', 'dead-for-ever', 'time-goes-on'],
    within: 60,
  },
  {
    name: 'a commit that was refused is answered as done',
    file: 'src/service/run-command.ts',
    from: '(await store.commit(view, decision))) return decision.result',
    to: '((await store.commit(view, decision)), true)) return decision.result',
    breaks: ['acknowledged-is-kept'],
    within: 20,
  },
  {
    name: 'a deadline that fell before the commit is extended all the same',
    file: 'src/store/sqlite/store.ts',
    from: 'if (set.sessions.some((write) => extendsFallen(write, now))) return false',
    to: 'if (set.sessions.some((write) => extendsFallen(write, now))) void now',
    breaks: ['dead-for-ever'],
    within: 600,
  },
  {
    name: 'the sweep trusts what it read first',
    file: 'src/service/sweep.ts',
    from: 'const settled = settleClient(client, now)',
    to: `const first = (FIRST[client.id] ??= client.sessions)
  const sessions = client.sessions.map((s) => ({ ...(first.find(({ id }) => id === s.id) ?? s), version: s.version }))
  client = { ...client, sessions }
  const settled = settleClient(client, now)`,
    breaks: ['settled-first', 'one-row-a-transition', 'time-goes-on', 'dead-for-ever', 'rows-as-written'],
    within: 20,
  },
  {
    name: 'the second ledger row of a commit is lost',
    file: 'src/store/sqlite/commit.ts',
    from: 'for (const entry of set.ledger) statements',
    to: 'for (const entry of set.ledger.slice(0, 1)) statements',
    breaks: ['ledger-replays', 'told-in-order', 'delivered-in-order'],
    within: 20,
  },
  {
    name: 'a deadline takes effect when it is noticed',
    file: 'src/domain/transition.ts',
    from: "if (cause === 'expire-deadline') return session.expireAt",
    to: "if (cause === 'expire-deadline') return now",
    breaks: ['settled-first'],
    within: 20,
  },
  {
    name: 'a touch may move expireAt earlier',
    file: 'src/domain/deadlines.ts',
    from: 'expireAt: policy.inactivityTimeout === null ? session.expireAt : later(session.expireAt, expireAt),',
    to: 'expireAt: policy.inactivityTimeout === null ? session.expireAt : expireAt,',
    breaks: ['time-goes-on'],
    within: 200,
  },
  {
    name: 'a touch slides past the maximum lifetime',
    file: 'src/domain/deadlines.ts',
    from: 'if (maximumLifetime !== null) ends.push',
    to: 'if (maximumLifetime !== null && lastActiveAt === createdAt) ends.push',
    breaks: ['deadline-of-policy'],
    within: 20,
  },
  {
    name: 'a command takes effect by a clock that is behind',
    file: 'src/domain/transition.ts',
    from: 'return later(session.updatedAt, now)',
    to: 'return now',
    breaks: ['time-goes-on'],
    within: 20,
  },
  {
    name: 'the purge takes open sessions along',
    file: 'src/service/purge.ts',
    from: 'return isClosed(status) && closedAt !== null && closedAt <= closedBy',
    to: 'return (!isClosed(status) || closedAt !== null) && (closedAt ?? 0) <= closedBy',
    breaks: ['purged-when-over'],
    within: 20,
  },
  {
    name: 'a purger that failed once never purges again',
    file: 'src/jobs/purger.ts',
    from: '.catch(onFault)',
    to: '.catch((error) => { onFault(error); this.#isStopped = true })',
    breaks: ['purged-in-time'],
    within: 60,
  },
  {
    name: 'a sweeper that failed once never sweeps again',
    file: 'src/jobs/sweeper.ts',
    from: 'this.#options.onFault(error)',
    to: 'this.#options.onFault(error); this.#isStopped = true',
    breaks: ['swept-in-time', 'purged-in-time'],
    within: 60,
  },
  {
    name: 'a subscription moves its cursor before it handles',
    file: 'src/service/events/subscription.ts',
    from: `      await handler(event)
      const moved = await this.#move(lease, behind)`,
    to: `      const moved = await this.#move(lease, behind)
      await handler(event)`,
    breaks: ['told-in-order', 'told-in-time'],
    within: 20,
  },
  {
    name: 'a subscription skips to the end of the feed',
    file: 'src/service/events/subscription.ts',
    from: 'if (cursor !== lease.position.cursor) await this.#move(lease, cursor)',
    to: 'await this.#move(lease, await store.feedEnd())',
    breaks: ['told-in-order', 'told-in-time'],
    within: 200,
  },
  {
    name: 'nobody comes after the last active session',
    file: 'src/domain/client-law.ts',
    from: 'lastActiveSessionId: stopped ? successor(live, instant) : named,',
    to: 'lastActiveSessionId: named,',
    breaks: ['ledger-replays'],
    within: 20,
  },
  {
    name: 'two sign-ins of a user at once pass the maximum',
    file: 'src/service/sign-in.ts',
    from: 'guardsUser: view.user !== null',
    to: 'guardsUser: false',
    breaks: ['limits-of-policy'],
    within: 20,
  },
  {
    name: 'in single mode nobody makes way',
    file: 'src/domain/client-law.ts',
    from: 'id !== session.id && (userId === session.userId || (isSingle && isLive(status)))',
    to: 'id !== session.id && userId === session.userId',
    breaks: ['limits-of-policy'],
    within: 600,
  },
  {
    name: 'a session that was moved stays due when it was',
    file: 'src/store/sqlite/commit.ts',
    from: 'if (dueAt !== wasDueAt) return',
    to: 'if (dueAt === wasDueAt) return',
    breaks: ['ledger-replays', 'swept-in-time'],
    within: 20,
  },
  {
    name: 'a sign-in that is given again signs in twice',
    file: 'src/service/sign-in.ts',
    from: 'const id = request.sessionId ?? newSessionId(now, randomness)',
    to: 'const id = holds(client, request.sessionId) ? newSessionId(now, randomness) : (request.sessionId ?? newSessionId(now, randomness))',
    breaks: ['acknowledged-is-kept', 'asked-once-done-once', 'no-other-error', 'ledger-replays'],
    within: 20,
  },
  {
    name: 'revoking all revokes nothing',
    file: 'src/service/revoke-all.ts',
    from: 'session.id !== except && !isClosed(session.status)',
    to: 'session.id === undefined && !isClosed(session.status)',
    breaks: ['acknowledged-is-kept'],
    within: 20,
  },
  {
    name: 'revoking all leaves what is dormant',
    file: 'src/service/revoke-all.ts',
    from: '!isClosed(session.status) && (userId',
    to: "!isClosed(session.status) && session.status !== 'expired' && (userId",
    breaks: ['acknowledged-is-kept'],
    within: 60,
  },
  {
    name: 'a sign-out of a client signs nobody out',
    file: 'src/service/sign-out-client.ts',
    from: 'if (!outcome.changed) return',
    to: 'if (outcome.client.id !== undefined) return',
    breaks: ['acknowledged-is-kept'],
    within: 20,
  },
  {
    name: 'a touch extends nothing',
    file: 'src/domain/deadlines.ts',
    from: 'const { expireAt, abandonAt } = deadlinesFrom(policy, session.createdAt, lastActiveAt)',
    to: 'const { expireAt, abandonAt } = session',
    breaks: ['deadline-of-policy'],
    within: 20,
  },
  {
    name: 'a touch is throttled for too long',
    file: 'src/domain/client-law.ts',
    from: 'now - session.lastActiveAt < touchInterval',
    to: 'now - session.lastActiveAt < 2 * touchInterval',
    breaks: ['refused-for-a-reason'],
    within: 20,
  },
  {
    name: 'the maximum of sessions is one too few',
    file: 'src/service/sign-in.ts',
    from: 'if (excess <= 0) return []',
    to: 'if (excess < 0) return []',
    breaks: ['refused-for-a-reason'],
    within: 60,
  },
  {
    name: 'in single mode a session that is over is in the way',
    file: 'src/domain/client-law.ts',
    from: 'settled.client.sessions.some(({ status }) => isLive(status))) {',
    to: 'settled.client.sessions.length > 0) {',
    breaks: ['refused-for-a-reason'],
    within: 60,
  },
  {
    name: 'the relay passes over the first event of a page',
    file: 'src/jobs/relay.ts',
    from: 'queues.put({ jobs, publications',
    to: 'queues.put({ jobs: jobs.slice(1), publications',
    breaks: ['delivered-in-order', 'delivered-in-time'],
    within: 20,
  },
  {
    name: 'a relay that failed once never relays again',
    file: 'src/jobs/relay.ts',
    from: `        onFault(error)
        this.#place = null`,
    to: `        onFault(error)
        return`,
    breaks: ['delivered-in-order', 'delivered-in-time'],
    within: 60,
  },
  {
    name: 'a relay puts jobs in though its place has moved on',
    file: 'src/store/sqlite/queues.ts',
    from: 'expectWritten(this.#database.items.put(place))',
    to: 'this.#database.items.put(place)',
    breaks: ['queued-once'],
    within: 60,
  },
  {
    name: 'an endpoint is sent what it did not ask for',
    file: 'src/service/webhooks/endpoint.ts',
    from: 'if (types !== null && !types.includes(event.type)) return false',
    to: 'if (types?.length === 0) return false',
    breaks: ['delivered-as-it-is', 'delivered-in-order'],
    within: 20,
  },
  {
    name: 'jobs of one key are taken at once',
    file: 'src/store/sqlite/statements.ts',
    from: 'WHERE queue = ? AND is_blocked = 0 AND available_at <= ?',
    to: 'WHERE queue = ? AND available_at <= ?',
    breaks: ['delivered-in-order'],
    within: 60,
  },
  {
    name: 'a job that is done keeps back those behind it',
    file: 'src/store/sqlite/jobs.ts',
    from: 'if (row !== undefined) unblockJob',
    to: 'if (row === undefined) unblockJob',
    breaks: ['delivered-in-time'],
    within: 20,
  },
  {
    name: 'a job that was taken is not taken again when its lease is over',
    file: 'src/store/sqlite/queues.ts',
    from: 'now + this.#lease)',
    to: 'now + 1e6 * this.#lease)',
    breaks: ['delivered-in-time'],
    within: 60,
  },
  {
    name: 'a delivery is finished before it is sent',
    file: 'src/jobs/deliveries/lane.ts',
    from: 'const outcome = await sender.send(',
    to: `await this.#finish(job)
    const outcome = await sender.send(`,
    breaks: ['delivered-in-order', 'delivered-in-time'],
    within: 60,
  },
  {
    name: 'an answer of any status is a success',
    file: 'src/jobs/deliveries/lane.ts',
    from: 'if (outcome.failure === null) return',
    to: 'if (outcome.status !== null) return',
    breaks: ['delivered-in-order', 'delivered-in-time'],
    within: 60,
  },
  {
    name: 'a lane that failed once takes nothing more',
    file: 'src/jobs/deliveries/lane.ts',
    from: `        this.#options.onFault(error)
        return AFTER_FAULT`,
    to: `        this.#options.onFault(error)
        this.#isStopped = true
        return AFTER_FAULT`,
    breaks: ['delivered-in-time'],
    within: 200,
  },
  {
    name: 'an endpoint that failed twice is left alone for ever',
    file: 'src/jobs/deliveries/back-off.ts',
    from: 'elapsed + pause)',
    to: 'elapsed + 1e6 * pause)',
    breaks: ['delivered-in-time'],
    within: 200,
  },
]
