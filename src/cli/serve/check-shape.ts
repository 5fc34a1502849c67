import type { ErrorObject } from 'ajv/dist/2020.js'
import { closestName } from '../../snapshot/closest-name.ts'
import { ajvForOwnSchemas, compiledOnce } from '../../snapshot/own-schemas.ts'
import { pointerTo } from '../../snapshot/parse-text.ts'
import { serveSchema } from '../../snapshot/schema-documents.ts'
import { MAXIMUM_ERRORS } from '../../snapshot/schema-errors.ts'
import type { ConfigFault } from './config-fault.ts'
import { namesAt, type SettingSchema, schemaAt } from './settings.ts'

const shape = compiledOnce(() => ajvForOwnSchemas().compile(serveSchema))

/**
 * What the schema has against a document, one fault a place, none where it has nothing.
 *
 * A fault says what must be there and not what was, so it is the same whatever rule of its schema a value broke.
 */
export function shapeFaults(document: Readonly<Record<string, unknown>>): ConfigFault[] {
  const hasShape = shape()
  if (hasShape(document)) return []
  const faults = (hasShape.errors ?? []).slice(0, MAXIMUM_ERRORS).map(describe)
  return [...new Map(faults.map((fault) => [pointerTo(fault.path), fault])).values()]
}

function describe({ keyword, instancePath, params }: ErrorObject): ConfigFault {
  // Whatever is named in it is a property of the schema or an index, which RFC 6901 escapes nothing of.
  const path = instancePath.split('/').slice(1)
  switch (keyword) {
    case 'additionalProperties': {
      const member = String(params['additionalProperty'])
      return { path: [...path, member], message: unknownMember(path, member) }
    }
    case 'required': {
      const member = String(params['missingProperty'])
      return { path: [...path, member], message: `is needed here: ${expectationOf([...path, member])}` }
    }
    case 'not':
      return { path, message: 'is taken: environment and development are keys that Tenure names itself' }
    default:
      return { path, message: `must be ${expectationOf(path)}` }
  }
}

function unknownMember(parent: readonly string[], member: string): string {
  const names = namesAt(parent)
  const meant = closestName(member, names)
  if (meant !== undefined) return `must not be here: did you mean ${meant}?`
  return `must not be here: there ${parent.length === 0 ? 'is no such setting' : `are only ${andList(names)}`}`
}

/** What texts must be that a pattern describes, in words. */
const TEXTS: Readonly<Record<string, string>> = {
  store: 'sqlite:PATH, sqlite::memory: or postgres://…',
  host: 'an address or a host name, without brackets and without a port',
  apiKey: '32 to 512 characters of ASCII without white space: openssl rand -base64 32 makes them',
  encryptionKey: '32 bytes in base64 or base64url: openssl rand -base64 32 makes them',
  clerkWebhookSecret: 'whsec_ with 24 to 64 bytes in base64 behind it, as the endpoint at Clerk shows it',
  issuer: 'an http or https URL with neither credentials nor query nor a slash at its end',
  publishableKey: 'pk_test_ or pk_live_ with base64 behind it',
  start: 'an instant: ISO 8601 with a zone, epoch milliseconds, now, or now+P7D',
  name: '1 to 64 letters, digits, ".", "_" and "-", a letter or a digit first',
  sha256: 'a SHA-256 of 64 hexadecimal digits',
}

/** What must be at a place of the document, to go after "must be". */
function expectationOf(path: readonly string[]): string {
  const schema: SettingSchema = schemaAt(path) ?? { description: '' }
  const words = TEXTS[path.at(-1) ?? '']
  if (words !== undefined) return words
  if (schema.enum !== undefined) return orList(schema.enum)
  switch (schema.$ref ?? schema.type) {
    case 'integer':
      return `a whole number from ${schema.minimum} to ${schema.maximum}`
    case 'boolean':
      return 'true or false'
    case 'array':
      return `a list of at most ${schema.maxItems} JSON objects with ${andList(namesAt(path))}`
    case 'object':
      return `a JSON object with ${andList(namesAt(path))}`
    case '#/$defs/path':
      return 'the path of a file'
    case '#/$defs/duration':
    case '#/$defs/shortDuration':
      return 'a duration in ISO 8601 text, such as P7D or PT30M'
    default:
      return 'text'
  }
}

function orList(words: readonly string[]): string {
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
}

function andList(words: readonly string[]): string {
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}
