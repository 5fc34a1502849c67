import { type Command, InvalidArgumentError, Option } from 'commander'
import { FAULT_KINDS, type FaultKind } from '../simulation/faults/fault-kinds.ts'
import { examples } from './help-text.ts'
import type { ExitCode, Io } from './io.ts'
import type { SimulateOptions } from './simulate.ts'

type Finish = (code: ExitCode) => void

/** Each client is a person in memory, with all that became of their sessions. */
const MOST_CLIENTS = 1_000_000

/** Adds `tenure simulate`. */
export function addSimulate(program: Command, io: Io, finish: Finish): void {
  program
    .command('simulate')
    .description('Run the service under virtual time: people, processes and faults, all decided by a seed.')
    .addOption(new Option('--seed <N>', 'what decides everything that is random').default(1).argParser(whole(0)))
    .addOption(
      new Option('--seeds <COUNT>', 'go through so many seeds, from that one on').default(1).argParser(whole(1)),
    )
    .addOption(new Option('--clients <N>', 'how many clients; 10000 where it is left out').argParser(clients))
    .addOption(new Option('--only <PLACES>', 'run only some of the clients, by their places: 3,17').argParser(places))
    .addOption(new Option('--days <N>', 'how long, in days; 90 where it is left out').argParser(positive))
    .option('--policy <FILE>', "a policy; Clerk's defaults where it is left out")
    .option('--workload <FILE>', 'what people do; see --print-workload')
    .option('--faults <FILE>', 'what goes wrong; nothing where it is left out')
    .addOption(
      new Option('--without <KINDS>', 'leave kinds of faults out: delay,pause').default([], '').argParser(kinds),
    )
    .option('--trial', 'draw a short and harsh scenario from the seed: policy, workload and faults', false)
    .option('--meet-all', 'end with 1 where a status, a cause or a fault was never met', false)
    .option('--trace <FILE>', 'write every line of the trace of one seed')
    .option('--print-workload', 'print the workload, with its defaults, and run nothing', false)
    .addHelpText(
      'after',
      examples(
        'tenure simulate --seed 7 --clients 10000 --days 90 --policy policy.json --faults faults.json',
        'tenure simulate --trial --seed 1 --seeds 1000 --meet-all',
        'tenure simulate --print-workload > workload.json',
      ),
    )
    .action(async (options: SimulateOptions) =>
      finish(await (await import('./simulate.ts')).simulateService(options, io)),
    )
}

function whole(least: number): (text: string) => number {
  return (text) => {
    const number = Number(text)
    if (/^\d+$/.test(text) && Number.isSafeInteger(number) && number >= least) return number
    throw new InvalidArgumentError(`it is a whole number from ${least}`)
  }
}

function clients(text: string): number {
  const number = whole(1)(text)
  if (number <= MOST_CLIENTS) return number
  throw new InvalidArgumentError(`it is ${MOST_CLIENTS} at most: for more, go through several --seeds`)
}

/** A number of days that a simulation can go on for. */
function positive(text: string): number {
  const number = Number(text)
  if (/^\d+(?:\.\d+)?$/.test(text) && number > 0 && number <= 36_500) return number
  throw new InvalidArgumentError('it is a number above 0, of 36500 at most')
}

function places(text: string): readonly number[] {
  return text.split(',').map(whole(1))
}

function kinds(text: string): readonly FaultKind[] {
  return text.split(',').map((name) => {
    if (Object.hasOwn(FAULT_KINDS, name)) return name as FaultKind
    throw new InvalidArgumentError(`one is none of ${Object.keys(FAULT_KINDS).join(', ')}`)
  })
}
