import type { ErrorObject } from 'ajv/dist/2020.js'
import schema from '../../schemas/policy.schema.json' with { type: 'json' }
import { PolicyError } from '../domain/errors.ts'
import type { Policy } from '../domain/policy.ts'
import {
  durationFaults,
  type PolicyDocument,
  type PolicyFault,
  type PolicyFaultCode,
  type PolicyResolution,
  resolvePolicy,
} from '../domain/policy-rules.ts'
import { closestName } from './closest-name.ts'
import { ajvForOwnSchemas, compiledOnce } from './own-schemas.ts'
import { pointerTo } from './parse-text.ts'
import { MAXIMUM_ERRORS } from './schema-errors.ts'

// All errors and not the first only: whoever writes a policy is its operator, and wants to know everything at once.
const policyShape = compiledOnce(() => ajvForOwnSchemas().compile(schema))

/**
 * Reads a policy: its shape by the schema, then its durations and the rules that bind its members.
 *
 * @param document As `JSON.parse` gives it. Absent members have Clerk's defaults: `{}` is `defaultPolicy`.
 * @throws {PolicyError} With every fault, where there is one. Nothing in a refused policy is in force.
 * @see schemas/policy.schema.json
 */
export function readPolicy(document: unknown): Policy {
  const resolution = checkPolicy(document)
  if ('errors' in resolution) throw new PolicyError(resolution.errors)
  return resolution.policy
}

/**
 * The same, for those who want to tell the faults: never throws.
 *
 * The rules that bind several members are held against a document only once each member is sound by itself.
 */
export function checkPolicy(document: unknown): PolicyResolution {
  const hasPolicyShape = policyShape()
  if (hasPolicyShape(document)) return resolvePolicy(document as PolicyDocument)
  const misshapen = (hasPolicyShape.errors ?? []).slice(0, MAXIMUM_ERRORS).map(describe)
  const told = new Set(misshapen.map(({ path }) => path))
  const durations = typeof document === 'object' && document !== null ? durationFaults(document) : []
  return { errors: [...misshapen, ...durations.filter(({ path }) => !told.has(path))] }
}

function describe({ keyword, instancePath, params }: ErrorObject): PolicyFault {
  const fault = (code: PolicyFaultCode, message: string, member?: string): PolicyFault => {
    return { code, path: instancePath + pointerTo(member === undefined ? [] : [member]), message }
  }
  switch (keyword) {
    case 'additionalProperties': {
      const member = String(params['additionalProperty'])
      return fault('policy-unknown-member', unknownMember(instancePath, member), member)
    }
    case 'required':
      return fault('policy-missing-member', 'is needed here', String(params['missingProperty']))
    case 'enum':
      return fault('policy-wrong-value', `must be ${orList((params['allowedValues'] as string[]).map(quoted))}`)
    case 'type':
      return fault('policy-wrong-type', `must be ${orList([params['type']].flat().map(typeInWords))}`)
    case 'maxLength':
      return fault('policy-out-of-range', `must have at most ${params['limit']} characters`)
    case 'minimum':
      return fault('policy-out-of-range', `must be at least ${params['limit']}`)
    case 'maximum':
      return fault('policy-out-of-range', `must be at most ${params['limit']}`)
    default:
      throw new TypeError(`the policy schema has a keyword that no fault tells of: ${keyword}`)
  }
}

function unknownMember(parent: string, member: string): string {
  const { properties } = schema
  const names = Object.keys(parent === '/abandonment' ? properties.abandonment.properties : properties)
  const meant = closestName(member, names)
  return meant === undefined
    ? `must not be here: there are only ${names.join(', ')}`
    : `must not be here: did you mean ${meant}?`
}

function typeInWords(type: string): string {
  switch (type) {
    case 'string':
      return 'text, such as "P7D"'
    case 'integer':
      return 'a whole number'
    case 'object':
      return 'a JSON object'
    default:
      return type
  }
}

function quoted(word: string): string {
  return `"${word}"`
}

function orList(words: readonly string[]): string {
  return words.join(' or ')
}
