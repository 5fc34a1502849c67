/** Client documents for tests of the snapshot room: valid, nothing odd in them, in either form. */
import type { Form } from '../../src/snapshot/index.ts'

export type Document = Record<string, unknown>

export const FORMS = ['sdk', 'wire'] as const

/** 2026-08-02T09:01:23.293Z: when everything here was created. */
export const BORN = 1_785_661_283_293
export const WEEK = 604_800_000
export const MONTH = 2_592_000_000

/** An active session in camelCase, named `sess_1`, that expires a week after it was created and is abandoned at 30 days. */
export function sdkSession(parts: Document = {}): Document {
  return {
    object: 'session',
    id: 'sess_1',
    userId: 'user_1',
    clientId: 'client_1',
    status: 'active',
    lastActiveAt: BORN,
    expireAt: BORN + WEEK,
    abandonAt: BORN + MONTH,
    updatedAt: BORN,
    createdAt: BORN,
    ...parts,
  }
}

/** A client in camelCase that holds these sessions, lists them all, and was last active in the first. */
export function sdkClient(parts: Document = {}, sessions: readonly Document[] = [sdkSession()]): Document {
  return {
    object: 'client',
    id: 'client_1',
    sessionIds: sessions.map(({ id }) => id),
    sessions,
    signInId: null,
    signUpId: null,
    lastActiveSessionId: sessions[0]?.['id'] ?? null,
    updatedAt: BORN,
    createdAt: BORN,
    ...parts,
  }
}

/** A name as a form has it: `sessionIds` is `session_ids` on the wire. */
export function nameIn(form: Form, name: string): string {
  return form === 'sdk' ? name : name.replace(/(?<=[a-z])[A-Z]/g, (capital) => `_${capital.toLowerCase()}`)
}

/** A camelCase value with every member of every object in it named as a form has it. */
export function inForm<T>(form: Form, value: T): T {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item) => inForm(form, item)) as T
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [nameIn(form, name), inForm(form, each)])) as T
}

/** A JSON pointer into a camelCase document, as a form has it. */
export function pointerIn(form: Form, pointer: string): string {
  return pointer
    .split('/')
    .map((step) => nameIn(form, step))
    .join('/')
}

/** A document of the fixtures folder, as text. */
export function fixturePath(name: 'seed-client.json' | 'clients-wire.ndjson'): string {
  return new URL(`../fixtures/${name}`, import.meta.url).pathname
}
