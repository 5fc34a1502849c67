/** Versions of the API that callers name: the SDK's own, older and newer dates, and what is no version. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type OpenedClerk, openClerk } from '../../support/clerk-sdk.ts'
import { clerkResponseFaults } from '../../support/clerk-spec.ts'
import type { StoreKind } from '../../support/stores.ts'

/** Every version that Clerk has published, and one that only its browser scripts send so far. */
const PUBLISHED = ['2021-02-05', '2024-10-01', '2025-03-12', '2025-04-10', '2025-11-10', '2026-05-12', '2026-08-20']

export function versions(kind: StoreKind): void {
  async function list({ url, key }: OpenedClerk, query: string, headers: Readonly<Record<string, string>>) {
    const response = await fetch(`${url}/v1/sessions?paginated=true${query}`, {
      headers: { authorization: `Bearer ${key}`, ...headers },
    })
    return {
      status: response.status,
      body: (await response.json()) as { readonly errors?: { readonly code: string }[] },
    }
  }

  test('the SDK names the version that it was made for, and is answered', async () => {
    await using http = await openClerk(kind)
    await http.clerk.sessions.getSessionList()
    assert.deepEqual(
      http.exchanges.map(({ headers, status }) => [headers['clerk-api-version'], headers['user-agent'], status]),
      [['2026-05-12', '@clerk/backend@3.25.0', 200]],
    )
  })

  test('a version is taken by header or by query, or left out: each published one, and any later date', async () => {
    await using http = await openClerk(kind)
    await http.clerk.sessions.createSession({ userId: 'user_ann' })
    const answers = [await list(http, '', {})]
    for (const version of [...PUBLISHED, '2031-12-31']) {
      answers.push(await list(http, '', { 'clerk-api-version': version }))
      answers.push(await list(http, `&__clerk_api_version=${version}`, {}))
    }
    for (const { status, body } of answers) {
      assert.deepEqual(clerkResponseFaults('GET', '/sessions', status, body), [])
      assert.deepEqual([status, body], [200, answers[0]?.body])
    }
  })

  test('what is no date from Clerk’s first on, and a version that is named twice, is refused', async () => {
    await using http = await openClerk(kind)
    const malformed = ['', 'latest', '2026', '2021-02-04', '2026-13-01', '2026-5-12', '2026-05-12T00:00:00Z', 'v1']
    const answers = [
      await list(http, '&__clerk_api_version=2026-05-12', { 'clerk-api-version': '2026-05-12' }),
      await list(http, '&__clerk_api_version=2026-05-12&__clerk_api_version=2026-05-12', {}),
    ]
    for (const version of malformed) {
      answers.push(await list(http, '', { 'clerk-api-version': version }))
      answers.push(await list(http, `&__clerk_api_version=${version}`, {}))
    }
    for (const { status, body } of answers) {
      assert.deepEqual([status, body.errors?.[0]?.code], [400, 'api_version_invalid'])
      assert.deepEqual(clerkResponseFaults('GET', '/sessions', status, body), [])
    }
  })
}
