import type { FastifyReply, FastifyRequest } from 'fastify'
import { httpError } from './http-error.ts'

/** A revision as a strong entity tag. @see RFC 9110, section 8.8.3 */
export function etagOf(revision: string): string {
  return `"${revision}"`
}

/**
 * Answers a read with its entity tag: 304 and nothing else where the caller has that very answer already.
 *
 * @see RFC 9110, section 13.1.2
 */
export function answerRead(
  { headers }: FastifyRequest,
  reply: FastifyReply,
  revision: string,
  present: () => object,
): unknown {
  const etag = etagOf(revision)
  // Nobody between here and the caller may keep it: a deadline ends a session without anybody writing.
  reply.header('etag', etag).header('cache-control', 'no-store')
  const known = headers['if-none-match'] === undefined ? [] : tagsIn(headers['if-none-match'], true)
  if (!known.includes('*') && !known.includes(etag)) return present()
  return reply.code(304).send()
}

/**
 * What a caller thinks is stored, by its preconditions; `undefined` where it has none.
 *
 * `If-Match: *` means anything, and `If-None-Match: *` nothing.
 *
 * @throws {HttpError} For a header that is none.
 * @see RFC 9110, sections 13.1.1 and 13.1.2
 */
export function expectationOf({ headers }: FastifyRequest): ((revision: string | null) => boolean) | undefined {
  const { 'if-match': match, 'if-none-match': noneMatch } = headers
  if (match === undefined && noneMatch === undefined) return undefined
  const wanted = match === undefined ? null : tagsIn(match, false)
  const unwanted = noneMatch === undefined ? null : tagsIn(noneMatch, true)
  const isNamed = (tags: readonly string[], revision: string | null) =>
    revision !== null && (tags.includes('*') || tags.includes(etagOf(revision)))
  return (revision) =>
    (wanted === null || isNamed(wanted, revision)) && (unwanted === null || !isNamed(unwanted, revision))
}

/** A tag, and a list of them, whose members may be empty. @see RFC 9110, sections 5.6.1 and 8.8.3 */
const TAG = /(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/g
const LIST = new RegExp(`^[\\t ,]*${TAG.source}(?:[\\t ]*,[\\t ,]*${TAG.source})*[\\t ,]*$`)

/** The tags of a header. A weak one names no answer for sure, and is left out where that is needed. */
function tagsIn(header: string, isWeakEnough: boolean): readonly string[] {
  if (header.trim() === '*') return ['*']
  const tags = header.match(TAG) ?? []
  if (!LIST.test(header)) {
    const long = 'If-Match and If-None-Match hold *, or entity tags in quotes, such as "7".'
    throw httpError('request_invalid', 'Request invalid', long)
  }
  if (!isWeakEnough) return tags.filter((tag) => !tag.startsWith('W/'))
  return tags.map((tag) => tag.replace(/^W\//, ''))
}
