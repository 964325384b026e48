// A change of an app acts on the next request, on every node.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { createScene, createTestClock } from '../../../dev/test-support/scene.ts'
import { type AppChanges, createApps } from '../../../identity/apps/apps.ts'
import { hours, seconds } from '../../../platform/kernel/clock.ts'
import type { Database } from '../../../platform/storage/database.ts'
import { protocols } from '../index.ts'
import { createCheck } from './check.ts'
import { createGrants } from './grants.ts'
import { createProtectedApps } from './protected-apps.ts'
import { readTarget } from './request-target.ts'

const origin = 'https://wiki.example.org'

/** A node at which Erika has entered the wiki, and has asked for a page just now. */
async function setUp(db: Database, other: Database) {
  const scene = createScene(db, createTestClock())
  const { clock } = scene
  const apps = createApps({ ...scene, protocols })
  const add = (id: string, settings: object) =>
    apps.create(other, { id, protocol: 'forward-auth', name: id, settings: settings as never })
  await add('wiki', { addresses: [origin], rules: ['/open public'] })
  const userId = await scene.addUser()
  const { id } = await scene.signIn(userId)
  const grants = createGrants({
    ...{ ...scene, limits: { idle: hours(2), absolute: hours(12) } },
    noteEntry: async () => {},
  })
  clock.pass(seconds(5))
  const code = await grants.create({
    ...{ session: { id, userId }, appId: 'wiki', origin, browserHash: 'browser' },
    ...{ facts: { groups: [], headers: ['as', 'before'] }, decidedAt: clock.now() },
  })
  const { token = '' } = (await grants.redeem(code, origin, 'browser')) ?? {}
  const protectedApps = createProtectedApps(scene)
  const check = createCheck({
    ...{ clock, apps: protectedApps, grants, tokens: { find: async () => '' } },
    decideAgain: async () => ({ groups: [], headers: ['as', 'now'] }),
    ...{ markActive() {}, noteBadRequest() {} },
  })
  const at = (host: string) =>
    readTarget({ scheme: 'https', host, uri: '/' }) ?? assert.fail('no target')
  const find = (host: string) => protectedApps.find(at(host))
  const name = (await find('wiki.example.org'))?.app.cookieName
  const ask = async (uri: string, headers: Record<string, string>, host = 'wiki.example.org') => {
    const forwarded = { scheme: 'https', host, uri }
    const result = await check({ forwarded, headers })
    return result.type === 'enter' ? result.headers[1] : result.type
  }
  const asErika = { cookie: `__Host-${name}=${token}` }
  assert.equal(await ask('/', asErika), 'before')
  assert.equal(await ask('/open', {}), '')
  clock.pass(1)
  return {
    ...{ clock, add, find },
    findLatest: (host: string) => protectedApps.findLatest(at(host)),
    ask: () => ask('/', asErika),
    /** Asks at a host with Erika's token under the name of the cookie there. */
    async replay(host: string) {
      const own = (await protectedApps.findLatest(at(host)))?.app.cookieName
      return await ask('/', { cookie: `__Host-${own}=${token}` }, host)
    },
    askAnonymously: () => ask('/open', {}),
    change: (changes: AppChanges) => apps.change(other, 'wiki', changes),
    remove: () => apps.remove(other, 'wiki'),
  }
}

onEachEngine(({ name, openTwice }) => {
  const open = async (t: Parameters<typeof openTwice>[0]) => {
    const [here, there] = await openTwice(t)
    return await setUp(here.db, there.db)
  }

  test(`A36: after a change of the app at another node, the next request asks the gate (${name})`, async (t) => {
    const { ask, change } = await open(t)
    await change({ policy: { allowedGroups: ['staff'] } })
    assert.equal(await ask(), 'now')
  })

  test(`A36: a new rule for a path applies to the next request (${name})`, async (t) => {
    const { ask, askAnonymously, change } = await open(t)
    await change({ settings: { addresses: [origin], rules: ['/ groups=staff'] } as never })
    assert.equal(await ask(), 'not_allowed')
    assert.equal(await askAnonymously(), 'login')
  })

  test(`A36: nobody enters an app that was removed or has moved (${name})`, async (t) => {
    const removed = await open(t)
    await removed.remove()
    assert.equal(await removed.askAnonymously(), 'bad_request')
    const moved = await open(t)
    await moved.change({ settings: { addresses: ['https://elsewhere.example.org'] } as never })
    assert.equal(await moved.ask(), 'bad_request')
  })

  test(`A36: a cookie is not valid at another address of its app, nor for the app that is at its address later (${name})`, async (t) => {
    const { add, change, replay } = await open(t)
    const second = 'https://second.example.org'
    await change({ settings: { addresses: [origin, second] } as never })
    assert.equal(await replay('wiki.example.org'), 'now')
    assert.equal(await replay('second.example.org'), 'login')
    await change({ settings: { addresses: [second] } as never })
    await add('payroll', { addresses: [origin] })
    assert.equal(await replay('wiki.example.org'), 'login')
  })

  test(`a node knows a new app after two seconds (${name})`, async (t) => {
    const { add, find, clock } = await open(t)
    await add('notes', { addresses: ['https://notes.example.org'] })
    clock.pass(seconds(2))
    assert.equal((await find('notes.example.org'))?.app.id, 'notes')
  })

  test(`after two changes in the same millisecond the second one applies (${name})`, async (t) => {
    const { change, find, findLatest, clock } = await open(t)
    const write = (header: string) =>
      change({ settings: { addresses: [origin], headers: { [header]: 'username' } } as never })
    await write('X-One')
    await findLatest('wiki.example.org')
    await write('X-Two')
    clock.pass(seconds(2))
    const found = await find('wiki.example.org')
    assert.deepEqual(Object.keys(found?.app.headers ?? {}), ['X-Two'])
  })
})
