/** One corner of a line that goes in steps: from `x` on the value is `y`. */
export interface Step {
  readonly x: number
  readonly y: number
}

/** The corners of a line of steps: only where it changes, and its end, so that a picture is as long as what happens. */
export function stepsOf(values: readonly number[], xOf: (place: number) => number): Step[] {
  const steps: Step[] = []
  for (const [place, y] of values.entries()) {
    if (place === 0 || place === values.length - 1 || y !== values[place - 1]) steps.push({ x: xOf(place), y })
  }
  return steps
}

/** Layers that stand on each other, each as its lower and its upper edge, with corners where any of the two moves. */
export function stackedSteps(layers: readonly (readonly number[])[], xOf: (place: number) => number): Band[][] {
  const length = layers[0]?.length ?? 0
  const base = new Array<number>(length).fill(0)
  return layers.map((layer) => {
    const bands: Band[] = []
    for (let place = 0; place < length; place += 1) {
      const low = base[place] as number
      const high = low + (layer[place] ?? 0)
      base[place] = high
      const before = bands.at(-1)
      const isMoved = before === undefined || before.low !== low || before.high !== high
      if (isMoved || place === length - 1) bands.push({ x: xOf(place), low, high })
    }
    return bands
  })
}

/** One corner of a layer. */
export interface Band {
  readonly x: number
  readonly low: number
  readonly high: number
}
