/** A place on a timeline and what stands there. */
export interface Mark {
  /** Counted from 0. */
  readonly column: number
  readonly name: string
  /** When, short; empty where it is not to be said. */
  readonly date: string
}

/** The least space between two labels, in columns. */
const GAP = 2
/** How far beside its mark a label may begin or end, in columns. */
const ASIDE = 2

/**
 * Writes the names of marks below their columns, none over another and at least two spaces apart.
 *
 * Where there is not room for all of them, later ones give way to earlier ones. What room is left goes first to the
 * names of marks that stand on the same column, then to dates.
 *
 * @param marks Most important first.
 * @param width In columns; the line is never longer.
 */
export function labelMarks(marks: readonly Mark[], width: number): string {
  let labels: readonly Label[] = []
  for (const column of new Set(marks.map((mark) => mark.column))) {
    const group = marks.filter((mark) => mark.column === column)
    const text = fit(group[0]?.name ?? '', column, labels, width)
    if (text !== undefined) labels = [...labels, { ...text, column, group }]
  }
  labels = lengthen(labels, width, ({ group }) => group.map(({ name }) => name).join(' + '))
  labels = lengthen(labels, width, ({ text, group }) => {
    return group.every(({ date }) => date !== '') ? `${text} ${group[0]?.date}` : text
  })
  return lineOf(labels)
}

interface Text {
  readonly start: number
  readonly text: string
}

interface Label extends Text {
  readonly column: number
  readonly group: readonly Mark[]
}

/** Gives each label the longer text that it could have, where the others leave room for that. */
function lengthen(labels: readonly Label[], width: number, longer: (label: Label) => string): readonly Label[] {
  let lengthened = labels
  for (const label of labels) {
    const others = lengthened.filter(({ column }) => column !== label.column)
    const text = fit(longer(label), label.column, others, width)
    if (text !== undefined) lengthened = [...others, { ...label, ...text }]
  }
  return lengthened
}

/** Where a text fits beside the labels there are: best centred, in the order of the columns in any case. */
function fit(text: string, column: number, labels: readonly Label[], width: number): Text | undefined {
  const last = width - text.length
  if (last < 0) return undefined
  return startsOf(text, column)
    .map((start) => ({ start: Math.max(0, Math.min(start, last)), text }))
    .find((candidate) => labels.every((label) => isBeside(candidate, column, label)))
}

/** Where a label may start, best first: centred, beginning or ending at its column, then as near as can be. */
function startsOf(text: string, column: number): number[] {
  const centred = column - Math.floor(text.length / 2)
  const reach = Math.ceil(text.length / 2) + ASIDE
  const shifts = Array.from({ length: reach }, (_, index) => index + 1)
  const near = shifts.flatMap((shift) => [centred + shift, centred - shift])
  return [centred, column, column - text.length + 1, ...near]
}

function isBeside({ start, text }: Text, column: number, other: Label): boolean {
  return column < other.column
    ? other.start >= start + text.length + GAP
    : start >= other.start + other.text.length + GAP
}

function lineOf(labels: readonly Text[]): string {
  let line = ''
  for (const { start, text } of labels.toSorted((a, b) => a.start - b.start)) line = line.padEnd(start) + text
  return line
}
