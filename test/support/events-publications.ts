/** Somebody's own queue beside Tenure's: subscribes to a type of event through pg-boss, and is never in a trial's way. */
import { PgBoss } from 'pg-boss'

const QUEUE = 'somebody-s-own'

/** How many jobs are read at most. */
const MOST = 100_000

/** A queue that gets every event of one type that is published from now on. */
export class SubscribedQueue implements AsyncDisposable {
  readonly #boss: PgBoss

  private constructor(boss: PgBoss) {
    this.#boss = boss
  }

  /** @param url Of the database itself, and of no proxy before it. */
  static async of(type: string, url: string): Promise<SubscribedQueue> {
    const boss = new PgBoss({ connectionString: url, max: 1, supervise: false, schedule: false })
    await boss.start()
    await boss.createQueue(QUEUE)
    await boss.subscribe(type, QUEUE)
    return new SubscribedQueue(boss)
  }

  /** Takes everything that is in it, and answers the ids of the events. */
  async take(): Promise<readonly string[]> {
    const jobs = await this.#boss.fetch<{ readonly id: string }>(QUEUE, { batchSize: MOST })
    return jobs.map(({ data }) => data.id)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#boss.stop({ graceful: false })
  }
}
