import { transition } from 'xstate'
import { type SessionEvent, sessionMachine } from '../machines/session.machine.ts'
import { defaultPolicy } from '../src/domain/policy.ts'
import { applyCommand } from '../src/lifecycle/apply-command.ts'
import { settleSession } from '../src/lifecycle/settle-session.ts'
import { NOTHING_DUE, SOME_DUE, sessionOf } from './fleet.ts'
import { type Comparison, faster } from './measurement.ts'

const FLEET = Array.from({ length: 4096 }, (_, index) => sessionOf(index, 0))

/** One step of one session: by the table, against XState's pure `transition` on the same machine. */
export async function compareSteps(): Promise<Comparison[]> {
  const snapshots = FLEET.map((session) =>
    sessionMachine.resolveState({ value: { live: 'active' }, context: { session, policy: defaultPolicy } }),
  )
  const overFleet = (step: (index: number) => unknown) => {
    let index = 0
    return () => {
      index = (index + 1) & 4095
      return step(index)
    }
  }
  const byMachine = (event: SessionEvent) => ({
    what: `transition(${event.type})`,
    call: overFleet((index) => transition(sessionMachine, at(snapshots, index), event)),
  })
  const byTable = (what: string, step: (index: number) => unknown) => ({ what, call: overFleet(step) })

  return [
    await faster(
      'table step: touch',
      200,
      byTable("applyCommand('touch')", (index) => applyCommand(at(FLEET, index), 'touch', NOTHING_DUE)),
      byMachine({ type: 'session.touch', now: NOTHING_DUE }),
    ),
    await faster(
      'table step: revoke',
      200,
      byTable("applyCommand('revoke')", (index) => applyCommand(at(FLEET, index), 'revoke', NOTHING_DUE)),
      byMachine({ type: 'session.revoke', now: NOTHING_DUE }),
    ),
    await faster(
      'table step: settle, some due',
      200,
      byTable('settleSession', (index) => settleSession(at(FLEET, index), SOME_DUE)),
      byMachine({ type: 'session.settle', now: SOME_DUE }),
    ),
  ]
}

function at<T>(list: readonly T[], index: number): T {
  return list[index] as T
}
