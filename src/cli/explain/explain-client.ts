import type { EpochMs } from '../../domain/instant.ts'
import type { Finding } from '../../snapshot/findings.ts'
import type { ValidReading } from '../../snapshot/read-client.ts'
import { printable, truncate } from '../columns.ts'
import { headClient, noteWarnings } from './client-heading.ts'
import { INDENT, pageFor } from './page.ts'
import { layOut, rowsOf } from './session-rows.ts'
import { tellSession } from './session-story.ts'
import { drawTimeline } from './timeline.ts'

/** How to explain a client. */
export interface ExplainOptions {
  /** The instant to explain it at, epoch milliseconds. */
  readonly now: EpochMs
  /** Columns of the terminal, 20 or more. No line is wider. 80 where it is not a number of columns, such as 0. */
  readonly width: number
  readonly colour: boolean
  /** The one session to explain; all of them where it is left out. */
  readonly sessionId?: string | undefined
}

/**
 * Explains a client to people: who is signed in on it at an instant, since when and why, and what comes next.
 *
 * Ids, names and statuses are shortened with `…` where they do not fit, and what in them could steer a terminal is
 * spelt out. Colour adds nothing that the words and strokes do not say.
 *
 * @returns Text that ends in a newline; empty where one session is asked for and the client does not hold it.
 */
export function explainClient(reading: ValidReading, options: ExplainOptions): string {
  const { client, warnings } = reading
  const { sessionId, now } = options
  const shown = [...client.sessions.entries()].filter(([, { id }]) => sessionId === undefined || id === sessionId)
  if (sessionId !== undefined && shown.length === 0) return ''
  const page = pageFor(now, options.width, options.colour)
  const relevant = sessionId === undefined ? warnings : aboutSessions(warnings, new Set(shown.map(([index]) => index)))
  const told = shown.map(([index, session]) => ({ session, story: tellSession(session, now, tasksOf(reading, index)) }))
  const layout = layOut(told, page)
  const blocks = [[...headClient(client, page), ...noteWarnings(relevant, page)]]
  for (const each of told) {
    const timeline = drawTimeline(each.session, now, page.width - INDENT.length, page.paint)
    blocks.push([...rowsOf(each, layout, page), ...timeline.map((line) => INDENT + line)])
  }
  return `${blocks.map((lines) => lines.map((line) => line.trimEnd()).join('\n')).join('\n\n')}\n`
}

/** The warnings that point into one of these sessions. */
function aboutSessions(warnings: readonly Finding[], indexes: ReadonlySet<number>): Finding[] {
  return warnings.filter(({ path }) => {
    const index = /^\/sessions\/(\d+)(?:\/|$)/.exec(path)?.[1]
    return index !== undefined && indexes.has(Number(index))
  })
}

/** What is left to do in a session before it is active. Not of the lifecycle's view, but named alike in both forms. */
function tasksOf({ document }: ValidReading, index: number): string[] {
  const sessions = document['sessions'] as readonly { readonly tasks?: readonly { readonly key: string }[] | null }[]
  return sessions[index]?.tasks?.map(({ key }) => truncate(printable(key), 40)) ?? []
}
