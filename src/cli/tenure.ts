#!/usr/bin/env node
// Nothing is imported before the version is known: what an older Node cannot load, it must not be asked to.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if (major < 22 || (major === 22 && minor < 13)) {
  process.stderr.write(`tenure needs Node 22.13 or newer; this is ${process.versions.node}\n`)
  process.exitCode = 2
} else {
  const [{ main }, { systemClock }] = await Promise.all([import('./main.ts'), import('../domain/clock.ts')])
  const { stdin, stdout, stderr, env } = process
  // A reader that goes away, as `head` does, is no news.
  stdout.on('error', () => {})
  stderr.on('error', () => {})
  try {
    process.exitCode = await main(process.argv.slice(2), { stdin, stdout, stderr, env, clock: systemClock })
  } catch (error) {
    // A fault of ours, and no reject: those end with 1.
    stderr.write(`tenure: something went wrong that should not have; please report it\n${(error as Error)?.stack}\n`)
    process.exitCode = 2
  }
}

export {}
