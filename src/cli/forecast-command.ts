import { type Command, InvalidArgumentError, Option } from 'commander'
import { type DurationMs, parseDuration } from '../domain/duration.ts'
import { DurationError } from '../domain/errors.ts'
import { MAXIMUM_HORIZON } from '../simulation/forecast/window.ts'
import type { ForecastUse } from './forecast.ts'
import { examples } from './help-text.ts'
import type { ExitCode, Io } from './io.ts'
import { atOption, unknownStatusOption } from './options.ts'

/** Adds `tenure forecast`. */
export function addForecast(program: Command, io: Io, finish: (code: ExitCode) => void): void {
  program
    .command('forecast')
    .description('Say who would be signed out, when and by which rule, if a policy were applied to these snapshots.')
    .argument('[FILE...]', 'snapshots; standard input where none is named')
    .requiredOption('--policy <FILE>', 'the policy to apply')
    .option('--against <FILE>', 'the policy to compare it with; the deadlines that are stored, unless given')
    .addOption(atOption(io, 'the instant to apply it at'))
    .addOption(horizonOption())
    .option('--html <FILE>', 'write a report for people to FILE, one page that needs nothing else')
    .option('--rejects <FILE>', 'write rejected documents and their reasons to FILE, not to standard error')
    .addOption(unknownStatusOption())
    .addOption(
      new Option('--format <FORMAT>', 'text on a terminal, json elsewhere, unless given').choices(['text', 'json']),
    )
    .addHelpText(
      'after',
      examples(
        'tenure forecast clients.ndjson --policy new.json',
        'tenure forecast clients.ndjson --policy new.json --against old.json --html forecast.html > forecast.ndjson',
        'tenure export --store sqlite:tenure.db | tenure forecast --policy new.json --at now+P7D --horizon P30D',
      ),
    )
    .action(async (files: string[], use: ForecastUse) =>
      finish(await (await import('./forecast.ts')).forecast(files, use, io)),
    )
}

function horizonOption(): Option {
  return new Option('--horizon <DURATION>', 'how far to look, P366D at most')
    .default(parseDuration('P90D'), 'P90D')
    .argParser((text: string): DurationMs => {
      try {
        const horizon = parseDuration(text)
        if (horizon <= MAXIMUM_HORIZON) return horizon
      } catch (error) {
        if (error instanceof DurationError) throw new InvalidArgumentError(error.message)
        throw error
      }
      throw new InvalidArgumentError('a forecast looks 366 days ahead at most (P366D)')
    })
}
