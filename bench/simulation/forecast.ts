import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type CommandComparison, runTenure, writeFleet } from '../command-line.ts'
import { NOTHING_DUE } from '../fleet.ts'
import { median } from '../measurement.ts'

const POLICY = fileURLToPath(new URL('../../examples/policies/office.json', import.meta.url))
const ROUNDS = 5

/** A forecast takes less than so many times what settling the same file once does. */
const LIMIT = 2

/**
 * The built `tenure forecast` of ninety days over a file, against the built `tenure settle` of the file at the same instant:
 * whole processes in turn, their starting and their reading and writing included.
 *
 * @param clients How many lines: three sessions on each, on average, all of them live and each of a user of its own.
 */
export function compareForecast(clients: number): CommandComparison[] {
  const folder = mkdtempSync(join(tmpdir(), 'tenure-bench-'))
  try {
    const file = join(folder, 'clients.ndjson')
    writeFleet(file, clients)
    const at = ['--at', String(NOTHING_DUE)]
    const commands = {
      settle: ['settle', ...at, file],
      lines: ['forecast', ...at, '--policy', POLICY, '--horizon', 'P90D', '--format', 'json', file],
      report: ['forecast', ...at, '--policy', POLICY, '--format', 'text', '--html', join(folder, 'report.html'), file],
    }
    const times = { settle: [] as number[], lines: [] as number[], report: [] as number[] }
    for (let round = 0; round <= ROUNDS; round += 1) {
      for (const name of ['settle', 'lines', 'report'] as const) {
        const time = runTenure(commands[name], folder)
        if (round > 0) times[name].push(time)
      }
    }
    const size = `${(clients * 3).toLocaleString('en')} sessions, ${Math.round(statSync(file).size / 1e6)} MB`
    const baseline = { what: 'tenure settle of the same file', nanoseconds: median(times.settle) }
    return (['lines', 'report'] as const).map((name) => {
      const output = name === 'lines' ? 'a line a session' : 'summary and report'
      const subject = { what: `tenure forecast, ${size}, ${output}`, nanoseconds: median(times[name]) }
      const ratio = median(times[name].map((time, round) => time / (times.settle[round] as number)))
      const clientsPerSecond = Math.round((clients / subject.nanoseconds) * 1e9)
      const target = { target: `less than ${LIMIT}x`, holds: ratio < LIMIT }
      return {
        name: `tenure forecast of 90 days, ${size}, ${output}`,
        subject,
        baseline,
        ratio,
        ...target,
        clientsPerSecond,
      }
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
}
