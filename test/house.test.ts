import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

interface Source {
  readonly path: string
  readonly text: string
}

function sourcesUnder(...folders: string[]): Source[] {
  return folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .map((path) => ({ path: join(folder, path), text: readFileSync(join(ROOT, folder, path), 'utf8') })),
  )
}

const sources = sourcesUnder('machines', 'src')

/** The code of a source without its comments, which may name what the code may not. */
function codeOf({ text }: Source): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '')
}

test('time and chance come from outside through the clock only', () => {
  const hidden =
    /\bDate\b|\bperformance\b|\bhrtime\b|Math\.random|\bcrypto\b|(?<![\w.])set(?:Timeout|Interval|Immediate)\(/
  const offenders = sources.filter((source) => hidden.test(codeOf(source))).map(({ path }) => path)
  assert.deepEqual(offenders, [
    'src/domain/clock.ts',
    'src/domain/randomness.ts',
    // Waits for the event loop's turn to end, and for no time.
    'src/http/batched-log.ts',
    // Hashes, which is no chance.
    'src/service/digest.ts',
    // Has a `setTimeout` of its own, and calls nobody's.
    'src/simulation/manual-clock.ts',
    // Waits for the event loop's turn to end, and for no time.
    'src/store/postgres/coalesce.ts',
  ])
})

test('a machine decides nothing by a timer of its own', () => {
  for (const source of sources.filter(({ path }) => path.startsWith('machines/'))) {
    assert.doesNotMatch(codeOf(source), /\bafter:/, source.path)
  }
})

test('the process is known to the command line only', () => {
  const offenders = sources.filter((source) => /\bprocess\./.test(codeOf(source))).map(({ path }) => path)
  for (const path of offenders) assert.match(path, /^src\/cli\//)
})

test('no source is so long that it has two subjects', () => {
  for (const { path, text } of [...sources, ...sourcesUnder('test', 'bench')]) {
    assert.ok(text.split('\n').length <= 400, `${path} has over 400 lines`)
  }
})

test('what fast-check draws comes from the seed of the tests', () => {
  const drawing = sourcesUnder('test', 'bench').filter(({ text }) => /^import .* from 'fast-check'$/m.test(text))
  assert.ok(drawing.length > 30, `${drawing.length} files`)
  const unseeded = drawing.filter(({ text }) => !/^import '(?:\.\.?\/)+(?:support\/)?seed\.ts'$/m.test(text))
  assert.deepEqual(
    unseeded.map(({ path }) => path),
    ['test/support/seed.ts'],
  )
})

test('every export says what it is', () => {
  const silent = /(?<!\*\/\n)^export (?:abstract )?(?:async )?(?:function|class|interface|type|const) (\w+)/gm
  for (const { path, text } of sources) {
    const names = [...text.matchAll(silent)].map(([, name]) => name)
    assert.deepEqual(names, [], `${path}: exports without a docstring`)
  }
})

test('no file has a name that says nothing', () => {
  for (const { path } of sources) assert.doesNotMatch(path, /\b(?:utils?|helpers?|common|misc|manager|types)\b/)
})
