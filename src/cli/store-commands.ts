import { type Command, InvalidArgumentError, Option } from 'commander'
import { EVENT_TYPES, type EventType, isEventType } from '../service/events/event.ts'
import type { EventsUse } from './events.ts'
import type { ExportUse } from './export.ts'
import { examples } from './help-text.ts'
import type { ImportUse } from './import.ts'
import type { ExitCode, Io } from './io.ts'
import type { PurgeUse } from './purge.ts'
import type { StoreUse } from './store-use.ts'
import type { SweepUse } from './sweep.ts'

type Finish = (code: ExitCode) => void

/** Adds the commands that work on a store. */
export function addStoreCommands(program: Command, io: Io, finish: Finish): void {
  addImport(program, io, finish)
  addExport(program, io, finish)
  addSweep(program, io, finish)
  addPurge(program, io, finish)
  addAudit(program, io, finish)
  addEvents(program, io, finish)
}

function addImport(program: Command, io: Io, finish: Finish): void {
  program
    .command('import')
    .description('Take snapshots into a store. What is newer there stays, and nothing dead comes back to life.')
    .argument('[FILE...]', 'snapshots; standard input where none is named')
    .addOption(storeOption('a SQLite file that is not there is made'))
    .option('--strict', 'let warnings reject a snapshot', false)
    .addHelpText(
      'after',
      examples(
        'tenure import --store sqlite:tenure.db clients.ndjson',
        'tenure export --store sqlite:a.db | tenure import --store sqlite:b.db > report.ndjson',
      ),
    )
    .action(async (files: string[], use: ImportUse) =>
      finish(await (await import('./import.ts')).importSnapshots(files, use, io)),
    )
}

function addExport(program: Command, io: Io, finish: Finish): void {
  program
    .command('export')
    .description('Print every client of a store as a snapshot, settled, all as of one instant.')
    .addOption(storeOption())
    .addOption(
      new Option('--form <FORM>', 'sdk is camelCase, wire snake_case; as each came in, unless given').choices([
        'sdk',
        'wire',
      ]),
    )
    .option('--out <FILE>', 'write the snapshots to FILE, which appears when it is whole')
    .addHelpText(
      'after',
      examples(
        'tenure export --store sqlite:tenure.db > clients.ndjson',
        'tenure export --store sqlite:tenure.db --form wire --out clients.ndjson',
      ),
    )
    .action(async (use: ExportUse) => finish(await (await import('./export.ts')).exportSnapshots(use, io)))
}

function addSweep(program: Command, io: Io, finish: Finish): void {
  program
    .command('sweep')
    .description('Write down which deadlines fell, the oldest first, in one bounded pass.')
    .addOption(storeOption())
    .addOption(limitOption())
    .option('--once', 'one pass, and no more: what it does without, said for who reads a script', false)
    .addHelpText(
      'after',
      examples('tenure sweep --store sqlite:tenure.db', 'tenure sweep --once --store sqlite:tenure.db --limit 1000'),
    )
    .action(async (use: SweepUse) => finish(await (await import('./sweep.ts')).sweepStore(use, io)))
}

function addPurge(program: Command, io: Io, finish: Finish): void {
  program
    .command('purge')
    .description('Delete sessions that closed longer ago than the retention, in one bounded pass. The ledger stays.')
    .addOption(storeOption())
    .option('--policy <FILE>', 'the policy that has the retention; 30 days unless given')
    .addOption(limitOption())
    .addHelpText('after', examples('tenure purge --store sqlite:tenure.db --policy policy.json'))
    .action(async (use: PurgeUse) => finish(await (await import('./purge.ts')).purgeStore(use, io)))
}

function addAudit(program: Command, io: Io, finish: Finish): void {
  program
    .command('audit')
    .description('Replay the ledger of a store against its rows, and print every difference.')
    .addOption(storeOption())
    .addHelpText('after', examples('tenure audit --store sqlite:tenure.db', 'TENURE_STORE=postgres://… tenure audit'))
    .action(async (use: StoreUse) => finish(await (await import('./audit.ts')).auditStore(use, io)))
}

function addEvents(program: Command, io: Io, finish: Finish): void {
  program
    .command('events')
    .description('Print what happened to sessions, in order, and with --follow what happens.')
    .addOption(storeOption())
    .addOption(new Option('--type <TYPES>', 'only events of these types, with commas between them').argParser(typesOf))
    .option('--after <CURSOR>', 'go on behind this cursor; from the first event unless given')
    .option('--follow', 'wait for more, until the process is asked to stop', false)
    .addHelpText(
      'after',
      examples(
        'tenure events --store sqlite:tenure.db',
        'tenure events --store sqlite:tenure.db --follow --type session.expired,session.abandoned',
      ),
    )
    .action(async (use: EventsUse) => finish(await (await import('./events.ts')).printEvents(use, io)))
}

/** Types of events with commas between them, as an option has them. */
export function typesOf(text: string): EventType[] {
  const types = text.split(',').map((type) => type.trim())
  const known = types.filter(isEventType)
  if (known.length !== types.length) throw new InvalidArgumentError(`They are ${EVENT_TYPES.join(', ')}.`)
  return known
}

/** The option that names a store. */
export function storeOption(more?: string): Option {
  const description = ['sqlite:PATH, sqlite::memory: or postgres://…', 'what TENURE_STORE says, unless given']
  return new Option('--store <URL>', [...description, ...(more === undefined ? [] : [more])].join('; '))
}

/** The option that names the config file of a service. */
export function configOption(): Option {
  return new Option('--config <FILE>', 'the config file of the service, or what TENURE_CONFIG says')
}

function limitOption(): Option {
  return new Option('--limit <N>', 'how many sessions at most; 10000 unless given').argParser((text: string) => {
    const limit = /^\d{1,15}$/.test(text) ? Number(text) : 0
    if (limit < 1) throw new InvalidArgumentError('It is a whole number from 1.')
    return limit
  })
}
