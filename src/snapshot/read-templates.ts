import type { ErrorObject } from 'ajv/dist/2020.js'
import schema from '../../schemas/token-templates.schema.json' with { type: 'json' }
import { type DurationMs, parseDuration } from '../domain/duration.ts'
import { DurationError, type Fault } from '../domain/errors.ts'
import { ajvForOwnSchemas, compiledOnce } from './own-schemas.ts'
import { pointerTo } from './parse-text.ts'
import { MAXIMUM_ERRORS } from './schema-errors.ts'

/** Templates of tokens by their names, or everything that is wrong with their document. */
export type TemplatesReading =
  | { readonly templates: ReadonlyMap<string, TokenTemplate>; readonly errors?: never }
  | { readonly templates?: never; readonly errors: readonly Fault[] }

/** A template of tokens, read and found to be sound. */
export interface TokenTemplate {
  readonly claims: Readonly<Record<string, unknown>>
  /** `null` for the lifetime that tokens have without a template. */
  readonly lifetime: DurationMs | null
}

const shape = compiledOnce(() => ajvForOwnSchemas({ strictTypes: false }).compile(schema))

const SHORTCODE = /\{\{([^{}]*)\}\}/g

/**
 * Reads templates of tokens: their shape by the schema, then their durations and their shortcodes.
 *
 * @param document As `JSON.parse` gives it.
 * @param shortcodes The names that stand between braces, as {{user.id}}.
 * @see schemas/token-templates.schema.json
 */
export function readTemplates(document: unknown, shortcodes: readonly string[]): TemplatesReading {
  const hasShape = shape()
  if (!hasShape(document)) {
    // Of a name that is none there is an error for the name, and one for its object.
    const told = (hasShape.errors ?? []).filter(({ keyword }) => keyword !== 'propertyNames')
    return { errors: told.slice(0, MAXIMUM_ERRORS).map(describe) }
  }
  const named = Object.entries(document as Readonly<Record<string, unknown>>).filter(([name]) => name !== '$schema')
  const errors: Fault[] = []
  const templates = new Map<string, TokenTemplate>()
  for (const [name, template] of named) {
    const { claims, lifetime } = template as { readonly claims: Record<string, unknown>; readonly lifetime?: string }
    errors.push(...shortcodeFaults(claims, [name, 'claims'], shortcodes))
    templates.set(name, { claims, lifetime: lifetimeOf(lifetime, name, errors) })
  }
  return errors.length > 0 ? { errors: errors.slice(0, MAXIMUM_ERRORS) } : { templates }
}

function lifetimeOf(text: string | undefined, name: string, errors: Fault[]): DurationMs | null {
  if (text === undefined) return null
  try {
    return parseDuration(text)
  } catch (error) {
    if (!(error instanceof DurationError)) throw error
    errors.push({ code: 'template-lifetime', path: pointerTo([name, 'lifetime']), message: error.message })
    return null
  }
}

function shortcodeFaults(value: unknown, path: readonly (string | number)[], known: readonly string[]): Fault[] {
  if (typeof value === 'string') return textFaults(value, path, known)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, member]) => shortcodeFaults(member, [...path, name], known))
}

function textFaults(text: string, path: readonly (string | number)[], known: readonly string[]): Fault[] {
  const fault = (message: string): Fault => ({ code: 'template-shortcode', path: pointerTo(path), message })
  const wrong = [...text.matchAll(SHORTCODE)]
    .map(([, name = '']) => name.trim())
    .filter((name) => !known.includes(name))
  if (wrong.length > 0) return [fault(`has the shortcode {{${wrong[0]}}}, which is none of ${known.join(', ')}`)]
  if (/\{\{|\}\}/.test(text.replace(SHORTCODE, '')))
    return [fault('has braces of a shortcode that is not closed, or not opened')]
  return []
}

function describe({ keyword, instancePath, params, propertyName }: ErrorObject): Fault {
  const fault = (message: string, member?: string): Fault => {
    return { code: 'template-shape', path: instancePath + pointerTo(member === undefined ? [] : [member]), message }
  }
  switch (keyword) {
    case 'additionalProperties':
      return fault(
        'is no member of a template: it has claims, and may have a lifetime',
        String(params['additionalProperty']),
      )
    case 'required':
      return fault('is needed here', String(params['missingProperty']))
    case 'not':
      return fault('is a claim that every token has, and no template may set', propertyName)
    case 'pattern':
      return fault('is no name: up to 64 letters, digits, dots, hyphens and underscores', propertyName)
    case 'type':
      return fault(`must be ${[params['type']].flat().join(' or ')}`)
    default:
      return fault('is not as schemas/token-templates.schema.json has it')
  }
}
