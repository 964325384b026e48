import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { listNetworks, listTiers, readNetwork } from './networks.ts'

test('an IPv6 address belongs to its /64 network, and an IPv4 address only to itself', () => {
  assert.equal(readNetwork('2001:db8::'), '2001:db8:0:0::/64')
  assert.equal(readNetwork('::ffff'), '0:0:0:0::/64')
  assert.equal(readNetwork('fe80::1:2:3:4%eth0'), 'fe80:0:0:0::/64')
  assert.equal(readNetwork('192.0.2.7'), '192.0.2.7')
})

test('the networks of an address are listed from the widest to the narrowest', () => {
  assert.deepEqual(listNetworks('2001:db8:1:ff03:1::'), [
    '2001:db8:1:0::/48',
    '2001:db8:1:ff00::/56',
    '2001:db8:1:ff03::/64',
  ])
  assert.deepEqual(listNetworks('192.0.2.7'), ['192.0.2.0/24', '192.0.2.7'])
  assert.deepEqual(listNetworks(''), ['', ''])
})

test('the networks that limits are for have a weight, and IPv4 has one more of them', () => {
  assert.deepEqual(
    listTiers('192.0.2.7').map(({ network, times }) => `${network} ${times}`),
    ['192.0.2.7 1', '192.0.2.0/24 2', '192.0.0.0/16 16'],
  )
  assert.deepEqual(
    listTiers('2001:db8:1:ff03:1::').map(({ network, times }) => `${network} ${times}`),
    ['2001:db8:1:ff03::/64 1', '2001:db8:1:ff00::/56 2', '2001:db8:1:0::/48 4'],
  )
})

test('every spelling of an IPv6 address is in the network of its first four groups', () => {
  fc.assert(
    fc.property(fc.ipV6(), (address) => {
      assert.match(readNetwork(address), /^[\da-f]{1,4}(:[\da-f]{1,4}){3}::\/64$/)
      assert.equal(listNetworks(address).at(-1), readNetwork(address))
    }),
  )
})
