/**
 * Win-back: a mail to whoever was abandoned, a user who let a session expire and never came back.
 *
 * The queue is a user's own, in the pg-boss that Tenure's events go through: it subscribes to a type, and each event of that type
 * is put into it in the transaction that moves Tenure's relay on. What fails is tried again, later and later, for a day.
 */
import { type Job, PgBoss } from 'pg-boss'

/** What the queue is given of an event; docs/events.md has the rest. */
export interface Abandoned {
  readonly id: string
  readonly user_id: string
  readonly session_id: string
  readonly at: number
}

/** Sends a mail. Given the same key twice, it sends one. */
export type SendMail = (userId: string, idempotencyKey: string) => Promise<void>

const QUEUE = 'win-back'

/** A user is written to once in so many days, on however many devices sessions were abandoned. */
const DAYS = 30

/** Works until it is told to stop. */
export async function runWinBack(databaseUrl: string, sendMail: SendMail): Promise<{ stop(): Promise<void> }> {
  const boss = new PgBoss(databaseUrl)
  boss.on('error', (error) => console.error('win-back:', error.message))
  await boss.start()
  await boss.createQueue(QUEUE, { retryLimit: 12, retryDelay: 60, retryBackoff: true, retryDelayMax: 14_400 })
  await boss.subscribe('session.abandoned', QUEUE)
  await boss.work<Abandoned>(QUEUE, { pollingIntervalSeconds: 0.5 }, async (jobs: Job<Abandoned>[]) => {
    for (const { data } of jobs) {
      const month = Math.floor(data.at / (DAYS * 86_400_000))
      await sendMail(data.user_id, `win-back ${data.user_id} ${month}`)
    }
  })
  return { stop: () => boss.stop() }
}
