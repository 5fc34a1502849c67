import { createRequire } from 'node:module'
import { Command, CommanderError, Option } from 'commander'
import { StoreError } from '../domain/errors.ts'
import { printable } from './columns.ts'
import type { ExplainOptions } from './explain.ts'
import { addForecast } from './forecast-command.ts'
import { examples } from './help-text.ts'
import { type ExitCode, type Io, UsageError } from './io.ts'
import { atOption, unknownStatusOption } from './options.ts'
import type { PolicyCheckOptions } from './policy-check.ts'
import { addServiceCommands } from './service-commands.ts'
import type { SettleOptions } from './settle.ts'
import { addSimulate } from './simulation-commands.ts'
import { addStoreCommands } from './store-commands.ts'
import type { ValidateOptions } from './validate.ts'
import { withoutSecrets } from './without-secrets.ts'

/**
 * Runs the command that a command line asks for.
 *
 * @param args What follows the command's name: `['settle', '--at', 'now']`.
 * @returns 0 fine, 1 some input was rejected, 2 usage or I/O.
 */
export async function main(args: readonly string[], io: Io): Promise<ExitCode> {
  let exitCode: ExitCode = 0
  const program = commandLine(io, (code) => {
    exitCode = code
  })
  try {
    await program.parseAsync(args, { from: 'user' })
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    if (!(error instanceof UsageError || error instanceof StoreError)) throw error
    for (const line of sayOf(error).split('\n')) io.stderr.write(`tenure: ${printable(withoutSecrets(line))}\n`)
    return 2
  }
}

/** What is told of an error, in one line. Of a fault that nobody expected that is the driver's own message, too. */
function sayOf(error: UsageError | StoreError): string {
  if (error instanceof UsageError) return error.message
  const { code, message, cause } = error
  const reason = code === 'ERR_STORE_FAULT' && cause instanceof Error ? `: ${cause.message}` : ''
  return `${message}${reason} [${code}]`
}

type Finish = (code: ExitCode) => void

/** A command's own code is loaded when it is run, so that each starts as soon as it can. */
function commandLine(io: Io, finish: Finish): Command {
  const program = new Command('tenure')
    .description('What every session is at an instant, when it became so, and why.')
    .version(version())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      outputError: (text, write) =>
        write(withoutSecrets(text.replace(/^error: /, 'tenure: ').replace(/'(--?[\w-]+)=.*'/s, "'$1'"))),
      getOutHelpWidth: () => io.stdout.columns ?? 80,
      getErrHelpWidth: () => io.stderr.columns ?? 80,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .showHelpAfterError('(tenure --help lists the commands, tenure COMMAND --help explains one)')
    .addHelpText('after', PROGRAM_HELP)
  addValidate(program, io, finish)
  addSettle(program, io, finish)
  addExplain(program, io, finish)
  addMachine(program, io, finish)
  addPolicy(program, io, finish)
  addForecast(program, io, finish)
  addSimulate(program, io, finish)
  addStoreCommands(program, io, finish)
  addServiceCommands(program, io, finish, version())
  return program
}

/** The version in package.json, by the package's own name, so that sources and build find it alike. */
function version(): string {
  const document: { version: string } = createRequire(import.meta.url)('tenure/package.json')
  return document.version
}

const PROGRAM_HELP = `
Snapshots are Clerk Client objects, camelCase or snake_case: one JSON object, a JSON
array, or NDJSON, from files or standard input (-). Results are NDJSON on standard
output; talk and progress go to standard error.

import, export, sweep, purge, audit, events, keys, signing-keys, webhooks and serve work
on a store: --store sqlite:PATH, or --store postgres://…, or TENURE_STORE, where no list
of processes shows a password.

INSTANT is ISO 8601 with a zone (2026-08-02T09:01:23Z), epoch milliseconds, now, or now+P7D.
Exit code: 0 fine, 1 some input was rejected or an audit found a difference, 2 usage or I/O.

Examples:
  tenure settle --at now+P7D clients.ndjson
  tenure import --store sqlite:tenure.db clients.ndjson`

function addValidate(program: Command, io: Io, finish: Finish): void {
  program
    .command('validate')
    .description('Say of each snapshot whether it is valid, and what is wrong or odd in it.')
    .argument('[FILE...]', 'snapshots; standard input where none is named')
    .option('--strict', 'let warnings reject a snapshot', false)
    .addOption(unknownStatusOption())
    .addOption(atOption(io, 'judge activity in the future at this instant'))
    .addHelpText(
      'after',
      examples(
        'tenure validate clients.ndjson',
        'tenure validate --strict clients.ndjson > report.ndjson',
        'curl -s …/v1/clients/ID | tenure validate',
      ),
    )
    .action(async (files: string[], options: ValidateOptions) =>
      finish(await (await import('./validate.ts')).validate(files, options, io)),
    )
}

function addSettle(program: Command, io: Io, finish: Finish): void {
  program
    .command('settle')
    .description('Print the snapshots as they are at an instant, in the form they came in.')
    .argument('[FILE...]', 'snapshots; standard input where none is named')
    .addOption(atOption(io, 'the instant to settle at'))
    .option('--transitions <FILE>', 'write each change of a status to FILE, as NDJSON')
    .option('--rejects <FILE>', 'write rejected documents and their reasons to FILE, not to standard error')
    .addOption(unknownStatusOption())
    .option('--explain', 'print an explanation for people, and not the snapshots')
    .addHelpText(
      'after',
      examples(
        'tenure settle --at 1785661283293 < clients.ndjson',
        'tenure settle --at now+P7D --transitions ends.ndjson clients.ndjson > later.ndjson',
        'tenure settle --rejects rejects.ndjson a.ndjson b.ndjson > settled.ndjson',
      ),
    )
    .action(async (files: string[], options: SettleOptions) =>
      finish(await (await import('./settle.ts')).settle(files, options, io)),
    )
}

function addExplain(program: Command, io: Io, finish: Finish): void {
  program
    .command('explain')
    .description('Explain to people what each session is, why, and what happens to it next.')
    .argument('<FILE>', 'snapshots; - is standard input')
    .option('--session <ID>', 'explain this session and no other')
    .addOption(atOption(io, 'the instant to explain'))
    .addOption(unknownStatusOption())
    .addHelpText(
      'after',
      examples('tenure explain clients.ndjson', 'tenure explain clients.ndjson --session sess_… --at now+P7D'),
    )
    .action(async (file: string, options: ExplainOptions) =>
      finish(await (await import('./explain.ts')).explain(file, options, io)),
    )
}

function addMachine(program: Command, io: Io, finish: Finish): void {
  program
    .command('machine')
    .description('Draw a statechart, from the machine itself.')
    .argument('[NAME]', 'session or client', 'session')
    .addOption(new Option('--format <FORMAT>', 'what to draw it as').choices(['mermaid', 'json']).default('mermaid'))
    .addHelpText('after', examples('tenure machine', 'tenure machine client --format json'))
    .action(async (name: string, { format }: { format: 'mermaid' | 'json' }) =>
      finish(await (await import('./machine.ts')).machine(name, format, io)),
    )
}

function addPolicy(program: Command, io: Io, finish: Finish): void {
  const policy = program
    .command('policy')
    .description('Work with policies: the durations that deadlines are made of.')
    .helpCommand(false)
    .addHelpText('after', examples('tenure policy check policy.json'))
  policy
    .command('check')
    .description('Say what is wrong with a policy, and what NIST, OWASP and PCI DSS say of its numbers.')
    .argument('<FILE>', 'a policy; - is standard input')
    .addOption(
      new Option('--format <FORMAT>', 'text on a terminal, json elsewhere, unless given').choices(['text', 'json']),
    )
    .addHelpText(
      'after',
      examples('tenure policy check policy.json', 'tenure policy check --format text - < policy.json'),
    )
    .action(async (file: string, options: PolicyCheckOptions) =>
      finish(await (await import('./policy-check.ts')).policyCheck(file, options, io)),
    )
}
