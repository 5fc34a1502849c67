/** What `tenure serve` does, and says, where its clock steps forward by more than `--max-clock-step`. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { systemClock } from '../../../src/domain/clock.ts'
import type { EpochMs } from '../../../src/domain/instant.ts'
import { get, post, type Serving, serving } from '../../support/serving.ts'

const HOUR = 3_600_000

/** Asks whether the service is ready until it says what is wanted of the sweep: `null` that all is well. */
async function untilSweep({ url }: Serving, wanted: RegExp | null): Promise<void> {
  let seen = ''
  for (let tries = 0; tries < 200; tries += 1) {
    const { status, json } = await get(`${url}/readyz`, null)
    const { checks } = json as { readonly checks: readonly { readonly name: string; readonly detail?: string }[] }
    seen = `${status} ${checks.find(({ name }) => name === 'sweep')?.detail ?? ''}`
    if (wanted === null ? status === 200 : status === 503 && wanted.test(seen)) return
    await setTimeout(50)
  }
  assert.fail(`it never said ${wanted ?? 'that it is ready'}, but ${seen}`)
}

test('a clock that steps forward past the bound stops the sweep: /readyz and the log say so, until it is set right', async () => {
  let step = 0
  const clock = { ...systemClock, now: () => (systemClock.now() + step) as EpochMs }
  const flags = ['--store', 'sqlite::memory:', '--new-development-key', '--sweep-interval', 'PT1S']
  await using service = await serving([...flags, '--max-clock-step', 'PT1H', '--log-level', 'error'], {}, clock)
  await post(`${service.url}/v1/sign_in`, service.key, { user_id: 'user_1' })
  await untilSweep(service, null)
  step = 10 * 24 * HOUR
  await untilSweep(service, /the clock has stepped forward/)
  assert.match(service.logged(), /"stepMilliseconds":86\d{7},.*the sweep has stopped/)
  const { json } = await get(`${service.url}/v1/events`, service.key)
  const types = (json as { data: { event: { type: string } }[] }).data.map(({ event }) => event.type)
  assert.deepEqual(types, ['session.created'], 'nobody is ended')
  step = 0
  await untilSweep(service, null)
})
