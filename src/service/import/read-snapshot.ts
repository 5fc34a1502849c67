import type { EpochMs } from '../../domain/instant.ts'
import type { Client, SessionId } from '../../domain/session.ts'
import { type CutClient, cutClient } from '../../snapshot/cut-client.ts'
import type { Finding } from '../../snapshot/findings.ts'
import { nameIn } from '../../snapshot/form.ts'
import { readClient, type ValidReading } from '../../snapshot/read-client.ts'

/** A document of an import as it was read: a snapshot, or why it is none that a store could hold. */
export type ReadSnapshot = Snapshot | RejectedSnapshot

/** A snapshot that a store could hold. */
export interface Snapshot {
  readonly id: Client['id']
  readonly client: Client
  readonly documents: CutClient
  /** How long its text is. */
  readonly characters: number
  readonly errors?: never
}

/** A document that is rejected whatever is stored. */
export interface RejectedSnapshot {
  /** The id it goes by, where it has one to go by. */
  readonly id: string | null
  readonly errors: readonly Finding[]
}

/**
 * Reads one document of an import, and looks for what no store could hold: two sessions of one id, and a session of
 * another client.
 *
 * A document already parsed is written as text and read from that, so that what is kept can be read again.
 *
 * @param input JSON text, or a document already parsed.
 * @param now The present, epoch milliseconds; for a strict reader activity after it is a fault.
 */
export function readSnapshot(input: unknown, strict: boolean, now: EpochMs): ReadSnapshot {
  const text = textOf(input)
  if (text === undefined) {
    return { id: null, errors: [{ code: 'not-a-client', path: '', message: 'is, or holds, what JSON cannot write' }] }
  }
  const reading = readClient(text, { strict, warnings: false, now })
  if (!reading.valid) return { id: reading.id, errors: reading.errors }
  const { client } = reading
  const errors = findUnstorable(reading)
  if (errors.length > 0) return { id: client.id, errors }
  return { id: client.id, client, documents: cutClient(reading), characters: text.length }
}

function textOf(input: unknown): string | undefined {
  if (typeof input === 'string') return input
  try {
    return JSON.stringify(input)
  } catch {
    return undefined
  }
}

function findUnstorable({ client, form }: ValidReading): Finding[] {
  const errors: Finding[] = []
  const seen = new Set<SessionId>()
  for (const [index, session] of client.sessions.entries()) {
    const place = `/sessions/${index}`
    if (seen.has(session.id)) {
      errors.push({ code: 'duplicate-session-id', path: `${place}/id`, message: 'is the id of an earlier session' })
    }
    seen.add(session.id)
    if (session.clientId !== client.id) {
      const message = 'is not the id of the client that holds it'
      errors.push({ code: 'foreign-session', path: `${place}/${nameIn(form, 'clientId')}`, message })
    }
  }
  return errors
}
