/** Every claim of docs/threat-model.md names a test, and every test that it names is there. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { readDocument } from '../../docs/generate.ts'

const ROOT = join(import.meta.dirname, '../..')
const text = readDocument('docs/threat-model.md')
const EVIDENCE = /^ {2}`(test\/[\w./-]+)`: "(.*)"$/gm

test('every test that the threat model names is in its file', () => {
  const named = [...text.matchAll(EVIDENCE)]
  assert.ok(named.length > 30)
  for (const [, path = '', name = ''] of named) {
    const source = readFileSync(join(ROOT, path), 'utf8')
    assert.ok(
      [`'${name}'`, `"${name}"`, `\`${name}\``].some((quoted) => source.includes(`test(${quoted}`)),
      `${path}: ${name}`,
    )
  }
})

test('every claim of the threat model has a test under it', () => {
  const sections = text.slice(text.indexOf('\n## Letting in')).split('\n- ').slice(1)
  for (const section of sections) assert.match(section, EVIDENCE_ONCE, section.split('\n')[0])
})

const EVIDENCE_ONCE = /^ {2}`test\/[\w./-]+`: ".*"$/m
