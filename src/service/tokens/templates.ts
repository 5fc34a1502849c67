import type { TokenTemplate } from '../../snapshot/read-templates.ts'
import type { SessionRecord } from '../records.ts'

/** What a token says, by the names of its claims. */
export type Claims = Readonly<Record<string, unknown>>

/** Templates by their names. */
export type TokenTemplates = ReadonlyMap<string, TokenTemplate>

/** What stands in for a shortcode. */
const SHORTCODES: Readonly<Record<string, (session: SessionRecord) => unknown>> = {
  'user.id': ({ userId }) => userId,
  'session.id': ({ id }) => id,
  'session.client_id': ({ clientId }) => clientId,
  'session.user_id': ({ userId }) => userId,
  'session.status': ({ status }) => status,
  'session.created_at': ({ createdAt }) => createdAt,
  'session.updated_at': ({ updatedAt }) => updatedAt,
  'session.last_active_at': ({ lastActiveAt }) => lastActiveAt,
  'session.expire_at': ({ expireAt }) => expireAt,
  'session.abandon_at': ({ abandonAt }) => abandonAt,
  'session.version': ({ version }) => version,
  'session.actor': (session) => memberOf(session, 'actor'),
  'session.last_active_organization_id': (session) => memberOf(session, 'lastActiveOrganizationId'),
}

/** Every shortcode that a template may have, without its braces. */
export const SHORTCODE_NAMES: readonly string[] = Object.keys(SHORTCODES)

/** A shortcode in a text: `{{session.id}}`, white space within the braces or not. */
const SHORTCODE = /\{\{\s*([\w.]+)\s*\}\}/g

/** The names of the shortcodes in a text. */
function shortcodesIn(text: string): string[] {
  return [...text.matchAll(SHORTCODE)].map(([, name]) => name as string)
}

/**
 * The claims of a template for a session.
 *
 * A text that is one shortcode and nothing else becomes its value, of whatever type that has; in a longer text the value
 * stands as text, and `null` as nothing.
 */
export function renderTemplate({ claims }: TokenTemplate, session: SessionRecord): Claims {
  return rendered(claims, session) as Claims
}

function rendered(value: unknown, session: SessionRecord): unknown {
  if (typeof value === 'string') return renderedText(value, session)
  if (Array.isArray(value)) return value.map((item) => rendered(item, session))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, rendered(member, session)]))
}

function renderedText(text: string, session: SessionRecord): unknown {
  const [only, ...more] = shortcodesIn(text)
  if (only === undefined) return text
  if (more.length === 0 && text.replace(SHORTCODE, '') === '') return valueAt(only, session)
  return text.replaceAll(SHORTCODE, (_, name: string) => spelled(valueAt(name, session)))
}

function valueAt(name: string, session: SessionRecord): unknown {
  return SHORTCODES[name]?.(session) ?? null
}

function spelled(value: unknown): string {
  if (value === null) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function memberOf(session: SessionRecord, member: string): unknown {
  return (session as unknown as Readonly<Record<string, unknown>>)[member] ?? null
}
