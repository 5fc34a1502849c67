/** The kinds of faults, and the member that says how often each is met. */
export const FAULT_KINDS = {
  delay: 'delays',
  unavailable: 'unavailable',
  'lost-reply': 'lostReplies',
  conflict: 'conflicts',
  'crash-before-commit': 'crashesBeforeCommit',
  'crash-after-commit': 'crashesAfterCommit',
  drift: 'driftPpm',
  step: 'stepsPerDay',
  pause: 'pausesPerDay',
  'failed-delivery': 'failedDeliveries',
  'duplicate-delivery': 'duplicateDeliveries',
  'reordered-delivery': 'reorderedDeliveries',
  'slow-delivery': 'slowDeliveries',
} as const

/** A kind of fault. */
export type FaultKind = keyof typeof FAULT_KINDS
