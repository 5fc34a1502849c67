/**
 * The name that somebody may have meant by another, or undefined when none is close.
 *
 * Case and punctuation do not count, so `maximum_lifetime` is `maximumLifetime`; neither do missing ends, so
 * `lifetime` is too. Beyond that, at most a third of the name may be mistyped.
 */
export function closestName(written: string, names: readonly string[]): string | undefined {
  if (written.length > 64) return undefined
  const bare = bareName(written)
  if (bare.length < 3) return undefined
  const ranked = names
    .map((name) => ({ name, distance: distanceOf(bare, bareName(name)) }))
    .sort((a, b) => a.distance - b.distance)
  const [closest] = ranked.filter(({ name, distance }) => distance * 3 <= name.length || bareName(name).includes(bare))
  return closest?.name
}

function bareName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '')
}

/** How many letters must be added, dropped or changed to make one text of the other (Levenshtein). */
function distanceOf(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1]
    for (const [j, other] of [...b].entries()) {
      const changed = (row[j] as number) + (letter === other ? 0 : 1)
      next.push(Math.min(changed, (row[j + 1] as number) + 1, (next[j] as number) + 1))
    }
    row = next
  }
  return row[b.length] as number
}
