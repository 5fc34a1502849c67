/** The feed over HTTP: read, waited for, streamed, in each of its forms. */
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { verifyWebhook } from '@clerk/backend/webhooks'
import { type OpenedHttp, openHttpService } from '../support/http-service.ts'
import { START } from '../support/services.ts'
import { overStores, type StoreKind } from '../support/stores.ts'

async function signIn(http: OpenedHttp, userId: string): Promise<string> {
  return (await http.ask('POST', '/v1/sign_in', { user_id: userId })).json.id
}

interface Told {
  readonly cursor: string
  readonly event: { readonly type: string; readonly session_id: string; readonly at: number }
}

overStores((kind) => {
  describe('the feed', () => reading(kind))
  describe('the stream', () => streaming(kind))
})

function reading(kind: StoreKind): void {
  test('pages have every event once, in order, and the next of the last is where more will be', async () => {
    await using http = await openHttpService(kind)
    const ids = []
    for (const user of ['user_1', 'user_2', 'user_3']) ids.push(await signIn(http, user))
    await http.ask('POST', `/v1/sessions/${ids[0]}/end`, { asked_by: 'user_1' })
    const told: Told[] = []
    let after = ''
    for (let pages = 0; pages < 5; pages += 1) {
      const { status, json } = await http.ask('GET', `/v1/events?limit=1${after}`)
      assert.equal(status, 200)
      told.push(...json.data)
      after = `&after=${json.next}`
    }
    assert.deepEqual(
      told.map(({ event }) => [event.type, event.session_id]),
      [...ids.map((id) => ['session.created', id]), ['session.ended', ids[0]]],
    )
    assert.deepEqual((await http.ask('GET', `/v1/events?type=session.ended`)).json.data, [told[3]])
  })

  test('touches that are recorded are told by their type and stand in the history, and are no transitions', async () => {
    await using http = await openHttpService(kind, { options: { recordTouches: true } })
    const id = await signIn(http, 'user_1')
    http.clock.advanceBy(60_000)
    const { json } = await http.ask('POST', `/v1/sessions/${id}/touch`, { asked_by: 'user_1' })
    assert.deepEqual([json.changed, json.transitions], [true, []])
    const { data } = (await http.ask('GET', '/v1/events?type=session.touched')).json
    assert.deepEqual(
      data.map(({ event }: { event: Record<string, unknown> }) => [
        event['from'],
        event['to'],
        event['cause'],
        event['asked_by'],
      ]),
      [['active', 'active', 'touch', 'user_1']],
    )
    const history = (await http.ask('GET', `/v1/sessions/${id}/history`)).json.data
    assert.deepEqual(
      history.map(({ cause }: { cause: string }) => cause),
      ['sign-in', 'touch'],
    )
    const { text } = await http.ask('GET', '/metrics')
    assert.match(text, /tenure_transitions_total\{cause="sign-in"\} 1/)
    assert.doesNotMatch(text, /cause="touch"/)
  })

  test('who waits is told as soon as something happens, and of nothing when the time is over', async () => {
    await using http = await openHttpService(kind)
    await signIn(http, 'user_1')
    const { next } = (await http.ask('GET', '/v1/events')).json
    const waiting = http.ask('GET', `/v1/events?after=${next}&wait_seconds=30`)
    for (let turns = 0; turns < 20; turns += 1) await setImmediate()
    const id = await signIn(http, 'user_2')
    const { json } = await waiting
    assert.deepEqual(
      json.data.map(({ event }: Told) => event.session_id),
      [id],
    )
    const inVain = http.ask('GET', `/v1/events?after=${json.next}&wait_seconds=30`)
    for (let turns = 0; turns < 20; turns += 1) await setImmediate()
    let isAnswered = false
    inVain.then(() => {
      isAnswered = true
    })
    while (!isAnswered) {
      http.clock.advanceBy(1000)
      await setImmediate()
    }
    assert.deepEqual((await inVain).json, { data: [], next: json.next })
    assert.ok(http.clock.now() >= START + 30_000)
  })

  test('what another process writes is told within a poll', async () => {
    await using http = await openHttpService(kind)
    const other = await http.again()
    const { next } = (await http.ask('GET', '/v1/events')).json
    const waiting = http.ask('GET', `/v1/events?wait_seconds=60${next === null ? '' : `&after=${next}`}`)
    let answer: Awaited<typeof waiting> | undefined
    waiting.then((found) => {
      answer = found
    })
    await setImmediate()
    await other.tenure.signIn({ userId: 'user_1', sessionId: 'sess_other' })
    for (let turns = 0; answer === undefined && turns < 10_000; turns += 1) {
      await setImmediate()
      if (turns % 20 === 19) http.clock.advanceBy(500)
    }
    assert.deepEqual(
      answer?.json.data.map(({ event }: Told) => event.session_id),
      ['sess_other'],
    )
  })

  test('a cursor, a type or a form that is none is refused by its name', async () => {
    await using http = await openHttpService(kind)
    const cursor = await http.ask('GET', '/v1/events?after=x')
    assert.deepEqual([cursor.status, cursor.json.errors[0].code], [400, 'event_cursor_invalid'])
    for (const [query, name] of [
      ['type=session.nothing', 'type'],
      ['form=xml', 'form'],
      ['wait_seconds=61', 'wait_seconds'],
    ] as const) {
      const { status, json } = await http.ask('GET', `/v1/events?${query}`)
      assert.deepEqual([status, json.errors[0].meta.param_name], [422, name])
    }
  })

  test("in Clerk's envelope an event is one that the SDK's verifyWebhook takes, signed as Svix signs", async () => {
    await using http = await openHttpService(kind)
    const id = await signIn(http, 'user_1')
    http.clock.advanceBy('P7D')
    await http.service.tenure.sweep()
    const { json } = await http.ask('GET', '/v1/events?type=session.expired&form=clerk')
    const [{ event }] = json.data
    const body = JSON.stringify(event)
    const secret = `whsec_${Buffer.alloc(32, 's').toString('base64')}`
    const timestamp = String(Math.floor(Date.now() / 1000))
    const signed = `${event.event.id}.${timestamp}.${body}`
    const signature = createHmac('sha256', Buffer.alloc(32, 's')).update(signed).digest('base64')
    const headers = { 'svix-id': event.event.id, 'svix-timestamp': timestamp, 'svix-signature': `v1,${signature}` }
    const request = new Request('http://127.0.0.1/', { method: 'POST', headers, body })
    const verified = (await verifyWebhook(request, { signingSecret: secret })) as unknown as typeof event
    assert.deepEqual([verified.type, verified.data.id, verified.data.status], ['session.expired', id, 'expired'])
    assert.equal(verified.data.expire_at, START + 7 * 86_400_000)
  })

  test('as CloudEvents an event has an id, a source, a type, and the instant it took effect', async () => {
    await using http = await openHttpService(kind)
    const id = await signIn(http, 'user_1')
    const { json } = await http.ask('GET', '/v1/events?form=cloudevents')
    const { data, ...rest } = json.data[0].event
    assert.deepEqual(rest, {
      specversion: '1.0',
      id: data.id,
      source: http.url,
      type: 'session.created',
      subject: id,
      time: new Date(START).toISOString(),
      datacontenttype: 'application/json',
    })
  })
}

/** Reads a stream until so many events have come, or it ends. */
async function listen(
  http: OpenedHttp,
  query: string,
  headers: Record<string, string>,
  many: number,
): Promise<string[]> {
  const authorization = `Bearer ${http.key}`
  const response = await fetch(`${http.url}/v1/events/stream${query}`, { headers: { authorization, ...headers } })
  assert.equal(response.headers.get('content-type'), 'text/event-stream')
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true })
    if ((text.match(/^data: /gm) ?? []).length >= many) break
  }
  return text.split('\n\n').filter((block) => block.includes('data: '))
}

function streaming(kind: StoreKind): void {
  test('a stream has what happens from now on, each with its cursor, and begins behind one that is named', async () => {
    await using http = await openHttpService(kind)
    const before = await signIn(http, 'user_0')
    const listening = listen(http, '', {}, 2)
    await http.service.tenure.verify(before)
    const ids: string[] = []
    const signingIn = (async () => {
      await new Promise((resolve) => setTimeout(resolve, 200))
      for (const user of ['user_1', 'user_2']) ids.push(await signIn(http, user))
    })()
    const blocks = await listening
    await signingIn
    assert.deepEqual(
      blocks.map((block) => JSON.parse(/^data: (.*)$/m.exec(block)?.[1] ?? '').session_id),
      ids,
    )
    const cursor = /^id: (.*)$/m.exec(blocks[0] ?? '')?.[1] as string
    const again = await listen(http, '', { 'last-event-id': cursor }, 1)
    assert.deepEqual(again, blocks.slice(1, 2))
    assert.deepEqual(await listen(http, `?after=${cursor}`, {}, 1), again)
    const all = await listen(http, '?from=beginning', {}, 3)
    assert.deepEqual(all.slice(1), blocks)
  })

  test('a stream ends when the service closes, and keeps it from nothing', async () => {
    await using http = await openHttpService(kind)
    const listening = listen(http, '', {}, 1)
    await new Promise((resolve) => setTimeout(resolve, 100))
    await http.service.close()
    assert.deepEqual(await listening, [])
  })
}
