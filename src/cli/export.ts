import { counted } from '../domain/counted.ts'
import type { Form } from '../domain/form.ts'
import type { Tenure } from '../service/tenure.ts'
import { statsOf } from './inputs.ts'
import type { ExitCode, Io } from './io.ts'
import { LineWriter, OutputFile } from './output.ts'
import { type StoreUse, storeFiles, useStore } from './store-use.ts'

/** What `tenure export` can be told. */
export interface ExportUse extends StoreUse {
  /** What members are called; where it is left out, as in the snapshot that each client came in. */
  readonly form?: Form | undefined
  /** A file for the snapshots; standard output where it is left out. */
  readonly out?: string | undefined
}

/** How many snapshots are written at a time. */
const BATCH = 100

/**
 * `tenure export`: every client of a store as a snapshot, a line each, all as of one instant.
 *
 * A file appears at its place when it is whole. A reader of standard output that goes away ends the run.
 *
 * @throws {UsageError} When the output cannot be written, or would replace the store.
 * @throws {StoreError} When the store cannot be opened, or fails.
 */
export async function exportSnapshots(use: ExportUse, io: Io): Promise<ExitCode> {
  return useStore(use, io, false, async (tenure) => {
    const count =
      use.out === undefined ? await toStandardOutput(tenure, use, io) : await toFile(use.out, tenure, use, io)
    if (io.stderr.isTTY === true) io.stderr.write(`tenure: ${counted(count, 'snapshot')} exported\n`)
    return 0
  })
}

async function toStandardOutput(tenure: Tenure, use: ExportUse, io: Io): Promise<number> {
  const lines = new LineWriter(io.stdout, 'standard output')
  const count = await write(tenure, use, lines)
  await lines.finish()
  return count
}

async function toFile(path: string, tenure: Tenure, use: ExportUse, io: Io): Promise<number> {
  const file = await OutputFile.open(path, [...storeFiles(use, io), statsOf(io.stdout), statsOf(io.stderr)])
  try {
    const count = await write(tenure, use, file.lines)
    await file.commit()
    return count
  } finally {
    file.discard()
  }
}

async function write(tenure: Tenure, { form }: ExportUse, lines: LineWriter): Promise<number> {
  let count = 0
  for await (const snapshot of tenure.exportClients({ form })) {
    lines.line(snapshot)
    count += 1
    if (count % BATCH === 0) await lines.flush()
    if (lines.isClosed) break
  }
  return count
}
