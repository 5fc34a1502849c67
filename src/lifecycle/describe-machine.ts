import type { AnyStateNode } from 'xstate'
import { clientMachine } from '../../machines/client.machine.ts'
import { sessionMachine } from '../../machines/session.machine.ts'
import type { Entry } from '../domain/transition.ts'

/** The statecharts there are, by name. */
export const MACHINES = { session: sessionMachine, client: clientMachine } as const

/** The name of a statechart. */
export type MachineName = keyof typeof MACHINES

/** A state of a statechart, a group of states, or a choice that is left as it is entered. */
export interface StateDescription {
  readonly id: string
  readonly kind: 'state' | 'group' | 'choice'
  /** The group that it is in. */
  readonly parent: string | null
  /** Whether a sign-in begins here. */
  readonly begins: boolean
}

/** One arrow of a statechart: what leads from a state, or from every state of a group, to another. */
export interface Arrow {
  readonly from: string
  readonly to: string
  /** The deadlines and commands that lead there, or the guard that does. */
  readonly labels: readonly string[]
}

/** A statechart as plain data. */
export interface MachineDescription {
  readonly id: string
  readonly states: readonly StateDescription[]
  readonly arrows: readonly Arrow[]
}

/** Describes a statechart, from the machine itself. */
export function describeMachine(name: MachineName): MachineDescription {
  const root: AnyStateNode = MACHINES[name].root
  const nodes = statesOf(root).filter((node) => !isEntrance(node))
  const states = nodes.map((node) => ({
    id: node.key,
    kind: kindOf(node),
    parent: node.parent === undefined || node.parent === root ? null : node.parent.key,
    begins: node.tags.includes('begins'),
  }))
  return { id: root.key, states, arrows: arrowsOf(root, nodes) }
}

interface Lead {
  readonly target: AnyStateNode
  readonly label: string
}

/** Every arrow, those of one way together, and each at the widest group that it is true of. */
function arrowsOf(root: AnyStateNode, nodes: readonly AnyStateNode[]): Arrow[] {
  const arrows = new Map<string, Arrow & { readonly labels: string[] }>()
  for (const node of [root, ...nodes]) {
    for (const { target, label } of leadsOf(node)) {
      if (node.parent !== undefined && leads(node.parent, target, label)) continue
      for (const from of sourcesOf(node, target)) {
        const key = `${from} ${target.key}`
        const arrow = arrows.get(key) ?? { from, to: target.key, labels: [] }
        if (!arrow.labels.includes(label)) arrow.labels.push(label)
        arrows.set(key, arrow)
      }
    }
  }
  return [...arrows.values()]
}

/** Where a state leads, and what leads there: a deadline by its name, a command by its own, a choice by its guard. */
function leadsOf(node: AnyStateNode): Lead[] {
  const always = (node.always ?? []).map((transition) => ({ transition, event: guardOf(transition.guard) }))
  const on = [...node.transitions].flatMap(([event, all]) => all.map((transition) => ({ transition, event })))
  const leads = [...always, ...on].flatMap(({ transition, event }) => {
    const target = transition.target?.[0]
    if (target === undefined) return []
    return [{ target, label: deadlineOf(transition.actions) ?? event.slice(event.indexOf('.') + 1) }]
  })
  return isOneWay(node, leads) ? [{ target: (leads[0] as Lead).target, label: 'any event' }] : leads
}

/** Whether a whole machine answers every event in one way. */
function isOneWay(node: AnyStateNode, leads: readonly Lead[]): boolean {
  return node.parent === undefined && leads.length > 1 && leads.every(({ target }) => target === leads[0]?.target)
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

/** Who an arrow starts from: the state or group itself, but each state of a group that leads into itself. */
function sourcesOf(node: AnyStateNode, target: AnyStateNode): string[] {
  if (target.parent !== node) return [node.key]
  return childrenOf(node)
    .filter((child) => child !== target && !isEntrance(child) && kindOf(child) === 'state')
    .map(({ key }) => key)
}

/** The state that is left as it is entered, on its way to the status that a session is stored with. */
function isEntrance(node: AnyStateNode): boolean {
  return node.key === 'stored'
}

function kindOf(node: AnyStateNode): StateDescription['kind'] {
  if ((node.always ?? []).length > 0) return 'choice'
  return childrenOf(node).length > 0 ? 'group' : 'state'
}

function childrenOf(node: AnyStateNode): AnyStateNode[] {
  return Object.values(node.states)
}

function statesOf(node: AnyStateNode): AnyStateNode[] {
  return childrenOf(node).flatMap((child) => [child, ...statesOf(child)])
}
