/** Whether several processes say the same of a session at the same time. */
import assert from 'node:assert/strict'
import { KEY } from './events-worker.ts'

/** How many comparisons there are to be. */
const COMPARISONS = 20

/** How many sessions are looked at until there were enough, and after how many newer ones are. */
const LOOKS = 400
const AT_ONCE = 8

/**
 * Asks the first process, then the others, then the first again: where its two answers are one, theirs are the same.
 *
 * @throws {AssertionError} Where they differ, or hardly anything could be compared.
 */
export async function expectAgreement(urls: readonly string[]): Promise<void> {
  const [first = '', ...others] = urls
  let compared = 0
  let ids: readonly string[] = []
  for (let looks = 0; looks < LOOKS && compared < COMPARISONS; looks += 1) {
    if (looks % AT_ONCE === 0) ids = await newest(first)
    const id = ids[looks % AT_ONCE]
    if (id === undefined) continue
    const before = await verdictOf(first, id)
    const theirs = await Promise.all(others.map((url) => verdictOf(url, id)))
    if ((await verdictOf(first, id)) !== before) continue
    for (const verdict of theirs) assert.equal(verdict, before, `${id}: two processes do not say the same`)
    compared += 1
  }
  assert.ok(compared >= COMPARISONS, `only ${compared} verdicts could be compared`)
}

/** The sessions that were signed in last. */
async function newest(url: string): Promise<readonly string[]> {
  const { data } = await ask(`${url}/v1/events?limit=500&type=session.created`)
  const events = data as readonly { readonly event: { readonly session_id: string } }[]
  return events.slice(-AT_ONCE).map(({ event }) => event.session_id)
}

async function verdictOf(url: string, id: string): Promise<string> {
  const { status, updated_at: updatedAt } = await ask(`${url}/v1/sessions/${id}`)
  return `${status} since ${updatedAt}`
}

async function ask(url: string): Promise<Record<string, unknown>> {
  const response = await fetch(url, { headers: { authorization: `Bearer ${KEY}` } })
  assert.equal(response.status, 200, url)
  return (await response.json()) as Record<string, unknown>
}
