/** What the service says of itself: health, readiness, metrics. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type OpenedHttp, openHttpService } from '../support/http-service.ts'
import { overStores } from '../support/stores.ts'

async function metric({ ask }: OpenedHttp, name: string): Promise<number | null> {
  const { text } = await ask('GET', '/metrics')
  const line = text.split('\n').find((each) => each.startsWith(`${name} `))
  return line === undefined ? null : Number(line.split(' ').at(-1))
}

overStores((kind) => {
  describe('the service', () => {
    test('is there whatever the store does, and ready only while that answers', async () => {
      await using http = await openHttpService(kind)
      assert.deepEqual((await http.ask('GET', '/readyz')).json.status, 'ready')
      await http.store.close()
      assert.equal((await http.ask('GET', '/healthz')).status, 200)
      const { status, json } = await http.ask('GET', '/readyz')
      assert.equal(status, 503)
      assert.deepEqual(
        json.checks.map(({ name, ok }: { name: string; ok: boolean }) => [name, ok]),
        [
          ['accepting', true],
          ['store', false],
        ],
      )
    })

    test('is unready once a deadline has waited for longer than the bound to be written down', async () => {
      await using http = await openHttpService(kind)
      await http.service.tenure.signIn({ userId: 'user_1' })
      http.clock.advanceBy('P7D')
      http.clock.advanceBy(60_000)
      assert.equal((await http.ask('GET', '/readyz')).status, 200, 'at the bound')
      http.clock.advanceBy(1)
      const { status, json } = await http.ask('GET', '/readyz')
      assert.equal(status, 503)
      assert.equal(json.checks[2].detail, 'a deadline fell 60 s ago and is not written down yet')
      await http.service.tenure.sweep()
      assert.equal((await http.ask('GET', '/readyz')).status, 200)
    })

    test('measures the lag of the sweep, and what waits for it', async () => {
      await using http = await openHttpService(kind)
      for (const user of ['user_1', 'user_2', 'user_3']) await http.service.tenure.signIn({ userId: user })
      assert.deepEqual(
        [await metric(http, 'tenure_sweep_lag_seconds'), await metric(http, 'tenure_outbox_backlog')],
        [0, 0],
      )
      http.clock.advanceBy('P7D')
      http.clock.advanceBy(2500)
      assert.deepEqual(
        [await metric(http, 'tenure_sweep_lag_seconds'), await metric(http, 'tenure_outbox_backlog')],
        [2.5, 3],
      )
      await http.service.tenure.sweep()
      assert.deepEqual(
        [await metric(http, 'tenure_sweep_lag_seconds'), await metric(http, 'tenure_outbox_backlog')],
        [0, 0],
      )
    })

    test('counts live sessions as of now, once a minute, and transitions by their cause', async () => {
      await using http = await openHttpService(kind)
      const { tenure } = http.service
      const first = await tenure.signIn({ userId: 'user_1' })
      await tenure.signIn({ userId: 'user_2', status: 'pending' })
      assert.equal(await metric(http, 'tenure_live_sessions'), 2)
      await tenure.end(first.session?.id ?? '')
      assert.equal(await metric(http, 'tenure_live_sessions'), 2)
      http.clock.advanceBy(60_000)
      assert.equal(await metric(http, 'tenure_live_sessions'), 1)
      http.clock.advanceBy('P7D')
      assert.equal(await metric(http, 'tenure_live_sessions'), 0, 'whatever was swept')
      await tenure.sweep()
      const causes = ['sign-in', 'end', 'expire-deadline', 'revoke']
      const counts = await Promise.all(
        causes.map((cause) => metric(http, `tenure_transitions_total{cause="${cause}"}`)),
      )
      assert.deepEqual(counts, [2, 1, 1, null])
    })

    test('tells what the store has no part in while the store is away', async () => {
      await using http = await openHttpService(kind)
      assert.equal(await metric(http, 'tenure_store_up'), 1)
      await http.store.close()
      for (const name of ['tenure_store_up', 'tenure_outbox_backlog', 'tenure_sweep_lag_seconds']) {
        assert.ok(Number.isNaN(await metric(http, name)), name)
      }
      const labels = 'method="GET",route="/metrics",status="200"'
      assert.equal(await metric(http, `tenure_http_request_duration_seconds_count{${labels}}`), 4)
    })

    test('counts requests by method, route and status, and no route by an id', async () => {
      await using http = await openHttpService(kind)
      for (const id of ['sess_1', 'sess_2']) await http.ask('GET', `/v1/sessions/${id}`)
      await http.ask('GET', '/nowhere')
      const labels = 'method="GET",route="/v1/sessions/:session_id",status="404"'
      assert.equal(await metric(http, `tenure_http_request_duration_seconds_count{${labels}}`), 2)
      const unmatched = 'method="GET",route="none",status="404"'
      assert.equal(await metric(http, `tenure_http_request_duration_seconds_count{${unmatched}}`), 1)
      assert.doesNotMatch((await http.ask('GET', '/metrics')).text, /sess_/)
    })
  })
})
