/** `tenure sweep`, `tenure purge` and `tenure audit`, over a store in a file. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import test, { type TestContext } from 'node:test'
import { ManualClock } from '../../src/simulation/index.ts'
import { BORN, MONTH, sdkClient, sdkSession, WEEK } from '../support/documents.ts'
import { linesOf, temporaryFolder, tenure } from '../support/run-tenure.ts'

/** A store with three clients, each with one session that expires after a week. */
async function withClients(t: TestContext) {
  const place = temporaryFolder(t)
  const store = ['--store', `sqlite:${place('t.db')}`]
  const documents = ['a', 'b', 'c'].map((name) => {
    const clientId = `client_${name}`
    return JSON.stringify(sdkClient({ id: clientId }, [sdkSession({ id: `sess_${name}`, clientId })]))
  })
  assert.equal((await tenure(['import', ...store], { stdin: documents.join('\n') })).code, 0)
  return { place, store }
}

const at = (instant: number, isTTY = false) => ({ clock: new ManualClock(instant), isTTY })

test('sweep --once is one pass, bounded by its limit, as sweep is', async (t) => {
  const pass = async (...flags: readonly string[]) => {
    const { store } = await withClients(t)
    return tenure(['sweep', ...store, ...flags, '--limit', '2'], at(BORN + WEEK))
  }
  const once = await pass('--once')
  assert.deepEqual(JSON.parse(once.out), { settled: 2, transitions: 2, busy: 0, isDone: false })
  assert.deepEqual(once, await pass())
})

test('sweep: one line of counts, and on a terminal a sentence', async (t) => {
  const { store } = await withClients(t)
  const early = await tenure(['sweep', ...store], at(BORN + WEEK - 1))
  assert.deepEqual(early, { code: 0, out: '{"settled":0,"transitions":0,"busy":0,"isDone":true}\n', err: '' })
  const some = await tenure(['sweep', ...store, '--limit', '2'], at(BORN + WEEK, true))
  assert.equal(some.out, '{"settled":2,"transitions":2,"busy":0,"isDone":false}\n')
  assert.equal(some.err, 'tenure: 2 sessions settled, 2 transitions made; more is due: sweep again\n')
  const rest = await tenure(['sweep', ...store], at(BORN + WEEK, true))
  assert.equal(rest.out, '{"settled":1,"transitions":1,"busy":0,"isDone":true}\n')
  assert.equal(rest.err, 'tenure: 1 session settled, 1 transition made; nothing else is due\n')
})

test('purge: by the policy that is given, and by Clerk’s retention where none is', async (t) => {
  const { place, store } = await withClients(t)
  writeFileSync(place('policy.json'), '{ "retention": "P1D" }')
  const policy = ['--policy', place('policy.json')]
  const then = BORN + MONTH + 86_400_000
  await tenure(['sweep', ...store], at(then))
  const kept = await tenure(['purge', ...store], at(then))
  assert.equal(kept.out, `{"sessions":0,"clients":0,"closedBy":${then - MONTH},"busy":0,"isDone":true}\n`)
  const some = await tenure(['purge', ...store, ...policy, '--limit', '1'], at(then, true))
  assert.equal(some.out, `{"sessions":1,"clients":1,"closedBy":${BORN + MONTH},"busy":0,"isDone":false}\n`)
  assert.equal(
    some.err,
    'tenure: 1 session and 1 client purged of what closed by 2026-09-01T09:01:23.293Z; more is to go: purge again\n',
  )
  const rest = await tenure(['purge', ...store, ...policy], at(then, true))
  assert.match(rest.err, /^tenure: 2 sessions and 2 clients purged of what closed by .*; nothing else is to go\n$/)
})

test('purge: a policy that is refused, or not there, is told of and nothing is purged', async (t) => {
  const { place, store } = await withClients(t)
  writeFileSync(place('policy.json'), '{ "retention": "P1M", "x": 1 }')
  const refused = await tenure(['purge', ...store, '--policy', place('policy.json')])
  const advice = `see tenure policy check ${place('policy.json')}`
  assert.deepEqual(refused, {
    code: 2,
    out: '',
    err: `tenure: the policy in ${place('policy.json')} has 2 faults: ${advice}\n`,
  })
  const gone = await tenure(['purge', ...store, '--policy', place('gone')])
  assert.deepEqual([gone.code, gone.err], [2, `tenure: cannot read ${place('gone')}: there is no such file\n`])
})

test('audit: where there is no difference it prints none, says what it looked at, and exits 0', async (t) => {
  const { store } = await withClients(t)
  assert.deepEqual(await tenure(['audit', ...store]), {
    code: 0,
    out: '',
    err: 'tenure: no difference in 3 clients, 3 sessions, 0 purged sessions and 3 ledger rows\n',
  })
})

test('audit: a line a difference, and exit 1', async (t) => {
  const { place, store } = await withClients(t)
  const database = new DatabaseSync(place('t.db'))
  database.exec("UPDATE sessions SET status = 'ended' WHERE id = 'sess_b'")
  database.close()
  const run = await tenure(['audit', ...store])
  assert.equal(run.code, 1)
  const who = { clientId: 'client_b', sessionId: 'sess_b' }
  assert.deepEqual(linesOf(run.out), [
    { code: 'due-differs', ...who, sequence: null, expected: null, found: BORN + WEEK },
    { code: 'status-differs', ...who, sequence: 2, expected: 'active', found: 'ended' },
  ])
  assert.equal(run.err, 'tenure: 2 differences in 3 clients, 3 sessions, 0 purged sessions and 3 ledger rows\n')
})
