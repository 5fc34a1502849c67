import { formatInstant } from '../../../domain/instant.ts'
import { RULES, type Rule } from '../fate.ts'
import type { ForecastResult, SideName } from '../result.ts'
import { OLDEST_HOUR } from '../tally.ts'
import { number } from '../wording.ts'
import { draw, type TopLevelSpec } from './draw.ts'
import { busiestPlaces, drawnPlaces, seenOf } from './seen.ts'
import { stackedSteps, stepsOf } from './steps.ts'
import { ticksOf } from './time-axis.ts'

/** A picture in two sizes, of which the page shows the one that fits. */
export interface Picture {
  readonly wide: string
  readonly narrow: string
}

/** How large the pictures are drawn, in pixels, their axes not counted; and how many ticks fit. */
const SIZES = {
  wide: { width: 780, height: 260, ticks: 10 },
  narrow: { width: 268, height: 200, ticks: 4 },
} as const
type Size = (typeof SIZES)[keyof typeof SIZES]

/** The colours of the two, as the page's variables. */
const COLOURS: Readonly<Record<SideName, string>> = { under: 'var(--under)', against: 'var(--against)' }

/** The colour of a rule, as the page's variable. */
export function colourOf(rule: Rule): string {
  return `var(--rule-${RULES.indexOf(rule) + 1})`
}

/** What a picture is called and says. */
export interface About {
  readonly id: string
  readonly title: string
  readonly description: string
}

/** The live sessions over time, both over each other, and the band between them. */
export function drawLive(result: ForecastResult, about: About): Promise<Picture> {
  const seen = seenOf(result)
  const { first, last, marks } = seen
  const places = drawnPlaces(seen)
  const xOf = (index: number) => marks[places[index] ?? 0] ?? last
  const live = (side: SideName) => {
    const values = places.map((place) => result.series[side].hours[place]?.live ?? 0)
    // What was live before the policy was applied stands at the same instant as what is left.
    return [{ x: first, y: result.counts.live }, ...stepsOf(values, xOf)]
  }
  const between = bandBetween(result, places, xOf)
  return inSizes(about, (size) => ({
    width: size.width,
    height: size.height,
    layer: [
      {
        data: { values: between },
        mark: { type: 'area', interpolate: 'step-after', color: 'var(--band)' },
        encoding: { x: timeOf(first, last, size), y: quantity('low', 'live sessions'), y2: { field: 'high' } },
      },
      ...(['against', 'under'] as const).map((side) => ({
        data: { values: live(side) },
        mark: lineOf(side),
        encoding: { x: timeOf(first, last, size), y: quantity('y', 'live sessions') },
      })),
    ],
  }))
}

/** The survival curve: the share of sessions that last at least so long, from their creation to their deadline. */
export function drawSurvival(result: ForecastResult, about: About): Promise<Picture> {
  const oldest = Math.max(
    ...(['under', 'against'] as const).map((side) => result.series[side].ages.findLastIndex((each) => each > 0)),
  )
  const curve = (side: SideName) => {
    let left = result.counts.live
    const shares = [100]
    // Those older than a year are counted together, and no curve says when they end.
    for (let hour = 0; hour <= Math.min(oldest, OLDEST_HOUR - 1); hour += 1) {
      left -= result.series[side].ages[hour] ?? 0
      shares.push((100 * left) / result.counts.live)
    }
    return stepsOf(shares, (hours) => hours / 24)
  }
  return inSizes(about, (size) => ({
    width: size.width,
    height: size.height,
    layer: (['against', 'under'] as const).map((side) => ({
      data: { values: curve(side) },
      mark: lineOf(side),
      encoding: {
        x: {
          field: 'x',
          type: 'quantitative',
          axis: { title: 'days since creation', tickCount: size.ticks, grid: false },
        },
        y: { ...quantity('y', 'sessions that last so long, %'), scale: { domain: [0, 100] } },
      },
    })),
  }))
}

/** When sessions end, by the hour and by the rule; those that end at once are left to the text. */
export function drawEnds(
  result: ForecastResult,
  titles: Readonly<Record<SideName, string>>,
  about: About,
): Promise<Picture> {
  const seen = seenOf(result)
  const { first, last, marks } = seen
  const places = drawnPlaces(seen)
  const layersOf = (side: SideName) => {
    const { atOnceByRule } = result.series[side]
    const isLater = (rule: Rule) => (result[side].endsByRule[rule] ?? 0) > (atOnceByRule.get(rule) ?? 0)
    const rules = RULES.filter(isLater)
    const inHour = (rule: Rule, place: number) => laterEnds(result, side, rule, place)
    const hours = busiestPlaces(places, (place) => rules.reduce((sum, rule) => sum + inHour(rule, place), 0))
    const ends = rules.map((rule) => hours.map((place) => inHour(rule, place)))
    const layers = stackedSteps(ends, (index) => marks[places[index] ?? 0] ?? last)
    return layers.map((bands, index) => ({ bands, rule: rules[index] as Rule }))
  }
  const most = Math.max(
    1,
    ...(['under', 'against'] as const).flatMap(
      (side) =>
        layersOf(side)
          .at(-1)
          ?.bands.map(({ high }) => high) ?? [],
    ),
  )
  return inSizes(about, (size) => ({
    spacing: 28,
    vconcat: (['under', 'against'] as const).map((side) => ({
      width: size.width,
      height: size.height * 0.6,
      title: titles[side],
      layer: [
        {
          data: {
            values: [
              { x: first, low: 0 },
              { x: last, low: 0 },
            ],
          },
          mark: { type: 'line', strokeWidth: 0 },
          encoding: { x: timeOf(first, last, size), y: ends(most) },
        },
        // From the top down: where a layer has no height, the edge of the one below it is drawn over its own.
        ...layersOf(side)
          .reverse()
          .map(({ bands, rule }) => ({
            data: { values: bands },
            // The stroke keeps an hour in sight that is narrower than a pixel.
            mark: {
              type: 'area',
              interpolate: 'step-after',
              color: colourOf(rule),
              stroke: colourOf(rule),
              strokeWidth: 1,
            },
            encoding: { x: timeOf(first, last, size), y: ends(most), y2: { field: 'high' } },
          })),
      ],
    })),
  }))
}

/** The sign-ins that follow by the hour, if each signed-out session is signed in again at the time of day at which it was last active. */
export function drawSignIns(result: ForecastResult, about: About): Promise<Picture> {
  const seen = seenOf(result)
  const { first, last, marks } = seen
  const places = drawnPlaces(seen)
  const signIns = (side: SideName) => {
    const inHour = (place: number) => result.series[side].signIns[place] ?? 0
    return stepsOf(busiestPlaces(places, inHour).map(inHour), (index) => marks[places[index] ?? 0] ?? last)
  }
  return inSizes(about, (size) => ({
    width: size.width,
    height: size.height,
    layer: (['against', 'under'] as const).map((side) => ({
      data: { values: signIns(side) },
      mark: { ...lineOf(side), type: 'area', fillOpacity: 0.3, stroke: COLOURS[side], strokeWidth: 1 },
      encoding: { x: timeOf(first, last, size), y: quantity('y', 'sign-ins an hour') },
    })),
  }))
}

/** How many sessions a rule ends in an hour, those at once left out. */
function laterEnds({ series }: ForecastResult, side: SideName, rule: Rule, mark: number): number {
  const { endsByRule, atOnceByRule } = series[side]
  return (endsByRule.get(rule)?.[mark] ?? 0) - (mark === 0 ? (atOnceByRule.get(rule) ?? 0) : 0)
}

/** What the picture of live sessions shows, in words. */
export function describeLive({ counts, under, against, until }: ForecastResult): string {
  const end = `at ${formatInstant(until).slice(0, 10)}`
  return (
    `Two lines that fall from ${number(counts.live)} live sessions. Under the policy ${number(under.atOnce)} end at once and ` +
    `${number(under.liveAtHorizon)} are live ${end}; under the other ${number(against.atOnce)} and ${number(against.liveAtHorizon)}.`
  )
}

function bandBetween({ series }: ForecastResult, places: readonly number[], xOf: (index: number) => number) {
  const live = (side: SideName, place: number) => series[side].hours[place]?.live ?? 0
  const bands = places.map((place, index) => ({
    x: xOf(index),
    low: live('under', place),
    high: live('against', place),
  }))
  return bands.filter(({ low, high }, index) => {
    const before = bands[index - 1]
    return index === bands.length - 1 || before?.low !== low || before.high !== high
  })
}

function ends(most: number) {
  return { ...quantity('low', 'ends an hour'), scale: { domain: [0, most], nice: true } }
}

function lineOf(side: SideName) {
  // Told apart by more than their colours.
  const dash = side === 'against' ? { strokeDash: [6, 3] } : {}
  return { type: 'line', interpolate: 'step-after', color: COLOURS[side], strokeWidth: 2, ...dash }
}

function quantity(field: string, title: string) {
  return { field, type: 'quantitative', axis: { title, tickCount: 5, format: ',.0~f', tickMinStep: 1 } }
}

function timeOf(first: Seen['first'], last: Seen['last'], { ticks }: Size) {
  const { values, format } = ticksOf(first, last, ticks)
  const axis = { title: 'UTC', values, format, grid: false, labelOverlap: 'greedy' }
  return { field: 'x', type: 'temporal', scale: { type: 'utc', domain: [first, last], nice: false }, axis }
}

type Seen = ReturnType<typeof seenOf>

async function inSizes({ id, title, description }: About, specOf: (size: Size) => object): Promise<Picture> {
  const drawn = (name: keyof typeof SIZES) =>
    draw(specOf(SIZES[name]) as TopLevelSpec, { id: `${id}-${name}`, title, description })
  return { wide: await drawn('wide'), narrow: await drawn('narrow') }
}
