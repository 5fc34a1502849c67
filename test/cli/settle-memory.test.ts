import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import test from 'node:test'
import { BORN, sdkClient, WEEK } from '../support/documents.ts'
import { spawnTenure, temporaryFolder } from '../support/run-tenure.ts'
import { SLOW } from '../support/slow.ts'

const MEBIBYTE = 1024 * 1024

/** The most that a process may have held at once, in mebibytes; some 130 are Node, its loader and the sources. */
const MOST = 330
/** As much where a hundred mebibytes must not be kept. */
const MOST_OF_GREAT = 220

/** Tells on descriptor 3 how much was held at most: buffers do not count for V8's limit. */
const TELL = `import { writeSync } from 'node:fs'
process.on('exit', () => writeSync(3, String(process.resourceUsage().maxRSS)))`

/** Far less than any of these inputs, their documents, or what is said of them. */
const LITTLE = ['--max-old-space-size=64', '--import', `data:text/javascript,${encodeURIComponent(TELL)}`]

interface Counted {
  readonly code: number | null
  readonly lines: number
  readonly rejects: number
}

/** Feeds a process as fast as it takes it, and counts the lines it says. */
async function feed(child: ChildProcess, pieces: Iterable<Buffer>, most = MOST): Promise<Counted> {
  const lines = countLines(child.stdout)
  const rejects = countLines(child.stderr)
  const held: Buffer[] = []
  child.stdio[3]?.on('data', (piece: Buffer) => held.push(piece))
  const closed = once(child, 'close')
  child.stdin?.on('error', () => {})
  for (const piece of pieces) {
    if (child.exitCode !== null) break
    if (child.stdin?.write(piece) === false) await Promise.race([once(child.stdin, 'drain'), closed])
  }
  child.stdin?.end()
  const [code] = (await closed) as [number | null]
  const kibibytes = Number(Buffer.concat(held).toString())
  assert.ok(kibibytes > 0 && kibibytes < most * 1024, `${Math.round(kibibytes / 1024)} MiB at most`)
  return { code, lines: lines(), rejects: rejects() }
}

function countLines(stream: ChildProcess['stdout']): () => number {
  let lines = 0
  stream?.on('data', (piece: Buffer) => {
    for (let at = piece.indexOf(10); at !== -1; at = piece.indexOf(10, at + 1)) lines += 1
  })
  return () => lines
}

function* repeated(piece: Buffer | string, times: number): Generator<Buffer> {
  const bytes = Buffer.from(piece as string)
  for (let time = 0; time < times; time += 1) yield bytes
}

const asBytes = (piece: Buffer | string) => (typeof piece === 'string' ? Buffer.from(piece) : piece)
const settling = (...args: string[]) =>
  spawnTenure(['settle', '--at', String(BORN + WEEK), ...args], {
    node: LITTLE,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  })
const line = `${JSON.stringify(sdkClient())}\n`

test('memory: sixty thousand snapshots pass through 64 MB, the longest ones that are read among them', async () => {
  const long = JSON.stringify(sdkClient({ padding: 'x'.repeat(4 * MEBIBYTE) }))
  const pieces = function* () {
    for (let batch = 0; batch < 4; batch += 1) {
      yield* repeated(line.repeat(1000), 15)
      yield* repeated(`${long}\n`, 1)
    }
  }
  const { code, lines, rejects } = await feed(settling(), pieces())
  assert.deepEqual({ code, lines, rejects }, { code: 0, lines: 60_004, rejects: 0 })
})

test('memory: a million empty clients pass through 64 MB', SLOW, async () => {
  const empty = `${JSON.stringify(sdkClient({}, []))}\n`
  const { code, lines } = await feed(settling(), repeated(empty.repeat(2000), 500))
  assert.deepEqual({ code, lines }, { code: 0, lines: 1_000_000 })
})

/** A hundred megabytes each, that are one reject or a few and must not be kept. */
const GREAT = {
  'a line that never ends, between two snapshots': {
    pieces: [line, ...repeated('x'.repeat(MEBIBYTE), 100), `\n${line}`],
    expected: { code: 1, lines: 2, rejects: 1 },
  },
  'an input without a newline': {
    pieces: [...repeated(' {"a":'.repeat(170_000), 100)],
    expected: { code: 1, lines: 0, rejects: 1 },
  },
  'an element of an array': {
    pieces: ['[', ...repeated('x'.repeat(MEBIBYTE), 100), `,${line}]`],
    expected: { code: 1, lines: 1, rejects: 1 },
  },
  'white space before the first snapshot': {
    pieces: [...repeated(' '.repeat(MEBIBYTE - 1).concat('\n'), 100), line],
    expected: { code: 0, lines: 1, rejects: 0 },
  },
  'an object over lines that never closes': {
    pieces: [...repeated('{\n"a":\n'.repeat(150_000), 100)],
    expected: { code: 1, lines: 0, rejects: 1 },
  },
}
for (const [name, { pieces, expected }] of Object.entries(GREAT)) {
  test(`memory: ${name}, a hundred megabytes of it, passes through 64 MB`, SLOW, async () => {
    assert.deepEqual(await feed(settling(), pieces.map(asBytes), MOST_OF_GREAT), expected)
  })
}

// Catches chunks so large that their documents, and what is said of each, are too many at once.
test('memory: a file of the smallest documents there are passes through 64 MB', SLOW, async (t) => {
  const file = temporaryFolder(t)('small')
  writeFileSync(file, `[${'x,'.repeat(299_999)}x]`)
  const { code, lines, rejects } = await feed(settling(file), [])
  assert.deepEqual({ code, lines, rejects }, { code: 1, lines: 0, rejects: 300_000 })
})
