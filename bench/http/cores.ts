/** Which processor core runs what, and how much of it a process has used. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

/** The cores of the servers, which run in turn, and of the load generator, which is this process. */
const [SERVER_CORE, GENERATOR_CORE] = ['0', '1']

/** Whether processes are kept to cores of their own: where the system can, and has two of them. */
export const IS_PINNED = availableParallelism() > 1 && hasTaskset()

/** A command line, kept to the servers' core. */
export function onServerCore(command: readonly string[]): readonly string[] {
  return IS_PINNED ? ['taskset', '-c', SERVER_CORE, ...command] : command
}

/** Keeps this process to the load generator's core, and what it starts, unless that is kept elsewhere. */
export function moveToGeneratorCore(): void {
  if (IS_PINNED) execFileSync('taskset', ['-a', '-p', '-c', GENERATOR_CORE, String(process.pid)], { stdio: 'ignore' })
}

/** Linux counts processor time in hundredths of a second, whatever the kernel's own tick is. */
const TICK_SECONDS = 0.01

/**
 * Processor time that a process has taken, seconds, the kernel's on its behalf too; `null` where the system does not say.
 *
 * @see proc_pid_stat(5)
 */
export function processorSeconds(pid: number): number | null {
  if (process.platform !== 'linux') return null
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // Behind the command's name, which may hold anything: the state is the third field, the times the 14th and 15th.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_SECONDS
}

function hasTaskset(): boolean {
  try {
    execFileSync('taskset', ['-V'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
