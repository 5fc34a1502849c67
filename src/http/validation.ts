import type { Ajv2020, ErrorObject, ValidateFunction } from 'ajv/dist/2020.js'
import clientSchema from '../../schemas/client.schema.json' with { type: 'json' }
import clientWireSchema from '../../schemas/client.wire.schema.json' with { type: 'json' }
import errorSchema from '../../schemas/error.schema.json' with { type: 'json' }
import findingSchema from '../../schemas/finding.schema.json' with { type: 'json' }
import requestsSchema from '../../schemas/http-requests.schema.json' with { type: 'json' }
import responsesSchema from '../../schemas/http-responses.schema.json' with { type: 'json' }
import sessionSchema from '../../schemas/session.schema.json' with { type: 'json' }
import sessionWireSchema from '../../schemas/session.wire.schema.json' with { type: 'json' }
import transitionSchema from '../../schemas/transition.schema.json' with { type: 'json' }
import { ajvForOwnSchemas } from '../snapshot/own-schemas.ts'
import { HttpError, type HttpFault, paramFault } from './http-error.ts'

/** Every schema that requests and answers are written with. */
export const HTTP_SCHEMAS = [
  sessionSchema,
  sessionWireSchema,
  clientSchema,
  clientWireSchema,
  findingSchema,
  transitionSchema,
  errorSchema,
  requestsSchema,
  responsesSchema,
] as const

/** A place in a request that its schema speaks of. */
export type Part = 'query' | 'body'

/** The name of a request's schema: a member of `$defs` in schemas/http-requests.schema.json. */
export type RequestSchema = keyof typeof requestsSchema.$defs

const AJVS = {
  // Everything in a query is text: numbers and booleans are read from it.
  query: ajvFor(true),
  body: ajvFor(false),
}

function ajvFor(coerceTypes: boolean): Ajv2020 {
  // The bodies that are checked here are small, so every error in them may be looked for.
  const ajv = ajvForOwnSchemas({ strictTypes: false, coerceTypes })
  for (const schema of HTTP_SCHEMAS) ajv.addSchema(schema)
  return ajv
}

/** Checks a part of a request against its schema; text in a query that is a number becomes one. */
export type Check = (value: unknown) => void

/**
 * Makes the check of a part.
 *
 * @returns A function that throws {@link HttpError}, in Clerk's words, where the schema is not met.
 */
export function checkOf(name: RequestSchema, part: Part): Check {
  // Compiled once, however many servers ask for it.
  const validate = AJVS[part].getSchema(`http-requests.schema.json#/$defs/${name}`)
  if (validate === undefined) throw new TypeError(`there is no schema of ${name}`)
  return (value) => {
    if (part === 'query') expectFinite(value as Readonly<Record<string, unknown>>)
    if (!validate(value)) throw new HttpError(faultsOf(validate))
  }
}

/** Text such as 1e999 would be read as a number that Ajv holds to no bound. */
function expectFinite(query: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(query)) {
    if (typeof value !== 'string' || Math.abs(Number(value)) !== Number.POSITIVE_INFINITY) continue
    const longMessage = `${name.slice(0, 255)} is too large.`
    throw new HttpError([paramFault('form_param_value_too_large', name.slice(0, 255), 'is too large', longMessage)])
  }
}

/** How many faults are told at once. */
const MAXIMUM_FAULTS = 10

function faultsOf({ errors }: ValidateFunction): HttpFault[] {
  const faults = new Map<string, HttpFault>()
  for (const error of errors ?? []) {
    const fault = faultOf(error)
    const key = `${fault.meta?.['param_name']}`
    if (fault.code !== 'form_param_value_invalid' || !faults.has(key)) faults.set(key, fault)
    if (faults.size === MAXIMUM_FAULTS) break
  }
  return [...faults.values()]
}

function faultOf({ keyword, instancePath, params, message }: ErrorObject): HttpFault {
  const path = instancePath.slice(1).split('/').filter(Boolean).map(unescaped)
  const nameOf = (...more: string[]) => [...path, ...more].join('.').slice(0, 255)
  switch (keyword) {
    case 'required': {
      const name = nameOf(String(params['missingProperty']))
      return paramFault('form_param_missing', name, 'is missing', `${name} must be included.`)
    }
    case 'additionalProperties': {
      const name = nameOf(String(params['additionalProperty']))
      return paramFault('form_param_unknown', name, 'is unknown', `${name} is not a valid parameter for this request.`)
    }
    case 'type': {
      const name = nameOf()
      const types = [params['type']].flat().join(' or ')
      return paramFault('form_param_type_invalid', name, 'has a wrong type', `${name} must be: ${types}.`)
    }
    case 'maximum':
    case 'maxItems':
    case 'maxLength': {
      const name = nameOf()
      return paramFault('form_param_value_too_large', name, 'is too large', `${name} ${message ?? 'is too large'}.`)
    }
  }
  const name = nameOf()
  const allowed = keyword === 'enum' ? `: ${JSON.stringify(params['allowedValues'])}` : ''
  return paramFault('form_param_value_invalid', name, 'is invalid', `${name} ${message ?? 'is invalid'}${allowed}.`)
}

function unescaped(step: string): string {
  return step.replaceAll('~1', '/').replaceAll('~0', '~')
}
