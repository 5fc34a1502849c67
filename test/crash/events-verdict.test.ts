/** The verdict of the events trials means something: whatever is wrong with what it is given, it says so. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { webhookMessage } from '../../src/events/webhooks/message.ts'
import { eventId, eventOf } from '../../src/service/events/event.ts'
import type { LedgerEntry, SessionRecords } from '../../src/store/port.ts'
import type { WebhookArrival } from '../support/events-inbox.ts'
import type { Arrival } from '../support/events-receiver.ts'
import { type Evidence, faultsIn } from '../support/events-verdict.ts'
import { openService, signedIn } from '../support/services.ts'
import { allOf } from '../support/stored.ts'
import { sqliteMemory } from '../support/stores.ts'

/** Two sessions that both of their deadlines have passed, told in order to a receiver and to a reader. */
async function soundEvidence(): Promise<Evidence> {
  await using opened = await openService(sqliteMemory())
  for (const name of ['a', 'b']) await signedIn(opened.tenure, `user_${name}`, { sessionId: `sess_${name}` })
  opened.clock.advanceBy('P31D')
  await opened.tenure.sweep()
  await using snapshot = await opened.store.snapshot()
  const records = await allOf(snapshot.sessionRecords())
  const { rows } = await opened.store.listLedger({ limit: 100 })
  const arrivals = rows.map(arrivalOf)
  const feedEnd = await opened.store.feedEnd()
  const webhooks = {
    ...{
      arrivals: rows.map(webhookOf),
      strays: 0,
      queue: { open: 0, dead: 0 },
      relayed: feedEnd,
      feedEnd,
    },
    published: rows.filter(({ to }) => to === 'expired').map(eventId),
  }
  return { records, arrivals, read: new Map([['the reader', arrivals.map(({ id }) => id)]]), webhooks }
}

function webhookOf(entry: LedgerEntry): WebhookArrival {
  const { id, body } = webhookMessage(eventOf(entry, null), 'clerk', 'https://sessions.example')
  return { id, body, isSigned: true, isTaken: true }
}

/** What is wrong where webhooks are other than they were. */
function webhookFaults(evidence: Evidence, parts: Partial<Evidence['webhooks']>): string {
  return faultsIn({ ...evidence, webhooks: { ...evidence.webhooks, ...parts } }).join('; ')
}

function arrivalOf(entry: LedgerEntry): Arrival {
  const { session: _, ...event } = eventOf(entry, null)
  return { ...event, status: entry.to, isTaken: true }
}

/** The first session's records with other ledger rows, the others as they are. */
function withEntries(
  evidence: Evidence,
  change: (entries: readonly LedgerEntry[]) => readonly LedgerEntry[],
): Evidence {
  const [first, ...others] = evidence.records as [SessionRecords, ...SessionRecords[]]
  return { ...evidence, records: [{ ...first, entries: change(first.entries) }, ...others] }
}

function swapped<T>(list: readonly T[], one: number, other: number): T[] {
  return list.map((each, place) => (place === one ? list[other] : place === other ? list[one] : each) as T)
}

/** Where the events of the first session are among all. */
function placesOf({ arrivals }: Evidence): readonly number[] {
  return arrivals.flatMap(({ sessionId }, place) => (sessionId === 'sess_a' ? [place] : []))
}

test('nothing is wrong with what is sound, nor with an event that comes again as it was', async () => {
  const evidence = await soundEvidence()
  assert.equal(evidence.arrivals.length, 6)
  assert.deepEqual(faultsIn(evidence), [])
  const refused = evidence.arrivals.map((arrival) => ({ ...arrival, isTaken: false }))
  assert.deepEqual(faultsIn({ ...evidence, arrivals: [...refused, ...evidence.arrivals] }), [])
})

test('an event that never arrived is missed, and so is one that was never taken', async () => {
  const evidence = await soundEvidence()
  for (const place of evidence.arrivals.keys()) {
    const lost = evidence.arrivals.toSpliced(place, 1)
    assert.match(faultsIn({ ...evidence, arrivals: lost }).join(), /^sess_[ab] v\d \w+ -> \w+: never taken$/)
    const refused = evidence.arrivals.map((each, other) => ({ ...each, isTaken: place !== other }))
    assert.match(faultsIn({ ...evidence, arrivals: refused }).join(), /^sess_[ab] v\d \w+ -> \w+: never taken$/)
  }
})

test('a transition that is in the ledger twice is one too many, with the same version or another', async () => {
  const evidence = await soundEvidence()
  const again = (version: number) => (entries: readonly LedgerEntry[]) => [
    ...entries,
    { ...(entries[1] as LedgerEntry), version },
  ]
  assert.ok(faultsIn(withEntries(evidence, again(2))).includes('sess_a: expired 2 times'))
  const found = faultsIn(withEntries(evidence, again(3)))
  assert.ok(found.includes('sess_a: expired 2 times') && found.some((fault) => fault.endsWith('never taken')))
})

test('two rows of one id are found', async () => {
  const evidence = await soundEvidence()
  const doubled = withEntries(evidence, (entries) => [...entries, entries[2] as LedgerEntry])
  assert.ok(faultsIn(doubled).some((fault) => /^evt_\w+: the id of 2 rows$/.test(fault)))
})

test('a deadline that nobody wrote down, or at another instant than its own, is found', async () => {
  const evidence = await soundEvidence()
  const early = withEntries(evidence, (entries) =>
    entries.map((each) => ({ ...each, at: (each.at - 1) as typeof each.at })),
  )
  assert.ok(faultsIn(early).some((fault) => /^sess_a: expire-deadline at \d+, and not at its own$/.test(fault)))
  const [first, ...others] = evidence.records as [SessionRecords, ...SessionRecords[]]
  const session = { ...(first.session as NonNullable<typeof first.session>), status: 'expired' as const }
  const unsettled = faultsIn({ ...evidence, records: [{ ...first, session }, ...others] })
  assert.ok(unsettled.includes('sess_a: expired, and not closed'))
  const skipped = faultsIn(withEntries(evidence, (entries) => entries.toSpliced(1, 1)))
  assert.ok(skipped.includes('sess_a: abandoned, and never expired'))
})

test('events of one session in another order than they happened are found, of the receiver and of a reader', async () => {
  const evidence = await soundEvidence()
  const [, expired = 0, abandoned = 0] = placesOf(evidence)
  const arrivals = swapped(evidence.arrivals, expired, abandoned)
  const order = 'sess_a v2 expired -> abandoned: told to'
  assert.deepEqual(faultsIn({ ...evidence, arrivals }), [`${order} the receiver before what happened before`])
  const read = new Map([['the reader', arrivals.map(({ id }) => id)]])
  assert.deepEqual(faultsIn({ ...evidence, read }), [`${order} the reader before what happened before`])
})

test('an order that differs among sessions only is none that was promised', async () => {
  const evidence = await soundEvidence()
  const isOfA = ({ sessionId }: Arrival) => sessionId === 'sess_a'
  const { true: ofA = [], false: ofB = [] } = Object.groupBy(evidence.arrivals, (arrival) => `${isOfA(arrival)}`)
  assert.deepEqual(faultsIn({ ...evidence, arrivals: [...ofB, ...ofA] }), [])
})

test('a repeat that is not as it was, and an event of nothing that happened, are found', async () => {
  const evidence = await soundEvidence()
  const last = evidence.arrivals.at(-1) as Arrival
  const changed = { ...last, at: (last.at + 1) as typeof last.at }
  const differing = faultsIn({ ...evidence, arrivals: [...evidence.arrivals, changed] })
  assert.match(differing.join(), /^sess_\w v2 expired -> abandoned: arrived with another at$/)
  const stranger = faultsIn({ ...evidence, arrivals: [...evidence.arrivals, { ...last, id: 'evt_none' }] })
  assert.deepEqual(stranger, ['evt_none, which arrived as number 6: in no row of the ledger'])
})

test('a reader that was given an event twice, or not at all, is found', async () => {
  const evidence = await soundEvidence()
  const ids = evidence.arrivals.map(({ id }) => id)
  const read = (given: readonly string[]) => faultsIn({ ...evidence, read: new Map([['the reader', given]]) }).join()
  assert.match(read([...ids, ids[5] as string]), /^sess_\w v2 expired -> abandoned: read by the reader 2 times$/)
  assert.match(read(ids.slice(0, -1)), /^sess_\w v2 expired -> abandoned: read by the reader 0 times$/)
  assert.match(read([...ids, 'evt_none']), /^evt_none: read by the reader, and in no row of the ledger$/)
})

test('a webhook that never arrived is missed, and so is one that was never taken; one that was refused first is not', async () => {
  const evidence = await soundEvidence()
  const { arrivals } = evidence.webhooks
  for (const place of arrivals.keys()) {
    const missed = /^sess_[ab] v\d \w+ -> \w+: never delivered$/
    assert.match(webhookFaults(evidence, { arrivals: arrivals.toSpliced(place, 1) }), missed)
    const refused = arrivals.map((each, other) => ({ ...each, isTaken: place !== other }))
    assert.match(webhookFaults(evidence, { arrivals: refused }), missed)
  }
  const refused = arrivals.map((arrival) => ({ ...arrival, isTaken: false }))
  assert.equal(webhookFaults(evidence, { arrivals: [...refused, ...arrivals] }), '')
})

test('webhooks of one session in another order than they happened are found, and of several sessions are not', async () => {
  const evidence = await soundEvidence()
  const { arrivals } = evidence.webhooks
  const [, expired = 0, abandoned = 0] = placesOf(evidence)
  assert.equal(
    webhookFaults(evidence, { arrivals: swapped(arrivals, expired, abandoned) }),
    'sess_a v2 expired -> abandoned: told to the endpoint before what happened before',
  )
  const others = arrivals.filter((_, place) => !placesOf(evidence).includes(place))
  const ofA = placesOf(evidence).map((place) => arrivals[place] as WebhookArrival)
  assert.equal(webhookFaults(evidence, { arrivals: [...others, ...ofA] }), '')
})

test('a webhook with another event than its row, unsigned, with other bytes when it comes again, or of nothing is found', async () => {
  const evidence = await soundEvidence()
  const { arrivals } = evidence.webhooks
  const last = arrivals.at(-1) as WebhookArrival
  const also = (parts: Partial<WebhookArrival>) =>
    webhookFaults(evidence, { arrivals: [...arrivals, { ...last, ...parts }] })
  const named = String.raw`^sess_\w v2 expired -> abandoned: `
  assert.match(also({ isSigned: false }), new RegExp(`${named}delivered without the endpoint's signature$`))
  assert.match(also({ body: `${last.body} ` }), new RegExp(`${named}delivered again with other bytes$`))
  const first = arrivals.at(0) as WebhookArrival
  const mistaken = arrivals.map((each) => (each === last ? { ...each, body: first.body } : each))
  assert.match(webhookFaults(evidence, { arrivals: mistaken }), new RegExp(`${named}delivered as something else$`))
  assert.equal(also({ id: 'evt_none' }), 'evt_none, which was delivered as number 6: in no row of the ledger')
})

test('what is left in the queue, what is dead, a relay that is behind, a redirect that was followed and leases that do not hold are found', async () => {
  const evidence = await soundEvidence()
  assert.equal(webhookFaults(evidence, { queue: { open: 2, dead: 0 } }), '2 jobs are left in the queue')
  assert.equal(webhookFaults(evidence, { queue: { open: 0, dead: 1 } }), '1 jobs are dead')
  assert.match(webhookFaults(evidence, { relayed: '1' }), /^the relay is at 1, and the feed ends at \S+$/)
  assert.equal(webhookFaults(evidence, { strays: 1 }), '1 redirects were followed')
  const { arrivals } = evidence.webhooks
  const repeated = (times: number) => ({ arrivals: Array.from({ length: times }, () => arrivals).flat() })
  assert.equal(webhookFaults(evidence, repeated(4)), '')
  assert.match(webhookFaults(evidence, repeated(5)), /^30 deliveries of 6 events/)
})

test("a queue of somebody's own that was given an event twice, not at all, or of another type is found", async () => {
  const evidence = await soundEvidence()
  const { published, arrivals } = evidence.webhooks
  assert.equal(published?.length, 2)
  const [one, other] = published as readonly [string, string]
  const read = (times: number) =>
    new RegExp(`^sess_\\w v\\d active -> expired: read by somebody's own queue ${times} times$`)
  assert.match(webhookFaults(evidence, { published: [one, other, other] }), read(2))
  assert.match(webhookFaults(evidence, { published: [one] }), read(0))
  const created = arrivals[0]?.id as string
  assert.match(webhookFaults(evidence, { published: [one, other, created] }), /in no row of the ledger$/)
  assert.equal(webhookFaults(evidence, { published: null }), '', 'where nothing is published')
})
