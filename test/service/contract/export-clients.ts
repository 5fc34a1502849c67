/** Exporting: what came in comes out, settled at one instant, and can be imported again. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parseClient, readClient } from '../../../src/snapshot/index.ts'
import { BORN, type Document, FORMS, fixturePath, inForm, sdkClient, sdkSession } from '../../support/documents.ts'
import { exportAll, importAll, imported, settled, squeezed, stateOf } from '../../support/imports.ts'
import { openService, signedIn } from '../../support/services.ts'
import { DAY } from '../../support/sessions.ts'
import { dumpOf } from '../../support/stored.ts'
import type { StoreKind } from '../../support/stores.ts'

const EXAMPLES = new URL('../../../examples/clients.ndjson', import.meta.url).pathname

export function exporting(kind: StoreKind): void {
  for (const path of [EXAMPLES, fixturePath('clients-wire.ndjson'), fixturePath('seed-client.json')]) {
    test(`an export of ${path.split('/').at(-1)} is what settling it makes of it, to the byte`, async () => {
      const text = readFileSync(path, 'utf8')
      const documents = path.endsWith('.ndjson') ? text.trim().split('\n') : [text]
      for (const days of [-1000, 0, 3, 8, 40]) {
        await using service = await openService(kind)
        service.clock.advanceTo(BORN + days * DAY)
        const results = await importAll(service.tenure, documents)
        assert.deepEqual(new Set(results.map(({ result }) => result)), new Set(['imported']))
        assert.deepEqual(await exportAll(service.tenure), settled(documents, BORN + days * DAY))
      }
    })
  }

  test('an export has every session that a client holds, and lists those that it shows', async () => {
    await using service = await openService(kind)
    const { tenure } = service
    const { clientId } = await signedIn(tenure, 'user_1', { sessionId: 'a' })
    for (const sessionId of ['b', 'c']) await signedIn(tenure, `user_${sessionId}`, { clientId, sessionId })
    await tenure.remove('a')
    await tenure.end('b')
    service.clock.advanceBy(8 * DAY)
    const [line] = await exportAll(tenure)
    const instants = { lastActiveAt: BORN, expireAt: BORN + 7 * DAY, abandonAt: BORN + 30 * DAY, updatedAt: BORN }
    const session = (id: string, userId: string, parts: Document) => {
      return sdkSession({ id, userId, clientId, ...instants, ...parts })
    }
    assert.equal(
      line,
      JSON.stringify(
        sdkClient({ id: clientId, sessionIds: ['b', 'c'], lastActiveSessionId: null, updatedAt: BORN + 7 * DAY }, [
          session('a', 'user_1', { status: 'removed' }),
          session('b', 'user_b', { status: 'ended' }),
          session('c', 'user_c', { status: 'expired', updatedAt: BORN + 7 * DAY }),
        ]),
      ),
    )
  })

  test('what the lifecycle changed since stands in the document that came in, and nothing else of it moves', async () => {
    const sliding = { inactivityTimeout: DAY, abandonment: { after: 2 * DAY, from: 'last-activity' } } as const
    await using service = await openService(kind, sliding)
    const { tenure } = service
    const deadlines = { expireAt: BORN + DAY, abandonAt: BORN + 2 * DAY }
    const document = (id: string, parts: Document) => sdkSession({ note: 1, ...parts, id, tasks: null })
    const client = (parts: Document, sessions: readonly Document[]) => {
      return JSON.stringify(inForm('wire', { note: [1], ...sdkClient(parts, sessions) }))
    }
    const before = ['sess_a', 'sess_b', 'sess_c'].map((id) => document(id, deadlines))
    await importAll(tenure, [client({}, before)])
    service.clock.advanceBy(7)
    await tenure.touch('sess_b')
    await tenure.touch('sess_b')
    await tenure.remove('sess_c')
    const now = BORN + 7
    const touched = { lastActiveAt: now, expireAt: now + DAY, abandonAt: now + 2 * DAY, updatedAt: now }
    const after = [
      document('sess_a', deadlines),
      document('sess_b', touched),
      document('sess_c', { ...deadlines, status: 'removed', updatedAt: now }),
    ]
    const shown = { sessionIds: ['sess_a', 'sess_b'], lastActiveSessionId: 'sess_b', updatedAt: now }
    assert.deepEqual(await exportAll(tenure), [client(shown, after)])
  })

  test('a session that signed in on an imported client has the form of its client', async () => {
    await using service = await openService(kind)
    const { tenure } = service
    await importAll(
      tenure,
      FORMS.map((form) => inForm(form, sdkClient({ id: `client_${form}` }, []))),
    )
    for (const form of FORMS) await signedIn(tenure, 'user_2', { clientId: `client_${form}`, sessionId: form })
    const lines = await exportAll(tenure)
    for (const [index, form] of FORMS.entries()) {
      const reading = readClient(lines[index])
      assert.deepEqual(reading.errors, [])
      assert.equal(reading.valid && reading.form, form)
      const parts = { id: form, userId: 'user_2', clientId: `client_${form}` }
      assert.deepEqual(JSON.parse(lines[index] as string)['sessions'], [inForm(form, sdkSession(parts))])
    }
  })

  test('numbers as written, members that nobody knows and their order survive, in the other form too', async () => {
    await using service = await openService(kind)
    const { tenure } = service
    const text = JSON.stringify(inForm('wire', sdkClient({ sessions: 'SESSIONS' })))
    const session = JSON.stringify(inForm('wire', sdkSession({ tasks: [{ key: 'a', note: 'TASK' }] })))
    const odd = '"zip":12345678901234567890,"10":1.0,"2":{"b":-0,"a":1e400},"__proto__":[ 0.10 ],"u":"\\u0041\\ud800"'
    const written = text
      .replace('{', `{${odd},`)
      .replace('"SESSIONS"', `[\n${session.replace('{', `{ ${odd}, `).replace('"TASK"', `{${odd}}`)}\n]`)
    assert.deepEqual(await imported(tenure, [written]), ['imported +sess_1'])
    const [same] = await exportAll(tenure)
    assert.equal(same, squeezed(written))
    const [other] = await exportAll(tenure, { form: 'sdk' })
    assert.equal(other?.split(squeezed(odd)).length, 4)
    assert.deepEqual(readClient(other).errors, [])
    // A snapshot in the other form puts a session of the one form on a client of the other, and names stay one form's.
    const joined = sdkClient({ updatedAt: BORN + 1 }, [sdkSession({ id: 'sess_2' })])
    assert.deepEqual(await imported(tenure, [joined]), ['imported +sess_2'])
    const [mixed] = await exportAll(tenure)
    const reading = parseClient(mixed)
    assert.equal(reading.form, 'sdk')
    assert.equal(reading.text?.split(squeezed(odd)).length, 3)
  })

  test('what an export has is of one moment, whoever writes while it is read', async () => {
    await using service = await openService(kind)
    const { tenure } = service
    const documents = Array.from({ length: 1200 }, (_, index) => {
      const id = `client_${1000 + index}`
      return sdkClient({ id }, [sdkSession({ id: `sess_${index}`, clientId: id })])
    })
    await importAll(tenure, documents)
    const before = await exportAll(tenure)
    const lines: string[] = []
    const writer = await service.again()
    for await (const line of tenure.exportClients()) {
      lines.push(line)
      if (lines.length === 1) {
        service.clock.advanceBy(9 * DAY)
        await writer.revoke('sess_1000')
        await importAll(writer, [sdkClient({ id: 'client_9999' }, [])])
      }
    }
    assert.deepEqual(lines, before)
    assert.equal((await exportAll(tenure)).length, 1201)
  })

  test('a reader who has had enough leaves nothing open behind', async () => {
    await using service = await openService(kind)
    const documents = Array.from({ length: 20 }, (_, index) => sdkClient({ id: `client_${index}` }, []))
    await importAll(service.tenure, documents)
    // More than a pool of connections would have, were each kept.
    for (let run = 0; run < 30; run += 1) {
      for await (const line of service.tenure.exportClients()) {
        assert.equal(JSON.parse(line)['id'], 'client_0')
        break
      }
    }
  })

  test('a client with more sessions than a snapshot may have is several lines, which an import puts together', async () => {
    await using service = await openService(kind)
    const { tenure } = service
    const many = (from: number, updatedAt: number) => {
      const sessions = Array.from({ length: 800 }, (_, index) => {
        return sdkSession({ id: `sess_${from + index}`, status: index % 2 === 0 ? 'removed' : 'active' })
      })
      const sessionIds = sessions.filter(({ status }) => status === 'active').map(({ id }) => id)
      return sdkClient({ updatedAt, sessionIds, lastActiveSessionId: 'sess_1501' }, sessions)
    }
    await importAll(tenure, [many(0, BORN), many(800, BORN + 1)])
    const lines = await exportAll(tenure)
    assert.equal(lines.length, 2)
    for (const line of lines) assert.deepEqual(readClient(line).errors, [])
    await using again = await openService(kind)
    assert.deepEqual(new Set((await importAll(again.tenure, lines)).map(({ result }) => result)), new Set(['imported']))
    assert.deepEqual(stateOf(await dumpOf(again.store)), stateOf(await dumpOf(service.store)))
    assert.deepEqual(await exportAll(again.tenure), lines)
  })
}
