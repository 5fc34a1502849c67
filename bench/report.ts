import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import type { Comparison } from './measurement.ts'

/** A comparison, and what else there is to say of its subject. */
export type Result = Comparison & { readonly clientsPerSecond?: number }

/** The machine and the runtime that figures are from. */
export const MACHINE = `${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.versions.node}`

/** Comparisons as a Markdown table, a line each. */
export function tableOf(rows: readonly Result[]): string {
  const lines = rows.map(({ name, subject, baseline, ratio, target, holds, clientsPerSecond }) => {
    const speed = clientsPerSecond === undefined ? '' : `, ${clientsPerSecond.toLocaleString('en')} clients/s`
    const verdict = target === '' ? '' : `${target}: ${holds ? 'holds' : 'MISSED'}`
    const times = `${spell(subject.nanoseconds)}${speed} | ${spell(baseline.nanoseconds)} (${baseline.what})`
    return `| ${name} | ${times} | ${ratio.toFixed(ratio < 10 ? 2 : 0)}x | ${verdict} |`
  })
  const head = '| what | Tenure | against | ratio | target |\n|---|---|---|---|---|'
  return `${head}\n${lines.join('\n')}\n`
}

/** A time in the unit that it is read best in. */
export function spell(nanoseconds: number): string {
  if (nanoseconds < 1e3) return `${nanoseconds.toFixed(1)} ns`
  if (nanoseconds < 1e6) return `${(nanoseconds / 1e3).toFixed(2)} µs`
  if (nanoseconds < 1e9) return `${(nanoseconds / 1e6).toFixed(2)} ms`
  return `${(nanoseconds / 1e9).toFixed(2)} s`
}

/** Writes a file beside the benchmarks. */
export function writeResult(name: string, text: string): void {
  writeFileSync(new URL(name, import.meta.url), text)
}
