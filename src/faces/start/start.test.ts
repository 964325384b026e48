import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestBrowser, createTestFrame } from '../../dev/test-support/frame.ts'
import { acrNumber, acrPassword } from '../../identity/policy/assurance.ts'
import type { LiveSession } from '../../identity/sessions/session.ts'
import type { Continuation } from '../../login/engine/continuation.ts'
import type { Authenticator } from '../../login/factors/factor.ts'
import type { FactorKind } from '../../login/factors/index.ts'
import { configSchema } from '../../platform/config/schema.ts'
import type { Database } from '../../platform/storage/database.ts'
import { bindRoutes } from '../frame/route.ts'
import { createStartPages, startRoutes } from './routes.ts'

const phone = { id: 'dev_1', kind: 'push', name: 'Erikas iPhone', canBeTested: true }
const paper = { id: 'recovery', kind: 'recovery', name: null }

interface StartOptions {
  readonly acr?: string
  readonly own?: readonly object[]
  readonly hasApp?: boolean
  /** The configuration offers codes. */
  readonly hasCodes?: boolean
  /** What the login asks for first. */
  readonly first?: FactorKind
  /** The factors of the configuration, in its order. */
  readonly offered?: readonly FactorKind[]
}

function openStart(options: StartOptions = {}) {
  const { acr, own = [], hasApp = true, hasCodes = true, first = 'push', offered } = options
  const signed: Continuation[] = []
  const session = { id: 'ses_1', userId: 'usr_1', acr } as LiveSession
  const pages = createStartPages({
    db: {} as Database,
    frame: createTestFrame({ findSession: async () => session }),
    publicUrl: 'https://login.example',
    authenticators: { list: async () => own as Authenticator[] },
    continuations: {
      sign(request) {
        signed.push(request)
        return 'signed'
      },
    },
    factors: [
      { kind: 'authenticator', isAvailable: true },
      { kind: 'push', isAvailable: hasApp, needsApp: true },
      { kind: 'passkey', isAvailable: true },
      { kind: 'desk-pass', isAvailable: true },
      { kind: 'recovery', isAvailable: hasCodes },
    ],
    findFirst: async () => first,
    config: configSchema.parse({
      ...(offered && { offered_factors: offered }),
      stores: { ios_url: 'https://ios.example/', android_url: 'https://android.example/' },
    }),
  })
  const frame = createTestFrame({
    findSession: async () => (acr === undefined ? undefined : session),
  })
  const browser = createTestBrowser(frame, bindRoutes(startRoutes, pages))
  browser.jar.set('einlass_session', 'token')
  return { ...browser, signed, read: async () => await (await browser.get('/start')).text() }
}

test('the page shows the steps also without a session, and leads to a login with a second factor', async () => {
  const page = openStart()
  const text = await page.read()
  assert.match(text, /href="\/start\/set-up"/)
  assert.match(text, /href="\/start\/app"/)
  const response = await page.get('/start/set-up')
  assert.equal(response.headers.get('location'), '/login?continue=signed')
  assert.deepEqual(page.signed, [
    { returnTo: '/start', cancelTo: '/start', acrValues: ['urn:einlass:acr:possession'] },
  ])
})

test('the page names the apps for a phone, in the order in which they are offered', async () => {
  const text = await openStart().read()
  assert.match(text, /Einlass Authenticator oder den ForgeRock Authenticator/)
  assert.match(text, /href="\/start\/app">ForgeRock Authenticator holen/)
})

test('the page says what the next login asks for, and does not list a linked TOTP as a device', async () => {
  const own = [
    { ...paper, id: 'totp_1', kind: 'totp', name: 'Diensttelefon' },
    { ...phone, kind: 'authenticator', name: 'Diensttelefon', goesWith: ['totp_1'] },
  ]
  const text = await openStart({ acr: acrNumber, own, first: 'authenticator' }).read()
  assert.match(text, /auf dem Telefon den Code eingeben, der hier steht/)
  assert.equal(text.match(/Diensttelefon/g)?.length, 1)
  const codes = await openStart({ acr: acrNumber, own: [phone, paper], first: 'totp' }).read()
  assert.match(codes, /den Einmalcode aus Ihrer App/)
})

test('the page offers recovery codes to a user who has none, if the configuration offers them', async () => {
  const link = /href="\/account\/authenticators\/add\/recovery"/
  const without = await openStart({ acr: acrNumber, own: [phone] }).read()
  assert.match(without, /Codes für den Notfall haben Sie nicht/)
  assert.match(without, link)
  assert.doesNotMatch(await openStart({ acr: acrNumber, own: [phone, paper] }).read(), link)
  const off = await openStart({ acr: acrNumber, own: [phone], hasCodes: false }).read()
  assert.doesNotMatch(off, link)
})

const needs: readonly (readonly [readonly FactorKind[], RegExp, boolean])[] = [
  [['push', 'authenticator'], /für den ForgeRock Authenticator oder den Einlass Auth/, true],
  [['push'], /für den ForgeRock Authenticator</, true],
  [['authenticator'], /für den Einlass Authenticator</, false],
  [['authenticator', 'passkey'], /oder den Computer/, false],
  [['passkey', 'push'], /oder den Computer/, true],
  [['passkey'], /oder den Computer/, false],
]

for (const [offered, phrase, hasStore] of needs) {
  test(`the page says what the login offers, in its order: ${offered.join(', ')}`, async () => {
    const text = await openStart({ offered }).read()
    assert.match(text, phrase)
    assert.equal(text.includes('/start/app'), hasStore)
    const isNamed = (name: string) => text.includes(name)
    assert.ok(offered.includes('authenticator') || !isNamed('Einlass Authenticator'))
    assert.ok(offered.includes('push') || !isNamed('ForgeRock'))
  })
}

test('without push the page has no link to the app store', async () => {
  assert.doesNotMatch(await openStart({ hasApp: false }).read(), /\/start\/app/)
})

test('only a session with a verified second factor sees the authenticators of its user', async () => {
  const own = [phone, paper]
  const ready = await openStart({ acr: acrNumber, own }).read()
  assert.match(ready, /Erikas iPhone/)
  assert.match(ready, /Ab jetzt/)
  assert.match(ready, /name="from" value="start"/)
  for (const not of [{ acr: acrPassword, own }, { acr: acrNumber, own: [paper] }, { own }]) {
    const text = await openStart(not).read()
    assert.match(text, /\/start\/set-up/)
    assert.doesNotMatch(text, /Erikas iPhone/)
  }
})

const agents: readonly (readonly [string, string | null])[] = [
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)', 'https://ios.example/'],
  ['Mozilla/5.0 (Linux; Android 15; Pixel 9)', 'https://android.example/'],
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64)', null],
  ['', null],
]

test('a phone is sent to its own app store, and other devices get links to both', async () => {
  for (const [agent, store] of agents) {
    const response = await openStart().get('/start/app', { 'user-agent': agent })
    assert.equal(response.headers.get('location'), store)
    if (store === null) {
      const text = await response.text()
      assert.match(text, /ios\.example/)
      assert.match(text, /android\.example/)
    }
  }
})
