import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { systemClock } from '../../src/domain/clock.ts'
import { openStore } from '../../src/store/open-store.ts'
import { seeded, someSeed } from '../support/crash-chance.ts'
import { importMany } from '../support/crash-importer.ts'
import { DoomedProcess } from '../support/crash-process.ts'
import { roundsOr } from '../support/crash-rounds.ts'
import { halfWritten } from '../support/crash-verdict.ts'
import { temporaryFolder } from '../support/run-tenure.ts'
import { SLOW } from '../support/slow.ts'
import { dumpOf } from '../support/stored.ts'

/** Several transactions of an import. */
const DOCUMENTS = 1600

test('an import killed and run again, and again, ends as one that nobody disturbed', SLOW, async (t) => {
  const seed = someSeed()
  const chance = seeded(seed)
  const at = temporaryFolder(t)
  const store = `sqlite:${at('killed.db')}`
  const undisturbed = `sqlite:${at('undisturbed.db')}`
  const began = performance.now()
  await importMany(undisturbed, DOCUMENTS, () => {})
  const took = performance.now() - began
  let furthest = 0
  for (let round = 0; round < roundsOr(3); round += 1) {
    const journal = at(`journal-${round}`)
    const importer = new DoomedProcess('crash-importer', [store, journal, String(DOCUMENTS)])
    await importer.ready
    await wait(chance.below(took))
    await importer.kill()
    const told = existsSync(journal) ? readFileSync(journal, 'utf8').split('\n').length - 1 : 0
    furthest = Math.max(furthest, told)
    const { faults, clients } = await heldBy(store)
    assert.deepEqual(faults, [], `seed ${seed}, round ${round}`)
    assert.ok(clients >= clientsAmong(furthest), `seed ${seed}: told of ${furthest} documents, and holds ${clients}`)
  }
  t.diagnostic(`seed ${seed}: killed after ${furthest} of ${DOCUMENTS} documents at most`)
  await importMany(store, DOCUMENTS, () => {})
  assert.deepEqual(await heldBy(store), await heldBy(undisturbed), `seed ${seed}`)
})

/** How many clients the first documents name: each tenth is of the client before it, each seventh is none. */
function clientsAmong(documents: number): number {
  const indexes = Array.from({ length: documents }, (_, index) => index)
  const valid = indexes.filter((index) => index % 7 !== 3)
  return new Set(valid.map((index) => (index % 10 === 9 ? index - 1 : index))).size
}

async function heldBy(url: string) {
  await using store = await openStore(url, systemClock)
  const { clients, records } = await dumpOf(store)
  return { faults: await halfWritten(store), clients: clients.length, records, rows: clients }
}
