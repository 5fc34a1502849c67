/** Snapshots as Clerk's Backend API sends them. */
import { START } from './services.ts'
import { DAY } from './sessions.ts'

/** What an active session that began at {@link START} has, whosever it is. */
export const WIRE_BEGINNING = {
  actor: null,
  status: 'active',
  last_active_organization_id: null,
  last_active_at: START,
  latest_activity: null,
  expire_at: START + 7 * DAY,
  abandon_at: START + 30 * DAY,
  updated_at: START,
  created_at: START,
} as const

/** A client with an active session of each name, all begun at {@link START}, as sound as can be. */
export function aWireClient(name: string, sessions: readonly string[]) {
  const id = `client_${name}`
  const held = sessions.map((session) => ({
    object: 'session',
    id: `sess_${name}_${session}`,
    user_id: `user_${name}_${session}`,
    client_id: id,
    ...WIRE_BEGINNING,
    tasks: null,
  }))
  const ids = held.map((session) => session.id)
  return {
    object: 'client',
    id,
    session_ids: ids,
    sessions: held,
    sign_in_id: null,
    sign_up_id: null,
    last_active_session_id: ids.at(-1) ?? null,
    last_authentication_strategy: 'password',
    updated_at: START,
    created_at: START,
  }
}
