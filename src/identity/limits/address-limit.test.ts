import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noAddress } from '../../platform/http/client.ts'
import { minutes, seconds } from '../../platform/kernel/clock.ts'
import { createAddressLimit } from './address-limit.ts'

function setUp() {
  const clock = { time: 1_800_000_000_000, now: () => clock.time }
  const limit = createAddressLimit({ clock, isShared: (address) => address.startsWith('10.') })
  const admitted = (address: string, tries: number) =>
    Array.from({ length: tries }, () => limit.admit(address)).filter((one) => one === undefined)
      .length
  return { clock, limit, admitted }
}

test('one address can make 30 attempts at once, and then one every two seconds', () => {
  const { clock, limit, admitted } = setUp()
  assert.equal(admitted('192.0.2.7', 50), 30)
  assert.deepEqual(limit.admit('192.0.2.7'), { retryAfter: 2 })
  assert.equal(admitted('192.0.2.8', 50), 30)
  clock.time += seconds(2)
  assert.equal(admitted('192.0.2.7', 5), 1)
  clock.time += seconds(30)
  assert.equal(admitted('192.0.2.7', 50), 15)
  clock.time += minutes(10)
  assert.equal(admitted('192.0.2.7', 50), 30)
})

test('the limit does not start again with a new minute', () => {
  const { clock, admitted } = setUp()
  clock.time += seconds(59)
  assert.equal(admitted('192.0.2.7', 30), 30)
  clock.time += seconds(2)
  assert.equal(admitted('192.0.2.7', 30), 1)
})

test('successful attempts do not use up the limit', () => {
  const { limit } = setUp()
  for (let n = 0; n < 100; n += 1) {
    assert.equal(limit.admit('192.0.2.7'), undefined)
    limit.takeBack('192.0.2.7')
  }
  limit.takeBack('192.0.2.7')
  const { admitted } = setUp()
  assert.equal(admitted('192.0.2.7', 40), 30)
})

test('shared networks and loopback addresses have no limit', () => {
  const { admitted } = setUp()
  for (const address of ['10.1.2.3', '127.0.0.1', '::1']) assert.equal(admitted(address, 99), 99)
})

test('A52: all requests without a known address share one limit', () => {
  assert.equal(setUp().admitted(noAddress, 99), 30)
})

test('the addresses of one IPv6 network share one limit', () => {
  const { admitted } = setUp()
  assert.equal(admitted('2001:db8:1:2::1', 20), 20)
  assert.equal(admitted('2001:0db8:0001:0002:ffff:0:0:9', 20), 10)
  assert.equal(admitted('2001:db8:1:3::1', 20), 20)
})

test('a clock that is set back allows no new attempts', () => {
  const { clock, admitted } = setUp()
  assert.equal(admitted('192.0.2.7', 30), 30)
  clock.time -= minutes(5)
  assert.equal(admitted('192.0.2.7', 30), 0)
})
