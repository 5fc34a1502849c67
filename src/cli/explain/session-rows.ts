import type { Session } from '../../domain/session.ts'
import { columnsOf, pad, printable, truncate, wrap, wrapClauses } from '../columns.ts'
import { INDENT, type Page } from './page.ts'
import { type SessionStory, STORY_COLOURS } from './session-story.ts'

/** A session and what there is to say of it. */
export interface ToldSession {
  readonly session: Session
  readonly story: SessionStory
}

/** Where the columns of a client's sessions stand. */
export interface Layout {
  readonly status: number
  /** Of the session's id, and of the user's. */
  readonly id: number
  /** What everything but the status stands in from the page's edge. */
  readonly hanging: number
  /**
   * What stands beside what:
   *
   * - `row`: the status, the two ids and the next deadline
   * - `pairs`: the status and the two ids
   * - `list`: the status, and the ids one below the other
   * - `stack`: nothing
   */
  readonly form: 'row' | 'pairs' | 'list' | 'stack'
}

/** An unknown status may be of any length. */
const MOST_STATUS = 12
/** An id of `sess_` or `user_` and 27 characters. It is shortened only where it cannot have a line of its own. */
const USUAL_ID = 32

/** Lays out a client's sessions, all of them alike: the status, the two ids and the next deadline in columns. */
export function layOut(told: readonly ToldSession[], { width }: Page): Layout {
  const most = (textsOf: (each: ToldSession) => readonly string[]) => {
    return told.reduce((columns, each) => Math.max(columns, ...textsOf(each).map(columnsOf)), 0)
  }
  const widestStatus = most(({ story }) => [story.status])
  const status = Math.min(MOST_STATUS, widestStatus)
  const widest = most(({ session }) => [printable(session.id), printable(session.userId)])
  const hanging = 2 * INDENT.length + status
  const room = width - hanging
  if (room < USUAL_ID) {
    const id = Math.min(widest, width - INDENT.length)
    return { status, id, hanging: INDENT.length, form: 'stack' }
  }
  const half = Math.floor((room - INDENT.length) / 2)
  if (half < Math.min(widest, USUAL_ID)) return { status, id: Math.min(widest, room), hanging, form: 'list' }
  const id = Math.min(widest, half)
  const next = most(({ story }) => [story.next])
  return { status, id, hanging, form: 2 * (id + INDENT.length) + next <= room ? 'row' : 'pairs' }
}

/** A session's status, ids, next deadline and story, as laid out. */
export function rowsOf({ session, story }: ToldSession, layout: Layout, { width, paint }: Page): string[] {
  const [id, user] = [session.id, session.userId].map((each) => {
    return pad(truncate(printable(each), layout.id), layout.id)
  }) as [string, string]
  const status = paint(STORY_COLOURS[story.group], pad(truncate(story.status, layout.status), layout.status))
  const start = `${INDENT}${status}`
  const hang = (line: string) => ' '.repeat(layout.hanging) + line
  const below = belowOf(story, layout, width).map(hang)
  switch (layout.form) {
    case 'row':
      return [[start, paint('bold', id), user, story.next].join(INDENT), ...below]
    case 'pairs':
      return [[start, paint('bold', id), user].join(INDENT), ...below]
    case 'list':
      return [[start, paint('bold', id)].join(INDENT), hang(user), ...below]
    case 'stack':
      return [start, hang(paint('bold', id)), hang(user), ...below]
    default:
      return layout.form satisfies never
  }
}

/** What goes below the ids: the next deadline on a line of its own, where there is one; then why. */
function belowOf({ group, next, why }: SessionStory, { form, hanging }: Layout, width: number): string[] {
  if (form === 'row') return wrapClauses(why, width - hanging)
  if (group === 'closed') return wrapClauses([next, ...why], width - hanging)
  return [...wrap(next, width - hanging), ...wrapClauses(why, width - hanging)]
}
