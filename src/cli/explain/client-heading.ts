import { counted } from '../../domain/counted.ts'
import { type EpochMs, formatInstant } from '../../domain/instant.ts'
import { relativeTime } from '../../domain/relative-time.ts'
import type { Client, SessionId } from '../../domain/session.ts'
import { isLive } from '../../domain/status.ts'
import type { Transition } from '../../domain/transition.ts'
import { settleClient } from '../../lifecycle/client.ts'
import type { Finding } from '../../snapshot/findings.ts'
import { columnsOf, printable, truncate, wrap } from '../columns.ts'
import { INDENT, labelled, type Page } from './page.ts'
import { type StoryGroup, storyGroupOf } from './session-story.ts'

const GROUPS = ['live', 'dormant', 'closed', 'unknown'] as const satisfies readonly StoryGroup[]

/** How many notes, and how many changes of the last active session, are told before the rest is counted. */
const MAXIMUM_NOTES = 5
const MAXIMUM_HANDOVERS = 3

/** An id may have 255 characters, and be no clearer for them here. */
const ID_COLUMNS = 60

/** A pointer may hold a member's name, which may be of any length. */
const POINTER_COLUMNS = 60

/** What a client is as a whole: how many sessions it holds in which group, which one is last active, and since when. */
export function headClient(client: Client, page: Page): string[] {
  const { now, width, paint } = page
  const settled = settleClient(client, now)
  const id = truncate(printable(client.id), width)
  const counts = `${countsOf(settled.client)}, at ${formatInstant(now)}`
  const heading =
    columnsOf(id) + 2 + columnsOf(counts) <= width
      ? [`${paint('bold', id)}  ${counts}`]
      : [paint('bold', id), ...wrap(counts, width - INDENT.length).map((line) => INDENT + line)]
  return [...heading, ...lastActiveOf(client, settled, page)]
}

/** What is odd in a client, a line each; the rest is counted. */
export function noteWarnings(warnings: readonly Finding[], page: Page): string[] {
  const told = warnings.slice(0, MAXIMUM_NOTES).map(({ path, message }) => {
    return `${truncate(printable(path), POINTER_COLUMNS)} ${printable(message)}`
  })
  const rest = warnings.length - told.length
  if (rest > 0) told.push(`and ${rest} more, which tenure validate lists`)
  return told.flatMap((note) => labelled('note', note, page)).map((line) => page.paint('dim', line))
}

function countsOf({ sessions }: Client): string {
  if (sessions.length === 0) return 'no sessions'
  const groups = new Map<StoryGroup, number>()
  for (const { status } of sessions) groups.set(storyGroupOf(status), (groups.get(storyGroupOf(status)) ?? 0) + 1)
  const removed = sessions.filter(({ status }) => status === 'removed').length
  const hidden = removed === 0 ? '' : ` (${removed} removed)`
  const [first] = groups.keys()
  if (groups.size === 1) return `${counted(sessions.length, `${first} session`)}${hidden}`
  const counts = GROUPS.filter((group) => groups.has(group)).map((group) => `${groups.get(group)} ${group}`)
  return `${counted(sessions.length, 'session')}: ${counts.join(', ')}${hidden}`
}

function lastActiveOf(before: Client, { client, transitions }: ReturnType<typeof settleClient>, page: Page): string[] {
  if (client.sessions.length === 0 && client.lastActiveSessionId === null) return []
  const handovers = handoversOf(before, client.lastActiveSessionId, transitions)
  const since = (index: number) => {
    const at = handovers[index]?.at
    return at === undefined ? '' : ` since ${formatInstant(at)}, ${relativeTime(at, page.now)}`
  }
  const told = handovers.slice(0, MAXIMUM_HANDOVERS).flatMap(({ from }, index) => {
    return labelled('until then', `${showId(from)}${since(index + 1)}`, page)
  })
  const untold = handovers.length - MAXIMUM_HANDOVERS
  return [
    ...labelled('last active', `${namedOf(client)}${since(0)}`, page),
    ...told,
    ...(untold > 0 ? labelled('', `and ${untold} more before`, page) : []),
  ]
}

function namedOf({ lastActiveSessionId: id, sessions }: Client): string {
  if (id === null) return 'none'
  const named = sessions.filter((session) => session.id === id)
  if (named.length === 0) return `${showId(id)}, which the client does not hold`
  if (named.some(({ status }) => isLive(status))) return showId(id)
  return `${showId(id)}, though it is ${truncate(printable(named[0]?.status ?? ''), ID_COLUMNS)}`
}

function showId(id: SessionId): string {
  return truncate(printable(id), ID_COLUMNS)
}

interface Handover {
  readonly from: SessionId
  readonly at: EpochMs
}

/**
 * The changes of the last active session that settling made, the latest first.
 *
 * A client settled in steps is the client settled at once. So it is settled again and again at the instant that the
 * session last active until then stopped being live, and each time tells which one took its place.
 */
function handoversOf(before: Client, final: SessionId | null, transitions: readonly Transition[]): Handover[] {
  const stops = new Map<SessionId, EpochMs>()
  for (const { sessionId, from, at } of transitions) if (from !== null && isLive(from)) stops.set(sessionId, at)
  const handovers: Handover[] = []
  let client = before
  while (client.lastActiveSessionId !== null && client.lastActiveSessionId !== final) {
    const from = client.lastActiveSessionId
    const at = stops.get(from)
    if (at === undefined) break
    handovers.push({ from, at })
    client = settleClient(client, at).client
  }
  return handovers.reverse()
}
