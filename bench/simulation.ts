/**
 * `npm run bench:simulation`: what forecasts and simulations take, as ratios within one run.
 *
 * Prints a table and writes bench/simulation-results.json and bench/simulation-results.md. Ends with 1 where a target is
 * missed.
 */
import { MACHINE, type Result, tableOf, writeResult } from './report.ts'
import { compareForecast } from './simulation/forecast.ts'
import { compareSimulation } from './simulation/simulate.ts'

/** Three sessions a client make it a million, and two more. */
const CLIENTS = 333_334

const results: Result[] = [...compareForecast(CLIENTS), ...compareSimulation()]
const table = tableOf(results)

console.log(`${MACHINE}\n\n${table}`)
writeResult('simulation-results.json', `${JSON.stringify({ machine: MACHINE, results }, null, 2)}\n`)
const head = '<!-- Written by npm run bench:simulation. -->\n# Benchmarks of simulations and forecasts'
writeResult('simulation-results.md', `${head}\n\n${MACHINE}\n\n${table}`)
if (!results.every(({ holds }) => holds)) process.exitCode = 1
