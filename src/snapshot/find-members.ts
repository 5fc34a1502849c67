import type { Form } from '../domain/form.ts'
import type { Finding } from './findings.ts'
import { FOREIGN_MEMBERS, KNOWN_MEMBERS, type KnownMembers, nameIn } from './form.ts'
import { pointerTo } from './parse-text.ts'

type Json = Readonly<Record<string, unknown>>
type Visit = (kind: keyof KnownMembers, name: string, base: readonly (string | number)[]) => void

/** The form a document is in: whichever form's members it has more of; the SDK's where it has none of either. */
export function formOf(document: Json): Form {
  const isSdk = Object.hasOwn(document, 'sessionIds')
  if (isSdk !== Object.hasOwn(document, 'session_ids')) return isSdk ? 'sdk' : 'wire'
  let balance = 0
  for (const name of Object.keys(document)) {
    if (FOREIGN_MEMBERS.sdk.client[name]) balance += 1
    else if (FOREIGN_MEMBERS.wire.client[name]) balance -= 1
  }
  return balance > 0 ? 'wire' : 'sdk'
}

/** Members of the other form, up to a number of them: a document with one means two things at once. */
export function findMixedForms(document: Json, form: Form, limit: number): Finding[] {
  const found: Finding[] = []
  const other = form === 'sdk' ? 'snake_case' : 'camelCase'
  visitMembers(document, form, (kind, name, base) => {
    if (found.length >= limit || !FOREIGN_MEMBERS[form][kind][name]) return
    const message = `is ${other}, in a document of the other form; use one throughout`
    found.push({ code: 'mixed-forms', path: pointerTo([...base, name]), message })
  })
  return found
}

/** Members that no schema names, up to a number of them. They are kept as they are. */
export function findUnknownMembers(document: Json, form: Form, limit: number): Finding[] {
  const found: Finding[] = []
  visitMembers(document, form, (kind, name, base) => {
    if (found.length >= limit || KNOWN_MEMBERS[form][kind][name] || FOREIGN_MEMBERS[form][kind][name]) return
    found.push({ code: 'unknown-member', path: pointerTo([...base, name]), message: 'is not known; kept as it is' })
  })
  return found
}

/** Whether every member of a document is known: the common case, found without a list of anything. */
export function hasOnlyKnownMembers(document: Json, form: Form): boolean {
  const shapes = SHAPES[form]
  if (!shapes.client.fits(document)) return false
  for (const session of document['sessions'] as readonly Json[]) {
    if (!shapes.session.fits(session)) return false
    const activity = session[shapes.activityName]
    if (activity && !shapes.activity.fits(activity as Json)) return false
    const tasks = session['tasks']
    if (tasks && !(tasks as readonly Json[]).every((task) => shapes.task.fits(task))) return false
  }
  return true
}

/** Tells known members from others, quickest where objects come with the same members in the same order. */
class Shape {
  readonly #known: Readonly<Record<string, true>>
  #last: readonly string[] = []

  constructor(known: Readonly<Record<string, true>>) {
    this.#known = known
  }

  fits(value: Json): boolean {
    let place = 0
    // Inherited names come last and fit no shape, so they are found below not to be members.
    for (const name in value) {
      if (name !== this.#last[place]) return this.#fitsAnew(Object.keys(value))
      place += 1
    }
    return place === this.#last.length || this.#fitsAnew(Object.keys(value))
  }

  #fitsAnew(names: readonly string[]): boolean {
    if (!names.every((name) => this.#known[name])) return false
    this.#last = names
    return true
  }
}

const SHAPES = { sdk: shapesOf('sdk'), wire: shapesOf('wire') }

function shapesOf(form: Form) {
  const { client, session, activity, task } = KNOWN_MEMBERS[form]
  return {
    client: new Shape(client),
    session: new Shape(session),
    activity: new Shape(activity),
    task: new Shape(task),
    activityName: nameIn(form, 'latestActivity'),
  }
}

/** Visits the members of whatever in a document has the shape for it. Asked of documents that no schema has passed. */
function visitMembers(document: Json, form: Form, visit: Visit): void {
  const visitAll = (kind: keyof KnownMembers, value: unknown, base: readonly (string | number)[]) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return
    for (const name of Object.keys(value)) visit(kind, name, base)
  }
  visitAll('client', document, [])
  const sessions = document['sessions']
  if (!Array.isArray(sessions)) return
  const activity = nameIn(form, 'latestActivity')
  for (const [index, session] of (sessions as readonly (Json | null)[]).entries()) {
    visitAll('session', session, ['sessions', index])
    visitAll('activity', session?.[activity], ['sessions', index, activity])
    const tasks = session?.['tasks']
    if (!Array.isArray(tasks)) continue
    for (const [place, task] of tasks.entries()) visitAll('task', task, ['sessions', index, 'tasks', place])
  }
}
