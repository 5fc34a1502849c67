import type { Arrow, MachineDescription, StateDescription } from './describe-machine.ts'

/** Fill and border of the groups, in their order: live, dormant, closed. Dark text reads on all of them. */
const COLOURS = ['fill:#d7f5dd,stroke:#2b8a3e', 'fill:#fff3bf,stroke:#b08900', 'fill:#eeeeee,stroke:#777777']

/**
 * A statechart as Mermaid text.
 *
 * Mermaid lays boxes out badly where arrows cross their borders, so a group has a box only where arrows start from the
 * whole of it; every group has a colour.
 *
 * @see https://mermaid.js.org/syntax/stateDiagram.html
 */
export function drawMermaid({ states, arrows }: MachineDescription): string {
  const groups = states.filter(({ kind }) => kind === 'group')
  const boxes = groups.filter(({ id }) => membersOf(states, id).length > 1 && arrows.some(({ from }) => from === id))
  const isInside = ({ from, to }: Arrow, box: string) =>
    [from, to].every((end) => states.find(({ id }) => id === end)?.parent === box)
  const outside = arrows.filter((arrow) => !boxes.some(({ id }) => isInside(arrow, id)))
  const boxed = boxes.flatMap(({ id }) => [
    `  state ${id} {`,
    ...beginningsOf(membersOf(states, id)).map((line) => `  ${line}`),
    ...arrows.filter((arrow) => isInside(arrow, id)).map((arrow) => `  ${arrowLine(arrow)}`),
    '  }',
  ])
  const free = states.filter(({ parent }) => !boxes.some(({ id }) => id === parent))
  const choices = free.filter(({ kind }) => kind === 'choice').map(({ id }) => `  state ${id} <<choice>>`)
  const drawn = [
    ...['stateDiagram-v2', '  direction LR', ...boxed, ...choices, ...beginningsOf(free)],
    ...outside.map((arrow) => arrowLine(withoutGroups(arrow, states, boxes))),
    ...groups.flatMap(({ id }, place) => colourLines(id, membersOf(states, id), COLOURS[place])),
  ]
  return `${drawn.join('\n')}\n`
}

function membersOf(states: readonly StateDescription[], group: string): StateDescription[] {
  return states.filter(({ parent }) => parent === group)
}

function beginningsOf(states: readonly StateDescription[]): string[] {
  return states.filter(({ begins }) => begins).map(({ id }) => `  [*] --> ${id} : sign-in`)
}

function arrowLine({ from, to, labels }: Arrow): string {
  return `  ${from} --> ${to} : ${labels.join(', ')}`
}

/** An arrow that starts from a group without a box starts from its one state. */
function withoutGroups(arrow: Arrow, states: readonly StateDescription[], boxes: readonly StateDescription[]): Arrow {
  const isDrawn = boxes.some(({ id }) => id === arrow.from)
  const [only] = isDrawn ? [] : membersOf(states, arrow.from)
  return only === undefined ? arrow : { ...arrow, from: only.id }
}

function colourLines(group: string, members: readonly StateDescription[], colour: string | undefined): string[] {
  const ids = members.map(({ id }) => id).join(', ')
  return colour === undefined ? [] : [`  classDef ${group} ${colour},color:#111111`, `  class ${ids} ${group}`]
}
