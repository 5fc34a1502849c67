/** A test of the test: bugs that are put into a copy of the sources are found, and without them nothing is. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { SLOW } from '../../support/slow.ts'
import { SEEDED_BUGS } from './bugs.ts'
import { hunt, inCopyWith, withBug } from './hunt.ts'

/** Each bug is a process of its own, so that only `.ci/run` hunts them all. */
const isAll = process.env['TENURE_SIMULATION_BUGS'] === 'all'

/** How many seeds find nothing where there is no bug: as many as any bug may take. */
const CONTROL = Math.max(...SEEDED_BUGS.map(({ within }) => within))

test('each bug changes its file, and no two have one name', () => {
  for (const bug of SEEDED_BUGS) assert.notEqual(withBug(bug), withBug({ ...bug, to: bug.from }), bug.name)
  assert.equal(new Set(SEEDED_BUGS.map(({ name }) => name)).size, SEEDED_BUGS.length)
})

describe('every bug', { concurrency: 2, skip: !isAll }, () => {
  for (const bug of SEEDED_BUGS) {
    test(`${bug.name}: found within ${bug.within} seeds`, async (t) => {
      const { seed, broken } = await hunt(bug, bug.within)
      t.diagnostic(`seed ${seed} breaks ${broken}`)
      assert.ok(
        bug.breaks.some((invariant) => invariant === broken),
        `${seed} seeds, and ${broken ?? 'nothing'} is broken`,
      )
    })
  }

  test(`no bug: ${CONTROL} seeds break nothing`, async () => {
    assert.deepEqual(await hunt(null, CONTROL), { seed: CONTROL, broken: null })
  })
})

test('a failure is told with its seed, its trace made small, and the command that shows it again', SLOW, async () => {
  const bug = SEEDED_BUGS.find(({ name }) => name === 'a touch revives') ?? null
  await inCopyWith(bug, async (run) => {
    const { code, out, err } = await run('src/cli/tenure.ts', 'simulate', '--trial', '--seed', '9', '--seeds', '20')
    assert.equal(code, 1, err)
    const [line = ''] = out.split('\n')
    const { seed, broken, replay } = JSON.parse(line)
    assert.equal(broken.invariant, 'dead-for-ever')
    assert.match(err, new RegExp(`^tenure: seed ${seed} breaks dead-for-ever: `))
    assert.match(err, /tenure: \d+ runs later: \d clients?, [\d.]+ days; the last it does:/)
    assert.ok(err.endsWith(`  ${replay}\n`))
    // Its clients are not the first ones: by their number alone, others would come.
    assert.match(replay, / --only [2-9]/)
    const again = await run('src/cli/tenure.ts', ...replay.split(' ').slice(1))
    assert.equal(again.code, 1)
    const shown = JSON.parse(again.out)
    assert.deepEqual([shown.seed, shown.broken.invariant], [seed, 'dead-for-ever'])
    const [breach] = /^ {2}\d+ BROKEN dead-for-ever.*$/m.exec(err) ?? assert.fail(err)
    assert.ok(again.err.includes(breach))
  })
})
