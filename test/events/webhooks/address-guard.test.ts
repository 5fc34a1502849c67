import assert from 'node:assert/strict'
import type { LookupAddress } from 'node:dns'
import { test } from 'node:test'
import { hostRefusal, isPublicAddress } from '../../../src/events/webhooks/address-guard.ts'
import { guardedLookup } from '../../../src/events/webhooks/guarded-lookup.ts'

const PRIVATE = [
  // This machine, and whatever is beside it.
  ...['0.0.0.0', '0.1.2.3', '127.0.0.1', '127.255.255.254', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1'],
  // Link-local, and with it the metadata services of clouds; carrier-grade NAT, where others have theirs.
  ...['169.254.0.1', '169.254.169.254', '100.64.0.1', '100.100.100.200', '100.127.255.255'],
  // Documentation, benchmarks, protocol assignments, multicast, broadcast, reserved.
  ...[
    '192.0.2.1',
    '198.51.100.1',
    '203.0.113.1',
    '198.18.0.1',
    '192.0.0.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
  ],
  ...[
    '::',
    '::1',
    'fe80::1',
    'fe80::1%eth0',
    'fc00::1',
    'fd00:ec2::254',
    'fec0::1',
    'ff02::1',
    '2001:db8::1',
    '100::1',
  ],
  // What carries an IPv4 address: mapped, compatible, NAT64, 6to4, Teredo.
  ...['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:8.8.8.8', '::127.0.0.1', '64:ff9b::7f00:1', '64:ff9b::8.8.8.8'],
  ...['64:ff9b:1::7f00:1', '2002:7f00:1::', '2002:a9fe:a9fe::1', '2001::1'],
  // What an IPv4-compatible address is written as by the URL's parser, and what else is in blocks that nobody has.
  ...['::7f00:1', '::a9fe:a9fe', '0::8', '::1:0:0', '100:0:0:1::1', '1fff::1', '4000::1', 'e000::1'],
  // A public address by which a cloud's machines, and nobody else, reach the host that they are on.
  ...['168.63.129.16', '::ffff:168.63.129.16'],
  // No addresses at all.
  ...['', 'localhost', '127.0.0.1.', '1.2.3.4.5', ':::', 'example.com'],
]

const PUBLIC = [
  '8.8.8.8',
  '1.1.1.1',
  '172.15.255.255',
  '172.32.0.1',
  '100.63.255.255',
  '100.128.0.1',
  ...['168.63.129.15', '168.63.129.17'],
  ...['2606:4700::1111', '2400:cb00::1', '2a00:1450::1', '3ffe::1'],
]

test('only the addresses of the public internet are public', () => {
  for (const address of PRIVATE) assert.equal(isPublicAddress(address), false, address)
  for (const address of PUBLIC) assert.equal(isPublicAddress(address), true, address)
})

test('every way to write a private address in a URL is seen through, and names of the loopback are refused', () => {
  const hosts = [
    ...['127.0.0.1', '127.1', '2130706433', '0x7f.1', '0x7f000001', '0177.0.0.1', '017700000001', '127.0.0.1.'],
    ...[
      '１２７.０.０.１',
      '%31%32%37.0.0.1',
      '169.254.169.254',
      '0',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '[0:0:0:0:0:0:0:1]',
    ],
    ...[
      'localhost',
      'LOCALHOST',
      'localhost.',
      'a.localhost',
      'a.b.localhost.',
      '[::ffff:7f00:1]',
      '[64:ff9b::a9fe:a9fe]',
      '[::127.0.0.1]',
      '[::169.254.169.254]',
      '168.63.129.16',
    ],
  ]
  for (const host of hosts) assert.notEqual(hostRefusal(new URL(`https://${host}/hook`)), null, host)
  for (const host of ['example.com', 'localhost.example.com', 'notlocalhost', '8.8.8.8', '[2606:4700::1111]']) {
    assert.equal(hostRefusal(new URL(`https://${host}:8443/hook`)), null, host)
  }
})

/** What a guarded lookup makes of the addresses that a name has. */
function lookUp(addresses: readonly string[], all: boolean): Promise<unknown> {
  const found: LookupAddress[] = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
  const lookup = guardedLookup((_hostname, options, callback) => {
    assert.equal(options.all, true, 'every address is looked at')
    callback(null, found)
  })
  return new Promise((resolve, reject) => {
    lookup('example.com', { all }, (error, ...answer) => (error === null ? resolve(answer) : reject(error)))
  })
}

test('a name is refused of which any address is private, and one that has none', async () => {
  for (const all of [true, false]) {
    for (const addresses of [['10.0.0.1'], ['8.8.8.8', '10.0.0.1'], ['2606:4700::1111', '::1'], []]) {
      await assert.rejects(lookUp(addresses, all), { message: 'the address is private' })
    }
  }
  assert.deepEqual(await lookUp(['8.8.8.8', '2606:4700::1111'], false), ['8.8.8.8', 4])
  assert.deepEqual(await lookUp(['8.8.8.8'], true), [[{ address: '8.8.8.8', family: 4 }]])
})

test('a name that cannot be looked up is told of as such', async () => {
  const lookup = guardedLookup((_hostname, _options, callback) => callback(new Error('none'), []))
  await assert.rejects(
    new Promise((_resolve, reject) => lookup('example.com', { all: true }, (error) => reject(error))),
    { message: 'none' },
  )
})
