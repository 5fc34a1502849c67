/**
 * Which addresses webhooks may go to: those of the public internet, so that nobody who may name a URL reaches what stands
 * beside the service: a metadata service, a database, an admin page on the loopback.
 *
 * What carries an IPv4 address inside (mapped, NAT64, 6to4, Teredo) is refused whatever it carries.
 *
 * @see https://www.iana.org/assignments/iana-ipv4-special-registry and iana-ipv6-special-registry
 * @see https://www.iana.org/assignments/ipv6-address-space "Global Unicast"
 * @see https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
 */
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** All that is given out of IPv6 to the public internet; `unicast` is whatever else has no name, too. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3')

/** Azure's wire server: every machine there reaches its host's by this address, which is public by its number only. */
const WIRE_SERVER = '168.63.129.16'

/** Whether an address, of either family, is one of the public internet's. */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false
  const parsed = ipaddr.parse(address)
  if (parsed.range() !== 'unicast') return false
  return parsed instanceof ipaddr.IPv6 ? parsed.match(GLOBAL_UNICAST) : parsed.toString() !== WIRE_SERVER
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

/** Why an endpoint may not have a URL for where it leads; `null` where it may, or where it is no URL. */
export function placeRefusal(text: string): string | null {
  const url = URL.parse(text)
  const refusal = url === null ? null : hostRefusal(url)
  if (refusal === null) return null
  const whole = url?.protocol === 'http:' ? `${refusal}, and the URL is not https` : refusal
  return `${whole}: webhooks go there with webhookPrivateAddresses only`
}

/** What is said of a delivery to an address that is refused. */
export const PRIVATE_ADDRESS = 'the address is private'
