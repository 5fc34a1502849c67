import { styleText } from 'node:util'

/** What a text can be painted with. */
export type Paint = 'bold' | 'dim' | 'green' | 'red' | 'yellow' | 'magenta'

/** Paints a text, or leaves it as it is. Takes no columns either way. */
export type Painter = (paint: Paint, text: string) => string

/** A painter that colours or does not, whatever the environment says: that is for the command to find out. */
export function painterFor(colour: boolean): Painter {
  if (!colour) return (_paint, text) => text
  return (paint, text) => (text === '' ? '' : styleText(paint, text, { validateStream: false }))
}
