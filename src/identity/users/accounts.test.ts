import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { createScene, createTestClock } from '../../dev/test-support/scene.ts'
import { resolveTyped } from './accounts.ts'
import type { Hasher } from './hasher.ts'
import { createLocalDirectory } from './local/directory.ts'

onEachEngine((engine) => {
  test(`A15: beside a directory, unknown names cost the work of hashes from the local store (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const clock = createTestClock()
    const { users } = createScene(db, clock)
    const costs: (string | null | undefined)[] = []
    const hasher: Hasher = {
      waiting: () => 0,
      hash: async (password) => password,
      async verify(hash, _password, { like } = {}) {
        costs.push(hash ?? like)
        return { matches: false }
      },
    }
    for (let n = 0; n < 40; n += 1) {
      const passwordHash = n % 2 === 0 ? 'ours' : 'imported'
      await users.create(db, { username: `user${n}`, displayName: 'U', passwordHash })
    }
    const local = createLocalDirectory({ users, hasher, clock })
    const owners = {
      ...{ hasLocal: true, remote: [], findMember: () => undefined },
      find: async () => ({ type: 'unknown' as const }),
      listUsernames: async () => ({ type: 'names' as const, names: [] }),
      findElsewhere: async () => ({ type: 'directory' as const, directory: undefined }),
    }
    const names = Array.from({ length: 60 }, (_, n) => `nobody${n}`)
    const attempt = async (name: string) => {
      const resolved = await resolveTyped({ local, owners }, db, name)
      assert.ok(resolved.type === 'name' && resolved.account !== undefined)
      const outcome = await resolved.account.verifyPassword(db, 'guess')
      await resolved.account.imitate(db, 'guess')
      return outcome.type
    }
    for (const name of names) assert.equal(await attempt(name), 'unknown')
    const imported = costs.filter((hash) => hash === 'imported').length
    assert.equal(costs.length, 120)
    assert.ok(imported > 10 && imported < 110, `${imported}`)
    // An attempt that is not judged costs the same as other attempts with this name.
    costs.length = 0
    await attempt('user1')
    assert.equal(costs[1], 'imported')
  })
})
