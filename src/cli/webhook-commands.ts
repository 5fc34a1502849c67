import { type Command, Option } from 'commander'
import { EVENT_TYPES, type EventType } from '../service/events/event.ts'
import { WEBHOOK_FORMS, type WebhookForm } from '../service/webhooks/endpoint.ts'
import { examples } from './help-text.ts'
import type { ExitCode, Io } from './io.ts'
import { configOption, storeOption, typesOf } from './store-commands.ts'
import type { WebhooksUse } from './webhooks.ts'

type Finish = (code: ExitCode) => void

/** Adds the commands on webhook endpoints. */
export function addWebhookCommands(program: Command, io: Io, finish: Finish, version: string): void {
  const webhooks = program
    .command('webhooks')
    .description('Work with the endpoints that events are sent to.')
    .helpCommand(false)
    .addHelpText(
      'after',
      examples(
        'tenure webhooks add https://example.com/hook --type session.expired,session.abandoned',
        'tenure webhooks test wh_…',
        'tenure webhooks redrive wh_…',
      ),
    )
  addMaking(webhooks, io, finish)
  addChanging(webhooks, io, finish)
  addLooking(webhooks, io, finish, version)
}

function addMaking(webhooks: Command, io: Io, finish: Finish): void {
  webhooks
    .command('add')
    .description('Make an endpoint, and print its secret this once. It gets what happens from now on.')
    .argument('<URL>', 'where events are sent: https, and a public address')
    .addOption(storeOption('a SQLite file that is not there is made'))
    .addOption(configOption())
    .addOption(new Option('--type <TYPES>', 'only events of these types, with commas between').argParser(typesOf))
    .addOption(
      new Option('--form <FORM>', "Clerk's envelope, as the feed has it, or CloudEvents")
        .choices(WEBHOOK_FORMS)
        .default('clerk'),
    )
    .option('--description <TEXT>', 'what it is for')
    .action(async (url: string, use: WebhooksUse & { form: WebhookForm }) =>
      finish(await (await import('./webhooks.ts')).addWebhook(url, use, io)),
    )
  webhooks
    .command('rotate')
    .description('Make a new secret, and print it this once. The one before signs too for a day.')
    .argument('<ID>', 'the endpoint')
    .addOption(storeOption())
    .addOption(configOption())
    .option('--at-once', 'the one before signs no more: it is no longer trusted', false)
    .action(async (id: string, use: WebhooksUse & { atOnce: boolean }) =>
      finish(await (await import('./webhooks.ts')).rotateWebhook(id, use, io)),
    )
}

function addChanging(webhooks: Command, io: Io, finish: Finish): void {
  const commands = [
    ['enable', 'enableWebhook', 'Send it what happens from now on; redrive sends what was buried.'],
    ['disable', 'disableWebhook', 'Send it nothing more; what waits for it is buried. Seen within five seconds.'],
    ['remove', 'removeWebhook', 'Remove it, and whatever waits for it. Seen within five seconds.'],
  ] as const
  for (const [name, run, description] of commands) {
    webhooks
      .command(name)
      .description(description)
      .argument('<ID>', 'the endpoint')
      .addOption(storeOption())
      .addOption(configOption())
      .action(async (id: string, use: WebhooksUse) => finish(await (await import('./webhooks.ts'))[run](id, use, io)))
  }
}

function addLooking(webhooks: Command, io: Io, finish: Finish, version: string): void {
  webhooks
    .command('list')
    .description('Print every endpoint, without its secrets.')
    .addOption(storeOption())
    .addOption(configOption())
    .action(async (use: WebhooksUse) => finish(await (await import('./webhooks.ts')).listWebhooks(use, io)))
  webhooks
    .command('test')
    .description('Send an example of an event now, signed, and say what became of it.')
    .argument('<ID>', 'the endpoint')
    .addOption(storeOption())
    .addOption(configOption())
    .addOption(new Option('--type <TYPE>', 'the type of the event').choices(EVENT_TYPES).default('session.expired'))
    .action(async (id: string, use: WebhooksUse & { type: EventType }) =>
      finish(await (await import('./webhooks.ts')).testWebhook(id, use, version, io)),
    )
  webhooks
    .command('dead')
    .description('Print what was given up, and why, the longest dead first.')
    .argument('<ID>', 'the endpoint')
    .addOption(storeOption())
    .addOption(configOption())
    .action(async (id: string, use: WebhooksUse) =>
      finish(await (await import('./webhooks.ts')).listDeadWebhooks(id, use, io)),
    )
  webhooks
    .command('redrive')
    .description('Have what was given up tried again, all of it unless some are named.')
    .argument('<ID>', 'the endpoint')
    .addOption(storeOption())
    .addOption(configOption())
    .addOption(new Option('--job <JOBS>', 'only these, with commas between').argParser((text) => text.split(',')))
    .action(async (id: string, use: WebhooksUse & { job?: string[] }) =>
      finish(await (await import('./webhooks.ts')).redriveWebhooks(id, use, io)),
    )
}
