import { type LookupAddress, type LookupAllOptions, lookup as systemLookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { isPublicAddress, PRIVATE_ADDRESS } from './address-guard.ts'

/** Looks a name up: every address that it has. */
export type Resolve = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void

/** What a connection fails with whose name leads to a private address. */
export class PrivateAddressError extends Error {
  override readonly name = 'PrivateAddressError'

  constructor() {
    super(PRIVATE_ADDRESS)
  }
}

/**
 * A `lookup` for connections that refuses a name of which any address is private.
 *
 * It is the connection's own lookup, so that the address connected to is the one that was judged: between a check and a
 * second lookup a name may come to lead elsewhere.
 */
export function guardedLookup(resolve: Resolve = systemLookup): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, '')
      const [first] = addresses
      if (first === undefined || !addresses.every(({ address }) => isPublicAddress(address))) {
        return callback(new PrivateAddressError(), '')
      }
      // Node asks for all where it tries one family after the other.
      return options.all === true ? callback(null, addresses) : callback(null, first.address, first.family)
    })
  }
}
