import { PRIVATE_ADDRESS } from './address-guard.ts'
import { PrivateAddressError } from './guarded-lookup.ts'

/** What is said of the errors that nearly all are. */
const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was closed before an answer',
  EPIPE: 'the connection was closed before an answer',
  ETIMEDOUT: 'no connection could be made in time',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'the name could not be looked up',
  HPE_HEADER_OVERFLOW: "the answer's head is too large",
}

/** Why an attempt failed that had no whole answer: in words that hold nothing of its URL. */
export function failureOf(error: unknown): string {
  // Where Node tries several addresses, what each failed with is in one error.
  const first: unknown = error instanceof AggregateError ? (error.errors[0] ?? error) : error
  if (first instanceof PrivateAddressError) return PRIVATE_ADDRESS
  const { code, message } = first as NodeJS.ErrnoException
  if (code === undefined) return message === 'aborted' ? (WORDS['ECONNRESET'] as string) : 'the request failed'
  if (code.startsWith('HPE_')) return WORDS[code] ?? `the answer is no HTTP (${code})`
  if (/^(?:ERR_TLS|ERR_SSL|EPROTO|CERT|UNABLE|SELF_SIGNED|DEPTH_ZERO|HOSTNAME)/.test(code)) {
    return `no trusted TLS connection could be made (${code})`
  }
  return WORDS[code] ?? `the request failed (${code})`
}
