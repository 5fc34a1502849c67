/**
 * Keeps Node from warning that node:sqlite is experimental, as its versions before 24 do: it is what Tenure was built on,
 * and nobody who runs a command can do anything about it. Every other warning is shown.
 */
export function silenceSqliteWarning(): void {
  const emit = process.emitWarning
  process.emitWarning = (warning: string | Error, ...rest: unknown[]) => {
    const isSqlite = rest[0] === 'ExperimentalWarning' && String(warning).startsWith('SQLite ')
    if (!isSqlite) Reflect.apply(emit, process, [warning, ...rest])
  }
}
