import { type EpochMs, formatInstant } from '../../domain/instant.ts'
import type { Session } from '../../domain/session.ts'
import type { Painter } from '../paint.ts'
import { STORY_COLOURS, type StoryGroup, storyGroupOf } from './session-story.ts'
import { stretchesOf } from './stretches.ts'
import { labelMarks, type Mark } from './timeline-labels.ts'

/** What a stretch of each group looks like, and what stands where something happens. */
const STRETCHES = { before: ' ', live: '━', dormant: '╌', closed: '·', unknown: '─' } as const
const MARKS = { now: '▼', expireAt: '╋', abandonAt: '┫', created: '┣', 'last active': '●' } as const

/** Stands between the scale and a present that lies so far off that the scale does not reach it. */
const BREAK = ' // '

const SECOND = 1_000
const DAY = 86_400_000

/**
 * Draws a session's life on one scale: a line of stretches and marks, and a line of labels below it.
 *
 * The scale runs from the earliest to the latest of the creation, the last activity and the two deadlines, and takes
 * in the present where that at most doubles it; a present further off stands past a break. Of marks on one column the
 * present is drawn, then the deadlines.
 *
 * @param stored The session as it came in, not settled.
 * @param now The present, epoch milliseconds.
 * @param width In columns, 12 or more; neither line is longer.
 */
export function drawTimeline(stored: Session, now: EpochMs, width: number, paint: Painter): readonly string[] {
  const scale = scaleOf(stored, now, width)
  const instants = {
    now,
    expireAt: stored.expireAt,
    abandonAt: stored.abandonAt,
    created: stored.createdAt,
    'last active': stored.lastActiveAt,
  }
  const marks = (Object.keys(MARKS) as (keyof typeof MARKS)[]).map((name): Mark => {
    const date = name === 'now' ? '' : shortDate(instants[name], scale.span)
    return { name, column: name === 'now' ? scale.nowColumn : scale.columnOf(instants[name]), date }
  })
  return [drawLine(stored, now, scale, marks, paint), paint('dim', labelMarks(marks, width))]
}

interface Scale {
  /** The first and the last column of the scale proper. */
  readonly first: number
  readonly last: number
  /** From the scale's first instant to its last, milliseconds. */
  readonly span: number
  readonly nowColumn: number
  columnOf(instant: EpochMs): number
}

function scaleOf({ createdAt, lastActiveAt, expireAt, abandonAt }: Session, now: EpochMs, width: number): Scale {
  const own = [createdAt, lastActiveAt, expireAt, abandonAt]
  const ownSpan = Math.max(...own) - Math.min(...own)
  const isNear = now >= Math.min(...own) - ownSpan && now <= Math.max(...own) + ownSpan
  const start = isNear ? Math.min(...own, now) : Math.min(...own)
  const span = (isNear ? Math.max(...own, now) : Math.max(...own)) - start
  const first = isNear || now > start ? 0 : BREAK.length + 1
  const last = isNear || now < start ? width - 1 : width - 2 - BREAK.length
  const columnOf = (instant: EpochMs) =>
    span === 0 ? first : first + Math.round(((instant - start) / span) * (last - first))
  const farColumn = now < start ? 0 : width - 1
  return { first, last, span, nowColumn: isNear ? columnOf(now) : farColumn, columnOf }
}

interface Cell {
  readonly stroke: string
  readonly group: StoryGroup | 'before' | 'now'
}

function drawLine(stored: Session, now: EpochMs, scale: Scale, marks: readonly Mark[], paint: Painter): string {
  const cells: Cell[] = []
  const groupAt = groupsOf(stored, now, scale)
  for (let column = scale.first; column <= scale.last; column += 1) {
    const mark = marks.find((each) => each.column === column)
    const group = groupAt(column)
    const stroke = mark === undefined ? STRETCHES[group] : MARKS[mark.name as keyof typeof MARKS]
    cells.push({ stroke, group: mark?.name === 'now' ? 'now' : group })
  }
  const gap: Cell = { stroke: BREAK, group: 'before' }
  const present: Cell = { stroke: MARKS.now, group: 'now' }
  if (scale.nowColumn < scale.first) cells.unshift(present, gap)
  if (scale.nowColumn > scale.last) cells.push(gap, present)
  return paintCells(cells, paint)
}

/** Which group a column lies in, a mark's own column with what it begins. */
function groupsOf(stored: Session, now: EpochMs, scale: Scale): (column: number) => StoryGroup | 'before' {
  const { liveUntil, dormantUntil } = stretchesOf(stored, now)
  const [created, dormant, closed] = [stored.createdAt, liveUntil, dormantUntil].map(scale.columnOf) as [
    number,
    number,
    number,
  ]
  const isUnknown = storyGroupOf(stored.status) === 'unknown'
  return (column) => {
    if (column < created) return 'before'
    if (isUnknown) return 'unknown'
    if (column < dormant) return 'live'
    return column < closed ? 'dormant' : 'closed'
  }
}

function paintCells(cells: readonly Cell[], paint: Painter): string {
  let line = ''
  let run = ''
  for (const [index, { stroke, group }] of cells.entries()) {
    run += stroke
    if (cells[index + 1]?.group === group) continue
    line += group === 'before' ? run : paint(group === 'now' ? 'bold' : STORY_COLOURS[group], run)
    run = ''
  }
  return line
}

/** A day where the scale is of days, a time of day where it is shorter. */
function shortDate(instant: EpochMs, span: number): string {
  const [day = '', time = ''] = formatInstant(instant).split('T')
  if (span >= 2 * DAY) return day
  return span >= 10 * SECOND ? `${time.slice(0, 8)}Z` : time
}
