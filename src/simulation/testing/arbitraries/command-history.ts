import { counted } from '../../../domain/counted.ts'
import { type DurationMs, formatDuration } from '../../../domain/duration.ts'
import type { LiveStatus } from '../../../domain/status.ts'
import type { Tenure } from '../../../service/tenure.ts'

/** What can be done to one session. */
export const SESSION_DEEDS = ['touch', 'requireTask', 'completeTasks', 'end', 'revoke', 'remove'] as const

/** One thing done, so many milliseconds after the one before, 0 or more. A device is a client, and new the first time. */
export type Step = { readonly after: number } & (
  | {
      readonly does: 'signIn'
      readonly userId: string
      readonly device: number
      readonly sessionId: string
      readonly status: LiveStatus
    }
  | { readonly does: (typeof SESSION_DEEDS)[number]; readonly sessionId: string }
  | { readonly does: 'signOut'; readonly device: number; readonly command: 'end' | 'remove' }
  | { readonly does: 'revokeAll'; readonly userId: string }
)

/** Where a history is played: a test world with Tenure open, or anything that moves a clock and has a Tenure on it. */
export interface Stage {
  readonly tenure: Tenure
  advanceBy(duration: number): Promise<unknown>
}

/** A step that was played, and what Tenure answered. */
export interface PlayedStep {
  readonly step: Step
  readonly outcome: { readonly changed: boolean } | { readonly revoked: number }
}

/** What users, devices and an application did, and when: drawn by fast-check, told as a story, and played. */
export class CommandHistory {
  readonly steps: readonly Step[]

  constructor(steps: readonly Step[]) {
    this.steps = steps
  }

  /**
   * Plays it, step by step.
   *
   * @param look Called, and waited for, after each step: the place for what has to hold at every instant.
   */
  async play(stage: Stage, look: (played: PlayedStep) => unknown = () => {}): Promise<readonly PlayedStep[]> {
    const clients = new Map<number, string>()
    const played: PlayedStep[] = []
    for (const step of this.steps) {
      await stage.advanceBy(step.after)
      const outcome = await perform(stage.tenure, step, clients)
      played.push({ step, outcome })
      await look({ step, outcome })
    }
    return played
  }

  /** A line a step: how long after the one before, how long after the beginning, who and what. */
  toString(): string {
    let total = 0
    const rows = this.steps.map((step) => {
      total += step.after
      return { gap: step.after === 0 ? 'at once' : `${spell(step.after)} later`, total, deed: inWords(step) }
    })
    const width = Math.max(0, ...rows.map(({ gap }) => gap.length))
    const lines = rows.map(({ gap, total, deed }) => `  ${gap.padEnd(width)}  ${deed}  (${spell(total)} in all)`)
    return `a history of ${counted(this.steps.length, 'step')}\n${lines.join('\n')}`
  }
}

async function perform(tenure: Tenure, step: Step, clients: Map<number, string>): Promise<PlayedStep['outcome']> {
  switch (step.does) {
    case 'signIn': {
      const { userId, device, sessionId, status } = step
      const outcome = await tenure.signIn({ userId, sessionId, status, clientId: clients.get(device) })
      if (outcome.changed) clients.set(device, outcome.session.clientId)
      return outcome
    }
    case 'signOut':
      return tenure.signOutClient(clients.get(step.device) ?? 'client_none', step.command)
    case 'revokeAll':
      return tenure.revokeAll({ userId: step.userId })
    default:
      return tenure[step.does](step.sessionId)
  }
}

const DEEDS = {
  touch: 'is touched',
  requireTask: 'has a task to complete',
  completeTasks: 'has completed its tasks',
  end: 'is ended',
  revoke: 'is revoked',
  remove: 'is removed',
} as const satisfies Record<(typeof SESSION_DEEDS)[number], string>

function inWords(step: Step): string {
  switch (step.does) {
    case 'signIn': {
      const task = step.status === 'pending' ? ', with a task to complete' : ''
      return `${step.userId} signs in on device ${step.device} as ${step.sessionId}${task}`
    }
    case 'signOut':
      return `device ${step.device} signs out: ${step.command} every session`
    case 'revokeAll':
      return `every session of ${step.userId} is revoked`
    default:
      return `${step.sessionId} ${DEEDS[step.does]}`
  }
}

function spell(milliseconds: number): string {
  return milliseconds === 0 ? 'PT0S' : formatDuration(milliseconds as DurationMs)
}
