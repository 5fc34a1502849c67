import type { ErrorObject } from 'ajv/dist/2020.js'
import { parseDuration } from '../../domain/duration.ts'
import { DurationError, type Fault, InstantError } from '../../domain/errors.ts'
import { parseInstant } from '../../domain/instant.ts'
import { closestName } from '../../snapshot/closest-name.ts'
import { ajvForOwnSchemas, compiledOnce } from '../../snapshot/own-schemas.ts'
import { pointerTo } from '../../snapshot/parse-text.ts'

/** A schema of what a simulation is given: members that are all optional, each with a default. */
export interface SettingsSchema {
  readonly $id: string
  readonly properties: Readonly<Record<string, object>>
}

/** A document that was read: as it is with its defaults filled in, and with its times counted in milliseconds. */
export interface SettingsRead<T> {
  readonly settings: T
  readonly document: object
  readonly errors?: never
}

/** What was read, or everything that is wrong with it. */
export type SettingsReading<T> = SettingsRead<T> | { readonly settings?: never; readonly errors: readonly Fault[] }

/**
 * Makes a reader of one schema's documents: shape first, then each duration and instant as milliseconds.
 *
 * Defaults are filled in from the schema, so that they stand in one place.
 */
export function settingsReader<T>(schema: SettingsSchema): (document: unknown) => SettingsReading<T> {
  const shape = compiledOnce(() => ajvForOwnSchemas({ useDefaults: true }).compile(schema))
  const names = Object.keys(schema.properties)
  return (document) => {
    const hasShape = shape()
    const copy: unknown = structuredClone(document)
    if (!hasShape(copy)) return { errors: (hasShape.errors ?? []).map((error) => describe(error, names)) }
    const errors: Fault[] = []
    const settings = counted(copy, schema.properties, [], errors)
    return errors.length > 0 ? { errors } : { settings: settings as T, document: copy as object }
  }
}

type Schema = {
  readonly $ref?: string
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
}

/** The same with durations and instants in milliseconds, wherever the schema says that one stands. */
function counted(
  object: unknown,
  properties: Readonly<Record<string, Schema>>,
  path: readonly (string | number)[],
  errors: Fault[],
): object {
  const members = Object.entries(object as object).filter(([name]) => name !== '$schema')
  return Object.fromEntries(
    members.map(([name, value]) => {
      const schema = properties[name] ?? {}
      const place = [...path, name]
      if (schema.$ref === '#/$defs/duration') return [name, milliseconds(() => parseDuration(value), place, errors)]
      if (name === 'start') return [name, milliseconds(() => parseStart(value), place, errors)]
      if (schema.items?.$ref === '#/$defs/duration') {
        const each = (value as string[]).map((item, index) => {
          return milliseconds(() => parseDuration(item), [...place, index], errors)
        })
        return [name, each]
      }
      const inner = schema.items?.properties
      if (inner === undefined) return [name, value]
      return [name, (value as unknown[]).map((item, index) => counted(item, inner, [...place, index], errors))]
    }),
  )
}

/** An instant that is the same whenever it is read. */
function parseStart(text: string): number {
  if (/^(?:now|\d+$)/i.test(text)) {
    throw new InstantError('must be ISO 8601 with a zone, such as 2026-01-05T00:00:00Z: a run begins alike each time')
  }
  return parseInstant(text, 0 as never)
}

function milliseconds(read: () => number, path: readonly (string | number)[], errors: Fault[]): number {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof DurationError || error instanceof InstantError)) throw error
    errors.push({ code: 'settings-time', path: pointerTo(path), message: error.message })
    return 0
  }
}

function describe({ keyword, instancePath, params, message = '' }: ErrorObject, names: readonly string[]): Fault {
  if (keyword !== 'additionalProperties') {
    const member = keyword === 'required' ? pointerTo([String(params['missingProperty'])]) : ''
    const wanted = keyword === 'enum' ? `must be ${(params['allowedValues'] as string[]).join(' or ')}` : message
    return { code: 'settings-shape', path: instancePath + member, message: member === '' ? wanted : 'is needed here' }
  }
  const member = String(params['additionalProperty'])
  const meant = instancePath === '' ? closestName(member, names) : undefined
  const advice = meant === undefined ? `there are only ${names.slice(1).join(', ')}` : `did you mean ${meant}?`
  const only = instancePath === '' ? `must not be here: ${advice}` : 'must not be here'
  return { code: 'settings-shape', path: instancePath + pointerTo([member]), message: only }
}
