import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestClock } from '../../../dev/test-support/scene.ts'
import { seconds } from '../../../platform/kernel/clock.ts'
import { createAppCookies } from './app-cookies.ts'
import { createCheck } from './check.ts'
import type { EntryFacts, Grant } from './grants.ts'
import type { ProtectedApp } from './protected-apps.ts'
import { readAddress } from './settings.ts'

const origin = 'https://wiki.example.org'
const forwarded = { scheme: 'https', host: 'wiki.example.org', uri: '/' }

const createFacts = (header: string): EntryFacts => ({ groups: [], headers: [header] })

/** An app that changes, and a directory that answers when the test says so. */
function setUp() {
  const clock = createTestClock()
  const now = clock.now()
  const address = readAddress(origin)
  const app: ProtectedApp = {
    ...{ id: 'wiki', headers: {}, rules: [], tokenHeader: undefined, cookieName: 'wiki' },
    ...{ updatedAt: now, addresses: [address], anonymousHeaders: [], isDisguised: () => false },
  }
  let current = app
  let grant: Grant = {
    ...{ tokenHash: 'hash', appId: 'wiki', origin, facts: createFacts('none'), decidedAt: 0 },
    appUpdatedAt: now,
    session: { id: 'ses_1', acr: '', lastSeenAt: now },
  }
  const find = async () => ({ app: current, address, cookies: createAppCookies(origin) })
  const waiting: (() => void)[] = []
  const check = createCheck({
    clock,
    apps: { find, findLatest: find, findVersion: async () => current.updatedAt },
    grants: {
      find: async () => ({ ...grant, appUpdatedAt: current.updatedAt }),
      async renew(_, { facts, decidedAt }) {
        if (decidedAt >= grant.decidedAt) grant = { ...grant, facts, decidedAt }
      },
    },
    tokens: { find: async () => '' },
    decideAgain(_, { updatedAt }) {
      // By what the app is when the question arrives.
      const facts = createFacts(updatedAt === now ? 'before' : 'after')
      return new Promise((resolve) => waiting.push(() => resolve(facts)))
    },
    markActive: () => {},
    noteBadRequest: () => {},
  })
  const cookie = `__Host-wiki=${'a'.repeat(43)}`
  return {
    clock,
    changeApp() {
      current = { ...app, updatedAt: clock.now() }
    },
    async ask() {
      const asked = check({ forwarded, headers: { cookie } })
      const headers = asked.then((result) => (result.type === 'enter' ? result.headers : []))
      await new Promise(setImmediate)
      return { headers }
    },
    answer() {
      for (const one of waiting.splice(0)) one()
    },
  }
}

test('A36: the server repeats a decision if the app changed while it was made', async () => {
  const { clock, ask, answer, changeApp } = setUp()
  clock.pass(seconds(5))
  const slow = await ask()
  clock.pass(seconds(1))
  changeApp()
  clock.pass(seconds(5))
  answer()
  assert.deepEqual(await slow.headers, ['before'])
  const next = await ask()
  answer()
  assert.deepEqual(await next.headers, ['after'])
  assert.deepEqual(await (await ask()).headers, ['after'])
})

test('A36: no request waits for a decision that began before a change of the app', async () => {
  const { clock, ask, answer, changeApp } = setUp()
  clock.pass(seconds(5))
  const slow = await ask()
  changeApp()
  clock.pass(seconds(5))
  const next = await ask()
  answer()
  assert.deepEqual([await slow.headers, await next.headers], [['before'], ['after']])
  assert.deepEqual(await (await ask()).headers, ['after'])
})
