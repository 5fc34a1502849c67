import assert from 'node:assert/strict'
import test from 'node:test'
import { defaultPolicy } from '../../../../src/domain/policy.ts'
import { sha256 } from '../../../../src/service/digest.ts'
import { escapeHtml } from '../../../../src/simulation/forecast/report/escape.ts'
import { aReport, HOSTILE_IDS } from '../../../support/forecast-report.ts'

const report = await aReport()

test('the report is whole in itself: no script, no address, no style but the one that its policy names by its hash', () => {
  assert.doesNotMatch(report, /<script|\bon[a-z]+="|javascript:| style="|@import|url\(/i)
  const addresses = [...report.matchAll(/\b(?:href|src|xlink:href)="([^"]*)"/g)].map(([, address]) => address)
  assert.ok(addresses.length > 0)
  for (const address of addresses) assert.match(address ?? '', /^#[a-z-]+$/)
  const [, style = ''] = /<style>([\s\S]*?)<\/style>/.exec(report) ?? []
  const hash = Buffer.from(sha256(style), 'hex').toString('base64')
  assert.ok(
    report.includes(`content="default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'"`),
  )
})

test('every id on the page is there once, and every link and label leads to one', () => {
  const ids = [...report.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)
  assert.equal(new Set(ids).size, ids.length)
  const named = [...report.matchAll(/ (?:aria-labelledby|href)="#?([^"]+)"/g)].flatMap(([, names = '']) =>
    names.split(' '),
  )
  assert.ok(named.length > 20)
  for (const name of named) assert.ok(ids.includes(name), name)
})

test('ids that hold markup are text, and what turns the writing is spelt out', () => {
  for (const id of HOSTILE_IDS) assert.ok(report.includes(`<bdi>${escapeHtml(id)}</bdi>`), id)
  assert.ok(!report.includes('\u202e'))
  assert.equal(escapeHtml(`<&>"'\u0000\u2028`), '&lt;&amp;&gt;&quot;&#39;\\u{0}\\u{2028}')
})

test('each picture has a title, a description, and its figures in a table', () => {
  const pictures = report.match(
    /<svg role="img" aria-labelledby="[^"]+"[^>]*><title id="[^"]+">[^<]+<\/title><desc id="[^"]+">[^<]+<\/desc>/g,
  )
  assert.equal(pictures?.length, 8, 'four pictures in two sizes')
  assert.equal(report.match(/<summary>The same as a table<\/summary>/g)?.length, 4)
})

test('the same forecast is the same report to the byte', async () => {
  assert.equal(await aReport(), report)
})

test('against another policy the report has both, member by member', async () => {
  const both = await aReport({ against: defaultPolicy })
  assert.match(
    both,
    /<th scope="row"><bdi>inactivityTimeout<\/bdi><\/th><td>PT12H<\/td><td>none<\/td><td>differs<\/td>/,
  )
  assert.match(both, /<td>P30D<\/td><td>P30D<\/td><td>same<\/td>/)
})

test('a report of no session has no picture, and says so', async () => {
  const empty = await aReport({ sessions: 0 })
  assert.doesNotMatch(empty, /<figure/)
  assert.match(empty, /There is no live session to draw/)
  assert.doesNotMatch(empty, /NaN|undefined|Infinity/)
})
