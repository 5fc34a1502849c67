import { counted } from '../domain/counted.ts'
import type { Fault } from '../domain/errors.ts'
import type { Policy } from '../domain/policy.ts'
import { parseText } from '../snapshot/parse-text.ts'
import { checkPolicy } from '../snapshot/read-policy.ts'
import { readBounded } from './bounded-file.ts'
import { spoken } from './inputs.ts'
import { type Io, UsageError } from './io.ts'

/** The largest policy that is read, in bytes. One that says everything at length has two thousand. */
export const MAXIMUM_POLICY_SIZE = 64 * 1024

/** A policy that was read, or why it is refused. */
export type PolicyReading = { readonly policy: Policy } | { readonly errors: readonly Fault[] }

/**
 * Reads a policy from a file.
 *
 * @param file Path of a JSON document; `-` is standard input.
 * @throws {UsageError} When the file cannot be read.
 */
export async function readPolicyFile(file: string, io: Io): Promise<PolicyReading> {
  return checkBytes(await readBounded(file, MAXIMUM_POLICY_SIZE, io))
}

/**
 * Reads a policy that a command is to go by.
 *
 * @throws {UsageError} When the file cannot be read, or the policy is refused.
 */
export async function loadPolicy(file: string, io: Io): Promise<Policy> {
  const reading = await readPolicyFile(file, io)
  if ('policy' in reading) return reading.policy
  const { length } = reading.errors
  throw new UsageError(`the policy in ${spoken(file)} has ${counted(length, 'fault')}: see tenure policy check ${file}`)
}

function checkBytes(bytes: Uint8Array | undefined): PolicyReading {
  if (bytes === undefined) return refused('document-too-large', 'the policy is larger than 64 KiB')
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return refused('json-encoding', 'the bytes are not UTF-8; save the policy as UTF-8')
  }
  const parsed = parseText(text)
  return parsed.ok ? checkPolicy(parsed.value) : { errors: [parsed.error] }
}

function refused(code: string, message: string): { readonly errors: readonly Fault[] } {
  return { errors: [{ code, path: '', message }] }
}
