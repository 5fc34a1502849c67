#!/usr/bin/env node
// Nothing is imported before the version is known: what an older Node cannot load, it must not be asked to.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if (major < 22 || (major === 22 && minor < 13)) {
  process.stderr.write(`tenure needs Node 22.13 or newer; this is ${process.versions.node}\n`)
  process.exitCode = 2
} else {
  const [{ main }, { systemClock }, { discardUnfinished }, { silenceSqliteWarning }] = await Promise.all([
    import('./main.ts'),
    import('../domain/clock.ts'),
    import('./output.ts'),
    import('./experimental-warning.ts'),
  ])
  silenceSqliteWarning()
  const { stdin, stdout, stderr, env } = process
  // A reader that goes away, as `head` does, is no news.
  stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
    if (code !== 'EPIPE') process.exitCode = 2
  })
  stderr.on('error', () => {})
  let stop: (() => void) | null = null
  const untilStopped = () =>
    new Promise<void>((resolve) => {
      stop = resolve
    })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      discardUnfinished()
      if (stop !== null) {
        // Asked again, it does not wait for what is under way.
        stop()
        stop = null
        return
      }
      process.removeAllListeners(signal)
      process.kill(process.pid, signal)
    })
  }
  try {
    const exitCode = await main(process.argv.slice(2), { stdin, stdout, stderr, env, clock: systemClock, untilStopped })
    process.exitCode ??= exitCode
  } catch (error) {
    // A fault of ours, and no reject: those end with 1.
    stderr.write(`tenure: something went wrong that should not have; please report it\n${(error as Error)?.stack}\n`)
    process.exitCode = 2
  }
}

export {}
