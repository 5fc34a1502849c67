/** One life of one service under a fuzz: requests, and moves of its clock between them, all from one seed. */
import { setTimeout as wait } from 'node:timers/promises'
import { WEBHOOK_KEY } from './clerk-webhooks.ts'
import { type Chance, seeded } from './crash-chance.ts'
import { answerFaults, rawFaults, valuesIn } from './fuzz-checks.ts'
import { Description, type Json } from './fuzz-description.ts'
import { FuzzPool } from './fuzz-pool.ts'
import { RAW_REQUESTS, type Raw } from './fuzz-raw.ts'
import { type FuzzRequest, RequestWriter } from './fuzz-requests.ts'
import { asCurl, type FuzzAnswer, FuzzSender } from './fuzz-send.ts'
import { type HttpParts, type OpenedHttp, openHttpService } from './http-service.ts'
import { countedRandomness } from './services.ts'
import { DAY, MINUTE } from './sessions.ts'
import type { StoreKind } from './stores.ts'

/** What a life is. */
export interface LifeOptions {
  readonly seed: number
  readonly requests: number
  /** Comes between the service and whoever checks its answers: a counter-test spoils some. */
  readonly over?: (answer: FuzzAnswer, chance: Chance) => FuzzAnswer
  /** The fault that is looked for: a life that has it is over. */
  readonly until?: RegExp
}

/** What a life was like. */
export interface LifeReport {
  readonly requests: number
  readonly milliseconds: number
  /** How often each operation was answered with each status: `GetSession 200`. */
  readonly met: ReadonlyMap<string, number>
  /** Operations that were never answered with a 2xx, or at whose address never with a 4xx. */
  readonly unmet: readonly string[]
  /** Each kind of fault once, by its name, with the first request that had it. */
  readonly faults: ReadonlyMap<string, string>
}

const HOUR = 60 * MINUTE

const POLICIES: readonly NonNullable<HttpParts['policy']>[] = [
  {},
  { inactivityTimeout: DAY, abandonment: { after: 2 * DAY, from: 'last-activity' } },
  { sessionMode: 'single', onConflict: 'replace', retention: DAY },
  { sessionMode: 'single', onConflict: 'reject', maximumSessionsPerUser: 40, onOverflow: 'replace-oldest' },
  { maximumSessionsPerUser: 25, onOverflow: 'reject', maximumLifetime: 6 * HOUR },
]

const TEMPLATES = new Map([
  ['bare', { claims: {}, lifetime: null }],
  [
    'claims',
    { claims: { session: '{{session.id}}', odd: ['{{user.id}} {{session.actor}}', 1, null] }, lifetime: null },
  ],
])

/** What an operation has met that refuses nothing but another method at its address. */
const ANOTHER_METHOD = 'by another method'

/** What makes something that others are asked about. */
const OPENING = ['signIn', 'createSessionCookies', 'createClientToken', 'addWebhook']

/** What is refused whatever is asked: what is no more, and to move a clock that is not the service's to move. */
const NEVER_GOOD = ['VerifySession', 'moveClock']

/** How far the clock goes between two requests, where it goes at all. It steps back now and then. */
const MOVES = [1, 500, 1000, 61_000, 61_000, 10 * MINUTE, HOUR, 5 * HOUR, DAY, -1000]

/** Lives one life. */
export async function liveOnce(kind: StoreKind, options: LifeOptions): Promise<LifeReport> {
  const chance = seeded(options.seed)
  const policy = chance.one(POLICIES)
  const tokens = { templates: TEMPLATES, publishableKey: chance.one([null, 'pk_live_ZXhhbXBsZS5jb20k']) }
  const service = { randomness: countedRandomness(), clerkWebhookSecret: WEBHOOK_KEY }
  await using opened = await openHttpService(kind, { policy, tokens, options: service, webhooks: {} })
  // Nobody waits for what this clock would have to be moved for, and a stream ends as soon as it has begun.
  opened.service.feed.close()
  using sender = new FuzzSender(opened)
  const { json } = await opened.ask('GET', '/openapi.json')
  const life = new Life(opened, new Description(json as Json), sender, chance, options)
  const from = performance.now()
  await life.live()
  return life.report(performance.now() - from)
}

class Life {
  readonly #opened: OpenedHttp
  readonly #description: Description
  readonly #sender: FuzzSender
  readonly #chance: Chance
  readonly #options: LifeOptions
  readonly #pool: FuzzPool
  readonly #writer: RequestWriter
  readonly #met = new Map<string, number>()
  readonly #faults = new Map<string, { readonly text: string; readonly places: Set<string> }>()
  #asked = 0

  constructor(opened: OpenedHttp, description: Description, sender: FuzzSender, chance: Chance, options: LifeOptions) {
    this.#opened = opened
    this.#description = description
    this.#sender = sender
    this.#chance = chance
    this.#options = options
    this.#pool = new FuzzPool(chance)
    const drawing = { description, chance, pool: this.#pool, now: () => opened.clock.now() }
    this.#writer = new RequestWriter(drawing, { write: opened.key, read: opened.readKey })
  }

  async live(): Promise<void> {
    const chance = this.#chance
    const { requests, until } = this.#options
    for (const draw of RAW_REQUESTS) await this.#sendBytes(draw(chance))
    while (this.#asked < requests && !this.#hasFault(until)) {
      if (chance.below(12) === 0) await this.#moveOn()
      const draw = chance.below(100)
      if (draw < 2) await this.#askAtOnce()
      else if (draw < 3) await this.#sendBytes(chance.one(RAW_REQUESTS)(chance))
      else await this.#ask(this.#writer.next(), draw < 25)
    }
    if (until === undefined) await this.#meetTheRest()
    await this.#judgeEnd()
  }

  #hasFault(fault: RegExp | undefined): boolean {
    return fault !== undefined && [...this.#faults.values()].some(({ text }) => fault.test(`: ${text}`))
  }

  /** What no request has met by chance is asked for until it is met, with a session to ask it of. */
  async #meetTheRest(): Promise<void> {
    const isOpening = (id: string) => OPENING.includes(id)
    const opening = this.#description.operations.filter(({ operationId }) => isOpening(operationId))
    for (let round = 0; round < 40 && this.#unmet().length > 0; round += 1) {
      const missing = this.#description.operations.filter(({ operationId: id }) => this.#unmet().includes(`${id} 2xx`))
      for (const operation of [...opening, ...missing]) await this.#ask(this.#writer.valid(operation), false)
      const refused = this.#description.operations.filter(({ operationId: id }) => this.#unmet().includes(`${id} 4xx`))
      for (const operation of refused) await this.#ask(this.#writer.broken(operation), false)
    }
  }

  async #moveOn(): Promise<void> {
    const { clock, service } = this.#opened
    // One of them steps back.
    clock.advanceTo(clock.now() + this.#chance.one(MOVES))
    if (this.#chance.below(4) === 0) await service.tenure.sweep()
    if (this.#chance.below(20) === 0) await service.tenure.purge()
  }

  /** Several at once, over sockets. They are learned from in the order they were drawn, so that a seed repeats them. */
  async #askAtOnce(): Promise<void> {
    const requests = Array.from({ length: 6 }, () => this.#writer.next())
    const answers = await Promise.all(requests.map((request) => this.#answer(request, true)))
    for (const [index, answer] of answers.entries()) this.#judge(requests[index] as FuzzRequest, answer)
  }

  async #ask(request: FuzzRequest, isBySocket: boolean): Promise<void> {
    this.#judge(request, await this.#answer(request, isBySocket))
  }

  async #answer(request: FuzzRequest, isBySocket: boolean): Promise<FuzzAnswer | Error> {
    this.#asked += 1
    // A service that has read enough hangs up, while Node's client still writes.
    const isLarge = (request.payload?.length ?? 0) > 60_000
    try {
      const answer = await this.#sender.send(request, isBySocket && !isLarge ? 'socket' : 'router')
      return this.#options.over?.(answer, this.#chance) ?? answer
    } catch (error) {
      return error as Error
    }
  }

  #judge(request: FuzzRequest, answer: FuzzAnswer | Error): void {
    if (answer instanceof Error) {
      this.#note(`was not answered: ${answer.name} ${answer.message}`, request, '')
      return
    }
    const faults = answerFaults(this.#description, request, answer)
    for (const fault of faults) this.#note(fault, request, `${answer.status} ${answer.text.slice(0, 400)}`)
    this.#count(request, answer.status)
    this.#learn(request, answer)
  }

  #learn({ operation, method, target, payload }: FuzzRequest, { status, text, headers }: FuzzAnswer): void {
    const isRead = operation?.method === method && headers['content-type'] === 'application/json'
    if (status !== 200 || !isRead || text.length > 100_000) return
    const [json] = (valuesIn(text, 'application/json') ?? []) as readonly Json[]
    if (json === undefined) return
    this.#pool.learn(json, target.split('?', 1)[0] as string, headers.etag)
    const { jwt, cookies } = json
    if (operation?.operationId === 'createClientToken') this.#pool.learnClientToken(String(jwt))
    if (operation?.operationId !== 'createSessionCookies' || !Array.isArray(cookies)) return
    const id = decodeURIComponent(target.split('/')[3] as string)
    const { request_origin: origin } = JSON.parse(String(payload)) as { readonly request_origin: string }
    this.#pool.learnCookies(id, origin, cookies)
  }

  async #sendBytes([rule, bytes]: Raw): Promise<void> {
    this.#asked += 1
    const text = await this.#sender.bytes(bytes)
    const base = { kind: 'odd', operation: null, method: 'bytes', target: '', headers: {} } as const
    for (const fault of rawFaults(this.#description, text)) {
      this.#note(`${rule}: ${fault}`, { ...base, rule, payload: bytes }, text.slice(0, 400))
    }
    this.#count({ ...base, rule, payload: bytes }, Number(text.slice(9, 12)))
  }

  #count({ operation, method }: FuzzRequest, status: number): void {
    const key = `${operation?.method === method ? operation.operationId : `${method} elsewhere`} ${status}`
    this.#met.set(key, (this.#met.get(key) ?? 0) + 1)
    if (operation === null || operation.method === method || status !== 405) return
    const other = `${operation.operationId} ${ANOTHER_METHOD}`
    this.#met.set(other, (this.#met.get(other) ?? 0) + 1)
  }

  /** Keeps the first of each kind, and where else it was met. */
  #note(fault: string, request: FuzzRequest, answered: string): void {
    const place = request.operation?.operationId ?? request.method
    const kind = fault.split(/: |; /, 1)[0] as string
    const isPlaced = kind === 'breaks its schema' || fault.startsWith('answers 5')
    const key = isPlaced ? `${request.method} ${place} ${kind}` : fault.replaceAll(/\d+/g, 'N').slice(0, 160)
    const known = this.#faults.get(key)
    if (known !== undefined) {
      known.places.add(place)
      return
    }
    const [bytes, url] = [request.payload?.toString('latin1').slice(0, 300), this.#opened.url]
    const curl = request.method === 'bytes' ? JSON.stringify(bytes) : asCurl(request, url)
    const what = `request ${this.#asked}, ${request.kind}${request.rule === '' ? '' : ` (${request.rule})`}`
    const logged = fault.startsWith('answers 5') ? `\n    logged: ${this.#logged(answered)}` : ''
    const text = `${fault}\n    ${what}\n    ${curl}\n    answered: ${answered}${logged}`
    this.#faults.set(key, { text, places: new Set([place]) })
  }

  /** What the service logged of a fault that it answered. */
  #logged(answered: string): string {
    const trace = /"clerk_trace_id":"(\w+)"/.exec(answered)?.[1]
    const line = this.#opened.logged().find((each) => each['trace'] === trace && 'error' in each)
    return JSON.stringify(line)?.slice(0, 1500) ?? 'nothing'
  }

  #noteEnd(fault: string): void {
    this.#faults.set(fault, { text: fault, places: new Set(['afterwards']) })
  }

  /** Afterwards nothing is broken: the ledger has the rows, and the service is ready once its deadlines are written down. */
  async #judgeEnd(): Promise<void> {
    const { service, store } = this.#opened
    for (let isDone = false; !isDone; ) ({ isDone } = await service.tenure.sweep())
    for await (const difference of service.tenure.audit()) {
      this.#noteEnd(`the audit finds ${JSON.stringify(difference)}`)
    }
    const ready = await this.#opened.ask('GET', '/readyz')
    if (ready.status !== 200) this.#noteEnd(`/readyz answers ${ready.status} ${ready.text}`)
    await this.#drained()
    const overdue = await store.countDue(await store.now(), 1)
    if (overdue !== 0) this.#noteEnd('a deadline is not written down')
  }

  /** Nothing that the service set is left waiting on its clock: every request has ended. */
  async #drained(): Promise<void> {
    await wait(1)
    const { pending } = this.#opened.clock
    if (pending !== 0) this.#noteEnd(`${pending} timers wait`)
  }

  report(milliseconds: number): LifeReport {
    const faults = new Map(
      [...this.#faults].map(([kind, { text, places }]) => [kind, `${[...places].join(', ')}: ${text}`]),
    )
    return { requests: this.#asked, milliseconds, met: this.#met, unmet: this.#unmet(), faults }
  }

  #unmet(): readonly string[] {
    const keys = [...this.#met.keys()]
    return this.#description.operations.flatMap(({ operationId: id }) => {
      const met = keys.filter((key) => key.startsWith(`${id} `)).map((key) => key.slice(id.length + 1))
      const isGood = met.some((status) => status.startsWith('2')) || NEVER_GOOD.includes(id)
      const isBad = met.some((status) => status.startsWith('4') || status === ANOTHER_METHOD)
      return [...(isGood ? [] : [`${id} 2xx`]), ...(isBad ? [] : [`${id} 4xx`])]
    })
  }
}
