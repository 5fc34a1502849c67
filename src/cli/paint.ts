import { styleText } from 'node:util'
import type { StoryGroup } from './session-story.ts'

/** What a text can be painted with. */
export type Paint = 'bold' | 'dim' | 'green' | 'yellow' | 'magenta'

/** Paints a text, or leaves it as it is. Takes no columns either way. */
export type Painter = (paint: Paint, text: string) => string

/** The colour of each group of statuses; what none of them says of itself, its words do. */
export const STORY_COLOURS = {
  live: 'green',
  dormant: 'yellow',
  closed: 'dim',
  unknown: 'magenta',
} as const satisfies Record<StoryGroup, Paint>

/** A painter that colours or does not, whatever the environment says: that is for the command to find out. */
export function painterFor(colour: boolean): Painter {
  if (!colour) return (_paint, text) => text
  return (paint, text) => (text === '' ? '' : styleText(paint, text, { validateStream: false }))
}
