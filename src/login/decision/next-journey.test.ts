import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDecisionSources, type KnownFacts } from '../../dev/test-support/decision.ts'
import type { App } from '../../identity/apps/apps.ts'
import { acrNumber, acrPassword, acrPossession } from '../../identity/policy/assurance.ts'
import type { Policy } from '../../identity/policy/policy.ts'
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

/** Deferred under a rule that no other one is stricter than. */
const deferredUnder = [{ secondFactor: 'required', level: 'phishing_resistant', skips: 0 } as const]

function createFinderWith(
  facts: KnownFacts = {},
  own: Partial<Policy> = {},
  { isFirstFresh = false, hasFirstFactor = true } = {},
) {
  const defaultPolicy: Policy = { secondFactor: 'none', skips: 3, decline: false, ...own }
  return createFindNextJourney({
    clock: { now: () => 10_000 },
    sources: createDecisionSources(facts, { defaultPolicy, apps: [app] }),
    isFirstFresh: async () => isFirstFresh,
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

test('who is not logged in has to log in', async () => {
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

test('the own pages follow the default rule, and so does an app that is gone', async () => {
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

test('who declined or has used up the skips reaches their own pages, but not an app that is gone', async () => {
  const optional = { secondFactor: 'optional' } as const
  for (const facts of [{ declinedAt: 1 }, { deferralsUsed: 3 }]) {
    const findNext = createFinderWith(facts, optional)
    assert.equal(await findNext(session, home), 'enter')
    assert.equal(await findNext(session, { ...home, appId: 'gone' }), 'login')
    assert.equal(await findNext(session, { ...home, acrValues: [acrNumber] }), 'login')
  }
})

test('who has a second factor confirms beside the session', async () => {
  assert.equal(await createFinderWith({ highestLevel: acrNumber })(session, mail), 'step_up')
})

test('a session whose first factor was removed gets no second one beside it: the login is done again', async () => {
  for (const facts of [{}, { highestLevel: acrNumber }]) {
    const gone = createFinderWith(facts, {}, { isFirstFresh: true, hasFirstFactor: false })
    assert.equal(await gone(session, mail), 'login')
    const there = createFinderWith(facts, {}, { isFirstFresh: true })
    assert.notEqual(await there(session, mail), 'login')
  }
})

test('who has none logs in anew, because a phone is registered only after a fresh login', async () => {
  assert.equal(await createFinderWith()(session, mail), 'login')
})

test('who has just logged in and put it off at a laxer app is only offered one', async () => {
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

test('who has a second factor is never only offered one', async () => {
  const findNext = createFinderWith({ highestLevel: acrPossession }, {}, { isFirstFresh: true })
  assert.equal(await findNext(session, { ...mail, acrValues: [acrNumber] }), 'login')
})

test('who has put it off in this session enters, unless the app asks for a level', async () => {
  const findNext = createFinderWith({ deferredUnder, deferralsUsed: 1 })
  assert.equal(await findNext(session, mail), 'enter')
  assert.equal(await findNext(session, { ...mail, acrValues: [acrNumber] }), 'login')
})

test('in the place of a factor that is off a recovery code is shown in a whole login', async () => {
  const off = createFinderWith(
    { highestLevel: acrNumber, usableLevel: acrPossession },
    { level: 'number' },
  )
  assert.equal(await off(session, { ...mail, acrValues: [acrNumber] }), 'login')
  assert.equal(await off(session, mail), 'step_up')
})
