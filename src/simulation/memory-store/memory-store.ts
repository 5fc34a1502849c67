import type { Clock } from '../../domain/clock.ts'
import { StoreError } from '../../domain/errors.ts'
import type { EpochMs } from '../../domain/instant.ts'
import type { ClientId, SessionId } from '../../domain/session.ts'
import { extendsFallen, writeSetOf } from '../../store/client-change.ts'
import { isBehind } from '../../store/feed-cursor.ts'
import type { Decision, Selection, Store, StoredClient, StoreSnapshot, View } from '../../store/port.ts'
import { isAsked, newestFirst, pageOf } from './lists.ts'
import { MemoryFeed } from './memory-feed.ts'
import { MemoryItems } from './memory-items.ts'
import { MemoryJobs, openMemoryQueues } from './memory-queues.ts'
import { Tables } from './tables.ts'

/**
 * Opens a store in plain maps, for simulations: all that a store promises, several times as fast as a database, and gone when
 * it is closed.
 *
 * @param clock Says what time it is.
 */
export function openMemoryStore(clock: Clock): Store {
  const tables = new Tables()
  const feed = new MemoryFeed(tables.ledger)
  const items = new MemoryItems()
  const jobs = new MemoryJobs()
  let isClosed = false
  /** Answers as a promise, and refuses what is asked of a store that is closed. */
  const answer = async <T>(work: () => T): Promise<T> => {
    if (isClosed) throw new StoreError('ERR_STORE_CLOSED', 'the store is closed')
    return work()
  }
  const decideOn = <T>(selection: Selection, decide: (view: View) => Decision<T>): Decision<T> | null => {
    const view = readView(tables, selection, clock)
    const decision = decide(view)
    return write(tables, view, decision) ? decision : null
  }
  const clientsOf = (ids: readonly SessionId[]) => [
    ...new Set(ids.map((id) => tables.sessions.get(id)?.clientId as ClientId)),
  ]
  const close = async () => {
    isClosed = true
  }
  return {
    authority: 'process',
    now: async () => clock.now(),
    findSession: (id) => answer(() => ({ session: tables.session(id, false), now: clock.now() })),
    read: (selection) => answer(() => readView(tables, selection, clock)),
    commit: (view, decision) => answer(() => commit(tables, view, decision, clock.now())),
    change: (selection, decide) => answer(() => decideOn(selection, decide)),
    changeDue: ({ dueBy, limit, choose }, decide) =>
      answer(() => {
        const clientIds = choose(clientsOf(tables.due.upTo(dueBy, limit)))
        return decideOn({ clientIds, sessions: 'open' }, decide)
      }),
    findSessions: (ids, { documents = false } = {}) =>
      answer(() => ids.flatMap((id) => tables.session(id, documents) ?? [])),
    listSessions: (query) =>
      answer(() => {
        const { rows, total } = newestFirst(
          [...tables.sessions.values()].filter((each) => isAsked(each, query)),
          query,
        )
        return { rows: rows.flatMap(({ id }) => tables.session(id, true) ?? []), total }
      }),
    listClients: (query) =>
      answer(() => {
        const all = [...tables.clients.values()].filter(({ sessions }) => {
          return query.userId === undefined || [...sessions.values()].some(({ userId }) => userId === query.userId)
        })
        const { rows, total } = newestFirst(
          all.map(({ client }) => client),
          query,
        )
        return { rows: rows.map(({ id }) => id), total }
      }),
    listLedger: (query) =>
      answer(() => {
        const { sessionId, clientId, userId, after = 0 } = query
        const isMeant = (each: { readonly sessionId: string; readonly clientId: string; readonly userId: string }) =>
          (sessionId === undefined || each.sessionId === sessionId) &&
          (clientId === undefined || each.clientId === clientId) &&
          (userId === undefined || each.userId === userId)
        return pageOf(tables.ledger.filter(isMeant), ({ sequence }) => sequence > after, query)
      }),
    readFeed: (after, limit) => answer(() => feed.read(after, limit)),
    feedEnd: () => answer(() => feed.end()),
    isBehind,
    findDue: (now, limit) => answer(() => clientsOf(tables.due.upTo(now, limit))),
    findOpenOfUser: ({ userId, after, limit }) =>
      answer(() =>
        tables
          .openOf(userId)
          .filter((id) => after === null || id > after)
          .slice(0, limit),
      ),
    findClosed: (closedBy, limit) => answer(() => clientsOf(tables.closed.upTo(closedBy, limit))),
    findEmpty: (updatedBy, limit) =>
      answer(() => {
        const isOld = (id: ClientId) => (tables.clients.get(id)?.client.updatedAt ?? updatedBy + 1) <= updatedBy
        return [...tables.empty].filter(isOld).slice(0, limit)
      }),
    findPurged: (ids) => answer(() => ids.flatMap((id) => tables.purges.get(id) ?? [])),
    oldestDue: () => answer(() => tables.due.earliest() as EpochMs | null),
    countDue: (now, limit) => answer(() => tables.due.upTo(now, limit).length),
    findItem: (kind, id) => answer(() => items.find(kind, id)),
    listItems: (kind) => answer(() => items.list(kind)),
    putItem: (item) => answer(() => items.put(item)),
    deleteItem: (kind, id, version) => answer(() => items.delete(kind, id, version)),
    deleteExpiredItems: (now, limit) => answer(() => items.deleteExpired(now, limit)),
    openQueues: (options = {}) =>
      answer(() => openMemoryQueues({ jobs, items, now: () => clock.now(), answer }, options)),
    snapshot: () => answer(() => takeSnapshot(tables, clock.now())),
    close,
    [Symbol.asyncDispose]: close,
  }
}

function readView(tables: Tables, selection: Selection, clock: Clock): View {
  const { clientIds = [], sessionIds = [], userId } = selection
  const meant = new Set<ClientId>(clientIds)
  for (const id of sessionIds) {
    const session = tables.sessions.get(id)
    if (session !== undefined) meant.add(session.clientId)
  }
  if (userId !== undefined) for (const id of tables.openOf(userId)) meant.add(id)
  const clients: StoredClient[] = []
  for (const id of meant) {
    const client = tables.client(id, selection)
    if (client !== null) clients.push(client)
  }
  return { clients, now: clock.now(), user: userId === undefined ? null : tables.user(userId) }
}

function commit(tables: Tables, view: View, decision: Decision<unknown>, now: EpochMs): boolean {
  const set = writeSetOf(decision.changes)
  if (set.sessions.some((each) => extendsFallen(each, now))) return false
  return write(tables, view, decision, set)
}

function write(
  tables: Tables,
  view: View,
  { changes, guardsUser }: Decision<unknown>,
  set = writeSetOf(changes),
): boolean {
  const user = guardsUser === true ? view.user : null
  if (!tables.accepts(set, user)) return false
  tables.write(set, user)
  return true
}

/** Values are never changed, so that it is enough to hold them. */
function takeSnapshot(tables: Tables, now: EpochMs): StoreSnapshot {
  const all = { sessions: 'all', documents: true } as const
  const clients = [...tables.clients.keys()].sort().flatMap((id) => tables.client(id, all) ?? [])
  const records = tables.everySession().map((id) => tables.records(id))
  return {
    now,
    async *clients() {
      yield* clients
    },
    async *sessionRecords() {
      yield* records
    },
    async [Symbol.asyncDispose]() {},
  }
}
