/**
 * `npm run bench`: every figure that Tenure is quoted with, as a ratio within one run.
 *
 * Prints a table and writes bench/results.json and bench/results.md. Machines are shared and noisy: a ratio is worth
 * more than a time. Ends with 1 where a target is missed.
 */
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { type CommandComparison, compareCommand } from './command-line.ts'
import type { Comparison } from './measurement.ts'
import { compareSettling } from './settle.ts'
import { compareSteps } from './step.ts'
import { compareValidation } from './validation.ts'

const CLIENTS = 200_000

type Result = Comparison & Partial<CommandComparison>

// The whole commands first: they have the machine to themselves before the fleets fill its memory.
const results: Result[] = [
  ...compareCommand(CLIENTS),
  ...(await compareSteps()),
  ...(await compareValidation()),
  ...(await compareSettling()),
]
const machine = `${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.versions.node}`
const table = tableOf(results)

console.log(`${machine}\n\n${table}`)
writeResult('results.json', `${JSON.stringify({ machine, results }, null, 2)}\n`)
writeResult('results.md', `<!-- Written by npm run bench. -->\n# Benchmarks\n\n${machine}\n\n${table}`)
if (!results.every(({ holds }) => holds)) process.exitCode = 1

function tableOf(rows: readonly Result[]): string {
  const lines = rows.map(({ name, subject, baseline, ratio, target, holds, clientsPerSecond }) => {
    const speed = clientsPerSecond === undefined ? '' : `, ${clientsPerSecond.toLocaleString('en')} clients/s`
    const verdict = target === '' ? '' : `${target}: ${holds ? 'holds' : 'MISSED'}`
    const times = `${spell(subject.nanoseconds)}${speed} | ${spell(baseline.nanoseconds)} (${baseline.what})`
    return `| ${name} | ${times} | ${ratio.toFixed(ratio < 10 ? 2 : 0)}x | ${verdict} |`
  })
  const head = '| what | Tenure | against | ratio | target |\n|---|---|---|---|---|'
  return `${head}\n${lines.join('\n')}\n`
}

function spell(nanoseconds: number): string {
  if (nanoseconds < 1e3) return `${nanoseconds.toFixed(1)} ns`
  if (nanoseconds < 1e6) return `${(nanoseconds / 1e3).toFixed(2)} µs`
  if (nanoseconds < 1e9) return `${(nanoseconds / 1e6).toFixed(2)} ms`
  return `${(nanoseconds / 1e9).toFixed(2)} s`
}

function writeResult(name: string, text: string): void {
  writeFileSync(new URL(name, import.meta.url), text)
}
