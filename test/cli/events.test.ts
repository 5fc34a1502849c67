/** `tenure events`, and what a service with `--record-touches` has written for it. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import test from 'node:test'
import { ended, linesOf, spawnTenure, temporaryFolder, tenure } from '../support/run-tenure.ts'
import { post, serving } from '../support/serving.ts'

interface Line {
  readonly event: { readonly type: string; readonly from: string | null; readonly to: string; readonly cause: string }
}

async function eventsOf(store: readonly string[], ...flags: readonly string[]): Promise<readonly Line['event'][]> {
  const { code, out } = await tenure(['events', ...store, ...flags])
  assert.equal(code, 0)
  return (linesOf(out) as unknown as Line[]).map(({ event }) => event)
}

/** Signs in, and touches until the clock has gone on. */
async function touchOnce({ url, key }: { readonly url: string; readonly key: string | null }): Promise<void> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  const post = async (path: string, body: object) => {
    const response = await fetch(`${url}/v1/${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
    return (await response.json()) as Record<string, unknown>
  }
  const first = await post('sign_in', { user_id: 'user_1' })
  await post(`clients/${first['client_id']}/sign_in`, { user_id: 'user_2' })
  // The second is last active, so that a touch of the first is not held back; the next one of it is.
  const { changed, reason, transitions } = await post(`sessions/${first['id']}/touch`, {})
  assert.deepEqual([changed, reason, transitions], [true, null, []])
  assert.equal((await post(`sessions/${first['id']}/touch`, {}))['reason'], 'throttled')
}

test('touches that a service records are printed by their type, and without the setting there are none', async (t) => {
  for (const [flags, count] of [
    [['--record-touches'], 1],
    [[], 0],
  ] as const) {
    const store = ['--store', `sqlite:${temporaryFolder(t)('tenure.db')}`]
    {
      await using service = await serving([...store, ...flags])
      await touchOnce(service)
    }
    const touched = await eventsOf(store, '--type', 'session.touched')
    const { from, to, cause } = touched[0] ?? {}
    assert.deepEqual(
      [touched.length, from, to, cause],
      count === 1 ? [1, 'active', 'active', 'touch'] : [0, undefined, undefined, undefined],
    )
    assert.equal((await eventsOf(store)).length, 2 + count)
    assert.equal((await tenure(['audit', ...store])).code, 0)
  }
})

test('--follow prints what is there and then what happens, until it is asked to stop; --after goes on behind', async (t) => {
  const store = ['--store', `sqlite:${temporaryFolder(t)('tenure.db')}`]
  await using service = await serving([...store, '--new-development-key'])
  const signIn = (user: string) => post(`${service.url}/v1/sign_in`, service.key, { user_id: user })
  await signIn('user_1')
  const child = spawnTenure(['events', ...store, '--follow'], { stdio: ['ignore', 'pipe', 'pipe'] })
  const end = ended(child)
  const usersOf = (lines: readonly Record<string, unknown>[]) =>
    lines.map(({ event }) => (event as { user_id: string }).user_id)
  let out = ''
  const printed = async (count: number) => {
    while (linesOf(out.slice(0, out.lastIndexOf('\n') + 1)).length < count) {
      const [piece] = (await once(child.stdout as Readable, 'data')) as [Buffer]
      out += piece
    }
    return linesOf(out)
  }
  assert.deepEqual(usersOf(await printed(1)), ['user_1'])
  await signIn('user_2')
  await signIn('user_3')
  const lines = await printed(3)
  assert.deepEqual(usersOf(lines), ['user_1', 'user_2', 'user_3'])
  child.kill('SIGTERM')
  assert.deepEqual((({ code, err }) => ({ code, err }))(await end), { code: 0, err: '' })
  const { out: rest } = await tenure(['events', ...store, '--after', String(lines[0]?.['cursor'])])
  assert.deepEqual(usersOf(linesOf(rest)), ['user_2', 'user_3'])
  const { code, err } = await tenure(['events', ...store, '--after', 'yesterday'])
  assert.deepEqual([code, err], [2, 'tenure: --after is a cursor that tenure events printed\n'])
})

test('a type that is none is refused, with those that there are', async () => {
  const { code, err } = await tenure(['events', '--store', 'sqlite::memory:', '--type', 'session.touch'])
  assert.equal(code, 2)
  assert.match(err, /session\.removed, session\.touched\./)
})
