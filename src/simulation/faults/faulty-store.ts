import type { EpochMs } from '../../domain/instant.ts'
import type { Store } from '../../store/port.ts'
import { faultyCall, type StoreHost } from './faulty-call.ts'
import { faultyQueues } from './faulty-queues.ts'

/** A store that is had through a process, with whatever goes wrong between the two. */
export function faultyStore(host: StoreHost): Store {
  const read = <T>(name: string, use: (store: Store) => Promise<T>) => faultyCall(host, { name, use, isWrite: false })
  const write = <T>(name: string, use: (store: Store) => Promise<T>, refused?: { readonly answer: T }) => {
    return faultyCall(host, { name, use, isWrite: true, ...(refused === undefined ? {} : { refused }) })
  }
  const probed = <T extends { readonly now: EpochMs }>(name: string, use: (store: Store) => Promise<T>) => {
    const { probe } = host
    return read(name, async (store) => {
      const seen = await use(store)
      probe?.(seen.now)
      return seen
    })
  }
  return {
    authority: host.authority,
    // Where each process has its own clock, nobody is asked.
    now: host.authority === 'process' ? async () => host.judge.now() : () => read('now', (store) => store.now()),
    findSession: (id) => probed('findSession', (store) => store.findSession(id)),
    read: (selection) => probed('read', (store) => store.read(selection)),
    commit: (view, decision) => {
      const use = async (store: Store) => {
        const isWritten = await store.commit(view, decision)
        if (isWritten) host.committed(decision.changes, host.judge.now())
        return isWritten
      }
      return write('commit', use, { answer: false })
    },
    change: (selection, decide) => {
      const { probe } = host
      const use = async (store: Store) => {
        const decision = await store.change(selection, (view) => {
          probe?.(view.now)
          return decide(view)
        })
        if (decision !== null) host.committed(decision.changes, host.judge.now())
        return decision
      }
      return write('change', use, { answer: null })
    },
    changeDue: (due, decide) => {
      const use = async (store: Store) => {
        const decision = await store.changeDue(due, decide)
        if (decision !== null) host.committed(decision.changes, host.judge.now())
        return decision
      }
      return write('changeDue', use, { answer: null })
    },
    findSessions: (ids, options) => read('findSessions', (store) => store.findSessions(ids, options)),
    listSessions: (query) => read('listSessions', (store) => store.listSessions(query)),
    listClients: (query) => read('listClients', (store) => store.listClients(query)),
    listLedger: (query) => read('listLedger', (store) => store.listLedger(query)),
    readFeed: (after, limit) => read('readFeed', (store) => store.readFeed(after, limit)),
    feedEnd: () => read('feedEnd', (store) => store.feedEnd()),
    isBehind: (cursor, other) => host.database.isBehind(cursor, other),
    findDue: (now, limit) => read('findDue', (store) => store.findDue(now, limit)),
    findOpenOfUser: (query) => read('findOpenOfUser', (store) => store.findOpenOfUser(query)),
    findClosed: (closedBy, limit) => read('findClosed', (store) => store.findClosed(closedBy, limit)),
    findEmpty: (updatedBy, limit) => read('findEmpty', (store) => store.findEmpty(updatedBy, limit)),
    findPurged: (ids) => read('findPurged', (store) => store.findPurged(ids)),
    oldestDue: () => read('oldestDue', (store) => store.oldestDue()),
    countDue: (now, limit) => read('countDue', (store) => store.countDue(now, limit)),
    findItem: (kind, id) => read('findItem', (store) => store.findItem(kind, id)),
    listItems: (kind) => read('listItems', (store) => store.listItems(kind)),
    putItem: (item) => write('putItem', (store) => store.putItem(item), { answer: false }),
    deleteItem: (kind, id, version) =>
      write('deleteItem', (store) => store.deleteItem(kind, id, version), { answer: false }),
    deleteExpiredItems: (now, limit) => write('deleteExpiredItems', (store) => store.deleteExpiredItems(now, limit)),
    openQueues: async () => faultyQueues(host),
    snapshot: () => read('snapshot', (store) => store.snapshot()),
    // The database outlives the process.
    close: async () => {},
    [Symbol.asyncDispose]: async () => {},
  }
}
