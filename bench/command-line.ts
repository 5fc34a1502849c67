import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SOME_DUE, wireClientOf } from './fleet.ts'
import { type Comparison, median } from './measurement.ts'

const TENURE = fileURLToPath(new URL('../dist/src/cli/tenure.js', import.meta.url))
const PARSE_STRINGIFY = fileURLToPath(new URL('parse-stringify.mjs', import.meta.url))
const ROUNDS = 7

/** What a comparison of whole commands adds: how many clients a second `tenure settle` got through. */
export interface CommandComparison extends Comparison {
  readonly clientsPerSecond: number
}

/**
 * The built `tenure settle` over a file, against parsing and writing each of its lines: whole processes in turn, their
 * starting and their reading and writing of files included.
 *
 * @param clients How many lines.
 */
export function compareCommand(clients: number): CommandComparison[] {
  const folder = mkdtempSync(join(tmpdir(), 'tenure-bench-'))
  try {
    const file = join(folder, 'clients.ndjson')
    writeFleet(file, clients)
    const settle = ['settle', '--at', String(SOME_DUE), '--transitions', join(folder, 'transitions'), file]
    const times = { settle: [] as number[], bare: [] as number[] }
    for (let round = 0; round <= ROUNDS; round += 1) {
      const bare = run([PARSE_STRINGIFY, file], folder)
      const settled = runTenure(settle, folder)
      if (round === 0) continue
      times.bare.push(bare)
      times.settle.push(settled)
    }
    const megabytes = Math.round(statSync(file).size / 1e6)
    const subject = {
      what: `tenure settle, ${clients} clients, ${megabytes} MB, 30 % due`,
      nanoseconds: median(times.settle),
    }
    const baseline = { what: 'JSON.parse + JSON.stringify of each line', nanoseconds: median(times.bare) }
    const ratio = median(times.settle.map((settled, round) => settled / (times.bare[round] as number)))
    const clientsPerSecond = Math.round((clients / subject.nanoseconds) * 1e9)
    const target = { target: 'at most 2.5x', holds: ratio <= 2.5 }
    return [{ name: 'tenure settle, end to end', subject, baseline, ratio, ...target, clientsPerSecond }]
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Nanoseconds from start to exit of the built `tenure`, its standard output in a file of the folder. */
export function runTenure(args: readonly string[], folder: string): number {
  return run([TENURE, ...args], folder)
}

/** Nanoseconds from start to exit. */
function run(args: readonly string[], folder: string): number {
  const out = openSync(join(folder, 'out'), 'w')
  const begun = process.hrtime.bigint()
  const { status } = spawnSync(process.execPath, args, { stdio: ['ignore', out, 'inherit'] })
  const taken = Number(process.hrtime.bigint() - begun)
  closeSync(out)
  if (status !== 0) throw new Error(`${args[0]} ended with ${status}; is the package built (npm run build)?`)
  return taken
}

/** Writes a fleet's clients to a file, a line each, with one to five sessions. */
export function writeFleet(file: string, clients: number): void {
  const descriptor = openSync(file, 'w')
  for (let first = 0; first < clients; first += 1000) {
    const lines = Array.from({ length: Math.min(1000, clients - first) }, (_, index) => {
      return `${JSON.stringify(wireClientOf(first + index, 1 + ((first + index) % 5)))}\n`
    })
    writeSync(descriptor, lines.join(''))
  }
  closeSync(descriptor)
}
