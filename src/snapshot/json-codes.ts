/** The characters that JSON is made of: code units of text, and bytes of UTF-8 alike. @see RFC 8259, section 2 */
export const NEWLINE = 0x0a
/** Opens and closes a string. */
export const QUOTE = 0x22
/** Stands between the members of an object, and the items of an array. */
export const COMMA = 0x2c
/** Stands between a member's name and its value. */
export const COLON = 0x3a
/** Opens an array. */
export const OPEN_BRACKET = 0x5b
/** Escapes the next character of a string. */
export const BACKSLASH = 0x5c
/** Closes an array. */
export const CLOSE_BRACKET = 0x5d
/** Opens an object. */
export const OPEN_BRACE = 0x7b
/** Closes an object. */
export const CLOSE_BRACE = 0x7d

/** Whether a character is white space to JSON. */
export function isSpace(code: number): boolean {
  return code === 0x20 || code === NEWLINE || code === 0x0d || code === 0x09
}
