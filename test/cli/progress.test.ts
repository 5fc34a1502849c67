import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { Writable } from 'node:stream'
import test from 'node:test'
import type { Clock } from '../../src/domain/clock.ts'
import { ManualClock } from '../../src/simulation/index.ts'
import { BORN, sdkClient } from '../support/documents.ts'
import { ended, spawnTenure, temporaryFolder, tenure } from '../support/run-tenure.ts'

const valid = JSON.stringify(sdkClient())
const ESCAPE = '\u001b'
const isBar = /tenure: [\u2588\u2591]+ +\d+ %/

/** A clock that is further on each time it is asked. */
function hurrying(step: number): Clock {
  const clock = new ManualClock(BORN)
  return Object.assign(Object.create(clock) as Clock, {
    now: () => {
      clock.advanceBy(step)
      return clock.now()
    },
  })
}

for (const command of ['validate', 'settle', 'import --store sqlite::memory:']) {
  const words = command.split(' ')

  test(`${command}: a run of more than a second shows a bar on a terminal, takes it away, and leaves the cursor there`, async (t) => {
    const file = temporaryFolder(t)('many')
    writeFileSync(file, `${valid}\n`.repeat(2000))
    const run = await tenure([...words, file], { isTTY: true, clock: hurrying(600) })
    assert.equal(run.code, 0)
    assert.match(run.err, isBar)
    assert.ok(run.err.lastIndexOf(`${ESCAPE}[?25h`) > run.err.lastIndexOf(`${ESCAPE}[?25l`))
    assert.ok(!run.out.includes(ESCAPE))
  })

  test(`${command}: no bar within a second, nor where standard error is no terminal, nor where nobody knows how much there is`, async (t) => {
    const file = temporaryFolder(t)('many')
    writeFileSync(file, `${valid}\n`.repeat(2000))
    assert.doesNotMatch((await tenure([...words, file], { isTTY: true, clock: hurrying(1) })).err, isBar)
    assert.equal((await tenure([...words, file], { clock: hurrying(5000) })).err, '')
    const piped = await tenure([...words], { stdin: `${valid}\n`.repeat(2000), isTTY: true, clock: hurrying(5000) })
    assert.doesNotMatch(piped.err, isBar)
  })

  // Catches a bar that is not stopped: its timer keeps the process alive for ever, and the cursor stays hidden.
  test(`${command}: a run that fails under its bar takes the bar away and ends`, async (t) => {
    const file = temporaryFolder(t)('many')
    writeFileSync(file, `${valid}\n`.repeat(5000))
    let pieces = 0
    const failing = new Writable({
      write(_piece, _encoding, done) {
        pieces += 1
        done(pieces > 4 ? Object.assign(new Error('full'), { code: 'ENOSPC' }) : null)
      },
    })
    const run = await tenure([...words, file], { isTTY: true, clock: hurrying(600), stdout: failing })
    assert.equal(run.code, 2)
    assert.match(run.err, isBar)
    assert.ok(run.err.lastIndexOf(`${ESCAPE}[?25h`) > run.err.lastIndexOf(`${ESCAPE}[?25l`))
    assert.ok(run.err.endsWith('tenure: cannot write to standard output: there is no space left on the device\n'))
    assert.deepEqual(
      process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout'),
      [],
    )
  })
}

test('the seed of a pipe is no terminal: nothing is coloured and no bar drawn in a process of its own', async (t) => {
  const file = temporaryFolder(t)('one')
  writeFileSync(file, valid)
  const run = await ended(spawnTenure(['explain', file], { stdio: ['ignore', 'pipe', 'pipe'] }))
  assert.equal(run.code, 0)
  assert.ok(!run.out.includes(ESCAPE))
  assert.equal(run.err, '')
})
