import type { EpochMs } from '../src/domain/instant.ts'
import type { Client, ClientId, Session, SessionId, UserId } from '../src/domain/session.ts'

const DAY = 86_400_000

/** The day on which the fleet's sessions begin. */
const START = 1_785_661_283_293 as EpochMs

/** An instant at which no session of the fleet is due, and one at which three in ten are. */
export const NOTHING_DUE = (START + DAY) as EpochMs
export const SOME_DUE = (START + 7.3 * DAY) as EpochMs

/** A session of the fleet, its deadlines spread over a day. */
export function sessionOf(client: number, place: number): Session {
  const createdAt = (START + ((client * 7919 + place * 104_729) % DAY)) as EpochMs
  return {
    id: `sess_${name(client)}${place}` as SessionId,
    clientId: `client_${name(client)}0` as ClientId,
    userId: `user_${name(client)}${place}` as UserId,
    status: 'active',
    lastActiveAt: createdAt,
    expireAt: (createdAt + 7 * DAY) as EpochMs,
    abandonAt: (createdAt + 30 * DAY) as EpochMs,
    updatedAt: createdAt,
    createdAt,
  }
}

/** A client of the fleet with some sessions. */
export function clientOf(index: number, size: number): Client {
  const sessions = Array.from({ length: size }, (_, place) => sessionOf(index, place))
  const createdAt = sessions[0]?.createdAt ?? START
  return {
    id: `client_${name(index)}0` as ClientId,
    sessionIds: sessions.map(({ id }) => id),
    sessions,
    lastActiveSessionId: sessions[0]?.id ?? null,
    updatedAt: createdAt,
    createdAt,
  }
}

/** A client as the Backend API sends it, every member of it. */
export function wireClientOf(index: number, size: number): object {
  const client = clientOf(index, size)
  return {
    object: 'client',
    id: client.id,
    session_ids: client.sessionIds,
    sessions: client.sessions.map((session) => ({
      object: 'session',
      id: session.id,
      user_id: session.userId,
      client_id: session.clientId,
      actor: null,
      status: session.status,
      last_active_organization_id: null,
      last_active_at: session.lastActiveAt,
      latest_activity: null,
      expire_at: session.expireAt,
      abandon_at: session.abandonAt,
      updated_at: session.updatedAt,
      created_at: session.createdAt,
      tasks: null,
    })),
    sign_in_id: null,
    sign_up_id: null,
    last_active_session_id: client.lastActiveSessionId,
    last_authentication_strategy: 'password',
    updated_at: client.updatedAt,
    created_at: client.createdAt,
  }
}

/** Twenty-six characters, as a KSUID has before its last. */
function name(client: number): string {
  return `3HLxjLzoSyd8Tfu9w267${client.toString(36).padStart(6, '0')}`
}
