import type { EpochMs } from './instant.ts'
import type { Policy } from './policy.ts'
import type { Session } from './session.ts'
import type { Status } from './status.ts'
import type { Transition } from './transition.ts'

/** Everything that can be asked of a session. */
export const SESSION_COMMANDS = ['touch', 'requireTask', 'completeTasks', 'end', 'revoke', 'replace', 'remove'] as const

/** One thing that can be asked of a session. */
export type SessionCommand = (typeof SESSION_COMMANDS)[number]

/** A session as it is at an instant, and the transitions that its deadlines made on the way there. */
export interface SettledSession<S extends Session = Session> {
  /** The very object that was given, where nothing was due. */
  readonly session: S
  /** In the order they took effect. */
  readonly transitions: readonly Transition[]
}

/**
 * Why a command changed nothing.
 *
 * - `repeated`: it already had its effect; not an error
 * - otherwise the status that does not accept it, as it is once settled
 */
export type Unchanged = 'repeated' | Status

/** A session after a command. What its deadlines did first is in `session` and `transitions` either way. */
export type CommandOutcome<S extends Session = Session> =
  | (SettledSession<S> & { readonly changed: true })
  | (SettledSession<S> & { readonly changed: false; readonly reason: Unchanged })

/** What a command is judged by, besides the session and the instant. */
export interface CommandOptions {
  /** Slides the deadlines of a touch; Clerk's defaults where it is left out. */
  readonly policy?: Policy | undefined
  /** Who asked; kept in the transition. */
  readonly askedBy?: string | undefined
}

/** What takes a session's steps: the machine itself, or the table compiled from it. */
export interface SessionEngine {
  /** Brings a session up to what its deadlines say. */
  settle<S extends Session>(session: S, now: EpochMs): SettledSession<S>
  /** Settles a session, then gives it a command. */
  apply<S extends Session>(
    session: S,
    command: SessionCommand,
    now: EpochMs,
    options?: CommandOptions,
  ): CommandOutcome<S>
}

/** No transition at all: one empty list for everybody, so that settling what needs nothing allocates little. */
export const NO_TRANSITIONS: readonly Transition[] = Object.freeze([])
