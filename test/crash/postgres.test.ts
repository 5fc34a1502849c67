import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { someSeed } from '../support/crash-chance.ts'
import { crashRounds, roundsOr } from '../support/crash-rounds.ts'
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts'
import { temporaryFolder } from '../support/run-tenure.ts'
import { SLOW } from '../support/slow.ts'

let server: PostgresServer
before(async () => {
  server = await startPostgres()
})
after(() => server[Symbol.asyncDispose]())

for (const clock of ['process', 'database'] as const) {
  const name = `two processes killed over one database, by the clock of the ${clock}: what answered is there once, whole`
  test(name, SLOW, async (t) => {
    const store = await server.createDatabase()
    const seed = someSeed()
    const file = temporaryFolder(t)
    const { told, entries } = await crashRounds({ store, file, postgres: { clock }, seed, rounds: roundsOr(2) })
    t.diagnostic(`seed ${seed}: ${told} commands answered, ${entries} ledger rows`)
    assert.ok(told >= 40 && entries > 10, 'the store was hardly under load')
  })
}

test(
  'a server that crashes twice under two processes has what it answered once, whole, and they go on',
  SLOW,
  async (t) => {
    if (!server.isOurs) return t.skip('NOT TESTED: the server of TENURE_TEST_POSTGRES_URL is not ours to crash')
    const store = await server.createDatabase()
    const seed = someSeed()
    const crashTwice = async () => {
      for (let crash = 0; crash < 2; crash += 1) {
        await wait(150)
        await server.stop('immediate')
        await server.start()
      }
    }
    const { told, entries } = await crashRounds({
      store,
      file: temporaryFolder(t),
      seed,
      rounds: roundsOr(1),
      meanwhile: crashTwice,
      mayFail: ['ERR_STORE_UNAVAILABLE'],
    })
    t.diagnostic(`seed ${seed}: ${told} commands answered, ${entries} ledger rows`)
    assert.ok(told >= 40 && entries > 10, 'the store was hardly under load')
  },
)
