/** Imports and exports for tests: all at once, and what was told of them as text. */
import { toInstant } from '../../src/domain/instant.ts'
import { settleClient } from '../../src/lifecycle/client.ts'
import type { ImportResult } from '../../src/service/import/import-batch.ts'
import type { ImportOptions } from '../../src/service/import-clients.ts'
import type { Tenure } from '../../src/service/tenure.ts'
import { parseClient, writeClient } from '../../src/snapshot/index.ts'
import { allOf, type Dump } from './stored.ts'

type Documents = Parameters<Tenure['importClients']>[0]

/** Imports documents to their end. */
export function importAll(
  tenure: Tenure,
  documents: Documents,
  options: ImportOptions = {},
): Promise<readonly ImportResult[]> {
  return allOf(tenure.importClients(documents, options))
}

/** Every line of an export. */
export function exportAll(
  tenure: Tenure,
  options: Parameters<Tenure['exportClients']>[0] = {},
): Promise<readonly string[]> {
  return allOf(tenure.exportClients(options))
}

/** Imports documents, and answers what was told of each: `imported +sess_a ~sess_b older:sess_c`, or why it was rejected. */
export async function imported(
  tenure: Tenure,
  documents: Documents,
  options: ImportOptions = {},
): Promise<readonly string[]> {
  return (await importAll(tenure, documents, options)).map(told)
}

function told(result: ImportResult): string {
  if (result.result === 'rejected') {
    return ['rejected', ...result.errors.map(({ code, path }) => `${code}:${path}`)].join(' ')
  }
  const { added, changed, kept } = result.sessions
  return [
    result.result,
    ...added.map((id) => `+${id}`),
    ...changed.map((id) => `~${id}`),
    ...kept.map(({ reason, sessionId }) => `${reason}:${sessionId}`),
  ].join(' ')
}

/** What a store holds, but for what hangs on how often it was written to, and when. */
export function stateOf({ clients }: Dump) {
  return clients.map(({ version: _, sessions, ...client }) => ({
    ...client,
    sessions: sessions.map(({ version: _version, closedAt: _closedAt, ...session }) => session),
  }))
}

/** JSON without the white space between its tokens, by another way than the code's own. */
export const squeezed = (json: string) => json.replace(/("(?:[^"\\]|\\.)*")|[ \t\r\n]+/gs, '$1')

/** What `tenure settle` makes of documents, each on one line, by the ids of their clients. */
export function settled(texts: readonly string[], now: number): readonly string[] {
  const lines = texts.map((text) => {
    const reading = parseClient(squeezed(text), { warnings: false })
    return { id: reading.id, line: writeClient(reading, settleClient(reading.client, toInstant(now)).client) }
  })
  return lines.sort((a, b) => (a.id < b.id ? -1 : 1)).map(({ line }) => line)
}
