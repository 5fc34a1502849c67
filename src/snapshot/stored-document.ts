import type { Form } from '../domain/form.ts'
import { KNOWN_MEMBERS, nameIn } from './form.ts'

/** A document kept as JSON text, and the form that its members' names are in. */
export interface FormedText {
  readonly form: Form
  readonly text: string
}

/** The members of a kept document, under the names that the SDK has for them; those that nobody knows under their own. */
export function membersOf({ form, text }: FormedText, kind: 'client' | 'session'): Record<string, unknown> {
  const document = JSON.parse(text) as Record<string, unknown>
  return form === 'sdk' ? document : renamed(document, SDK_NAMES[kind])
}

type Kind = keyof (typeof KNOWN_MEMBERS)['sdk']

/** What the members of each kind of object are called by the SDK, by their names on the wire. */
const SDK_NAMES: Readonly<Record<Kind, ReadonlyMap<string, string>>> = {
  client: sdkNames('client'),
  session: sdkNames('session'),
  activity: sdkNames('activity'),
  task: sdkNames('task'),
}

function sdkNames(kind: Kind): ReadonlyMap<string, string> {
  return new Map(Object.keys(KNOWN_MEMBERS.sdk[kind]).map((name) => [nameIn('wire', name), name]))
}

function renamed(document: Readonly<Record<string, unknown>>, names: ReadonlyMap<string, string>) {
  return Object.fromEntries(Object.entries(document).map(([name, value]) => renamedMember(name, value, names)))
}

function renamedMember(name: string, value: unknown, names: ReadonlyMap<string, string>): [string, unknown] {
  const known = names.get(name) ?? name
  if (known === 'latestActivity' && isObject(value)) return [known, renamed(value, SDK_NAMES.activity)]
  if (known === 'tasks' && Array.isArray(value)) {
    return [known, value.map((task) => (isObject(task) ? renamed(task, SDK_NAMES.task) : task))]
  }
  return [known, value]
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
