import type { AnyStateNode } from 'xstate'
import { clientMachine } from '../../machines/client.machine.ts'
import { sessionMachine } from '../../machines/session.machine.ts'
import type { Entry } from '../domain/transition.ts'

/** The statecharts there are, by name. */
export const MACHINES = { session: sessionMachine, client: clientMachine } as const

/** The name of a statechart. */
export type MachineName = keyof typeof MACHINES

/** One arrow of a statechart: what leads from where to where. */
export interface Arrow {
  /** A state, or a group of states. */
  readonly from: string
  readonly to: string
  /** The deadlines and commands that lead there. */
  readonly labels: readonly string[]
}

/**
 * A statechart as Mermaid text, drawn from the machine itself.
 *
 * @see https://mermaid.js.org/syntax/stateDiagram.html
 */
export function drawMermaid(name: MachineName): string {
  const root: AnyStateNode = MACHINES[name].root
  const drawn = ['stateDiagram-v2']
  for (const node of childrenOf(root)) drawn.push(...drawState(node))
  for (const node of statesOf(root)) if (node.tags.includes(BEGINS)) drawn.push(`  [*] --> ${node.key} : sign-in`)
  for (const { from, to, labels } of arrowsOf(root)) {
    drawn.push(`  ${from} --> ${to} : ${labels.join(', ')}`)
  }
  return `${drawn.join('\n')}\n`
}

/** A statechart as plain data: what the drawing is made of. */
export interface MachineDescription {
  readonly id: string
  /** Every state and group of states; `parent` is the group that it is in. */
  readonly states: readonly { readonly id: string; readonly parent: string | null; readonly begins: boolean }[]
  readonly arrows: readonly Arrow[]
}

/** Describes a statechart, from the machine itself. */
export function describeMachine(name: MachineName): MachineDescription {
  const root: AnyStateNode = MACHINES[name].root
  const states = statesOf(root).filter((node) => !isEntrance(node))
  return {
    id: root.key,
    states: states.map(({ key, parent, tags }) => ({
      id: key,
      parent: parent === undefined || parent === root ? null : parent.key,
      begins: tags.includes(BEGINS),
    })),
    arrows: arrowsOf(root),
  }
}

/** The tag of a status that a sign-in can begin with. */
const BEGINS = 'begins'

function drawState(node: AnyStateNode): string[] {
  if (isEntrance(node)) return []
  if (isChoice(node)) return [`  state ${node.key} <<choice>>`]
  const children = childrenOf(node)
  if (children.length === 0) return [`  ${node.key}`]
  return [`  state ${node.key} {`, ...children.map(({ key }) => `    ${key}`), '  }']
}

/** Every arrow of a statechart, those of one way together, and each at the widest group that it is true of. */
function arrowsOf(root: AnyStateNode): Arrow[] {
  const arrows = new Map<string, Arrow & { readonly labels: string[] }>()
  for (const node of [root, ...statesOf(root)]) {
    if (isEntrance(node)) continue
    for (const { target, label } of leadsOf(node)) {
      for (const from of sourcesOf(node, target)) {
        const key = `${from} ${target.key}`
        const arrow = arrows.get(key) ?? { from, to: target.key, labels: [] }
        const isDrawn = node.parent !== undefined && leads(node.parent, target, label)
        if (isDrawn) continue
        if (!arrow.labels.includes(label)) arrow.labels.push(label)
        arrows.set(key, arrow)
      }
    }
  }
  return [...arrows.values()]
}

interface Lead {
  readonly target: AnyStateNode
  readonly label: string
}

/** Where a state leads, and what leads there: a deadline by its name, a command by its own. */
function leadsOf(node: AnyStateNode): Lead[] {
  const always = (node.always ?? []).map((transition) => ({ transition, event: guardOf(transition.guard) }))
  const on = [...node.transitions].flatMap(([event, all]) => all.map((transition) => ({ transition, event })))
  return [...always, ...on].flatMap(({ transition, event }) => {
    const target = transition.target?.[0]
    if (target === undefined) return []
    return [{ target, label: deadlineOf(transition.actions) ?? event.slice(event.indexOf('.') + 1) }]
  })
}

function guardOf(guard: unknown): string {
  return typeof guard === 'string' ? guard : 'otherwise'
}

function deadlineOf(actions: readonly unknown[]): string | undefined {
  const entered = actions.find((action) => (action as { type?: string }).type === 'enter') as
    | { params: Entry }
    | undefined
  if (entered?.params.cause === 'expire-deadline') return 'expireAt'
  return entered?.params.cause === 'abandon-deadline' ? 'abandonAt' : undefined
}

function leads(node: AnyStateNode, target: AnyStateNode, label: string): boolean {
  return leadsOf(node).some((lead) => lead.target === target && lead.label === label)
}

/** Who an arrow starts from. Mermaid draws none from a group into itself: each of its states has its own then. */
function sourcesOf(node: AnyStateNode, target: AnyStateNode): string[] {
  if (node.parent !== undefined && target.parent !== node) return [node.key]
  if (node.parent !== undefined && childrenOf(node).length === 0) return [node.key]
  return childrenOf(node)
    .filter((child) => child !== target && !isEntrance(child) && !isChoice(child))
    .map(({ key }) => key)
}

/** A state that is left as it is entered, on its way to the status that a session is stored with. */
function isEntrance(node: AnyStateNode): boolean {
  return node.key === 'stored'
}

/** A state that is left as it is entered, by whichever guard holds. */
function isChoice(node: AnyStateNode): boolean {
  return (node.always ?? []).length > 0
}

function childrenOf(node: AnyStateNode): AnyStateNode[] {
  return Object.values(node.states)
}

function statesOf(node: AnyStateNode): AnyStateNode[] {
  return childrenOf(node).flatMap((child) => [child, ...statesOf(child)])
}
