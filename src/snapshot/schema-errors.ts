import type { ErrorObject } from 'ajv'
import type { Finding, FindingCode } from './findings.ts'

/** More errors than this are not listed: who has a hundred has one cause. */
export const MAXIMUM_ERRORS = 100

/** What AJV has against a document, in Tenure's words: a stable code, a pointer, and what to do. */
export function findingsOf(errors: readonly ErrorObject[]): Finding[] {
  return errors.slice(0, MAXIMUM_ERRORS).map(findingOf)
}

function findingOf({ keyword, instancePath: path, schemaPath, params }: ErrorObject): Finding {
  const about = (code: FindingCode, message: string): Finding => ({ code, path, message })
  const isInstant = schemaPath.includes('/instant/')
  switch (keyword) {
    case 'required': {
      const name = String(params['missingProperty']).replaceAll('~', '~0').replaceAll('/', '~1')
      return { code: 'missing-member', path: `${path}/${name}`, message: 'is not there' }
    }
    case 'type':
      return isInstant
        ? about('instant-not-integer', 'is not an integer; give epoch milliseconds, and convert ISO dates first')
        : about('wrong-type', `is not of type ${String(params['type']).replaceAll(',', ' or ')}`)
    case 'minimum':
    case 'maximum':
      return about('instant-out-of-range', 'is no instant: epoch milliseconds go from 0 to 8640000000000000')
    case 'enum':
      return about('unknown-status', 'is none of the eight statuses; keep it with unknown statuses kept, or mend it')
    case 'const':
      return about('wrong-value', `is not "${String(params['allowedValue'])}"`)
    case 'pattern':
      return /\/(?:id|optionalId)\//.test(schemaPath)
        ? about('malformed-id', 'is not an id: 1 to 255 characters, without white space or control characters')
        : about('malformed-text', 'is too long, or holds half a surrogate pair')
    case 'maxItems':
      return about('too-many-items', `holds more than ${String(params['limit'])} items`)
    default:
      return about('wrong-value', 'is not what its schema allows')
  }
}
