import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import type { Fault } from '../domain/errors.ts'
import type { Policy } from '../domain/policy.ts'
import { compareWithStandards } from '../domain/standards.ts'
import { parseText } from '../snapshot/parse-text.ts'
import { checkPolicy } from '../snapshot/read-policy.ts'
import { reasonOf, spoken } from './inputs.ts'
import { type ExitCode, type Io, UsageError } from './io.ts'
import { LineWriter } from './output.ts'
import { reportPolicy, reportRefusal } from './policy-report.ts'

/** The largest policy that is read, in bytes. One that says everything at length has two thousand. */
export const MAXIMUM_POLICY_SIZE = 64 * 1024

/** What `tenure policy check` can be told. */
export interface PolicyCheckOptions {
  /** `text` for people, `json` for one line a fault or remark. Unless given: text where a person is looking. */
  readonly format?: 'text' | 'json' | undefined
}

/**
 * `tenure policy check FILE`: the faults of a policy or, where there are none, what the standards say of its numbers.
 *
 * @param file Path of a JSON document; `-` is standard input.
 * @returns 0 for a valid policy, whatever the standards say of it; 1 for one that is refused.
 * @throws {UsageError} When the file cannot be read, or the output cannot be written.
 */
export async function policyCheck(file: string, options: PolicyCheckOptions, io: Io): Promise<ExitCode> {
  const format = options.format ?? (io.stdout.isTTY === true ? 'text' : 'json')
  const name = spoken(file)
  const resolution = checkBytes(await readBounded(file === '-' ? io.stdin : createReadStream(file), name))
  if ('errors' in resolution) {
    await print(format === 'text' ? reportRefusal(name, resolution.errors, io) : resolution.errors, io)
    return 1
  }
  const remarks = compareWithStandards(resolution.policy)
  await print(format === 'text' ? reportPolicy(name, resolution.policy, remarks, io) : remarks, io)
  return 0
}

/** The bytes of a stream, or undefined when they are more than a policy may have: what follows is not read. */
async function readBounded(stream: Readable, name: string): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of stream) {
      chunks.push(Buffer.from(chunk))
      size += chunk.length
      if (size > MAXIMUM_POLICY_SIZE) return undefined
    }
  } catch (error) {
    throw new UsageError(`cannot read ${name}: ${reasonOf(error)}`, { cause: error })
  }
  return Buffer.concat(chunks)
}

function checkBytes(
  bytes: Uint8Array | undefined,
): { readonly policy: Policy } | { readonly errors: readonly Fault[] } {
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

/** Prints a report as it is, or values as a line of JSON each. */
async function print(report: string | readonly object[], io: Io): Promise<void> {
  const out = new LineWriter(io.stdout, 'standard output')
  if (typeof report === 'string') out.line(report.trimEnd())
  else for (const value of report) out.json(value)
  await out.finish()
}
