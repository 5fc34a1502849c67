import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'

type Options = ConstructorParameters<typeof Ajv2020>[0]

/**
 * Makes an AJV for schemas of Tenure's own.
 *
 * That they are JSON Schema is held by the tests: at every start that would compile the schema of schemas, too, and
 * most commands take less time than that.
 * `ownProperties`: a member that is only on the prototype is not there.
 */
export function ajvForOwnSchemas(options: Options = {}): Ajv2020 {
  const always = { strict: true, ownProperties: true, meta: false, validateSchema: false }
  return new Ajv2020({ allErrors: true, ...options, ...always })
}

/** Puts off compiling until a validator is first asked for, and does it once. */
export function compiledOnce(compile: () => ValidateFunction): () => ValidateFunction {
  let validate: ValidateFunction | undefined
  return () => {
    validate ??= compile()
    return validate
  }
}
