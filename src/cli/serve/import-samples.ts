import type { Tenure } from '../../service/tenure.ts'
import { counted } from '../counted.ts'
import { findInputs, readBatches } from '../inputs.ts'
import type { Io } from '../io.ts'

/**
 * Imports snapshots into a store that has no clients yet, so that there is something to look at.
 *
 * @throws {UsageError} When the file cannot be read.
 */
export async function importSamples(tenure: Tenure, file: string, io: Io): Promise<void> {
  if ((await tenure.listClients({ limit: 1 })).total > 0) return
  const inputs = findInputs([file], io)
  async function* texts(): AsyncGenerator<string> {
    for await (const { documents } of readBatches(inputs, io)) for (const { text } of documents) yield text ?? ''
  }
  let imported = 0
  for await (const { result } of tenure.importClients(texts())) if (result === 'imported') imported += 1
  io.stderr.write(`tenure: ${counted(imported, 'sample client')} imported\n`)
}
