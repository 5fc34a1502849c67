import type { DurationMs } from '../../domain/duration.ts'
import { defaultPolicy, type Policy } from '../../domain/policy.ts'
import { FAULT_KINDS } from '../faults/fault-kinds.ts'
import { type Faults, readFaults } from '../faults/faults.ts'
import { type SeededRandomness, seededRandomness } from '../seeded-randomness.ts'
import { readWorkload, type Workload } from '../workload/workload.ts'
import type { Scenario } from './world.ts'

const MINUTE = 60_000

/** What a kind of fault is met with where a trial has it: often enough to be met within hours. */
const HARSH: Readonly<Partial<Record<keyof Faults, number>>> = {
  delays: 0.2,
  unavailable: 0.02,
  lostReplies: 0.02,
  conflicts: 0.1,
  crashesBeforeCommit: 0.01,
  crashesAfterCommit: 0.01,
  driftPpm: 2000,
  stepsPerDay: 24,
  pausesPerDay: 48,
  failedDeliveries: 0.2,
  duplicateDeliveries: 0.05,
  reorderedDeliveries: 0.2,
  slowDeliveries: 0.02,
}

/**
 * A short and harsh scenario that is drawn from its seed, whole: policy, workload and faults, each unlike the next seed's.
 *
 * Hours instead of months, so that a few clients meet every status, and thousands of seeds can be gone through.
 */
export function drawTrial(seed: string): Scenario {
  const randomness = seededRandomness(seed).fork('trial')
  return {
    seed,
    clients: 1 + randomness.integer(5),
    span: (60 + randomness.integer(90)) * MINUTE,
    policy: drawPolicy(randomness.fork('policy')),
    workload: drawWorkload(randomness.fork('workload')),
    faults: drawFaults(randomness.fork('faults')),
  }
}

function minutes(randomness: SeededRandomness, from: number, to: number): DurationMs {
  return ((from + randomness.integer(to - from + 1)) * MINUTE) as DurationMs
}

function drawPolicy(randomness: SeededRandomness): Policy {
  const idle = randomness.integer(3) > 0
  const isUnlimited = idle && randomness.integer(4) === 0
  const isSliding = isUnlimited || randomness.integer(2) === 0
  const isSingle = randomness.integer(3) === 0
  const isBounded = randomness.integer(3) === 0
  return {
    ...defaultPolicy,
    maximumLifetime: isUnlimited ? null : minutes(randomness, 25, 60),
    inactivityTimeout: idle ? minutes(randomness, 4, 20) : null,
    abandonment: { after: minutes(randomness, 15, 70), from: isSliding ? 'last-activity' : 'creation' },
    touchInterval: (randomness.integer(3) * MINUTE || 1) as DurationMs,
    sessionMode: isSingle ? 'single' : 'multi',
    onConflict: isSingle ? randomness.pick(['replace', 'reject'] as const) : null,
    maximumSessionsPerUser: isBounded ? 1 + randomness.integer(2) : null,
    onOverflow: isBounded ? randomness.pick(['reject', 'replace-oldest'] as const) : null,
    retention: minutes(randomness, 10, 60),
  }
}

function drawWorkload(randomness: SeededRandomness): Workload {
  const share = (most: number) => Math.round(randomness.float() * most * 100) / 100
  const { settings } = readWorkload({
    visitsPerDay: 40 + randomness.integer(160),
    hours: Array.from({ length: 24 }, () => 1),
    weekdays: [1, 1, 1, 1, 1, 1, 1],
    visitLength: `PT${2 + randomness.integer(9)}M`,
    requestEvery: `PT${1 + randomness.integer(4)}M`,
    devices: [1, 1, 1],
    sharedDevices: share(0.6),
    imported: randomness.integer(2) * share(0.4),
    signOuts: share(0.4),
    tasks: share(0.4),
    tasksLeft: share(0.6),
    twice: share(0.4),
    clientReads: share(1),
    deadlineReads: share(1),
    passwordResets: share(0.1),
    revocations: share(0.1),
    waves: randomness.integer(3) === 0 ? [{ after: 'PT30M', within: 'PT20M', share: 0.7 }] : [],
    store: randomness.integer(3) === 0 ? 'memory' : 'sqlite',
    processes: 1 + randomness.integer(3),
    authority: randomness.integer(4) === 0 ? 'database' : 'process',
    recordTouches: randomness.integer(3) === 0,
    sweepInterval: `PT${1 + randomness.integer(10)}M`,
    purgeInterval: `PT${3 + randomness.integer(10)}M`,
    maxClockStep: 'PT5M',
    eventsEvery: `PT${5 + randomness.integer(20)}M`,
    auditEvery: 'P1D',
    webhooks: randomness.integer(3),
    webhookRetries: randomness.integer(2) === 0 ? ['PT10S'] : ['PT5S', 'PT1M', 'PT5M'],
  })
  return settings as Workload
}

/** Each kind of fault or not, so that there are trials of one kind alone, and of all of them. */
function drawFaults(randomness: SeededRandomness): Faults {
  const chance = randomness.float()
  const rates = Object.values(FAULT_KINDS).map((member) => {
    return [member, randomness.float() < chance ? HARSH[member] : 0]
  })
  const { settings } = readFaults({
    ...Object.fromEntries(rates),
    until: randomness.pick([0.5, 0.8, 1]),
    delay: randomness.pick(['PT0.01S', 'PT0.3S', 'PT5S']),
    downtime: randomness.pick(['PT1S', 'PT30S', 'PT5M']),
    step: randomness.pick(['PT2S', 'PT1M', 'PT20M']),
    pause: randomness.pick(['PT1S', 'PT40S']),
    deliveryDelay: randomness.pick(['PT1S', 'PT45S']),
  })
  return settings as Faults
}
