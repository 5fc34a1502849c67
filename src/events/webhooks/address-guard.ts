/**
 * Which addresses webhooks may go to: those of the public internet, so that nobody who may name a URL reaches what stands
 * beside the service: a metadata service, a database, an admin page on the loopback.
 *
 * What carries an IPv4 address inside (mapped, NAT64, 6to4, Teredo) is refused whatever it carries.
 *
 * @see https://www.iana.org/assignments/iana-ipv4-special-registry and iana-ipv6-special-registry
 */
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** Whether an address, of either family, is one of the public internet's. */
export function isPublicAddress(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.parse(address).range() === 'unicast'
}

/**
 * Why a URL's host is refused by itself, before any name is looked up; `null` where it is not.
 *
 * @param url As the WHATWG's parser has it, which turns every way to write an IPv4 address into the one with dots.
 */
export function hostRefusal(url: URL): string | null {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  if (isIP(host) !== 0) return isPublicAddress(host) ? null : PRIVATE_ADDRESS
  // RFC 6761, section 6.3: these lead to the loopback, whatever a resolver says.
  return /(?:^|\.)localhost\.?$/.test(host) ? PRIVATE_ADDRESS : null
}

/** What is said of a delivery to an address that is refused. */
export const PRIVATE_ADDRESS = 'the address is private'
