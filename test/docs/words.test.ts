/** What the docs name exists: files, links, scripts, commands, options, codes, words. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import test from 'node:test'
import { documentPaths, readDocument } from '../../docs/generate.ts'
import { main } from '../../src/cli/main.ts'
import { defaultPolicy } from '../../src/domain/policy.ts'
import { compareWithStandards } from '../../src/domain/standards.ts'
import { ManualClock } from '../../src/simulation/index.ts'

const ROOT = join(import.meta.dirname, '../..')
const documents = documentPaths().map((path) => ({ path, text: readDocument(path) }))
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> }

/** The rows of a document's tables, cell by cell. */
function rowsOf(text: string): string[][] {
  const lines = text.match(/^\|.*\|$/gm) ?? []
  return lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
}

/** The anchors of a document's headings, as GitHub makes them. */
function anchorsOf(text: string): string[] {
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => heading.toLowerCase())
  return headings.map((heading) => heading.replace(/[^\p{L}\p{N} -]/gu, '').replaceAll(' ', '-'))
}

for (const { path, text } of documents) {
  test(`every link of ${path} leads somewhere`, () => {
    const broken: string[] = []
    for (const [, link = ''] of text.matchAll(/\]\(([^)]+)\)/g)) {
      if (/^https:/.test(link)) continue
      const [file = '', anchor] = link.split('#')
      const target = file === '' ? join(ROOT, path) : join(ROOT, dirname(path), file)
      if (!existsSync(target)) broken.push(link)
      else if (anchor !== undefined && !anchorsOf(readFileSync(target, 'utf8')).includes(anchor)) broken.push(link)
    }
    assert.deepEqual(broken, [])
  })

  test(`every file that ${path} names exists`, () => {
    const named = text.match(/\b(?:machines|src|schemas|test|docs|examples|bench)\/[\w./-]*\w/g) ?? []
    assert.deepEqual(
      named.filter((file) => !existsSync(join(ROOT, file))),
      [],
    )
  })

  test(`every npm script that ${path} names exists`, () => {
    const named = [...text.matchAll(/npm (?:run ([a-z]+)|(start|test)\b)/g)].map(([, run, bare]) => run ?? bare ?? '')
    assert.deepEqual(
      named.filter((script) => scripts[script] === undefined),
      [],
    )
  })
}

async function helpOf(command: string): Promise<string> {
  let printed = ''
  const stdout = new Writable({
    write(chunk, _encoding, done) {
      printed += String(chunk)
      done()
    },
  })
  const io = { stdin: Readable.from([]), stdout, stderr: stdout, env: {}, clock: new ManualClock() }
  assert.equal(await main([...command.split(' '), '--help'], io), 0)
  return printed
}

const optionsIn = (text: string) => [...new Set(text.match(/(?<![\w-])--[a-z][a-z-]*/g) ?? [])].sort()
const COMMANDS = [
  ...['validate', 'settle', 'explain', 'machine', 'policy check', 'forecast', 'simulate'],
  ...['import', 'export', 'sweep', 'purge', 'audit', 'events'],
  ...['serve', 'keys list', 'keys add', 'keys remove'],
  ...['signing-keys list', 'signing-keys rotate', 'signing-keys remove'],
  ...['list', 'add', 'test', 'rotate', 'enable', 'disable', 'remove', 'dead', 'redrive'].map(
    (name) => `webhooks ${name}`,
  ),
]

// The settings of `serve` are a table of docs/http.md, which is generated.
for (const command of COMMANDS.filter((name) => name !== 'serve')) {
  test(`README.md has the options of tenure ${command}, and no others`, async () => {
    const [row] = readDocument('README.md').match(new RegExp(`^\\| \`tenure ${command} .*$`, 'm')) ?? []
    assert.ok(row, 'there is no row for it in the table of commands')
    const help = optionsIn((await helpOf(command)).replace(/^Examples:[\s\S]*/m, ''))
    assert.deepEqual(
      optionsIn(row),
      help.filter((option) => option !== '--help'),
    )
  })
}

test('README.md names every command that --help lists', async () => {
  const [list = ''] = (await helpOf('')).match(/(?<=^Commands:\n)(?: .*\n)+/m) ?? []
  const listed = [...list.matchAll(/^ {2}([\w-]+)/gm)].map(([, name = '']) => name)
  const named = [...new Set(COMMANDS.map((command) => command.split(' ')[0]))]
  assert.deepEqual(
    listed.filter((name) => name !== 'help'),
    named,
  )
})

test('every command line in the docs has options that its command knows', async () => {
  const known = new Map<string, string[]>()
  for (const command of COMMANDS) known.set(command, optionsIn(await helpOf(command)))
  for (const { path, text } of documents) {
    for (const [line, command = ''] of text.matchAll(
      /\btenure(?:\.ts)? ((?:policy|keys|signing-keys|webhooks) [a-z]+|[a-z]+)\b[^`|\n]*/g,
    )) {
      const options = known.get(command)
      if (options === undefined) continue
      for (const option of optionsIn(line)) assert.ok(options.includes(option), `${path}: ${line}`)
    }
  }
})

test('docs/findings.md has every code of an error', () => {
  const source = readFileSync(join(ROOT, 'src/domain/errors.ts'), 'utf8')
  const unions = source.match(/^export type (?:Store)?ErrorCode =(?:\n {2}\| .*)+/gm) ?? []
  assert.equal(unions.length, 2)
  const codes = unions.join().match(/ERR_\w+/g) ?? []
  assert.ok(codes.length > 0)
  const findings = readDocument('docs/findings.md')
  assert.deepEqual(
    codes.filter((code) => !findings.includes(`\`${code}\``)),
    [],
  )
})

test('docs/policy.md has every clause that a policy is compared with', () => {
  const rows = rowsOf(readDocument('docs/policy.md')).map(([standard, clause]) => `${standard} ${clause}`)
  for (const { standard, clause, level } of compareWithStandards(defaultPolicy)) {
    const wanted = `${standard} ${clause}${level === null ? '' : `, ${level}`}`
    assert.ok(rows.includes(wanted), wanted)
  }
})

test('every invariant names test files, and each of them tests it by its number', () => {
  const rows = rowsOf(readDocument('docs/lifecycle.md')).filter(([number = '']) => /^\d$/.test(number))
  assert.equal(rows.length, 6)
  for (const [number, , links = ''] of rows) {
    const files = [...links.matchAll(/\((?:\.\.\/)([^)]+)\)/g)].map(([, file = '']) => file)
    assert.ok(files.length > 0, `invariant ${number}`)
    for (const file of files.filter((each) => each.endsWith('-invariants.test.ts'))) {
      const tests = readFileSync(join(ROOT, file), 'utf8')
      assert.match(tests, new RegExp(`test\\('${number}: `), `${file} has no test of invariant ${number}`)
    }
  }
})

test('the docs use the words of the glossary, and none of those that it rules out', () => {
  const rows = rowsOf(readDocument('docs/glossary.md')).filter(([word = '']) => /^[a-z]/.test(word) && word !== 'word')
  const ruledOut = rows.flatMap(([, , cell = '']) => cell.split(', ')).filter((word) => word !== '')
  assert.ok(ruledOut.length > 5)
  for (const { path, text } of documents.filter(({ path }) => path !== 'docs/glossary.md')) {
    const prose = text.replace(/^```[\s\S]*?^```$/gm, '').replace(/`[^`]*`/g, '')
    for (const word of ruledOut) assert.doesNotMatch(prose, new RegExp(`\\b${word}s?\\b`, 'i'), `${path}: ${word}`)
  }
})
