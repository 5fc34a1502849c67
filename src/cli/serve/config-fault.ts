import { UsageError } from '../io.ts'

/** One thing wrong with a configuration, before it is said where that came from. */
export interface ConfigFault {
  /** The way from the document to what is wrong: `['apiKeys', '0', 'scope']`. Empty: the whole of it. */
  readonly path: readonly string[]
  /** What is wrong and what to do, without the value, which may be a secret in the wrong place. */
  readonly message: string
}

/** A configuration that is refused, with everything that is wrong with it. No line holds a secret. */
export class ServeConfigError extends UsageError {
  /** A line a fault: where it came from, what is wrong and what to do. The message is these, a line each. */
  readonly faults: readonly string[]

  constructor(faults: readonly string[]) {
    super(faults.join('\n'))
    this.faults = faults
  }
}
