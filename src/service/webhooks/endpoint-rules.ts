/** How long an endpoint's URL may be, in characters. */
const MAXIMUM_URL = 2048

/** How long an endpoint's description may be, in characters, however many units they are of. */
const MAXIMUM_DESCRIPTION = 255

const DESCRIPTION = new RegExp(`^[^\\p{Cc}\\p{Cs}]{0,${MAXIMUM_DESCRIPTION}}$`, 'u')

/**
 * A URL as an endpoint may have it, in the one form that the WHATWG's parser gives it: so `https://0x7f.1` is `127.0.0.1`
 * before anybody looks at its address.
 *
 * @param isHttpAllowed Whether `http` is taken, too: where private addresses are, for there it may go without TLS.
 * @throws {TypeError} For any other, with what is wrong. It does not repeat the URL.
 */
export function endpointUrl(text: string, isHttpAllowed: boolean): string {
  if (text.length > MAXIMUM_URL) throw new TypeError(`a URL has at most ${MAXIMUM_URL} characters`)
  const url = URL.parse(text)
  if (url === null) {
    throw new TypeError(
      'it cannot be read as a URL: one is absolute, with a host that can be and a port up to 65535: https://example.com/hook',
    )
  }
  if (url.protocol !== 'https:' && !(isHttpAllowed && url.protocol === 'http:')) {
    throw new TypeError(
      'a URL begins with https://; http:// is taken where private addresses are (webhookPrivateAddresses)',
    )
  }
  if (url.username !== '' || url.password !== '') {
    throw new TypeError('a URL has no user and no password in it: the signature says who sends')
  }
  if (url.hash !== '') throw new TypeError('a URL has no fragment: nothing behind # is ever sent')
  if (url.href.length > MAXIMUM_URL)
    throw new TypeError(`a URL has at most ${MAXIMUM_URL} characters, encoded as it is sent`)
  return url.href
}

/** @throws {TypeError} For a description that is too long, or would steer a terminal. */
export function endpointDescription(text: string): string {
  if (DESCRIPTION.test(text)) return text
  throw new TypeError(`a description has at most ${MAXIMUM_DESCRIPTION} characters, without control characters`)
}
