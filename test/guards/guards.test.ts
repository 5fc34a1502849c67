/** A test of the tests: with a guard taken out of a copy of the sources, the test that holds it fails, and by what it says. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { edited, inCopy } from '../support/source-copy.ts'
import { GUARDS, type Guard } from './guards.ts'

/** Each guard is a process of its own, and many start a server, so that only `.ci/run` goes through them all. */
const isAll = process.env['TENURE_GUARDS'] === 'all'

/** What hangs because a guard is missing is given up, milliseconds. */
const LONGEST = 60_000

/** Runs the test that holds a guard, in a copy without that; answers all that was printed. */
async function runWithout(guard: Guard): Promise<string> {
  const changed = { file: guard.file, text: edited(guard) }
  const pattern = guard.pattern.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
  const args = ['--test', '--test-reporter=spec', `--test-timeout=${LONGEST}`, `--test-name-pattern=${pattern}`]
  const { code, out, err } = await inCopy({ beside: ['test'], changed }, (run) => run(...args, guard.test))
  assert.notEqual(code, 0, `nobody noticed:\n${out}${err}`)
  return out
}

/** The failures in what Node's reporter printed: each begins with its test's name. */
function failuresIn(out: string): readonly string[] {
  const [, told = ''] = out.split('✖ failing tests:')
  return told.split(/^✖ /m).slice(1)
}

test('each guard stands in its file once, its test is there, and no two have one name', () => {
  for (const guard of GUARDS) {
    assert.notEqual(edited(guard), edited({ ...guard, to: guard.from }), guard.name)
    assert.match(readFileSync(new URL(`../../${guard.test}`, import.meta.url), 'utf8'), /from 'node:test'/, guard.name)
  }
  assert.equal(new Set(GUARDS.map(({ name }) => name)).size, GUARDS.length)
})

describe('every guard', { concurrency: 2, skip: !isAll }, () => {
  for (const guard of GUARDS) {
    test(`${guard.name}: without it ${guard.test} fails`, async () => {
      const out = await runWithout(guard)
      assert.match(out, /^ℹ tests [1-9]/m)
      const failures = failuresIn(out).filter((failure) => failure.split('\n', 1)[0]?.includes(guard.pattern))
      assert.ok(
        failures.some((failure) => failure.includes(guard.says)),
        `it fails otherwise:\n${out}`,
      )
    })
  }
})
