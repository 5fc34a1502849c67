/** Snapshots of clients that are drawn from a schema, made whole: their ids fit together, as a schema cannot say. */
import type { Schema } from './fuzz-description.ts'
import { aValue, type Drawing } from './fuzz-values.ts'

type Members = Record<string, unknown>

/** A snapshot of a client, mostly one whose parts name each other, in either form. */
export function aSnapshot(drawing: Drawing, schema: Schema, id?: string): Members {
  const { chance } = drawing
  const drawn = aValue(drawing, schema, 'client') as Members
  if (chance.below(8) === 0) return drawn
  const clientId = id ?? drawn['id']
  const sessions = (drawn['sessions'] as Members[]).map((session) => {
    return { ...session, id: idOf(drawing), client_id: clientId }
  })
  const ids = sessions.map((session) => session['id'])
  const knit = { ...drawn, id: clientId, sessions, session_ids: ids, last_active_session_id: ids[0] ?? null }
  return chance.below(4) === 0 ? (inSdkForm(knit) as Members) : knit
}

/** A client as it was answered, of which another says what became of it since; `null` where none is known. */
export function aLaterSnapshot({ chance, pool, now }: Drawing): Members | null {
  const seen = chance.pick(pool.snapshots)
  if (seen === undefined) return null
  const later = (session: Members): Members => {
    const status = chance.one([session['status'], session['status'], 'ended', 'revoked', 'active', 'removed'])
    return { ...session, status, updated_at: chance.one([session['updated_at'], now(), now() - 1]) }
  }
  const sessions = (seen['sessions'] as Members[]).filter(() => chance.below(4) > 0).map(later)
  const snapshot = { ...seen, sessions, session_ids: sessions.map((session) => session['id']), updated_at: now() }
  return chance.below(3) === 0 ? (inSdkForm(snapshot) as Members) : snapshot
}

function idOf({ chance, pool }: Drawing): string {
  return chance.below(6) === 0 ? chance.one(pool.textsFor('session_id')) : pool.unknown('sess_put')
}

/** A client's id for a snapshot: one that is known, or one that is new. */
export function aClientId({ chance, pool }: Drawing): string {
  return chance.below(2) === 0 ? chance.one(pool.textsFor('client_id')) : pool.unknown('client_put')
}

function inSdkForm(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inSdkForm)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [camel(name), inSdkForm(each)]))
}

const camel = (name: string) => name.replace(/(?<=[a-z])_([a-z])/g, (_, letter: string) => letter.toUpperCase())

/** A stream of snapshots, and now and then of what is none. */
export function someLines(drawing: Drawing, schema: Schema): string {
  const { chance } = drawing
  const line = () => {
    const later = chance.below(3) === 0 ? aLaterSnapshot(drawing) : null
    const text = JSON.stringify(later ?? aSnapshot(drawing, schema, aClientId(drawing)))
    return chance.below(5) === 0 ? chance.one([...ODD_LINES, text.slice(0, -2)]) : text
  }
  const lines = Array.from({ length: 1 + chance.below(4) }, line)
  return lines.join(chance.one(['\n', '\r\n', '\n\n'])) + chance.one(['', '\n'])
}

const ODD_LINES = ['', '{}', '[]', 'null', '7', '"text"', '{', 'nonsense', '[1,2]', '\ufeff{}', '{"object":"client"}']
