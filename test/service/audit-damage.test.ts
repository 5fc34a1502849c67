/** What an audit says of a store that somebody else has written in: of each damage the one difference that it is. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { DIFFERENCES, type Difference, type DifferenceCode } from '../../src/service/audit/differences.ts'
import { type FileService, openFileService } from '../support/file-service.ts'
import { START, signedIn } from '../support/services.ts'
import { DAY } from '../support/sessions.ts'
import { allOf, aNewClient, put } from '../support/stored.ts'

/** When the story of {@link openStory} has come to its end. */
const NOW = START + 31 * DAY

/**
 * A store with a past: `old` passed both its deadlines, `gone` was purged with its client, `ended` was ended, `solo` has a
 * client of its own and a task to complete, and `imported` came in a snapshot.
 */
async function openStory(): Promise<FileService> {
  const service = await openFileService()
  const { tenure, clock, store } = service
  const { clientId } = await signedIn(tenure, 'dan', { sessionId: 'old' })
  await signedIn(tenure, 'eve', { sessionId: 'gone' })
  await tenure.end('gone')
  clock.advanceTo(START + 30 * DAY)
  await tenure.sweep()
  await tenure.purge()
  await signedIn(tenure, 'ann', { sessionId: 'live', clientId })
  await signedIn(tenure, 'ben', { sessionId: 'ended', clientId })
  await signedIn(tenure, 'sue', { sessionId: 'solo' })
  clock.advanceTo(NOW)
  await tenure.end('ended')
  await tenure.requireTask('solo')
  const document = { form: 'sdk', text: '{"object":"session","id":"sess_imported"}' } as const
  const snapshot = { form: 'sdk', text: '{"object":"client","id":"client_imported","sessions":[]}' } as const
  const session = { name: 'imported', expireAt: 2 * NOW, abandonAt: 3 * NOW, document }
  await put(store, aNewClient([session], { name: 'imported', document: snapshot }))
  return service
}

const SOLO_CLIENT = "(SELECT client_id FROM ledger WHERE session_id = 'solo')"
const REQUIRED = "session_id = 'solo' AND to_status = 'pending'"

interface Damage {
  readonly statements: readonly string[]
  /** The session that it shows in; `null` for the client alone. */
  readonly at: string | null
  readonly shows: Pick<Difference, 'expected' | 'found'>
}

const DAMAGES: Readonly<Record<DifferenceCode, readonly Damage[]>> = {
  'history-missing': [
    {
      statements: ["DELETE FROM ledger WHERE session_id = 'live'"],
      at: 'live',
      shows: { expected: 'active', found: null },
    },
    {
      statements: ["DELETE FROM ledger WHERE session_id = 'gone'"],
      at: 'gone',
      shows: { expected: ['ended', 'replaced', 'abandoned', 'revoked', 'removed'], found: null },
    },
  ],
  'session-missing': [
    {
      statements: [
        "DELETE FROM sessions WHERE id = 'ended'",
        `UPDATE clients SET session_ids = '["old","live"]' WHERE session_ids LIKE '%ended%'`,
      ],
      at: 'ended',
      shows: { expected: 'ended', found: null },
    },
    { statements: ['DELETE FROM purges'], at: 'gone', shows: { expected: 'gone', found: null } },
  ],
  'client-missing': [
    {
      statements: [`DELETE FROM clients WHERE id = ${SOLO_CLIENT}`],
      at: 'solo',
      shows: { expected: 'CLIENT', found: null },
    },
  ],
  'purged-present': [
    {
      statements: [`INSERT INTO purges VALUES ('live', (SELECT client_id FROM sessions WHERE id = 'live'), 7)`],
      at: 'live',
      shows: { expected: null, found: 7 },
    },
  ],
  'purged-early': [
    { statements: ['UPDATE purges SET purged_at = 7'], at: 'gone', shows: { expected: START, found: 7 } },
    {
      statements: ["DELETE FROM ledger WHERE session_id = 'gone' AND to_status = 'ended'"],
      at: 'gone',
      shows: { expected: null, found: START + 30 * DAY },
    },
  ],
  'sequence-repeated': [
    {
      statements: [
        'CREATE TABLE copies AS SELECT * FROM ledger',
        'DROP TABLE ledger',
        'ALTER TABLE copies RENAME TO ledger',
        `UPDATE ledger SET sequence = 1 WHERE session_id = 'sess_imported'`,
      ],
      at: 'sess_imported',
      shows: { expected: null, found: 1 },
    },
  ],
  'chain-broken': [
    {
      statements: ["UPDATE ledger SET from_status = 'pending' WHERE to_status = 'ended' AND session_id = 'ended'"],
      at: 'ended',
      shows: { expected: 'active', found: 'pending' },
    },
    {
      statements: ["DELETE FROM ledger WHERE session_id = 'old' AND to_status = 'expired'"],
      at: 'old',
      shows: { expected: 'active', found: 'expired' },
    },
  ],
  'impossible-step': [
    {
      statements: ["UPDATE ledger SET cause = 'revoke' WHERE session_id = 'ended' AND to_status = 'ended'"],
      at: 'ended',
      shows: { expected: ['revoked'], found: 'ended' },
    },
    {
      statements: ["UPDATE ledger SET cause = 'sign-out' WHERE session_id = 'ended' AND to_status = 'ended'"],
      at: 'ended',
      shows: { expected: [], found: 'ended' },
    },
  ],
  'version-order': [
    { statements: [`UPDATE ledger SET version = 0 WHERE ${REQUIRED}`], at: 'solo', shows: { expected: 1, found: 0 } },
  ],
  'version-repeated': [
    {
      statements: [`UPDATE ledger SET version = 1 WHERE ${REQUIRED}`],
      at: 'solo',
      shows: { expected: START + 30 * DAY, found: NOW },
    },
  ],
  'version-ahead': [
    {
      statements: ["UPDATE sessions SET version = 1 WHERE id = 'solo'"],
      at: 'solo',
      shows: { expected: 1, found: 2 },
    },
  ],
  'time-order': [
    {
      statements: [`UPDATE ledger SET at = 7, recorded_at = 7 WHERE ${REQUIRED}`],
      at: 'solo',
      shows: { expected: START + 30 * DAY, found: 7 },
    },
  ],
  'time-recorded': [
    {
      statements: [`UPDATE ledger SET recorded_at = at + 1 WHERE ${REQUIRED}`],
      at: 'solo',
      shows: { expected: NOW + 1, found: NOW },
    },
    {
      statements: [`UPDATE ledger SET recorded_at = ${START + 30 * DAY - 1} WHERE cause LIKE '%-deadline'`],
      at: 'old',
      shows: { expected: START + 30 * DAY - 1, found: START + 30 * DAY },
    },
  ],
  'owner-differs': [
    {
      statements: [`UPDATE ledger SET user_id = 'x' WHERE ${REQUIRED}`],
      at: 'solo',
      shows: { expected: 'sue', found: 'x' },
    },
    {
      statements: [`UPDATE ledger SET client_id = 'x' WHERE ${REQUIRED}`],
      at: 'solo',
      shows: { expected: 'CLIENT', found: 'x' },
    },
    { statements: ["UPDATE purges SET client_id = 'x'"], at: 'gone', shows: { expected: 'CLIENT', found: 'x' } },
  ],
  'status-differs': [
    {
      statements: ["UPDATE sessions SET status = 'active' WHERE id = 'solo'"],
      at: 'solo',
      shows: { expected: 'pending', found: 'active' },
    },
  ],
  'deadline-differs': [
    {
      statements: ["UPDATE sessions SET expire_at = 7 WHERE id = 'old'"],
      at: 'old',
      shows: { expected: 7, found: START + 7 * DAY },
    },
    {
      statements: ["UPDATE sessions SET abandon_at = 7 WHERE id = 'old'"],
      at: 'old',
      shows: { expected: 7, found: START + 30 * DAY },
    },
  ],
  'creation-differs': [
    {
      statements: ["UPDATE sessions SET created_at = 7 WHERE id = 'solo'"],
      at: 'solo',
      shows: { expected: START + 30 * DAY, found: 7 },
    },
  ],
  'closing-differs': [
    {
      statements: ["UPDATE sessions SET closed_at = 7 WHERE id = 'ended'"],
      at: 'ended',
      shows: { expected: NOW, found: 7 },
    },
    {
      statements: ["UPDATE sessions SET closed_at = NULL WHERE id = 'ended'"],
      at: 'ended',
      shows: { expected: NOW, found: null },
    },
    {
      statements: ["UPDATE sessions SET closed_at = 7 WHERE id = 'solo'"],
      at: 'solo',
      shows: { expected: null, found: 7 },
    },
  ],
  'due-differs': [
    {
      statements: ["UPDATE sessions SET due_at = 7 WHERE id = 'solo'"],
      at: 'solo',
      shows: { expected: START + 37 * DAY, found: 7 },
    },
    {
      statements: ["UPDATE sessions SET due_at = 7 WHERE id = 'ended'"],
      at: 'ended',
      shows: { expected: null, found: 7 },
    },
    {
      statements: ["UPDATE sessions SET due_at = NULL WHERE id = 'solo'"],
      at: 'solo',
      shows: { expected: START + 37 * DAY, found: null },
    },
  ],
  'update-behind': [
    {
      statements: ["UPDATE sessions SET updated_at = created_at WHERE id = 'solo'"],
      at: 'solo',
      shows: { expected: NOW, found: START + 30 * DAY },
    },
  ],
  'document-damaged': [
    {
      statements: ["UPDATE sessions SET document = '{' WHERE id = 'sess_imported'"],
      at: 'sess_imported',
      shows: { expected: 'sess_imported', found: null },
    },
    {
      statements: [`UPDATE clients SET document = '{"id":"x"}' WHERE id = 'client_imported'`],
      at: null,
      shows: { expected: 'CLIENT', found: 'x' },
    },
  ],
  'session-ids-differ': [
    {
      statements: [`UPDATE clients SET session_ids = '[]' WHERE id = ${SOLO_CLIENT}`],
      at: null,
      shows: { expected: ['solo'], found: [] },
    },
    {
      statements: [`UPDATE clients SET session_ids = '["solo","solo"]' WHERE id = ${SOLO_CLIENT}`],
      at: null,
      shows: { expected: ['solo'], found: ['solo', 'solo'] },
    },
    {
      statements: [`UPDATE clients SET session_ids = '["gone"]' WHERE id = ${SOLO_CLIENT}`],
      at: null,
      shows: { expected: ['solo'], found: ['gone'] },
    },
  ],
  'last-active-differs': [
    {
      statements: [`UPDATE clients SET last_active_session_id = 'x' WHERE id = ${SOLO_CLIENT}`],
      at: null,
      shows: { expected: ['solo'], found: 'x' },
    },
    {
      statements: ["UPDATE clients SET last_active_session_id = 'ended' WHERE session_ids LIKE '%ended%'"],
      at: null,
      shows: { expected: ['live'], found: 'ended' },
    },
  ],
}

test('a store that nobody has damaged has no difference, and its totals are told at the end', async () => {
  await using service = await openStory()
  const audit = service.tenure.audit()
  const end = await audit.next()
  assert.deepEqual(end, {
    done: true,
    value: { clients: 3, sessions: 5, purged: 1, entries: 11, differences: 0 },
  })
})

for (const code of Object.keys(DIFFERENCES) as DifferenceCode[]) {
  for (const { statements, at, shows } of DAMAGES[code]) {
    test(`${code}: ${statements.join('; ')}`, async () => {
      await using service = await openStory()
      service.damage(...statements)
      const differences = await allOf(service.tenure.audit())
      assert.deepEqual(
        differences.map(({ code, sessionId, expected, found, clientId }) => {
          return { code, sessionId, expected: expected === clientId ? 'CLIENT' : expected, found }
        }),
        [{ code, sessionId: at, ...shows }],
      )
    })
  }
}
