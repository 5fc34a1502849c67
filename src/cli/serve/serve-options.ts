import { type Command, Option } from 'commander'
import { CONFIG, SETTINGS, type Setting } from './settings.ts'

/**
 * Adds the options of `tenure serve` to a command: one for each setting that may have a flag, `--config` and
 * `--print-config`. What commander makes of them, `command.opts()`, is what `readServeConfig` takes as `flags`.
 *
 * None has a default that commander knows: a flag that is not given leaves the setting to the environment and the file.
 * A secret that is given as a flag all the same is an option, too, but not in the help: `readServeConfig` refuses it,
 * where commander would repeat it.
 *
 * @returns The command.
 */
export function addServeOptions(command: Command): Command {
  for (const setting of SETTINGS) command.addOption(optionOf(setting))
  const unflagged = SETTINGS.filter(({ hasFlag }) => !hasFlag)
  return command
    .option(`${CONFIG.flag} <FILE>`, `A JSON file with the same settings, or what ${CONFIG.variable} says.`)
    .option('--print-config', 'Print every setting and where it came from, without secrets, and end.')
    .addHelpText('after', `\n${HELP}\n${unflagged.map(explain).join('\n')}`)
}

const HELP = `Every option has a variable, too: TENURE_TOKEN_LIFETIME is --token-lifetime. And a member of
the config file: tokenLifetime. A flag goes before a variable, which goes before the file.
A DURATION is ISO 8601 text, such as PT10S or P30D.

Settings without a flag:`

function optionOf(setting: Setting): Option {
  const { flag, hasFlag, kind, schema } = setting
  // A boolean may stand alone, and so may a secret, which is refused either way.
  const isOptional = kind === 'boolean' || !hasFlag
  const argument = isOptional ? `[${argumentOf(setting)}]` : `<${argumentOf(setting)}>`
  const choices = schema.enum === undefined ? '' : ` One of ${schema.enum.join(', ')}.`
  const fallback = schema.default === undefined ? '' : ` Default: ${schema.default}.`
  const option = new Option(`${flag} ${argument}`, `${schema.description}${choices}${fallback}`)
  return hasFlag ? option : option.hideHelp()
}

function argumentOf({ name, kind }: Setting): string {
  switch (kind) {
    case 'duration':
      return 'DURATION'
    case 'integer':
      return 'N'
    case 'path':
      return 'FILE'
    case 'boolean':
      return 'BOOLEAN'
    case 'text':
    case 'list':
      // Its last word: the LEVEL of a logLevel.
      return name.replace(/^.*(?=[A-Z])/, '').toUpperCase()
  }
  throw new TypeError(`there is no such kind of setting: ${kind satisfies never}`)
}

function explain({ name, variable, hasVariable, schema }: Setting): string {
  const where = hasVariable ? variable : `${name} in the config file`
  return `  ${where}: ${schema.description}`
}
