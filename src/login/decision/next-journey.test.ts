import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDecisionSources, type KnownFacts } from '../../dev/test-support/decision.ts'
import type { App } from '../../identity/apps/apps.ts'
import { acrNumber, acrPassword, acrPossession } from '../../identity/policy/assurance.ts'
import type { FirstFactorRule, Policy } from '../../identity/policy/policy.ts'
import type { LiveSession } from '../../identity/sessions/session.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import { createFindNextJourney } from './next-journey.ts'

const app: App = {
  id: 'mail',
  protocol: 'oidc',
  name: 'Mail',
  settings: {
    redirectUris: ['https://mail.example/'],
    postLogoutRedirectUris: [],
    tokenEndpointAuthMethod: 'none',
  },
  policy: { secondFactor: 'required', skips: 3, decline: false },
  ownPolicy: {},
}

/** Deferred under the strictest possible rule. */
const deferredUnder = [{ secondFactor: 'required', level: 'phishing_resistant', skips: 0 } as const]

function createFinderWith(
  facts: KnownFacts = {},
  own: Partial<Policy> = {},
  { isFirstFresh = false, hasFirstFactor = true, firstRule = 'password' as FirstFactorRule } = {},
) {
  const defaultPolicy: Policy = { secondFactor: 'none', skips: 3, decline: false, ...own }
  return createFindNextJourney({
    clock: { now: () => 10_000 },
    sources: createDecisionSources(facts, { defaultPolicy, apps: [app] }),
    isFirstFresh: async () => isFirstFresh,
    findFirstRule: async () => firstRule,
    hasFirstFactor: async () => hasFirstFactor,
  })
}

const session: LiveSession = {
  id: 'ses_a' as Id<'session'>,
  userId: 'usr_a' as Id<'user'>,
  username: 'erika',
  displayName: 'Erika',
  email: null,
  role: 'user',
  managedBy: null,
  amr: ['pwd'],
  acr: acrPassword,
  authenticatedAt: 5_000,
  tokenHash: 'of the session',
}
const home = { returnTo: '/' }
const mail = { returnTo: '/sso/oidc/x', appId: 'mail' }

test('a user without a session has to log in', async () => {
  assert.equal(await createFinderWith()(undefined, home), 'login')
  assert.equal(await createFinderWith({ highestLevel: acrNumber })(undefined, mail), 'login')
})

test('a login that is older than the app wants has to be done again, even a strong one', async () => {
  const strong = { ...session, acr: acrNumber }
  const findNext = createFinderWith({ highestLevel: acrNumber })
  assert.equal(await findNext(strong, { ...mail, authenticatedSince: 5_001 }), 'login')
  assert.equal(await findNext(strong, { ...mail, authenticatedSince: 5_000 }), 'enter')
  assert.equal(await findNext(strong, { ...home, authenticatedSince: 5_001 }), 'login')
})

test('the account pages and a removed app follow the default rule', async () => {
  for (const request of [home, { ...home, appId: 'gone' }]) {
    assert.equal(await createFinderWith({ highestLevel: acrNumber })(session, request), 'enter')
    const optional = { secondFactor: 'optional' } as const
    assert.equal(
      await createFinderWith({ highestLevel: acrNumber }, optional)(session, request),
      'step_up',
    )
    assert.equal(await createFinderWith({}, optional)(session, request), 'login')
    assert.equal(await createFinderWith({ deferredUnder }, optional)(session, request), 'enter')
    assert.equal(
      await createFinderWith({}, { secondFactor: 'required' })(session, request),
      'login',
    )
  }
})

test('a user who declined or used up the skips reaches the account pages, but not a removed app', async () => {
  const optional = { secondFactor: 'optional' } as const
  for (const facts of [{ declinedAt: 1 }, { deferralsUsed: 3 }]) {
    const findNext = createFinderWith(facts, optional)
    assert.equal(await findNext(session, home), 'enter')
    assert.equal(await findNext(session, { ...home, appId: 'gone' }), 'login')
    assert.equal(await findNext(session, { ...home, acrValues: [acrNumber] }), 'login')
  }
})

test('a user with a second factor steps up the session', async () => {
  assert.equal(await createFinderWith({ highestLevel: acrNumber })(session, mail), 'step_up')
})

test('a session whose first factor was removed cannot step up, and the user logs in again', async () => {
  for (const facts of [{}, { highestLevel: acrNumber }]) {
    const gone = createFinderWith(facts, {}, { isFirstFresh: true, hasFirstFactor: false })
    assert.equal(await gone(session, mail), 'login')
    const there = createFinderWith(facts, {}, { isFirstFresh: true })
    assert.notEqual(await there(session, mail), 'login')
  }
})

test('a user without a second factor logs in again, because a phone is enrolled only after a fresh login', async () => {
  assert.equal(await createFinderWith()(session, mail), 'login')
})

test('a user who has just logged in and skipped at a laxer app gets only an offer to enrol', async () => {
  const laxer = [{ secondFactor: 'optional', skips: 10 } as const]
  const findNext = createFinderWith(
    { deferredUnder: laxer, deferralsUsed: 1 },
    { secondFactor: 'optional' },
    { isFirstFresh: true },
  )
  assert.equal(await findNext(session, mail), 'offer')
  assert.equal(await findNext(session, { ...mail, acrValues: [acrNumber] }), 'offer')
  assert.equal(await findNext(session, { ...mail, authenticatedSince: 5_001 }), 'login')
  assert.equal(await findNext(session, home), 'enter', 'the own pages keep nobody out')
})

test('a user with a second factor never gets only an offer to enrol', async () => {
  const findNext = createFinderWith({ highestLevel: acrPossession }, {}, { isFirstFresh: true })
  assert.equal(await findNext(session, { ...mail, acrValues: [acrNumber] }), 'login')
})

test('a user who skipped in this session enters, unless the app asks for a level', async () => {
  const findNext = createFinderWith({ deferredUnder, deferralsUsed: 1 })
  assert.equal(await findNext(session, mail), 'enter')
  assert.equal(await findNext(session, { ...mail, acrValues: [acrNumber] }), 'login')
})

test('a user whose factor for the requested level is off logs in again instead of stepping up', async () => {
  const off = createFinderWith(
    { highestLevel: acrNumber, usableLevel: acrPossession },
    { level: 'number' },
  )
  assert.equal(await off(session, { ...mail, acrValues: [acrNumber] }), 'login')
  assert.equal(await off(session, mail), 'step_up')
})

test('where a rule asks for an invitation or a code of the service desk, the offer is a whole login', async () => {
  for (const [firstRule, expected] of [
    ['password', 'offer'],
    ['network', 'offer'],
    ['invitation', 'login'],
    ['pass', 'login'],
  ] as const) {
    const findNext = createFinderWith({}, {}, { isFirstFresh: true, firstRule })
    assert.equal(await findNext(session, mail), expected, firstRule)
  }
})
