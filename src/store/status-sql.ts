/**
 * The status that a session's row has at an instant, in SQL that both stores speak.
 *
 * The truth is `statusAt` of src/lifecycle; the stores' contract suite holds this to it for every status and every order
 * of deadlines.
 *
 * @param instant The parameter's placeholder, epoch milliseconds.
 */
export function statusAtSql(instant: string): string {
  return `CASE
    WHEN closed_at IS NOT NULL THEN status
    WHEN ${instant} >= abandon_at THEN 'abandoned'
    WHEN ${instant} >= expire_at THEN 'expired'
    ELSE status
  END`
}
