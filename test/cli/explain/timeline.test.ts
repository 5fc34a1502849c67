import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { drawTimeline } from '../../../src/cli/explain/timeline.ts'
import { painterFor } from '../../../src/cli/paint.ts'
import { MAXIMUM_INSTANT } from '../../../src/domain/instant.ts'
import type { Status } from '../../../src/domain/status.ts'
import { anInstant, anySession, END } from '../../support/arbitraries.ts'
import { aSession, at, DAY, type SessionParts } from '../../support/sessions.ts'
import '../../support/seed.ts'

const plain = painterFor(false)
const draw = (parts: SessionParts, now: number, width: number) => drawTimeline(aSession(parts), at(now), width, plain)

test('live, dormant and closed stretches change stroke at their deadlines, on one scale with the present', () => {
  const parts = { createdAt: 0, lastActiveAt: 2 * DAY, expireAt: 7 * DAY, abandonAt: 30 * DAY }
  assert.deepEqual(draw(parts, 4 * DAY, 61), [
    '┣━━━●━━━▼━━━━━╋╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌┫',
    '       now    expireAt 1970-01-08        abandonAt 1970-01-31',
  ])
  assert.deepEqual(draw(parts, 40 * DAY, 41), [
    '┣━●━━━━╋╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌┫·········▼',
    'expireAt 1970-01-08       abandonAt   now',
  ])
})

test('a session whose abandonAt comes first is closed from there on, and was never dormant', () => {
  const [line] = draw({ createdAt: 0, abandonAt: 10, expireAt: 20 }, 15, 21)
  assert.equal(line, '┣━━━━━━━━━┫····▼····╋')
})

test('what is stored as ended is closed from its last change on', () => {
  const [line] = draw({ status: 'ended', lastActiveAt: 2, updatedAt: 5, expireAt: 10, abandonAt: 20 }, 15, 21)
  assert.equal(line, '┣━●━━·····╋····▼····┫')
})

test('deadlines before the creation leave nothing alive', () => {
  const [line] = draw({ createdAt: 10, expireAt: 2, abandonAt: 0 }, 12, 13)
  assert.equal(line, '┫ ╋       ┣·▼')
})

test('a present far from the session stands past a break, on the side where it is', () => {
  const parts = { createdAt: 1_000, expireAt: 1_010, abandonAt: 1_020 }
  assert.deepEqual(draw(parts, 1_041, 26), ['┣━━━━━━━━━╋╌╌╌╌╌╌╌╌╌┫ // ▼', '      expireAt         now'])
  assert.match(draw(parts, 979, 26)[0] ?? '', /^▼ \/\/ ┣━+╋╌+┫$/)
  assert.match(draw(parts, 1_040, 26)[0] ?? '', /^┣━+╋╌+┫·+▼$/)
})

test('a status that nobody knows has a stroke of its own', () => {
  const [line] = draw({ status: 'frozen' as Status, expireAt: 10, abandonAt: 20 }, 15, 21)
  assert.equal(line, '┣─────────╋────▼────┫')
})

test('all instants at one, the first and the last instant there is, still make a line', () => {
  assert.deepEqual(draw({ createdAt: 5, expireAt: 5, abandonAt: 5 }, 5, 30), [`▼${'·'.repeat(29)}`, 'now'])
  const [line] = draw({ createdAt: 0, expireAt: MAXIMUM_INSTANT, abandonAt: MAXIMUM_INSTANT }, 5, 12)
  assert.equal(line, '▼━━━━━━━━━━╋')
})

test('labels bear the dates that there is room for, and times of day on a short scale', () => {
  const days = draw({ expireAt: 7 * DAY, abandonAt: 30 * DAY }, DAY, 120)[1] ?? ''
  assert.match(days, /now .*expireAt 1970-01-08 .*abandonAt 1970-01-31$/)
  const minutes = draw({ expireAt: 60_000, abandonAt: 120_000 }, 30_000, 120)[1] ?? ''
  assert.match(minutes, /now .*expireAt 00:01:00Z .*abandonAt 00:02:00Z$/)
})

test('however odd a session, its line is as wide as asked and its labels stand apart within it', () => {
  const anOddInstant = fc.oneof(anInstant, fc.constantFrom(at(1_000), at(1_785_661_283_293), MAXIMUM_INSTANT))
  const anOddSession = fc
    .tuple(anySession, fc.array(anOddInstant, { minLength: 4, maxLength: 4 }))
    .map(([session, [createdAt = at(0), lastActiveAt = at(0), expireAt = at(0), abandonAt = at(0)]]) => {
      return { ...session, createdAt, lastActiveAt, expireAt, abandonAt }
    })
  const name = '(?:now|expireAt|abandonAt|created|last active)'
  const label = new RegExp(`^${name}(?: \\+ ${name})*(?: [+\\dT:.-]+Z?)?$`)
  fc.assert(
    fc.property(anOddSession, anOddInstant, fc.integer({ min: 12, max: 250 }), (session, now, width) => {
      const [line = '', labels = ''] = drawTimeline(session, now, width, plain)
      assert.equal(line.length, width)
      assert.equal(line.split('▼').length, 2)
      assert.ok(labels.length <= width)
      for (const each of labels.trim().split(/ {2,}/)) assert.match(each, label)
    }),
  )
})

test('in a world of whole columns, each column before the present is drawn as the session then was', () => {
  fc.assert(
    fc.property(anySession, fc.integer({ min: 0, max: END }), (drawn, shift) => {
      const session = { ...drawn, status: 'active' as const, createdAt: at(0), lastActiveAt: at(0) }
      const span = Math.max(session.expireAt, session.abandonAt)
      fc.pre(span > 0)
      const [line = ''] = drawTimeline(session, at(shift % (span + 1)), span + 1, plain)
      const first = Math.min(session.expireAt, session.abandonAt)
      for (const [column, stroke] of [...line].entries()) {
        if ('┣●╋┫▼'.includes(stroke)) continue
        const expected = column < first ? '━' : column < session.abandonAt ? '╌' : '·'
        assert.equal(stroke, expected, `${line} at ${column}`)
      }
    }),
  )
})
