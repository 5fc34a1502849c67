import type { Form } from '../domain/form.ts'
import type { Client, Session } from '../domain/session.ts'
import { clientSchema, sessionSchema, wireClientSchema, wireSessionSchema } from './schema-documents.ts'

/** What a member of the SDK's form is called in a form: `sessionIds` is `session_ids` on the wire. */
export function nameIn(form: Form, member: string): string {
  return form === 'sdk' ? member : (WIRE_NAMES.get(member) ?? wireNameOf(member))
}

function wireNameOf(member: string): string {
  return member.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`)
}

/** The names that are asked for again and again, put together once. */
const WIRE_NAMES: ReadonlyMap<string, string> = new Map(
  [clientSchema, sessionSchema].flatMap(({ properties }) =>
    Object.keys(properties).map((member) => [member, wireNameOf(member)] as const),
  ),
)

/** Names without a prototype, so that `known['constructor']` is not there. */
type Names = Readonly<Record<string, true>>

/** The members that the schemas know, for each form. */
export interface KnownMembers {
  readonly client: Names
  readonly session: Names
  readonly activity: Names
  readonly task: Names
}

/** Every member that a schema of a form names. */
export const KNOWN_MEMBERS: Readonly<Record<Form, KnownMembers>> = {
  sdk: known(clientSchema, sessionSchema, 'latestActivity'),
  wire: known(wireClientSchema, wireSessionSchema, 'latest_activity'),
}

/** Every member that only the other form has: seeing one means that a document mixes the two. */
export const FOREIGN_MEMBERS: Readonly<Record<Form, KnownMembers>> = {
  sdk: without(KNOWN_MEMBERS.wire, KNOWN_MEMBERS.sdk),
  wire: without(KNOWN_MEMBERS.sdk, KNOWN_MEMBERS.wire),
}

/** A Client document as the Backend API sends it: what of it the lifecycle reads. */
export interface WireClient {
  readonly id: Client['id']
  readonly session_ids: Client['sessionIds']
  readonly sessions: readonly WireSession[]
  readonly last_active_session_id: Client['lastActiveSessionId']
  readonly updated_at: Client['updatedAt']
  readonly created_at: Client['createdAt']
}

/** A Session document as the Backend API sends it: what of it the lifecycle reads. */
export interface WireSession {
  readonly id: Session['id']
  readonly user_id: Session['userId']
  readonly client_id: Session['clientId']
  readonly status: Session['status']
  readonly last_active_at: Session['lastActiveAt']
  readonly expire_at: Session['expireAt']
  readonly abandon_at: Session['abandonAt']
  readonly updated_at: Session['updatedAt']
  readonly created_at: Session['createdAt']
}

/** A wire document as the lifecycle reads it. Its other members stay behind in the document. */
export function fromWire(document: WireClient): Client {
  return {
    id: document.id,
    sessionIds: document.session_ids,
    sessions: document.sessions.map(sessionFromWire),
    lastActiveSessionId: document.last_active_session_id,
    updatedAt: document.updated_at,
    createdAt: document.created_at,
  }
}

function sessionFromWire(document: WireSession): Session {
  return {
    id: document.id,
    userId: document.user_id,
    clientId: document.client_id,
    status: document.status,
    lastActiveAt: document.last_active_at,
    expireAt: document.expire_at,
    abandonAt: document.abandon_at,
    updatedAt: document.updated_at,
    createdAt: document.created_at,
  }
}

interface WithProperties {
  readonly properties: Readonly<Record<string, unknown>>
}

function known(client: WithProperties, session: WithProperties, activity: string): KnownMembers {
  const tasks = session.properties['tasks'] as { readonly items: WithProperties }
  return {
    client: names(client),
    session: names(session),
    activity: names(session.properties[activity] as WithProperties),
    task: names(tasks.items),
  }
}

function names({ properties }: WithProperties): Names {
  return table(Object.keys(properties))
}

function without(all: KnownMembers, those: KnownMembers): KnownMembers {
  const rest = (kind: keyof KnownMembers) => table(Object.keys(all[kind]).filter((name) => !those[kind][name]))
  return { client: rest('client'), session: rest('session'), activity: rest('activity'), task: rest('task') }
}

function table(keys: readonly string[]): Names {
  return Object.assign(Object.create(null), Object.fromEntries(keys.map((key) => [key, true])))
}
