/**
 * Text measured in the columns of a terminal.
 *
 * A code point takes one column, two where it is wide (East Asian, emoji), none where it combines with the one before
 * it. What a terminal draws otherwise is at most narrower than counted here, so a line never grows past its width.
 */

/** The blocks of which every character is wide. @see Unicode Standard Annex #11, East Asian Width */
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u3247\u3250-\u4dbf\u4e00-\ua4c6\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6b\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18dff}\u{1aff0}-\u{1b2ff}\u{1f000}-\u{1faff}\u{20000}-\u{3fffd}]|^\p{Emoji_Presentation}/u

/** Joins the character before it. A variation selector may instead widen it, and so counts one column. */
const COMBINING = /^(?![\ufe00-\ufe0f])[\p{Mn}\p{Me}]/u

const INVISIBLE = /(?! |[\ufe00-\ufe0f])[\p{Cc}\p{Cf}\p{Cn}\p{Cs}\p{Z}\p{Default_Ignorable_Code_Point}]/gu

/**
 * Text that comes from a document, with what a terminal would not draw, or be steered by, spelt out: `\u{202e}`.
 *
 * Ids hold no control characters, but the names of members and statuses may, and an id may turn the writing direction.
 */
export function printable(text: string): string {
  return text.replace(INVISIBLE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)
}

/** How many columns of a terminal a printable text takes, at most. */
export function columnsOf(text: string): number {
  let columns = 0
  for (const character of text) columns += columnsOfCharacter(character)
  return columns
}

/** A text of at most so many columns: its beginning and `…` where it is longer. */
export function truncate(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text
  return `${startOf(text, columns - 1)}…`
}

/** A text filled up with spaces to so many columns. */
export function pad(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - columnsOf(text)))
}

/** Breaks a text between words into lines of at most so many columns, and a longer word wherever it must. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && columnsOf(line) + 1 + columnsOf(word) <= columns) {
      line = `${line} ${word}`
      continue
    }
    if (line !== '') lines.push(line)
    line = word
    while (columnsOf(line) > columns) {
      const start = startOf(line, columns) || [...line].slice(0, 1).join('')
      lines.push(start)
      line = line.slice(start.length)
    }
  }
  return [...lines, line]
}

/** Sets clauses with semicolons between them, as many on a line of at most so many columns as go there whole. */
export function wrapClauses(clauses: readonly string[], columns: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const clause of clauses) {
    const joined = line === '' ? clause : `${line}; ${clause}`
    if (line === '' || columnsOf(joined) <= columns) {
      line = joined
    } else {
      lines.push(line)
      line = clause
    }
  }
  return [...lines, line].flatMap((each) => wrap(each, columns))
}

/** As much of a text's beginning as so many columns hold. */
function startOf(text: string, columns: number): string {
  let start = ''
  let taken = 0
  for (const character of text) {
    taken += columnsOfCharacter(character)
    if (taken > columns) break
    start += character
  }
  return start
}

function columnsOfCharacter(character: string): 0 | 1 | 2 {
  if (character >= ' ' && character <= '~') return 1
  if (COMBINING.test(character)) return 0
  return WIDE.test(character) ? 2 : 1
}
