import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { daysOf, replayCommand, spanOf } from '../../../src/cli/simulate/replay-command.ts'

const SCENARIO = { seed: '9', clients: 5, only: [2, 5], span: 6_300_000 }

/** What a shell makes of a command: its words. */
function wordsOf(command: string): readonly string[] {
  const [name, ...rest] = command.split(' ')
  assert.equal(name, 'tenure')
  return execFileSync('sh', ['-c', `printf '%s\\n' ${rest.join(' ')}`], { encoding: 'utf8' })
    .trimEnd()
    .split('\n')
}

test('a replay has its clients by their places, what was left out, and each kind of fault once', () => {
  const command = replayCommand(SCENARIO, ['pause', 'step'], { trial: true, without: ['delay', 'pause'] })
  assert.equal(
    command,
    'tenure simulate --seed 9 --clients 5 --only 2,5 --days 0.072916667 --trial --without delay,pause,step',
  )
})

test('a shell reads file names back whole, whatever is in them', () => {
  const [policy, workload] = ["my policy's $HOME.json", 'a;b"c`d.json']
  const words = wordsOf(replayCommand(SCENARIO, [], { trial: false, without: [], policy, workload }))
  assert.equal(words[words.indexOf('--policy') + 1], policy)
  assert.equal(words[words.indexOf('--workload') + 1], workload)
})

test('days read back to the millisecond, and have no exponent', () => {
  for (const span of [1, 2, 999, 60_000, 6_300_000, 7_776_000_000 - 1, 36_500 * 86_400_000 - 1]) {
    assert.match(daysOf(span), /^\d+(?:\.\d+)?$/)
    assert.equal(spanOf(Number(daysOf(span))), span)
  }
})
