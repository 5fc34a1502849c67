import { SESSION_COMMANDS } from '../../domain/command.ts'
import { PAST_DEADLINES } from '../../domain/deadlines.ts'
import { isLive, STATUSES, type Status } from '../../domain/status.ts'
import type { Cause } from '../../domain/transition.ts'
import { TRANSITION_TABLE } from '../../lifecycle/transition-table.ts'
import { follows } from '../import/merge-session.ts'

type From = Status | 'nothing'

/** Where each cause leads from each status, by the table that the machine was compiled to. */
const STEPS: ReadonlyMap<string, ReadonlySet<Status>> = collectSteps()

const NOWHERE: ReadonlySet<Status> = new Set()

/** The statuses that a cause may lead to from a status; `null` is where a session begins. */
export function stepsFrom(from: Status | null, cause: Cause): ReadonlySet<Status> {
  return STEPS.get(keyOf(from ?? 'nothing', cause)) ?? NOWHERE
}

function collectSteps(): Map<string, Set<Status>> {
  const steps = new Map<string, Set<Status>>()
  const add = (from: From, cause: Cause, to: Status) => {
    const key = keyOf(from, cause)
    steps.set(key, (steps.get(key) ?? new Set()).add(to))
  }
  for (const status of STATUSES) {
    for (const event of ['settle', ...SESSION_COMMANDS] as const) {
      for (const past of PAST_DEADLINES) {
        let from: Status = status
        for (const { to, cause } of TRANSITION_TABLE[status][event][past].steps) {
          add(from, cause, to)
          from = to
        }
      }
    }
    if (isLive(status)) {
      add('nothing', 'sign-in', status)
      add(status, 'touch', status)
    }
    add('nothing', 'import', status)
    for (const to of STATUSES) if (follows(status, to)) add(status, 'import', to)
  }
  return steps
}

function keyOf(from: From, cause: Cause): string {
  return `${from} ${cause}`
}
