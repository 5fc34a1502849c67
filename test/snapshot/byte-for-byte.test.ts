import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { toInstant } from '../../src/domain/instant.ts'
import type { Client } from '../../src/domain/session.ts'
import { settleClient } from '../../src/lifecycle/index.ts'
import { parseClient, writeClient } from '../../src/snapshot/index.ts'
import { clientTokens, type Token } from '../support/client-text.ts'
import { type Document, FORMS, nameIn, sdkClient } from '../support/documents.ts'
import '../support/seed.ts'

const now = fc.nat({ max: 17 }).map(toInstant)
const mark = fc.constantFrom('', '\ufeff')
const render = (tokens: readonly Token[]) => tokens.map(({ text }) => text).join('')
const withoutSpace = (tokens: readonly Token[]) => tokens.filter(({ isSpace }) => !isSpace)

/** JSON without the white space between its tokens, by another way than the code's own. */
const squeezed = (json: string) => json.replace(/("(?:[^"\\]|\\.)*")|[ \t\r\n]+/gs, '$1')

/** What settling made of each value that it may change, by the value's place. */
function changesOf(before: Client, after: Client): Map<string, unknown> {
  const changes = new Map<string, unknown>()
  const compare = (field: string, old: unknown, young: unknown) => {
    if (old !== young) changes.set(field, young)
  }
  compare('lastActiveSessionId', before.lastActiveSessionId, after.lastActiveSessionId)
  compare('updatedAt', before.updatedAt, after.updatedAt)
  for (const [index, session] of after.sessions.entries()) {
    compare(`sessions/${index}/status`, before.sessions[index]?.status, session.status)
    compare(`sessions/${index}/updatedAt`, before.sessions[index]?.updatedAt, session.updatedAt)
  }
  return changes
}

for (const form of FORMS) {
  // Catches a writer that prints what the parser made of the text: 1e3, -0, "\ud800", "10" before "a", __proto__.
  test(`${form}: settling changes the tokens of its four fields and not one other character of any text`, () => {
    let due = 0
    const property = fc.property(clientTokens(form), now, mark, (tokens, instant, bom) => {
      const reading = parseClient(bom + render(tokens), { warnings: false })
      assert.equal(reading.form, form)
      const { client } = settleClient(reading.client, instant)
      const changes = changesOf(reading.client, client)
      due += changes.size
      const expected = tokens.map((token) =>
        token.field !== undefined && changes.has(token.field)
          ? { ...token, text: JSON.stringify(changes.get(token.field)) }
          : token,
      )
      const output = writeClient(reading, client)
      assert.equal(squeezed(output), render(withoutSpace(expected)))
      assert.ok(!/[\r\n]/.test(output), 'the output is one line')
      const isOnOneLine = !/[\r\n]/.test(render(tokens).trim())
      if (isOnOneLine) assert.equal(output, render(expected).trim())
      assert.equal(JSON.stringify(parseClient(output).client), JSON.stringify(client))
    })
    fc.assert(property, { numRuns: 400 })
    assert.ok(due > 200, `only ${due} values changed in all the runs`)
  })

  test(`${form}: a document already parsed comes back with its four fields changed, in its order and form`, () => {
    const property = fc.property(clientTokens(form), now, (tokens, instant) => {
      const document = JSON.parse(render(tokens)) as Document
      const untouched = JSON.stringify(document)
      const reading = parseClient(document, { warnings: false })
      const { client } = settleClient(reading.client, instant)
      const output = writeClient(reading, client)
      assert.equal(JSON.stringify(document), untouched, 'the document that was given is left alone')
      for (const [field, value] of changesOf(reading.client, client)) put(document, field, value, form)
      assert.equal(output, JSON.stringify(document))
    })
    fc.assert(property, { numRuns: 200 })
  })
}

function put(document: Document, field: string, value: unknown, form: 'sdk' | 'wire'): void {
  const path = field.split('/')
  const last = path.pop() as string
  const holder = path.reduce((each, step) => each[step] as Document, document)
  holder[nameIn(form, last)] = value
}

test('a document on one line keeps the spaces between its tokens, CR LF or LF after it', () => {
  const spaced = JSON.stringify(sdkClient(), null, 1).replaceAll('\n', ' ')
  for (const end of ['', '\n', '\r\n', ' \t\r\n']) {
    const reading = parseClient(spaced + end)
    assert.equal(writeClient(reading, reading.client), spaced)
  }
})
