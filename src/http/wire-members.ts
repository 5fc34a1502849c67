import { membersOf } from '../snapshot/stored-document.ts'
import type { SessionMembers } from '../snapshot/write-stored.ts'

/** The members of a new session that nothing is computed from, as the wire names them. */
export interface WireMembers {
  readonly actor?: object | null
  readonly last_active_organization_id?: string | null
  readonly latest_activity?: object | null
  readonly tasks?: readonly object[] | null
}

/** The same as the SDK names them; empty where there is none. */
export function membersFromWire(body: WireMembers): SessionMembers {
  const { actor, last_active_organization_id, latest_activity, tasks } = body
  const named = { actor, last_active_organization_id, latest_activity, tasks }
  return membersOf({ form: 'wire', text: JSON.stringify(named) }, 'session')
}
