import { BlockList, isIP } from 'node:net'

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8)
LOOPBACK.addAddress('::1', 'ipv6')

/**
 * Whether what listens at a host is heard by its own machine only: 127.0.0.0/8, ::1, localhost.
 *
 * However else an address may be written: `0:0:0:0:0:0:0:1` is one, and `::ffff:127.0.0.1`. Of any other host name nobody knows.
 *
 * @see RFC 6890, section 2.2.2; RFC 6761, section 6.3
 */
export function isLoopback(host: string): boolean {
  const version = isIP(host)
  if (version === 0) return host.toLowerCase() === 'localhost'
  return LOOPBACK.check(host, version === 4 ? 'ipv4' : 'ipv6')
}
