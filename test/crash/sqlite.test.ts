import assert from 'node:assert/strict'
import { test } from 'node:test'
import { someSeed } from '../support/crash-chance.ts'
import { crashRounds, roundsOr } from '../support/crash-rounds.ts'
import { temporaryFolder } from '../support/run-tenure.ts'
import { SLOW } from '../support/slow.ts'

for (const synchronous of ['normal', 'full'] as const) {
  const name = `two processes killed over one file, synchronous ${synchronous}: what answered is there once, whole`
  test(name, synchronous === 'normal' ? {} : SLOW, async (t) => {
    const file = temporaryFolder(t)
    const store = `sqlite:${file('tenure.db')}`
    const seed = someSeed()
    const { told, entries } = await crashRounds({ store, file, sqlite: { synchronous }, seed, rounds: roundsOr(4) })
    t.diagnostic(`seed ${seed}: ${told} commands answered, ${entries} ledger rows`)
    assert.ok(told >= 40 && entries > 10, 'the store was hardly under load')
  })
}
