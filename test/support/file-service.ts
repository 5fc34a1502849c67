import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openTenure } from '../../src/service/open-tenure.ts'
import type { Tenure } from '../../src/service/tenure.ts'
import { ManualClock } from '../../src/simulation/manual-clock.ts'
import { openStore } from '../../src/store/open-store.ts'
import type { Store } from '../../src/store/port.ts'
import { countedRandomness, START } from './services.ts'

/** Tenure on a SQLite file, and a way past it. */
export interface FileService extends AsyncDisposable {
  readonly tenure: Tenure
  readonly store: Store
  readonly clock: ManualClock
  readonly path: string
  /** Runs SQL behind Tenure's back, foreign keys unheeded: what a damaged store has in it. */
  damage(...statements: readonly string[]): void
}

/** Opens Tenure on a SQLite file of a test's own, at {@link START}. Disposing closes it and clears up. */
export async function openFileService(): Promise<FileService> {
  const folder = mkdtempSync(join(tmpdir(), 'tenure-file-'))
  const path = join(folder, 'tenure.db')
  const clock = new ManualClock(START)
  const store = await openStore(`sqlite:${path}`, clock)
  const tenure = await openTenure({ store, clock, randomness: countedRandomness() })
  return {
    tenure,
    store,
    clock,
    path,
    damage(...statements) {
      const database = new DatabaseSync(path, { enableForeignKeyConstraints: false })
      for (const statement of statements) database.exec(statement)
      database.close()
    },
    async [Symbol.asyncDispose]() {
      await tenure.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
