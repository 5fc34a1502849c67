/** What imports and exports promise, over every kind of store. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openTenure } from '../../src/service/open-tenure.ts'
import { overStores } from '../support/stores.ts'
import { exporting } from './contract/export-clients.ts'
import { importing } from './contract/import-clients.ts'
import { importStreams } from './contract/import-streams.ts'

// In one process: starting a server costs more than any of them.
overStores((kind) => {
  for (const [what, define] of Object.entries({ importing, importStreams, exporting })) {
    describe(what, () => define(kind))
  }
})

test('one text is refused as a stream: it would be one of characters', async () => {
  await using tenure = await openTenure({ store: 'sqlite::memory:' })
  assert.throws(() => tenure.importClients('{}'), TypeError)
  assert.throws(() => tenure.importClients([], { askedBy: ' ' }), TypeError)
})
