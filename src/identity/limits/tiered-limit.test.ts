import assert from 'node:assert/strict'
import { test } from 'node:test'
import { minutes } from '../../platform/kernel/clock.ts'
import { createTieredLimit } from './tiered-limit.ts'

function setUp(total = 10_000) {
  const clock = { time: 1_800_000_000_000, now: () => clock.time }
  const isShared = (address: string) => address.startsWith('10.')
  const limit = createTieredLimit({ clock, isShared, limit: 10, total })
  return {
    clock,
    limit,
    countAdmitted: (addresses: readonly string[]) =>
      addresses.filter((address) => limit.admit(address) === undefined).length,
  }
}

const many = <T>(count: number, write: (n: number) => T): T[] =>
  Array.from({ length: count }, (_, n) => write(n))

test('an address has a limit, and each larger network has twice the limit of the smaller one', () => {
  const { countAdmitted } = setUp()
  assert.equal(countAdmitted(many(50, () => '192.0.2.7')), 10)
  assert.equal(countAdmitted(many(250, (n) => `192.0.2.${n}`)), 10, 'a /24 has 20')
  assert.equal(countAdmitted(many(50, (n) => `2001:db8:1:100::${n}`)), 10)
  assert.equal(countAdmitted(many(250, (n) => `2001:db8:1:1${n % 10}0::1`)), 10, 'a /56 has 20')
  assert.equal(countAdmitted(many(999, (n) => `2001:db8:1:${n.toString(16)}::1`)), 20, 'a /48 40')
  assert.equal(countAdmitted(['192.0.3.7', '2001:db8:2::1']), 2, 'others feel nothing of it')
})

test('A48: the first 16 bits of IPv4 have sixteen times the limit of an address, and never more than a quarter of all', () => {
  const near = many(600, (n) => `198.51.${n % 100}.${Math.floor(n / 100)}`)
  assert.equal(setUp().countAdmitted(near), 160)
  assert.equal(setUp(400).countAdmitted(near), 100)
})

test('A48: without a total, the networks have limits, and none is refused because of others', () => {
  const clock = { time: 1_800_000_000_000, now: () => clock.time }
  const isShared = () => false
  const limit = createTieredLimit({ clock, isShared, limit: 5, span: minutes(10) })
  const countAdmitted = (addresses: readonly string[]) =>
    addresses.filter((address) => limit.admit(address) === undefined).length
  assert.equal(countAdmitted(many(999, (n) => `2001:db8:1:${n.toString(16)}::1`)), 20)
  assert.equal(countAdmitted(many(9999, (n) => `${n % 100}.${Math.floor(n / 100)}.7.1`)), 9999)
  clock.time += minutes(2)
  assert.equal(countAdmitted(many(5, () => '2001:db8:1:ffff::1')), 4)
})

test('A48: many networks together have a limit too', () => {
  const { clock, countAdmitted } = setUp(1000)
  const flood = many(2000, (n) => `198.${Math.floor(n / 100)}.${n % 100}.1`)
  for (let minute = 0; minute < 10; minute += 1) {
    assert.ok(countAdmitted([...flood, ...flood]) <= 1000)
    clock.time += minutes(1)
  }
})

test('what was taken can be given back, in each network and in all', () => {
  const { limit } = setUp(40)
  const take = (address: string) => {
    const taken = limit.take(address)
    return taken.type === 'taken' ? taken : undefined
  }
  for (const address of ['192.0.2.7', '2001:db8:1:100::1', '127.0.0.1', '10.1.2.3']) {
    for (let count = 0; count < 200; count += 1) {
      const taken = take(address)
      assert.ok(taken, `${address} ${count}`)
      taken.giveBack()
    }
  }
  const all = many(20, (n) => take(`198.51.${n}.1`))
  const few = many(20, (n) => take(`203.0.${n}.1`))
  assert.ok([...all, ...few].every((taken) => taken !== undefined))
  assert.equal(take('192.0.2.7'), undefined)
  few[19]?.giveBack()
  assert.ok(take('192.0.2.7'))
  assert.equal(take('192.0.2.7'), undefined)
})

test('A48: busy networks do not use up the share of quiet networks', () => {
  const { countAdmitted } = setUp(200)
  const loud = many(600, (n) => `198.${n % 10}.7.${Math.floor(n / 10)}`)
  assert.equal(countAdmitted(loud), 150 + 10 * 3)
  assert.equal(countAdmitted(many(20, (n) => `203.0.${n}.1`)), 20)
})

test('loopback has no limit, and a shared network has only the overall limit', () => {
  const { countAdmitted } = setUp(1000)
  assert.equal(countAdmitted(many(3000, () => '127.0.0.1')), 3000)
  assert.equal(countAdmitted(many(700, () => '10.1.2.3')), 700)
  assert.ok(countAdmitted(many(700, () => '10.1.2.3')) < 100)
})

test('each subject has limits of its own in each network, all subjects there together, and all networks', () => {
  const { limit } = setUp(200)
  const countTaken = (addresses: readonly string[], about: string) =>
    addresses.filter((address) => limit.take(address, about).type === 'taken').length
  const flood = many(50, () => '192.0.2.7')
  assert.equal(countTaken(flood, 'one'), 10)
  assert.equal(countTaken(flood, 'other'), 10)
  assert.equal(
    countTaken(
      many(250, (n) => `192.0.2.${n}`),
      'one',
    ),
    10,
    'a /24 has 20',
  )
  const apps = many(100, (n) => `app ${n}`)
  const all = apps.reduce((sum, about) => sum + countTaken(flood, about), 0)
  assert.equal(all, 40 - 20, 'an address has 40 for all subjects')
  const beside = many(250, (n) => `192.0.2.${n % 25}`)
  assert.equal(countTaken(beside, 'new'), 20, 'those beside it have their own')
  const site = many(200, (n) => `2001:db8:1:${(n * 256).toString(16)}::1`)
  const ofSite = apps.reduce((sum, about) => sum + countTaken(site, about), 0)
  assert.equal(ofSite, 150 - 70 + 3, 'all together have 200')
})
