/** Programs for faults that a test process had better not have itself: a disk of their own, or an account with no rights. */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ended, type Run } from './run-tenure.ts'

/** What makes a mount namespace: mounts in it are gone with the last process in it, however it ends. */
const UNSHARE = [
  ['unshare', '--mount'],
  ['unshare', '--user', '--map-root-user', '--mount'],
].find(([file = '', ...args]) => spawnSync(file, [...args, 'mount', '-t', 'tmpfs', 'none', tmpdir()]).status === 0)

/** Why no program can have a disk of its own here, for `skip`. */
export const noDisk: string | false =
  UNSHARE === undefined && 'NOT TESTED: a disk of its own takes Linux, and root or user namespaces'

/** Runs a program of `test/faults/programs`; its one argument is a folder that is a disk of this size, in kilobytes. */
export async function runOnDisk(program: string, kilobytes: number): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), 'tenure-disk-'))
  try {
    const [file = '', ...args] = UNSHARE ?? []
    const mount = `mount -t tmpfs -o size=${kilobytes}k none "$0" && exec "$@"`
    return await ended(spawn(file, [...args, 'sh', '-c', mount, folder, ...commandOf(program, folder)]))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Runs a program of `test/faults/programs` in a process of its own. */
export function runProgram(program: string, ...args: string[]): Promise<Run> {
  const [file = '', ...rest] = commandOf(program, ...args)
  return ended(spawn(file, rest))
}

function commandOf(program: string, ...args: string[]): string[] {
  const path = new URL(`../faults/programs/${program}.ts`, import.meta.url).pathname
  return [process.execPath, '--import', import.meta.resolve('tsx'), path, ...args]
}
