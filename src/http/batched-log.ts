import type { Writable } from 'node:stream'

/**
 * Where a logger writes to: the lines of one turn of the event loop go out together, for a write to a file or a pipe costs as
 * much as what it is about. A process that dies loses the lines of the turn that it died in.
 */
export function batchedLog(stream: Writable): { write(line: string): void } {
  let lines = ''
  const flush = () => {
    const written = lines
    lines = ''
    stream.write(written)
  }
  return {
    write(line) {
      if (lines === '') setImmediate(flush)
      lines += line
    },
  }
}
