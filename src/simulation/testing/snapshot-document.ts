import { nameIn } from '../../snapshot/form.ts'

/** A Client snapshot as an object, of either form. A new one each time, to be spoilt if a test likes. */
export type SnapshotDocument = Record<string, unknown>

/** A snapshot in camelCase as the wire has it: what its schema knows is renamed at every level, and nothing else. */
export function inWire(client: SnapshotDocument): SnapshotDocument {
  const sessions = (client['sessions'] as readonly SnapshotDocument[]).map((session) => {
    const activity = session['latestActivity'] as SnapshotDocument | null | undefined
    return renamed(activity ? { ...session, latestActivity: renamed(activity) } : session)
  })
  return renamed({ ...client, sessions })
}

function renamed(document: SnapshotDocument): SnapshotDocument {
  return Object.fromEntries(Object.entries(document).map(([member, value]) => [nameIn('wire', member), value]))
}
