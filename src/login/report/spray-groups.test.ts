import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSprayGroups } from './spray-groups.ts'

const many = (count: number, act: (n: number) => void) =>
  Array.from({ length: count }, (_, n) => n).forEach(act)

test('A64: however many groups and members are added, the number in memory is bounded', () => {
  const groups = createSprayGroups()
  const limit = 60
  for (const size of [1, 2, 4, 8, 16, 32, 59])
    many(12_000, (n) =>
      many(size, (member) =>
        groups.add({ kind: 'names', of: `${size} ${n}`, member: `${member}`, limit }),
      ),
    )
  assert.ok(groups.size() <= 6 * 8192, `${groups.size()}`)
})

test('A64: a flood of new groups removes no group that has more members', () => {
  const groups = createSprayGroups()
  const add = (of: string, n: number) =>
    groups.add({ kind: 'names', of, member: `${n}`, limit: 30 })
  add('erika', 1)
  add('erika', 2)
  many(20_000, (n) => add(`odd ${n}`, 1))
  many(27, (n) => assert.equal(add('erika', n + 3), false))
  assert.equal(add('erika', 30), true)
  assert.equal(add('erika', 31), false, 'it is full once')
})

test('a member counts once, and the kinds are counted apart', () => {
  const groups = createSprayGroups()
  const add = (kind: string, member: string) => groups.add({ kind, of: 'x', member, limit: 2 })
  assert.deepEqual(
    [add('a', '1'), add('a', '1'), add('b', '2'), add('a', '2')],
    [false, false, false, true],
  )
})
