/**
 * The examples in the docs, run for real: each ```ts block through the compiler and through Node, what it prints held
 * to the ```text block after `Prints:`, and one that is a test has to pass; each `$` line of a ```console block through a
 * shell, held to what is shown.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import test, { after, suite } from 'node:test'
import { promisify } from 'node:util'
import { documentPaths, readDocument } from '../../docs/generate.ts'

const run = promisify(execFile)
const ROOT = join(import.meta.dirname, '../..')
const MODULES = join(ROOT, 'node_modules')
const ENV = { PATH: process.env['PATH'], HOME: process.env['HOME'] }

/** A folder that looks like the repository's root to an example, and takes the files that it writes. */
const folder = mkdtempSync(join(tmpdir(), 'tenure-docs-'))
for (const name of ['node_modules', 'examples']) symlinkSync(join(ROOT, name), join(folder, name), 'junction')
writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
after(() => rmSync(folder, { recursive: true }))

interface Example {
  /** Such as `docs/policy.md:60`. */
  readonly place: string
  readonly source: string
  readonly printed: string
}

const GENERATED = /<!-- generated: [\s\S]*?<!-- \/generated -->/g
const TS = /^```ts\n([\s\S]*?)^```\n(?:\nPrints:\n\n```text\n([\s\S]*?)^```\n)?/gm
const CONSOLE = /^```console\n([\s\S]*?)^```\n/gm

function* examplesOf(kind: RegExp): Generator<Example> {
  for (const path of documentPaths()) {
    // Blanked and not cut, so that the lines keep their numbers.
    const text = readDocument(path).replace(GENERATED, (block) => block.replace(/.+/g, ''))
    for (const { 1: source = '', 2: printed = '', index } of text.matchAll(kind)) {
      yield { place: `${path}:${text.slice(0, index).split('\n').length}`, source, printed }
    }
  }
}

/** An example whose imports of the package find its sources, as package.json exports them. */
function onSources(source: string): string {
  const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    exports: Record<string, string>
  }
  return source.replace(/(?<=from ')tenure((?:\/[a-z]+)*)(?=')/g, (_, subpath = '') => {
    const built = exports[`.${subpath}`]
    assert.ok(built, `package.json exports no .${subpath}`)
    return join(ROOT, built.replace('./dist/', '').replace(/\.js$/, '.ts'))
  })
}

const programs = [...examplesOf(TS)].map((example, index) => ({ ...example, file: `example-${index}.ts` }))
for (const { file, source } of programs) writeFileSync(join(folder, file), onSources(source))

test('there are examples, and one of them is in README.md', () => {
  assert.ok(programs.some(({ place }) => place.startsWith('README.md')))
})

test('every example of code compiles as strictly as the sources do', async () => {
  const { compilerOptions } = JSON.parse(readFileSync(join(ROOT, 'tsconfig.json'), 'utf8'))
  const include = programs.map(({ file }) => file)
  const options = { ...compilerOptions, rewriteRelativeImportExtensions: false }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, include }))
  const compiler = join(MODULES, 'typescript/bin/tsc')
  const { stdout } = await run(process.execPath, [compiler, '-p', '.'], { cwd: folder }).catch((error) => error)
  assert.equal(stdout, '', programs.map(({ file, place }) => `${file} is ${place}`).join('\n'))
})

/** An example that is a test prints how long it took, too: that it passes is enough. */
const isTest = ({ source }: Example) => /from 'node:test'/.test(source)

suite('what tests come to', { concurrency: 2 }, () => {
  for (const { file, place } of programs.filter(isTest)) {
    test(`the test at ${place} passes`, async () => {
      const args = ['--import', 'tsx', '--test-reporter=tap', file]
      const { stdout } = await run(process.execPath, args, { cwd: folder, env: ENV }).catch((error) => error)
      assert.match(stdout, /^# pass [1-9]/m)
      assert.match(stdout, /^# fail 0$/m, stdout)
    })
  }
})

suite('what code prints', { concurrency: 2 }, () => {
  for (const { file, place, printed } of programs.filter((program) => !isTest(program))) {
    test(`the code at ${place} prints what it says`, async () => {
      const { stdout } = await run(process.execPath, ['--import', 'tsx', file], { cwd: folder, env: ENV })
      assert.equal(stdout, printed)
    })
  }
})

const SHIM = `#!/bin/sh\nexec "${process.execPath}" --import tsx "${join(ROOT, 'src/cli/tenure.ts')}" "$@"\n`
writeFileSync(join(folder, 'tenure'), SHIM, { mode: 0o755 })

suite('what a terminal shows', { concurrency: 2 }, () => {
  for (const { place, source } of examplesOf(CONSOLE)) {
    test(`the terminal at ${place} shows what is printed`, async () => {
      const env = { ...ENV, PATH: `${folder}${delimiter}${ENV.PATH}` }
      let shown = ''
      for (const [, command = ''] of source.matchAll(/^\$ (.*)$/gm)) {
        const { stdout, stderr } = await run('sh', ['-c', command], { cwd: folder, env }).catch((error) => error)
        shown += `$ ${command}\n${stdout}${stderr}`
      }
      assert.equal(shown, source)
    })
  }
})
