import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import test from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { type Io, UsageError } from '../../src/cli/io.ts'
import { type PolicyCheckOptions, policyCheck } from '../../src/cli/policy-check.ts'
import { MAXIMUM_POLICY_SIZE } from '../../src/cli/policy-file.ts'
import { systemClock } from '../../src/domain/clock.ts'
import { defaultPolicy } from '../../src/domain/policy.ts'
import { compareWithStandards } from '../../src/domain/standards.ts'

interface Run {
  readonly code: number
  readonly out: string
}

interface Surroundings {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly env?: Io['env']
}

/** Runs the command on a document, as text, bytes or a value to be written as JSON, given on standard input. */
async function check(document: unknown, options: PolicyCheckOptions = {}, around: Surroundings = {}): Promise<Run> {
  const isText = typeof document === 'string' || document instanceof Uint8Array
  const bytes = Buffer.from(isText ? document : JSON.stringify(document))
  return checkFile('-', options, around, Readable.from([bytes]))
}

async function checkFile(
  file: string,
  options: PolicyCheckOptions = {},
  { env = {}, ...terminal }: Surroundings = {},
  stdin: Readable = Readable.from([]),
): Promise<Run> {
  const stdout = Object.assign(new PassThrough(), terminal)
  const stderr = new PassThrough()
  const code = await policyCheck(file, options, { stdin, stdout, stderr, env, clock: systemClock })
  assert.equal(stderr.read(), null)
  return { code, out: String(stdout.read()) }
}

function linesOf({ out }: Run): Record<string, unknown>[] {
  assert.ok(out.endsWith('\n'))
  return out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}

const example = (name: string) => new URL(`../../examples/policies/${name}`, import.meta.url).pathname

test('a valid policy is a line of JSON a remark, and exit 0 even where remarks say that it misses', async () => {
  const run = await check({})
  assert.equal(run.code, 0)
  assert.deepEqual(linesOf(run), compareWithStandards(defaultPolicy))
})

test('a refused policy is a line of JSON a fault, and exit 1', async () => {
  const run = await check({ sessionMode: 'single', maximumSessionsPerUser: 2 })
  assert.equal(run.code, 1)
  assert.deepEqual(
    linesOf(run).map(({ code, path }) => `${code} ${path}`),
    ['policy-missing-member /onConflict', 'policy-missing-member /onOverflow'],
  )
  assert.deepEqual(Object.keys(linesOf(run)[0] ?? {}), ['code', 'path', 'message'])
})

test('the format is text where a person is looking, JSON elsewhere, and what is asked for anywhere', async () => {
  const isJson = ({ out }: Run) => out.startsWith('{')
  assert.equal(isJson(await check({}, {}, { isTTY: true })), false)
  assert.equal(isJson(await check({}, {}, { isTTY: false })), true)
  assert.equal(isJson(await check({}, { format: 'json' }, { isTTY: true })), true)
  assert.equal(isJson(await check({}, { format: 'text' })), false)
})

test('a policy is read from a file', async () => {
  assert.equal((await checkFile(example('clerk-default.json'))).code, 0)
})

test('a file that is not there, and a directory, are wrong usage', async () => {
  await assert.rejects(checkFile(example('none.json')), { constructor: UsageError, message: /there is no such file$/ })
  await assert.rejects(checkFile(example('.')), { constructor: UsageError, message: /it is a directory$/ })
})

test('the first line for people says that the policy is valid, and when a session expires', async () => {
  const around = { columns: 200 }
  const firstLine = async (document: unknown) => (await check(document, { format: 'text' }, around)).out.split('\n')[0]
  const valid = 'standard input is a valid policy: a session expires'
  const abandonment = { after: 'P60D', from: 'last-activity' }
  assert.equal(await firstLine({}), `${valid} 7 days after its creation, however active it is.`)
  assert.equal(
    await firstLine({ inactivityTimeout: 'PT30M' }),
    `${valid} 7 days after its creation, or after 30 minutes without activity.`,
  )
  assert.equal(
    await firstLine({ maximumLifetime: null, inactivityTimeout: 'P14D', abandonment }),
    `${valid} after 14 days without activity, and never while it is in use.`,
  )
})

test('a report for people groups the remarks by standard and counts them', async () => {
  const { out } = await checkFile(example('bank.json'), { format: 'text' })
  assert.match(out, /\n\nNIST SP 800-63B-4\n {2}meets {3}AAL1 {2}§2\.1\.3 {2}A session lasts 8 hours at most/)
  assert.match(out, /\n\nOWASP ASVS 5\.0\.0\n {2}note {4}L2 {4}V7\.1\.1 {2}Write down/)
  assert.match(out, /\n\nPCI DSS 4\.0\.1\n {2}meets {9}8\.2\.8 {3}An idle session/)
  assert.match(out, /\n\n9 met, 0 missed, 2 to write down\./)
})

test('what a policy misses stands out without colour too, and names the member to change', async () => {
  const { out } = await checkFile(example('clerk-default.json'), { format: 'text' }, { columns: 200 })
  assert.match(
    out,
    /MISSES {2}AAL3 {2}§2\.3\.3 {2}A session lasts 7 days .* 12 hours required\. \(\/maximumLifetime\)\n/,
  )
  assert.match(out, /MISSES {8}8\.2\.8 .* set inactivityTimeout to 15 minutes or less, as required\.\n/)
})

test('a refusal for people counts the faults, and gives each its pointer, what to do and its code', async () => {
  const { code, out } = await check(
    { maximumLifetme: 'P1D', touchInterval: 'P1M' },
    { format: 'text' },
    { columns: 120 },
  )
  assert.equal(code, 1)
  assert.equal(
    out,
    [
      'standard input is refused: 2 faults.',
      '',
      '  /maximumLifetme  must not be here: did you mean maximumLifetime? [policy-unknown-member]',
      '  /touchInterval   a duration has a fixed length: count in days (P30D), not in months or years [policy-duration]',
      '',
    ].join('\n'),
  )
})

for (const columns of [30, 60, 80, 120]) {
  test(`no line is wider than a terminal of ${columns} columns`, async () => {
    const documents = [{}, { inactivityTimeout: 'PT5M' }, { maximumLifetme: 1, abandonment: { after: 'P1Y', of: 1 } }]
    for (const document of documents) {
      const { out } = await check(document, {}, { isTTY: true, columns })
      for (const line of stripVTControlCharacters(out).split('\n')) assert.ok(line.length <= columns, line)
    }
  })
}

test('colour is for terminals, and not where NO_COLOR asks for none', async () => {
  const isColoured = ({ out }: Run) => stripVTControlCharacters(out) !== out
  assert.equal(isColoured(await check({}, {}, { isTTY: true })), true)
  assert.equal(isColoured(await check({ a: 1 }, {}, { isTTY: true })), true)
  assert.equal(isColoured(await check({}, {}, { isTTY: true, env: { NO_COLOR: '1' } })), false)
  assert.equal(isColoured(await check({}, { format: 'text' })), false)
})

test('a member whose name could steer a terminal is spelt out', async () => {
  const { out } = await check({ '\u001b[2J\u009b1m\u202e': 1 }, { format: 'text' })
  assert.match(out, /\/\\u\{1b\}\[2J\\u\{9b\}1m\\u\{202e\}/)
})

const notJson: readonly [what: string, text: string | Uint8Array, code: string, message: RegExp][] = [
  ['a trailing comma', '{\n  "touchInterval": "PT1M",\n}\n', 'json-syntax', /line 3, column 1$/],
  ['a comment', '{\n  // a week\n  "maximumLifetime": "P7D"\n}\n', 'json-syntax', /line 2, column 3$/],
  ['a name without quotes', '{ maximumLifetime: "P7D" }', 'json-syntax', /column 3$/],
  ['a text that ends too soon', '{\n  "maximumLifetime":', 'json-truncated', /cut off/],
  ['an empty text', '', 'json-truncated', /cut off/],
  ['a member named twice', '{"retention":"P1D","retention":"P9D"}', 'duplicate-member', /twice/],
  ['UTF-16', Buffer.from('\ufeff{}', 'utf16le'), 'json-encoding', /UTF-8/],
]

for (const [what, text, code, message] of notJson) {
  test(`${what} is refused as ${code}`, async () => {
    const run = await check(text)
    assert.equal(run.code, 1)
    const [fault, ...others] = linesOf(run)
    assert.deepEqual(others, [])
    assert.equal(fault?.['code'], code)
    assert.match(String(fault?.['message']), message)
  })
}

test('a byte order mark is passed over', async () => {
  assert.equal((await check('\ufeff{}')).code, 0)
})

test('a policy of 64 KiB is read, and one byte more is refused, from input that never ends too', async () => {
  assert.equal((await check('{}'.padEnd(MAXIMUM_POLICY_SIZE))).code, 0)
  const [fault] = linesOf(await check('{}'.padEnd(MAXIMUM_POLICY_SIZE + 1)))
  assert.equal(fault?.['code'], 'document-too-large')
  const endless = Readable.from(
    (function* () {
      for (;;) yield Buffer.alloc(4_096, ' ')
    })(),
  )
  assert.equal((await checkFile('-', {}, {}, endless)).code, 1)
})

test('brackets nested past all measure are refused, not crashed on', async () => {
  for (const text of ['['.repeat(60_000), `${'['.repeat(30_000)}${']'.repeat(30_000)}`]) {
    assert.equal((await check(text)).code, 1)
  }
})

test('a file name that could steer a terminal is spelt out', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tenure-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'a\u001b[31m.json')
  writeFileSync(file, '{}')
  assert.ok(!(await checkFile(file, { format: 'text' })).out.includes('\u001b'))
})
