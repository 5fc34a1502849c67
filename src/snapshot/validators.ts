import type { ValidateFunction } from 'ajv/dist/2020.js'
import type { Form } from '../domain/form.ts'
import { ajvForOwnSchemas, compiledOnce } from './own-schemas.ts'
import { clientSchema, sessionSchema, wireClientSchema, wireSessionSchema } from './schema-documents.ts'

/** `reject`: a status that is none of the eight is an error. `keep`: it is carried through untouched. */
export type UnknownStatus = 'reject' | 'keep'

/** How much a validator reports: its first error, or every one. */
type Thoroughness = 'first' | 'all'

const VALIDATORS = {
  sdk: { reject: validatorsFor('sdk', 'reject'), keep: validatorsFor('sdk', 'keep') },
  wire: { reject: validatorsFor('wire', 'reject'), keep: validatorsFor('wire', 'keep') },
}

/**
 * The validator of a form, compiled once.
 *
 * Ids are bounded within their patterns, for `maxLength` counts code points and costs AJV a third of its time.
 */
export function validatorOf(form: Form, unknownStatus: UnknownStatus, thoroughness: Thoroughness): ValidateFunction {
  return VALIDATORS[form][unknownStatus][thoroughness]()
}

function validatorsFor(
  form: Form,
  unknownStatus: UnknownStatus,
): Readonly<Record<Thoroughness, () => ValidateFunction>> {
  return {
    first: compiledOnce(() => compile(form, unknownStatus, 'first')),
    all: compiledOnce(() => compile(form, unknownStatus, 'all')),
  }
}

function compile(form: Form, unknownStatus: UnknownStatus, thoroughness: Thoroughness): ValidateFunction {
  const ajv = ajvForOwnSchemas({ allErrors: thoroughness === 'all' })
  const { $defs } = sessionSchema
  const status = unknownStatus === 'keep' ? $defs.label : $defs.status
  ajv.addSchema({ ...sessionSchema, $defs: { ...$defs, status } })
  ajv.addSchema(wireSessionSchema)
  return ajv.compile(form === 'sdk' ? clientSchema : wireClientSchema)
}
