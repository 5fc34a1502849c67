import { StoreError } from '../domain/errors.ts'
import type { Decision, Selection, Store, View } from '../store/port.ts'

/** How often a command is tried without locks, and how often with them. */
const UNLOCKED_TRIES = 3
const LOCKED_TRIES = 3

/**
 * Reads, decides and writes, until nobody else was faster.
 *
 * At first nothing is locked: a row that moved on since it was read refuses the write, and the command is decided anew
 * on what is there then. Who loses more than a few such races locks the rows and has its turn; so does every command
 * where the database says what time it is.
 *
 * @param decide Pure: it may be asked several times, and only its last answer counts.
 * @throws {StoreError} ERR_STORE_CONFLICT when locks did not help either.
 */
export async function runCommand<T>(
  store: Store,
  selection: Selection,
  decide: (view: View) => Decision<T>,
): Promise<T> {
  if (store.authority === 'process') {
    for (let tries = 0; tries < UNLOCKED_TRIES; tries += 1) {
      const view = await store.read(selection)
      const decision = decide(view)
      if (decision.changes.length === 0 || (await store.commit(view, decision))) return decision.result
    }
  }
  for (let tries = 0; tries < LOCKED_TRIES; tries += 1) {
    const decision = await store.change(selection, decide)
    if (decision !== null) return decision.result
  }
  throw new StoreError('ERR_STORE_CONFLICT', 'other writers were first each time; try again')
}

/** A decision that writes nothing. */
export function unchanged<T>(result: T): Decision<T> {
  return { result, changes: [] }
}
