/** What a command loads: whoever asks for help, or for one file to be checked, does not wait for a web server. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ended, spawnTenure } from '../support/run-tenure.ts'

/** Has a process tell of each package that it loads, on standard error. */
const TELLING = `data:text/javascript,${encodeURIComponent(`
import { registerHooks } from 'node:module'
registerHooks({
  load(url, context, next) {
    const [, name] = /node_modules\\/((?:@[^/]+\\/)?[^/]+)\\//.exec(url) ?? []
    if (name !== undefined) process.stderr.write(name + '\\n')
    return next(url, context)
  },
})`)}`

async function packagesOf(args: readonly string[]): Promise<readonly string[]> {
  const { code, err } = await ended(spawnTenure(args, { node: ['--import', TELLING] }))
  assert.equal(code, 0, err)
  const names = [...new Set(err.trim().split('\n'))]
  assert.ok(names.includes('commander'), `nothing was told of: ${err}`)
  return names
}

/** What only some commands need: servers, databases, tokens and pictures. */
const HEAVY = ['fastify', 'pg', 'pg-boss', 'jose', 'prom-client', 'vega', 'vega-lite']

for (const args of [['--version'], ['serve', '--help'], ['validate', 'examples/clients.ndjson']]) {
  test(`tenure ${args.join(' ')} loads nothing heavy that other commands need`, async () => {
    const loaded = await packagesOf(args)
    assert.deepEqual(
      loaded.filter((name) => HEAVY.includes(name)),
      [],
    )
  })
}
