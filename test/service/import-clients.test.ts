/** What imports and exports promise, over every kind of store. */
import assert from 'node:assert/strict'
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openTenure } from '../../src/service/open-tenure.ts'
import { ManualClock } from '../../src/simulation/manual-clock.ts'
import { overStores } from '../support/stores.ts'
import { exporting } from './contract/export-clients.ts'
import { importing } from './contract/import-clients.ts'
import { importStreams } from './contract/import-streams.ts'

// In one process: starting a server costs more than any of them.
overStores((kind) => {
  for (const [what, define] of Object.entries({ importing, importStreams, exporting })) {
    describe(what, () => define(kind))
  }

  test('a file read by lines is imported from its first line on: one that nobody waits for yet is lost', {
    timeout: 30_000,
  }, async () => {
    await using opened = await kind.open(new ManualClock(), { postgres: { clock: 'database' } })
    const tenure = await openTenure({ store: opened.store })
    const input = createReadStream(fileURLToPath(new URL('../../examples/clients.ndjson', import.meta.url)))
    const told: number[] = []
    for await (const { index } of tenure.importClients(createInterface({ input }))) told.push(index)
    assert.deepEqual(told, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  })
})

test('one text is refused as a stream: it would be one of characters', async () => {
  await using tenure = await openTenure({ store: 'sqlite::memory:' })
  assert.throws(() => tenure.importClients('{}'), TypeError)
  assert.throws(() => tenure.importClients([], { askedBy: ' ' }), TypeError)
})
