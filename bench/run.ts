/**
 * `npm run bench`: every figure that Tenure is quoted with, as a ratio within one run.
 *
 * Prints a table and writes bench/results.json and bench/results.md. Machines are shared and noisy: a ratio is worth
 * more than a time. Ends with 1 where a target is missed.
 */
import { compareCommand } from './command-line.ts'
import { MACHINE, type Result, tableOf, writeResult } from './report.ts'
import { compareSettling } from './settle.ts'
import { compareSteps } from './step.ts'
import { compareValidation } from './validation.ts'

const CLIENTS = 200_000

// The whole commands first: they have the machine to themselves before the fleets fill its memory.
const results: Result[] = [
  ...compareCommand(CLIENTS),
  ...(await compareSteps()),
  ...(await compareValidation()),
  ...(await compareSettling()),
]
const table = tableOf(results)

console.log(`${MACHINE}\n\n${table}`)
writeResult('results.json', `${JSON.stringify({ machine: MACHINE, results }, null, 2)}\n`)
writeResult('results.md', `<!-- Written by npm run bench. -->\n# Benchmarks\n\n${MACHINE}\n\n${table}`)
if (!results.every(({ holds }) => holds)) process.exitCode = 1
