/** What is generated in the docs is what the code would generate now. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { renderFiles } from '../../docs/forecast-files.ts'
import { documentPaths, readDocument, regenerate } from '../../docs/generate.ts'

for (const path of documentPaths()) {
  const text = readDocument(path)
  const begun = text.match(/^<!-- generated: .* -->$/gm) ?? []
  const ended = text.match(/^<!-- \/generated -->$/gm) ?? []
  if (begun.length === 0 && ended.length === 0) continue

  test(`${path} is as the code would have it`, async () => {
    const fresh = await regenerate(text)
    assert.equal(text, fresh, `${path} is stale: npm run docs writes it anew`)
    assert.equal(await regenerate(fresh), fresh, 'generating twice changes something')
  })

  test(`every generated block of ${path} begins and ends`, () => {
    assert.equal(begun.length, ended.length)
  })
}

test('the report and the pictures of docs/forecast.md are as the command would make them', async () => {
  for (const [path, fresh] of await renderFiles()) {
    assert.ok(readDocument(path) === fresh, `${path} is stale: npm run docs writes it anew`)
  }
})

test('the statecharts and the tables of statuses, findings and errors are in the docs', () => {
  const blocks = documentPaths().flatMap(
    (path) => readDocument(path).match(/(?<=^<!-- generated: ).*(?= -->$)/gm) ?? [],
  )
  const wanted = ['tenure machine session', 'tenure machine client', 'statuses', 'findings', 'policy faults', 'errors']
  assert.deepEqual(
    wanted.filter((name) => !blocks.includes(name)),
    [],
  )
})
