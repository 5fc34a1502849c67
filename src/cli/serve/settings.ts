import { serveSchema } from '../../snapshot/schema-documents.ts'

/** The name of a setting: a member of the config file. */
export type SettingName = Exclude<keyof typeof serveSchema.properties, '$schema'>

/** What schemas/serve.schema.json says of a setting, or of a part of one. */
export interface SettingSchema {
  readonly description: string
  readonly type?: string
  readonly $ref?: string
  readonly enum?: readonly string[]
  readonly minimum?: number
  readonly maximum?: number
  readonly maxItems?: number
  readonly default?: unknown
  readonly writeOnly?: boolean
  readonly items?: { readonly properties: Readonly<Record<string, SettingSchema>> }
}

/** How a setting is written: what becomes of the text of a flag or a variable, and of a relative path in a file. */
export type SettingKind = 'text' | 'integer' | 'boolean' | 'duration' | 'path' | 'list'

/** A setting, with the names that it has on a command line and in an environment. */
export interface Setting {
  readonly name: SettingName
  /** Such as `--token-lifetime`. */
  readonly flag: string
  /** Not so of a secret, which every list of processes would show, and of a list. */
  readonly hasFlag: boolean
  /** Such as `TENURE_TOKEN_LIFETIME`. */
  readonly variable: string
  /** Not so of a list, which only a file holds. */
  readonly hasVariable: boolean
  readonly kind: SettingKind
  readonly isSecret: boolean
  readonly schema: SettingSchema
}

/** What a flag or a variable that names the config file is called. */
export const CONFIG = { flag: '--config', variable: 'TENURE_CONFIG' } as const

/** What the name of every variable begins with. */
export const VARIABLE_PREFIX = 'TENURE_'

/** What the schema says of each setting, by its name. */
const properties: Readonly<Record<string, SettingSchema>> = serveSchema.properties

/** Every setting, in the order of the schema, which is the only list of them. */
export const SETTINGS: readonly Setting[] = Object.entries(properties)
  .filter(([name]) => name !== '$schema')
  .map(([name, schema]) => settingOf(name as SettingName, schema))

/**
 * Whether a duration is one that the schema allows a day at most.
 *
 * @see schemas/serve.schema.json, $defs
 */
export function isShort({ schema }: Setting): boolean {
  return schema.$ref === '#/$defs/shortDuration'
}

/** The schema of what a path of the document leads to, such as `['apiKeys', '0', 'scope']`. */
export function schemaAt([name = '', index, member]: readonly string[]): SettingSchema | undefined {
  const schema = properties[name]
  if (index === undefined) return schema
  return member === undefined ? { description: '', type: 'object' } : schema?.items?.properties[member]
}

/** The names that an object in the document may have: those of the settings, or of a list's item. */
export function namesAt([name]: readonly string[]): readonly string[] {
  return name === undefined
    ? SETTINGS.map((setting) => setting.name)
    : Object.keys(properties[name]?.items?.properties ?? {})
}

function settingOf(name: SettingName, schema: SettingSchema): Setting {
  const words = name.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)
  const kind = kindOf(schema)
  const isSecret = schema.writeOnly === true
  return {
    name,
    flag: `--${words}`,
    hasFlag: !isSecret && kind !== 'list',
    variable: VARIABLE_PREFIX + words.replaceAll('-', '_').toUpperCase(),
    hasVariable: kind !== 'list',
    kind,
    isSecret,
    schema,
  }
}

function kindOf({ $ref, type }: SettingSchema): SettingKind {
  switch ($ref ?? type) {
    case '#/$defs/duration':
    case '#/$defs/shortDuration':
      return 'duration'
    case '#/$defs/path':
      return 'path'
    case 'integer':
      return 'integer'
    case 'boolean':
      return 'boolean'
    case 'array':
      return 'list'
    default:
      return 'text'
  }
}
