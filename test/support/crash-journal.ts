/** What a worker of the crash tests writes down, a line each: what it asks before it does, and what it is told then. */

import type { Transition } from '../../src/domain/transition.ts'
import type { SessionRecord } from '../../src/service/records.ts'
import type { SignInRequest } from '../../src/service/tenure.ts'

/** A command is about to be given. */
export interface Asked {
  /** The command's name in the ledger: nobody else has it, over all workers and rounds. */
  readonly asked: string
  readonly command: string
  /** What a sign-in asked for, so that it can be repeated. */
  readonly signIn?: SignInRequest
  /** How many ledger rows it writes at once, where that is known before: all of them, or none. */
  readonly rows?: number
}

/** A command has answered. */
export interface Told {
  readonly told: string
  readonly changed: boolean
  readonly reason?: string
  readonly session?: SessionRecord | null
  readonly transitions?: readonly Transition[]
  /** How many sessions a `revokeAll` revoked. */
  readonly revoked?: number
}

/** A command has thrown: it may have happened. */
export interface Failed {
  readonly failed: string
  readonly code: string
  readonly message: string
}

export type Line = Asked | Told | Failed

/** What a worker was asked and told, up to the instant it was killed at. */
export class Journal {
  readonly asked = new Map<string, Asked>()
  readonly told = new Map<string, Told>()
  readonly failed: Failed[] = []

  /** Takes up what a worker wrote. The last line is cut short where the worker was killed over it. */
  read(text: string): void {
    const lines = text.split('\n')
    lines.pop()
    for (const line of lines) this.#take(JSON.parse(line) as Line)
  }

  /** The commands that nobody knows the end of: each has happened, or has not. */
  get unanswered(): readonly Asked[] {
    return [...this.asked.values()].filter(({ asked }) => !this.told.has(asked))
  }

  #take(line: Line): void {
    if ('asked' in line) this.asked.set(line.asked, line)
    else if ('told' in line) this.told.set(line.told, line)
    else this.failed.push(line)
  }
}
