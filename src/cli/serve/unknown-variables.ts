import { closestName } from '../../snapshot/closest-name.ts'
import { printable } from '../columns.ts'
import type { Io } from '../io.ts'
import { CONFIG, SETTINGS, VARIABLE_PREFIX } from './settings.ts'

/** What Tenure's own tests are told by, which a service that they run inherits. */
const OF_TESTS = /^TENURE_(?:TEST|CRASH|FUZZ)_/

const VARIABLES = [CONFIG.variable, ...SETTINGS.map(({ variable }) => variable)]

/**
 * A line for each variable that begins like one of Tenure's and is none, with the nearest that is one. Only names are told.
 *
 * @example `TENURE_TOKEN_LIFETME is no setting, and nothing reads it: did you mean TENURE_TOKEN_LIFETIME?`
 */
export function unknownVariables(env: Io['env']): string[] {
  return Object.keys(env)
    .filter((name) => name.startsWith(VARIABLE_PREFIX) && env[name] !== undefined)
    .filter((name) => !VARIABLES.includes(name) && !OF_TESTS.test(name))
    .sort()
    .map((name) => `${printable(name)} is no setting, and nothing reads it${hint(name)}`)
}

function hint(name: string): string {
  // Without the beginning that all share, which would make any two of them look alike.
  const meant = closestName(
    name.slice(VARIABLE_PREFIX.length),
    VARIABLES.map((variable) => variable.slice(VARIABLE_PREFIX.length)),
  )
  return meant === undefined ? '' : `: did you mean ${VARIABLE_PREFIX}${meant}?`
}
