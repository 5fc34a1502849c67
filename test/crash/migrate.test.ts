import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { openTenure } from '../../src/service/open-tenure.ts'
import { seeded, someSeed } from '../support/crash-chance.ts'
import { DoomedProcess } from '../support/crash-process.ts'
import { roundsOr } from '../support/crash-rounds.ts'
import { temporaryFolder } from '../support/run-tenure.ts'

test('a process killed while it makes the tables leaves a file that the next one makes whole', async (t) => {
  const seed = someSeed()
  t.diagnostic(`seed ${seed}`)
  const chance = seeded(seed)
  for (let round = 0; round < roundsOr(3); round += 1) {
    const at = temporaryFolder(t)
    const opener = new DoomedProcess('crash-opener', [at(''), 'alone'])
    await opener.ready
    await wait(chance.below(60))
    await opener.kill()
    const files = readdirSync(at('')).filter((name) => name.endsWith('.db'))
    for (const file of files) await expectWhole(at(file))
  }
})

test('two processes that open a new file at once both find it made, once', async (t) => {
  const at = temporaryFolder(t)
  const openers = [
    ['one', 'other'],
    ['other', 'one'],
  ].map((names) => new DoomedProcess('crash-opener', [at(''), ...names, '20']))
  try {
    assert.deepEqual(await Promise.all(openers.map(({ ended }) => ended)), ['done', 'done'])
  } finally {
    for (const opener of openers) await opener.kill()
  }
  for (let file = 0; file < 20; file += 1) await expectWhole(at(`${file}.db`))
})

/** Whether a file can be used, and has every table and index of one that was opened in peace. */
async function expectWhole(path: string): Promise<void> {
  const peaceful = `${path}.peaceful`
  for (const each of [path, peaceful]) {
    await using tenure = await openTenure({ store: `sqlite:${each}` })
    const { changed } = await tenure.signIn({ userId: 'user_1', sessionId: 'sess_1' })
    assert.ok(changed)
  }
  assert.deepEqual(schemaOf(path), schemaOf(peaceful))
}

function schemaOf(path: string): unknown {
  const database = new DatabaseSync(path)
  try {
    const objects = database.prepare('SELECT type, name, sql FROM sqlite_schema ORDER BY name').all()
    return { objects, version: database.prepare('PRAGMA user_version').get() }
  } finally {
    database.close()
  }
}
