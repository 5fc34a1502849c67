import { counted } from '../../domain/counted.ts'
import type { Policy } from '../../domain/policy.ts'
import { printable } from '../columns.ts'
import { type Input, spoken } from '../inputs.ts'
import { type Io, UsageError } from '../io.ts'
import { readPolicyFile } from '../policy-file.ts'

/**
 * Reads the policies of a forecast.
 *
 * @throws {UsageError} When a file cannot be read, or a policy is refused: with every fault of it, and where it is.
 */
export async function loadPolicies(
  use: { readonly policy: string; readonly against?: string | undefined },
  inputs: readonly Input[],
  io: Io,
): Promise<{ readonly policy: Policy; readonly against: Policy | null }> {
  const names = [...inputs.map(({ name }) => name), use.policy, use.against]
  if (names.filter((name) => name === '-').length > 1) throw new UsageError('standard input can be read only once')
  const policy = await load(use.policy, io)
  return { policy, against: use.against === undefined ? null : await load(use.against, io) }
}

async function load(file: string, io: Io): Promise<Policy> {
  const reading = await readPolicyFile(file, io)
  if ('policy' in reading) return reading.policy
  const { errors } = reading
  const faults = errors.map(({ code, path, message }) => `  ${printable(path) || '(document)'} ${message} [${code}]`)
  throw new UsageError([`the policy in ${spoken(file)} has ${counted(errors.length, 'fault')}:`, ...faults].join('\n'))
}
