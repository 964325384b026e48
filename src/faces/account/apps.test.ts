import assert from 'node:assert/strict'
import { test } from 'node:test'
import { protocols } from '../../dev/test-support/apps.ts'
import { instantHasher } from '../../dev/test-support/login.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { createScene, createTestClock } from '../../dev/test-support/scene.ts'
import { type App, createApps } from '../../identity/apps/apps.ts'
import { policySchema } from '../../identity/policy/policy.ts'
import type { LiveSession } from '../../identity/sessions/session.ts'
import { addToGroup } from '../../identity/users/groups.ts'
import { createLocalDirectory } from '../../identity/users/local/directory.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import { createOwnApps } from './apps.ts'

const defaultPolicy = policySchema.parse({})

const bare = {
  orders: { find: async () => [] },
  foresee: async () => new Map(),
  pictures: { listIcons: async () => new Map(), findDrawing: () => undefined },
  findLastUsed: async () => new Map(),
  defaultPolicy,
}
const sessionOf = (userId: Id<'user'>) => ({ userId }) as LiveSession

onEachEngine((engine) => {
  test(`an app that allows unsolicited logins opens from the start page without a start address (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createScene(db, createTestClock())
    const apps = createApps({ ...scene, protocols })
    const add = (id: string, more: object) =>
      apps.create(db, {
        ...{ id, name: id, protocol: 'saml' },
        settings: { entityId: id, consumerUrls: [`https://${id}.example/acs`], ...more },
      })
    await add('board', { unsolicited: 'allowed' })
    await add('mail', { unsolicited: 'allowed', startUrl: 'https://mail.example/' })
    await add('notes', {})
    const directory = createLocalDirectory({ ...scene, hasher: instantHasher })
    const own = createOwnApps({ ...bare, db, apps, directory })
    const tiles = await own.listTiles(sessionOf(await scene.addUser('erika')))
    assert.deepEqual(
      tiles.map(({ href }) => href),
      ['/saml/start/board', 'https://mail.example/'],
    )
  })

  test(`an app that a user may not enter is not shown to them, and its rule does not apply (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createScene(db, createTestClock())
    const apps = createApps({ ...scene, protocols })
    const add = (id: string, policy = {}) => {
      const address = `https://${id}.example/`
      const settings = { redirectUris: [address], startUrl: address }
      return apps.create(db, { id, name: id, settings, policy })
    }
    await add('mail')
    await add('vault', { allowedGroups: ['board', 'office'], secondFactor: 'required' })
    const directory = createLocalDirectory({ ...scene, hasher: instantHasher })
    const own = createOwnApps({ ...bare, db, apps, directory })
    const [erika, otto] = [await scene.addUser('erika'), await scene.addUser('otto')]
    await addToGroup(db, otto, 'office')
    const namesOf = async (userId: typeof erika) => [
      (await own.listTiles(sessionOf(userId))).map(({ name }) => name),
      (await own.listRules(userId)).map(({ app }) => app),
    ]
    assert.deepEqual(await namesOf(erika), [['mail'], [undefined, 'mail']])
    assert.deepEqual(await namesOf(otto), [
      ['mail', 'vault'],
      [undefined, 'mail', 'vault'],
    ])
  })
})

const app = {
  ...{ id: 'mail', protocol: 'oidc', name: 'Mail', startUrl: 'https://mail.example/' },
  ...{ settings: {}, policy: defaultPolicy, ownPolicy: {} },
}

test('an unavailable directory hides no app that is open to everybody', async () => {
  const directory = { listGroups: async () => ({ type: 'unavailable' }) as const }
  const listing = (policy: object) => {
    const apps = { listReadable: async () => [{ ...app, policy: { ...defaultPolicy, ...policy } }] }
    const own = createOwnApps({ ...bare, db: {} as never, apps, directory })
    return own.listTiles(sessionOf('usr_1' as Id<'user'>))
  }
  assert.equal((await listing({})).length, 1)
  await assert.rejects(listing({ allowedGroups: ['board'] }), { code: 'unavailable' })
})

test('an app that registered itself is not on the start page until it is adopted', async () => {
  const registration = { tokenId: 'rgt_1', accessHash: 'hash', contacts: [] }
  const directory = {
    listGroups: async () => ({ type: 'groups', groups: [] as string[] }) as const,
  }
  const countTiles = async (listed: App) => {
    const apps = { listReadable: async () => [listed] }
    const own = createOwnApps({ ...bare, db: {} as never, apps, directory })
    return (await own.listTiles(sessionOf('usr_1' as Id<'user'>))).length
  }
  assert.equal(await countTiles({ ...app, registration }), 0)
  assert.equal(await countTiles(app), 1)
})
