/** For tests that are left to `.ci/run`, which sets TENURE_SLOW_TESTS: `npm test` is to take less than five minutes on two cores. */
export const SLOW = {
  skip: process.env['TENURE_SLOW_TESTS'] === '1' ? false : 'NOT TESTED: slow; TENURE_SLOW_TESTS=1 has it run',
} as const
