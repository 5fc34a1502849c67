/** Goes through seeds until one breaks, and prints which: run in a copy of the sources that has a bug. */
import { simulate } from '../../../src/simulation/run/simulate.ts'
import { drawTrial } from '../../../src/simulation/run/trial.ts'

const seeds = Number(process.argv[2])
let seed = 0
let broken: string | null = null
while (broken === null && seed < seeds) {
  seed += 1
  broken = (await simulate(drawTrial(String(seed)))).broken?.invariant ?? null
}
console.log(JSON.stringify({ seed, broken }))
