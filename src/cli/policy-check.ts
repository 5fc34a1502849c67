import { compareWithStandards } from '../domain/standards.ts'
import { spoken } from './inputs.ts'
import type { ExitCode, Io } from './io.ts'
import { LineWriter } from './output.ts'
import { readPolicyFile } from './policy-file.ts'
import { reportPolicy, reportRefusal } from './policy-report.ts'

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
  const reading = await readPolicyFile(file, io)
  if ('errors' in reading) {
    await print(format === 'text' ? reportRefusal(name, reading.errors, io) : reading.errors, io)
    return 1
  }
  const remarks = compareWithStandards(reading.policy)
  await print(format === 'text' ? reportPolicy(name, reading.policy, remarks, io) : remarks, io)
  return 0
}

/** Prints a report as it is, or values as a line of JSON each. */
async function print(report: string | readonly object[], io: Io): Promise<void> {
  const out = new LineWriter(io.stdout, 'standard output')
  if (typeof report === 'string') out.line(report.trimEnd())
  else for (const value of report) out.json(value)
  await out.finish()
}
