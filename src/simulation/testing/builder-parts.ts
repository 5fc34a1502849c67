import { InstantError } from '../../domain/errors.ts'
import { type EpochMs, parseInstant } from '../../domain/instant.ts'
import { closestName } from '../../snapshot/closest-name.ts'

/** An instant as a test writes it: epoch milliseconds, or text: ISO 8601 with a zone, or `now-P3D` by the world's clock. */
export type Instant = number | string

/** The instant of a part; `undefined` where the part is left out. @throws {TypeError} For text that is none. */
export function instantOf(part: string, written: Instant | undefined, now: EpochMs): EpochMs | undefined {
  if (typeof written !== 'string') return written as EpochMs | undefined
  try {
    return parseInstant(written, now)
  } catch (error) {
    if (error instanceof InstantError) throw new TypeError(`${part}: ${error.message}`, { cause: error })
    throw error
  }
}

/** @throws {TypeError} For a part of a name that there is none of, which would be passed over in silence. */
export function checkNames(who: string, parts: object, names: readonly string[]): void {
  for (const name of Object.keys(parts)) {
    if (names.includes(name)) continue
    const meant = closestName(name, names)
    throw new TypeError(
      `${who} has no ${name}: ${meant === undefined ? `there are only ${names.join(', ')}` : `did you mean ${meant}?`}`,
    )
  }
}
