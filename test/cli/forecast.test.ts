import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { BORN, FORMS, inForm, sdkClient, sdkSession, WEEK } from '../support/documents.ts'
import { linesOf, temporaryFolder, tenure } from '../support/run-tenure.ts'

const EXAMPLES = new URL('../../examples/', import.meta.url).pathname
const OFFICE = join(EXAMPLES, 'office.ndjson')
const POLICY = join(EXAMPLES, 'policies/office.json')
const AT = '2026-08-05T12:00:00Z'
const HOUR = 3_600_000
const valid = JSON.stringify(sdkClient())

const typesOf = (out: string) => linesOf(out).map(({ type }) => type)
const ofType = (out: string, type: string) => linesOf(out).filter((line) => line['type'] === type)

for (const form of FORMS) {
  test(`forecast: a line for a live session of a ${form} snapshot, its members in their order`, async () => {
    const stdin = JSON.stringify(inForm(form, sdkClient()))
    const run = await tenure(['forecast', '--policy', POLICY, '--horizon', 'PT1H'], { stdin })
    assert.equal(run.code, 0)
    assert.equal(run.err, '')
    const [line = ''] = run.out.split('\n')
    const under = `{"endsAt":${BORN + 12 * HOUR},"rule":"inactivityTimeout","expireAt":${BORN + 12 * HOUR},"abandonAt":${BORN + 2 * WEEK}}`
    const against = `{"endsAt":${BORN + WEEK},"rule":"expireAt","expireAt":${BORN + WEEK},"abandonAt":${BORN + 2_592_000_000}}`
    assert.equal(
      line,
      '{"type":"session","clientId":"client_1","sessionId":"sess_1","userId":"user_1","status":"active",' +
        `"under":${under},"against":${against},"difference":${12 * HOUR - WEEK}}`,
    )
    assert.deepEqual(typesOf(run.out), ['session', 'hour', 'hour', 'hour', 'summary'])
  })
}

test('forecast: lines come in the order of the input, then hours, then warnings, and the summary last', async () => {
  const run = await tenure(['forecast', OFFICE, '--policy', POLICY, '--at', AT, '--horizon', 'P10D'])
  const types = typesOf(run.out)
  assert.deepEqual([...new Set(types)], ['session', 'hour', 'warning', 'summary'])
  assert.deepEqual(
    types,
    [...types].sort((a, b) => rank(a) - rank(b)),
  )
  const order = readFileSync(OFFICE, 'utf8')
  const places = ofType(run.out, 'session').map(({ sessionId }) => order.indexOf(String(sessionId)))
  assert.deepEqual(
    places,
    [...places].sort((a, b) => a - b),
  )
  const { counts, until } = ofType(run.out, 'summary')[0] as { counts: { live: number }; until: number }
  assert.equal(counts.live, places.length)
  assert.equal(until, Date.parse('2026-08-15T12:00:00Z'))
})

const rank = (type: unknown) => ['session', 'hour', 'warning', 'summary'].indexOf(String(type))

test('forecast: in no zone but UTC, and the same wherever the machine stands', async () => {
  const args = ['forecast', OFFICE, '--policy', POLICY, '--at', AT, '--format', 'text']
  const here = await tenure(args)
  const zone = process.env['TZ']
  try {
    for (const elsewhere of ['Europe/Berlin', 'Pacific/Chatham']) {
      process.env['TZ'] = elsewhere
      assert.deepEqual(await tenure(args), here)
      assert.deepEqual(await tenure(args.with(5, '2026-08-05T14:00:00+02:00')), here)
    }
  } finally {
    if (zone === undefined) delete process.env['TZ']
    else process.env['TZ'] = zone
  }
})

test('forecast --at now+P7D: what is over by then is over, and the present is the clock’s', async () => {
  const live = await tenure(['forecast', '--policy', POLICY, '--at', 'now+P6D'], { stdin: valid })
  const [line] = ofType(live.out, 'session')
  assert.equal((line?.['under'] as { endsAt: number } | undefined)?.endsAt, BORN + 6 * 24 * HOUR)
  const over = await tenure(['forecast', '--policy', POLICY, '--at', 'now+P7D'], { stdin: valid })
  assert.deepEqual(ofType(over.out, 'session'), [])
  assert.equal((ofType(over.out, 'summary')[0]?.['counts'] as { dormant: number } | undefined)?.dormant, 1)
})

test('forecast: an old export that is read as of now is told to be one, before anything else', async () => {
  const args = ['forecast', OFFICE, '--policy', POLICY, '--at', '2027-01-01T00:00:00Z']
  const run = await tenure([...args, '--format', 'text'])
  assert.equal(run.code, 0)
  const text = run.out.replaceAll(/\n +/g, ' ')
  assert.match(
    text,
    /! No session is live at the instant of the forecast, of \d+, .*: give --at the instant of the export\./,
  )
  assert.match(text, /! The newest change in the snapshots is of 2026-08-05T11:55:02\.556Z, over 148 days before/)
  assert.deepEqual(
    ofType((await tenure(args)).out, 'warning').map(({ code }) => code),
    ['nothing-live', 'old-snapshots'],
  )
})

test('forecast --against: the other policy, and not what is stored', async () => {
  const other = join(EXAMPLES, 'policies/bank.json')
  const run = await tenure(['forecast', '--policy', POLICY, '--against', other], { stdin: valid })
  const [line] = ofType(run.out, 'session')
  assert.deepEqual(line?.['against'], {
    endsAt: BORN + 5 * 60_000,
    rule: 'inactivityTimeout',
    expireAt: BORN + 5 * 60_000,
    abandonAt: BORN + 24 * HOUR,
  })
})

test('forecast: what is rejected is told as in settle, the rest is forecast, and it exits 1', async (t) => {
  const stdin = `${valid}\n{"a":\n`
  const run = await tenure(['forecast', '--policy', POLICY], { stdin })
  const settled = await tenure(['settle'], { stdin })
  assert.equal(run.code, 1)
  assert.equal(run.err, settled.err)
  assert.equal(ofType(run.out, 'session').length, 1)
  const place = temporaryFolder(t)
  const apart = await tenure(['forecast', '--policy', POLICY, '--rejects', place('r')], { stdin })
  assert.deepEqual([apart.code, apart.err], [1, ''])
  assert.equal(readFileSync(place('r'), 'utf8'), settled.err)
})

test('forecast: no snapshot at all is no error', async () => {
  const run = await tenure(['forecast', '--policy', POLICY, '--format', 'text'])
  assert.equal(run.code, 0)
  assert.match(run.out, /0 snapshots, 0 live, 0 dormant, 0 closed/)
})

test('forecast: text on a terminal, lines elsewhere, and then a summary for whoever looks at standard error', async () => {
  const args = ['forecast', OFFICE, '--policy', POLICY, '--at', AT]
  const terminal = await tenure(args, { isTTY: true, columns: 80, env: { NO_COLOR: '1' } })
  assert.match(terminal.out, /^Forecast at 2026-08-05T12:00:00.000Z, 90 days on\n/)
  assert.equal(terminal.err, '')
  const longest = Math.max(...terminal.out.split('\n').map((line) => line.length))
  assert.ok(longest <= 80, `a line has ${longest} columns`)
  const piped = await tenure([...args, '--format', 'json'], { isTTY: true, columns: 80, env: { NO_COLOR: '1' } })
  assert.equal(piped.err, terminal.out)
})

test('forecast: a policy that is refused is told with a pointer to each fault, and nothing is made', async (t) => {
  const place = temporaryFolder(t)
  writeFileSync(place('p.json'), '{"maximumLifetime":"P1M","retention":7}')
  const args = ['forecast', '--policy', place('p.json'), '--html', place('r.html')]
  const run = await tenure(args, { stdin: valid })
  assert.deepEqual([run.code, run.out], [2, ''])
  assert.match(
    run.err,
    /^tenure: the policy in .*p\.json has 2 faults:\ntenure: {3}\/retention .*\[policy-wrong-type\]\ntenure: {3}\/maximumLifetime .*\[policy-duration\]\n$/,
  )
  assert.ok(!existsSync(place('r.html')))
})

test('forecast: usage that cannot be meant is refused', async () => {
  const refusals: [string[], RegExp][] = [
    [['--horizon', 'P367D', '--policy', POLICY], /looks 366 days ahead at most/],
    [['--horizon', 'P1M', '--policy', POLICY], /fixed length/],
    [[], /required option '--policy <FILE>'/],
    [['--policy', '-'], /standard input can be read only once/],
    [['--policy', POLICY, '--against', 'nowhere.json'], /cannot read nowhere\.json: there is no such file/],
    [['--policy', POLICY, '--html', '-'], /standard output is for results/],
  ]
  for (const [args, reason] of refusals) {
    const run = await tenure(['forecast', ...args], { stdin: valid })
    assert.deepEqual([run.code, run.out], [2, ''], args.join(' '))
    assert.match(run.err, reason)
  }
})

test('forecast --html: the report is made whole, beside nothing, and says what the lines say', async (t) => {
  const place = temporaryFolder(t)
  const args = ['forecast', '-', '--policy', POLICY, '--at', AT, '--html', place('report.html')]
  const run = await tenure(args, { stdin: `${readFileSync(OFFICE, 'utf8')}{}\n` })
  assert.equal(run.code, 1)
  assert.deepEqual(readdirSync(place('')), ['report.html'])
  const report = readFileSync(place('report.html'), 'utf8')
  assert.match(report, /^<!doctype html>\n[\s\S]*<\/html>\n$/)
  const { under } = ofType(run.out, 'summary')[0] as { under: { atOnce: number } }
  assert.ok(report.includes(`<strong>${under.atOnce} of 106 live sessions`))
  assert.match(report, /153 snapshots from <bdi>standard input<\/bdi>: .*1 document rejected/)
})

test('forecast: the policy may come from standard input, where the snapshots do not', async () => {
  const run = await tenure(['forecast', OFFICE, '--policy', '-', '--at', AT], { stdin: '{"maximumLifetime":"PT1H"}' })
  assert.equal(run.code, 0)
  const rules = ofType(run.out, 'session').map(({ under }) => (under as { rule: string }).rule)
  assert.deepEqual([...new Set(rules)], ['maximumLifetime'])
})

test('forecast: the report and the rejects cannot be one file, and what is read is not written over', async (t) => {
  const place = temporaryFolder(t)
  const both = ['forecast', '--policy', POLICY, '--html', place('x'), '--rejects', place('x')]
  assert.match((await tenure(both, { stdin: valid })).err, /needs a place of its own/)
  writeFileSync(place('in'), valid)
  const over = await tenure(['forecast', place('in'), '--policy', POLICY, '--html', place('in')])
  assert.equal(over.code, 2)
  assert.equal(readFileSync(place('in'), 'utf8'), valid)
})

test('forecast: ids that would break a line or steer a terminal are escaped in it', async () => {
  const id = 'sess_"\\</script>\u202e'
  const client = sdkClient({}, [sdkSession({ id })])
  const run = await tenure(['forecast', '--policy', POLICY], { stdin: JSON.stringify(client) })
  assert.equal(ofType(run.out, 'session')[0]?.['sessionId'], id)
  assert.ok(!run.out.includes('\u202e'))
})

test('forecast: without --html nothing that draws is loaded', async () => {
  const source = readFileSync(new URL('../../src/cli/forecast.ts', import.meta.url), 'utf8')
  assert.doesNotMatch(source, /^import [^(]*report\//m)
})
