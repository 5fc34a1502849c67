import type { ClientChange, Decision, DueSelection, Selection, Store, View } from './port.ts'

/**
 * A store that behaves like the one given, and tells what was written through it: of each commit, and of each change, at
 * once and before its caller is answered. Decisions that were refused, that failed, or that change nothing are not told.
 *
 * Where a store's answer is lost, what it wrote is not told either: this is for figures, and not for what must happen
 * once for every transition, which the ledger is for.
 *
 * @param store Closed with what is answered, for both are one.
 * @param onWritten Must not throw: what it throws comes out as if the write had failed, which it did not.
 */
export function observeStore(store: Store, onWritten: (changes: readonly ClientChange[]) => void): Store {
  const tell = ({ changes }: Decision<unknown>) => {
    if (changes.length > 0) onWritten(changes)
  }
  // Written out, and no proxy: a verdict goes through here, and the compiler misses a call that is forgotten.
  return {
    authority: store.authority,
    now: () => store.now(),
    findSession: (id) => store.findSession(id),
    read: (selection) => store.read(selection),
    async commit(view, decision) {
      const isWritten = await store.commit(view, decision)
      if (isWritten) tell(decision)
      return isWritten
    },
    async change<T>(selection: Selection, decide: (view: View) => Decision<T>) {
      const decision = await store.change(selection, decide)
      if (decision !== null) tell(decision)
      return decision
    },
    async changeDue<T>(due: DueSelection, decide: (view: View) => Decision<T>) {
      const decision = await store.changeDue(due, decide)
      if (decision !== null) tell(decision)
      return decision
    },
    findSessions: (ids, options) => store.findSessions(ids, options),
    listSessions: (query) => store.listSessions(query),
    listClients: (query) => store.listClients(query),
    listLedger: (query) => store.listLedger(query),
    readFeed: (after, limit) => store.readFeed(after, limit),
    feedEnd: () => store.feedEnd(),
    isBehind: (cursor, other) => store.isBehind(cursor, other),
    findDue: (now, limit) => store.findDue(now, limit),
    findOpenOfUser: (query) => store.findOpenOfUser(query),
    findClosed: (closedBy, limit) => store.findClosed(closedBy, limit),
    findEmpty: (updatedBy, limit) => store.findEmpty(updatedBy, limit),
    findPurged: (ids) => store.findPurged(ids),
    oldestDue: () => store.oldestDue(),
    countDue: (now, limit) => store.countDue(now, limit),
    findItem: (kind, id) => store.findItem(kind, id),
    listItems: (kind) => store.listItems(kind),
    putItem: (item) => store.putItem(item),
    deleteItem: (kind, id, version) => store.deleteItem(kind, id, version),
    deleteExpiredItems: (now, limit) => store.deleteExpiredItems(now, limit),
    openQueues: (options) => store.openQueues(options),
    snapshot: () => store.snapshot(),
    close: () => store.close(),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
}
