import { STATUSES } from '../../domain/status.ts'
import type { Transition } from '../../domain/transition.ts'
import type { ClientChange } from '../../store/port.ts'

/** A transition that was committed, and its row as one number. */
export interface CommittedRow {
  readonly transition: Transition
  readonly row: number
}

/** The rows of the ledger that were committed, in order. */
export function rowsOf(changes: readonly ClientChange[]): readonly CommittedRow[] {
  return changes.flatMap(({ after, transitions }) => {
    if (transitions.length === 0) return []
    const versions = new Map(after?.sessions.map(({ id, version }) => [id, version]))
    return transitions.map((transition) => {
      return { transition, row: rowOf(transition, versions.get(transition.sessionId) ?? 0) }
    })
  })
}

/** Version and status in one number: no two rows of a session share both. */
export function rowOf({ to }: Pick<Transition, 'to'>, version: number): number {
  return version * 8 + STATUSES.indexOf(to)
}

/** What a row is called in a message. */
export function rowName(row: number): string {
  return `${STATUSES[row % 8]} at version ${(row - (row % 8)) / 8}`
}
