/** Exporting: what came in comes out, settled at one instant, and can be imported again. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { openTenure } from '../../src/service/open-tenure.ts'
import type { Tenure } from '../../src/service/tenure.ts'
import { ManualClock } from '../../src/simulation/manual-clock.ts'
import { readClient } from '../../src/snapshot/index.ts'
import { aClientOfDistinct } from '../support/arbitraries.ts'
import { clientTokens } from '../support/client-text.ts'
import { FORMS, inForm, nameIn } from '../support/documents.ts'
import { exportAll, importAll, settled, squeezed } from '../support/imports.ts'
import { aPolicy } from '../support/sessions.ts'
import { allOf } from '../support/stored.ts'
import '../support/seed.ts'

const opened = (now: number) => openTenure({ store: 'sqlite::memory:', clock: new ManualClock(now) })

for (const form of FORMS) {
  test(`${form}: an export of any client is what settling it makes of it, to the character`, async () => {
    let due = 0
    const property = fc.asyncProperty(clientTokens(form), fc.nat({ max: 17 }), async (tokens, now) => {
      const text = tokens.map((token) => token.text).join('')
      await using tenure = await opened(now)
      await importAll(tenure, [text])
      const expected = settled([text], now)
      assert.deepEqual(await exportAll(tenure), expected)
      if (expected[0] !== squeezed(text)) due += 1
    })
    await fc.assert(property, { numRuns: 150 })
    assert.ok(due > 20, `only ${due} clients had anything due`)
  })
}

/** Imports of clients in either form, and what is done with them afterwards. */
const aProgram = fc.record({
  imports: fc.array(
    fc.tuple(
      aClientOfDistinct,
      fc.constantFrom(...FORMS),
      fc.constantFrom('client_a', 'client_b'),
      fc.nat({ max: 16 }),
    ),
    { minLength: 1, maxLength: 4 },
  ),
  commands: fc.array(
    fc.tuple(fc.constantFrom('end', 'revoke', 'remove', 'touch', 'signIn'), fc.nat({ max: 5 }), fc.nat({ max: 4 })),
    { maxLength: 5 },
  ),
})

type Program = typeof aProgram extends fc.Arbitrary<infer T> ? T : never

/** Imports and does what a program says. */
async function run(tenure: Tenure, clock: ManualClock, program: Program) {
  for (const [client, form, id, now] of program.imports) {
    clock.advanceTo(Math.max(clock.now(), now))
    const sessions = client.sessions.map((session) => ({
      object: 'session',
      ...session,
      // A session is of one client, one user and one creation.
      ...{ id: `${session.id}_${id}`, clientId: id, userId: 'user_1', createdAt: 0 },
    }))
    const more = { object: 'client', signInId: null, signUpId: null, createdAt: 0 }
    const lastActiveSessionId = sessions[0]?.id ?? null
    const document = { ...client, ...more, id, sessions, lastActiveSessionId }
    const [result] = await importAll(tenure, [JSON.stringify(inForm(form, document))])
    assert.deepEqual(result?.errors, [])
  }
  for (const [command, index, gap] of program.commands) {
    clock.advanceBy(gap)
    const { items } = await tenure.listSessions({ limit: 100 })
    const session = items[index % Math.max(1, items.length)]
    if (session === undefined) continue
    if (command === 'signIn') await tenure.signIn({ userId: 'user_2', clientId: session.clientId })
    else await tenure[command as 'end'](session.id)
  }
}

test('whatever was imported and done, an export is valid, and an import of it exports the same', async () => {
  const policy = aPolicy({ maximumLifetime: 8, abandonment: { after: 12, from: 'creation' }, touchInterval: 0 })
  const property = fc.asyncProperty(aProgram, fc.constantFrom(undefined, ...FORMS), async (program, form) => {
    const clock = new ManualClock(0)
    await using tenure = await openTenure({ store: 'sqlite::memory:', clock, policy })
    await run(tenure, clock, program)
    const lines = await exportAll(tenure, form === undefined ? {} : { form })
    for (const line of lines) {
      const reading = readClient(line, { warnings: false })
      assert.deepEqual(reading.errors, [])
      if (form !== undefined) assert.ok(reading.valid && Object.hasOwn(reading.document, nameIn(form, 'sessionIds')))
    }
    assert.deepEqual(await allOf(tenure.audit()), [])
    await using again = await openTenure({ store: 'sqlite::memory:', clock, policy })
    assert.deepEqual(
      new Set((await importAll(again, lines)).map(({ result }) => result)),
      new Set(lines.length ? ['imported'] : []),
    )
    assert.deepEqual(await exportAll(again), lines)
    // Brought back to where it came from it says nothing new.
    const news = (await importAll(tenure, lines)).flatMap((result) =>
      result.result === 'rejected' ? ['rejected'] : [],
    )
    assert.deepEqual(news, [])
    assert.deepEqual(await exportAll(tenure, form === undefined ? {} : { form }), lines)
  })
  await fc.assert(property, { numRuns: 120 })
})

test('a form that is none is refused', async () => {
  await using tenure = await opened(0)
  assert.throws(() => tenure.exportClients({ form: 'camel' as never }), TypeError)
})
