/** Deadlines and their events, over processes that are killed, paused, cut off from their store, and whose clocks are wrong. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { seeded, someSeed } from '../support/crash-chance.ts'
import { roundsOr } from '../support/crash-rounds.ts'
import { expectAgreement } from '../support/events-agreement.ts'
import { type Fault, runTrials } from '../support/events-trial.ts'
import { execute } from '../support/fault-postgres.ts'
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts'
import { SLOW } from '../support/slow.ts'

const MINUTE = 60_000

const FAULTS: readonly Fault[] = ['kill', 'pause', 'cut', 'lease', 'reset', 'delay', 'refuse']

describe('three processes over one database', () => {
  let server: PostgresServer
  before(async () => {
    server = await startPostgres()
  })
  after(() => server[Symbol.asyncDispose]())

  for (const clock of ['database', 'process'] as const) {
    const name = `by the clock of the ${clock}, with theirs minutes apart: each deadline falls once and everybody is told`
    test(name, SLOW, async (t) => {
      const seed = someSeed()
      const chance = seeded(seed)
      const options = async (round: number) => ({
        store: await server.createDatabase(),
        postgres: { clock, poolSize: 6, connectionTimeout: 1000, statementTimeout: 3000 },
        seed: round === 0 ? seed : chance.below(2 ** 31),
        offsets: [0, 3 * MINUTE, -3 * MINUTE],
        // Leases are over sooner, and what is given again comes sooner.
        speed: clock === 'database' ? 10 : 30,
        callers: 2,
        faults: FAULTS,
        isProxied: true,
        ...(clock === 'database' ? { beforeFaults: expectAgreement } : {}),
      })
      await runTrials(roundsOr(1), options, (line) => t.diagnostic(line))
      const left = await connectionsLeft(server.url)
      assert.deepEqual(left, [], 'a connection was left')
    })
  }
})

/** Connections of Tenure's that a server has once they have had the time to end. */
async function connectionsLeft(url: string): Promise<readonly unknown[]> {
  const text = "SELECT datname, state, query FROM pg_stat_activity WHERE application_name LIKE 'tenure%'"
  for (let tries = 0; ; tries += 1) {
    const left = await execute(url, text)
    if (left.length === 0 || tries === 40) return left
    await wait(50)
  }
}
