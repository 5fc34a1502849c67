/** Bytes that are no request by HTTP's own rules, or one that goes to its edges. */
import type { Chance } from './crash-chance.ts'

/** Bytes, and what is wrong with them. */
export type Raw = readonly [rule: string, bytes: Buffer]

const END = '\r\n\r\n'
const raw = (rule: string, text: string) => (): Raw => [rule, Buffer.from(text, 'latin1')]
const HOST = 'Host: localhost\r\nConnection: close'

/** Ways to send what the service's parser refuses; each answers with an error, or hangs up. */
export const RAW_REQUESTS: readonly ((chance: Chance) => Raw)[] = [
  (chance) => ['random bytes', Buffer.from(Array.from({ length: 1 + chance.below(200) }, () => chance.below(256)))],
  raw('no version of HTTP', `GET /healthz HTTP/9.9\r\n${HOST}${END}`),
  raw('no such method', `FROB /healthz HTTP/1.1\r\n${HOST}${END}`),
  raw('a lower-case method', `get /healthz HTTP/1.1\r\n${HOST}${END}`),
  raw('no host', `GET /healthz HTTP/1.1\r\nConnection: close${END}`),
  raw('an expectation', `GET /nowhere HTTP/1.1\r\n${HOST}\r\nExpect: 200-maybe${END}`),
  raw('a space before a colon', `GET /healthz HTTP/1.1\r\n${HOST}\r\nAccept : text/html${END}`),
  raw('a control character in a header', `GET /healthz HTTP/1.1\r\n${HOST}\r\nAccept: a\u0001b${END}`),
  raw('a control character in the address', `GET /health\u0001z HTTP/1.1\r\n${HOST}${END}`),
  raw('a folded header', `GET /healthz HTTP/1.1\r\n${HOST}\r\nAccept: a\r\n b${END}`),
  raw('two lengths', `POST /v1/sessions HTTP/1.1\r\n${HOST}\r\nContent-Length: 2\r\nContent-Length: 3${END}{}`),
  raw('a negative length', `POST /v1/sessions HTTP/1.1\r\n${HOST}\r\nContent-Length: -1${END}`),
  raw(
    'a length and chunks',
    `POST /v1/sessions HTTP/1.1\r\n${HOST}\r\nContent-Length: 2\r\nTransfer-Encoding: chunked${END}{}`,
  ),
  raw('a broken chunk', `POST /v1/sessions HTTP/1.1\r\n${HOST}\r\nTransfer-Encoding: chunked${END}zz\r\n{}`),
  raw('an unknown encoding', `POST /v1/sessions HTTP/1.1\r\n${HOST}\r\nTransfer-Encoding: gzip${END}{}`),
  raw('a huge head', `GET /healthz HTTP/1.1\r\n${HOST}\r\nX-Large: ${'x'.repeat(20_000)}${END}`),
  raw('a huge address', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\n${HOST}${END}`),
  raw('many headers', `GET /nowhere HTTP/1.1\r\n${HOST}\r\n${'x: y\r\n'.repeat(2500)}\r\n`),
  raw('half a request line', 'GET /heal'),
  raw('half a head', `GET /healthz HTTP/1.1\r\n${HOST}\r\nAcc`),
  raw('the preface of HTTP/2', `PRI * HTTP/2.0${END}SM${END}`),
  raw('the start of TLS', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003'),
  raw('an absolute address', `GET http://localhost/nowhere HTTP/1.1\r\n${HOST}${END}`),
  raw('a tunnel', `CONNECT localhost:80 HTTP/1.1\r\n${HOST}${END}`),
]
