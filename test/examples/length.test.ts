import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

const FOLDER = new URL('../../examples/', import.meta.url)

test('each example is a program of under 60 lines', () => {
  const programs = readdirSync(FOLDER).filter((name) => name.endsWith('.ts'))
  assert.ok(programs.length >= 3)
  for (const name of programs) {
    assert.ok(readFileSync(new URL(name, FOLDER), 'utf8').trimEnd().split('\n').length < 60, name)
  }
})
