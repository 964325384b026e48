// An app whose row cannot be read is closed; the apps beside it and around it stay as they are.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { createScene, createTestClock } from '../../../dev/test-support/scene.ts'
import { createApps } from '../../../identity/apps/apps.ts'
import { seconds } from '../../../platform/kernel/clock.ts'
import { protocols } from '../index.ts'
import { createProtectedApps } from './protected-apps.ts'
import { readTarget } from './request-target.ts'

onEachEngine(({ name, open }) => {
  test(`A36: an app whose row cannot be read closes its own addresses and no others (${name})`, async (t) => {
    const { db } = await open(t)
    const scene = createScene(db, createTestClock())
    const apps = createApps({ ...scene, protocols })
    for (const [id, address] of [
      ['all', 'https://intra.example.org'],
      ['vault', 'https://intra.example.org/Vault/'],
      ['wiki', 'https://wiki.example.org'],
      ['alone', 'https://alone.example.org'],
    ] as const) {
      const settings = { addresses: [address] }
      await apps.create(db, { id, protocol: 'forward-auth', name: id, settings })
    }
    const logged: string[] = []
    const log = { error: (_entry: object, text: string) => void logged.push(text) }
    const { find } = createProtectedApps({ ...scene, log })
    const findAt = async (host: string, uri = '/') => {
      const target = readTarget({ scheme: 'https', host, uri }) ?? assert.fail('no target')
      return (await find(target))?.app.id
    }
    assert.equal(await findAt('intra.example.org', '/vault/x'), 'vault')
    const damage = { settings: '{"addresses":[' }
    await db.updateTable('apps').set(damage).where('id', 'in', ['vault', 'alone']).execute()
    for (let times = 0; times < 2; times += 1) {
      scene.clock.pass(seconds(3))
      assert.equal(await findAt('wiki.example.org'), 'wiki')
      assert.equal(await findAt('intra.example.org', '/other'), 'all')
      for (const uri of ['/vault', '/VAULT/x', '/%76ault/']) {
        assert.equal(await findAt('intra.example.org', uri), undefined, uri)
      }
      assert.equal(await findAt('alone.example.org'), undefined)
    }
    assert.equal(logged.length, 2)
    await apps.remove(db, 'vault')
    scene.clock.pass(seconds(3))
    assert.equal(await findAt('intra.example.org', '/vault/x'), 'all')
  })
})
