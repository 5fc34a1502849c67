/** A number and what there are that many of: `1 session`, `2 sessions`. */
export function counted(count: number, noun: string): string {
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`
}
