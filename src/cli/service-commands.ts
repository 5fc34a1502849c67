import { type Command, Option } from 'commander'
import type { ApiKeyScope } from '../service/api-keys.ts'
import { examples } from './help-text.ts'
import type { ExitCode, Io } from './io.ts'
import { addServeOptions } from './serve/serve-options.ts'
import type { ServeUse } from './serve.ts'
import type { SigningKeysUse } from './signing-keys.ts'
import { configOption, storeOption } from './store-commands.ts'
import type { StoreUse } from './store-use.ts'
import { addWebhookCommands } from './webhook-commands.ts'

type Finish = (code: ExitCode) => void

/** Adds the commands of the HTTP service: `serve`, and those on its keys and webhooks. */
export function addServiceCommands(program: Command, io: Io, finish: Finish, version: string): void {
  const command = program
    .command('serve')
    .description('Serve a store over HTTP, with its jobs, until the process is asked to stop.')
  addServeOptions(command)
    .addHelpText(
      'after',
      examples(
        'tenure serve --store sqlite:tenure.db',
        'TENURE_STORE=postgres://… tenure serve --host 0.0.0.0 --issuer https://tenure.example',
        'tenure serve --store sqlite:tenure.db --print-config',
      ),
    )
    .action(async (use: ServeUse) => finish(await (await import('./serve.ts')).serve(use, version, io)))
  addKeys(program, io, finish)
  addSigningKeys(program, io, finish)
  addWebhookCommands(program, io, finish, version)
}

function addKeys(program: Command, io: Io, finish: Finish): void {
  const keys = program
    .command('keys')
    .description('Work with the keys that let requests in.')
    .helpCommand(false)
    .addHelpText('after', examples('tenure keys add backend --store sqlite:tenure.db', 'tenure keys list'))
  keys
    .command('list')
    .description('Print the name and the scope of every key; the keys themselves are kept nowhere.')
    .addOption(storeOption())
    .action(async (use: StoreUse) => finish(await (await import('./keys.ts')).listKeys(use, io)))
  keys
    .command('add')
    .description('Make a key, and print it this once. A running service takes it at once.')
    .argument('<NAME>', 'what it is called in the log')
    .addOption(storeOption('a SQLite file that is not there is made'))
    .addOption(
      new Option('--scope <SCOPE>', 'read lets in what changes nothing').choices(['read', 'write']).default('write'),
    )
    .action(async (name: string, use: StoreUse & { scope: ApiKeyScope }) =>
      finish(await (await import('./keys.ts')).addKey(name, use, io)),
    )
  keys
    .command('remove')
    .description('Remove a key. A running service stops taking it within five seconds.')
    .argument('<NAME>', 'what it is called')
    .addOption(storeOption())
    .action(async (name: string, use: StoreUse) => finish(await (await import('./keys.ts')).removeKey(name, use, io)))
}

function addSigningKeys(program: Command, io: Io, finish: Finish): void {
  const keys = program
    .command('signing-keys')
    .description('Work with the keys that tokens are signed with.')
    .helpCommand(false)
    .addHelpText('after', examples('tenure signing-keys list', 'tenure signing-keys rotate --store sqlite:tenure.db'))
  keys
    .command('list')
    .description('Print every key, the newest first, and where it is in its life.')
    .addOption(storeOption())
    .addOption(configOption())
    .action(async (use: SigningKeysUse) => finish(await (await import('./signing-keys.ts')).listSigningKeys(use, io)))
  keys
    .command('rotate')
    .description('Make a key that is published now and signs in five minutes; tokens of the one before stay good.')
    .addOption(storeOption())
    .addOption(configOption())
    .option('--at-once', 'sign with it from now on: the one before is no longer trusted', false)
    .action(async (use: SigningKeysUse & { atOnce: boolean }) =>
      finish(await (await import('./signing-keys.ts')).rotateSigningKeys(use, io)),
    )
  keys
    .command('remove')
    .description('Remove a key that does not sign any more: no token that it signed is taken.')
    .argument('<KID>', 'its id')
    .addOption(storeOption())
    .addOption(configOption())
    .action(async (kid: string, use: SigningKeysUse) =>
      finish(await (await import('./signing-keys.ts')).removeSigningKey(kid, use, io)),
    )
}
