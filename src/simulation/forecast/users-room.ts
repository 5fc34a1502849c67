import type { EpochMs } from '../../domain/instant.ts'
import type { UserId } from '../../domain/session.ts'
import type { Fate } from './fate.ts'
import { withinRoom } from './limits.ts'
import type { SessionForecast } from './session-forecast.ts'

/**
 * The fates that change because their users have more sessions than a policy has room for, by the sessions' places.
 *
 * @param room How many sessions a user may have; `null` where that ends none.
 */
export function withinRoomOfUsers(
  forecasts: readonly SessionForecast[],
  side: 'under' | 'against',
  room: number | null,
  at: EpochMs,
): ReadonlyMap<number, Fate> {
  const changed = new Map<number, Fate>()
  if (room === null) return changed
  for (const places of placesByUser(forecasts).values()) {
    if (places.length <= room) continue
    const contenders = places.map((place) => {
      const forecast = forecasts[place] as SessionForecast
      return { id: forecast.sessionId, createdAt: forecast.createdAt, fate: forecast[side] }
    })
    for (const [index, fate] of withinRoom(contenders, room, 'maximumSessionsPerUser', at).entries()) {
      if (fate !== contenders[index]?.fate) changed.set(places[index] as number, fate)
    }
  }
  return changed
}

function placesByUser(forecasts: readonly SessionForecast[]): Map<UserId, number[]> {
  const places = new Map<UserId, number[]>()
  for (const [place, { userId }] of forecasts.entries()) {
    const theirs = places.get(userId)
    if (theirs === undefined) places.set(userId, [place])
    else theirs.push(place)
  }
  return places
}
