import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDecisionSources, type KnownFacts } from '../../dev/test-support/decision.ts'
import type { App } from '../../identity/apps/apps.ts'
import { acrNumber, acrPassword } from '../../identity/policy/assurance.ts'
import type { AppPolicy } from '../../identity/policy/policy.ts'
import type { LiveSession } from '../../identity/sessions/session.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import { createContinuations } from '../engine/continuation.ts'
import { createGate } from './gate.ts'

type Refusals = Parameters<typeof createGate>[0]['refusals']

/** Deferred under the strictest possible rule. */
const deferredUnder = [{ secondFactor: 'required', level: 'phishing_resistant', skips: 0 } as const]

const clock = { now: () => 10_000 }
const continuations = createContinuations({ key: new Uint8Array(32), clock })

function gateWith(facts: KnownFacts = {}, refusals: Refusals = { note: async () => {} }) {
  return createGate({ clock, continuations, sources: createDecisionSources(facts), refusals })
}

function appWith(policy: Partial<AppPolicy>): App {
  return {
    id: 'mail',
    protocol: 'oidc',
    name: 'Mail',
    settings: {
      redirectUris: ['https://mail.example/'],
      postLogoutRedirectUris: [],
      tokenEndpointAuthMethod: 'none',
    },
    policy: { secondFactor: 'none', skips: 3, decline: false, ...policy },
    ownPolicy: policy,
  }
}

function sessionWith(facts: Partial<LiveSession> = {}): LiveSession {
  return {
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
    ...facts,
  }
}

test('without a session the gate redirects to the login page with all details of the request', async () => {
  const app = appWith({})
  const wish = { returnTo: '/sso/oidc/x', authenticatedSince: 7, acrValues: [acrNumber] }
  const decision = await gateWith().decide({ app, session: undefined, ...wish })
  assert.ok(decision.type === 'login')
  const url = new URL(decision.location, 'https://login.example')
  assert.equal(url.pathname, '/login')
  const opened = continuations.open(url.searchParams.get('continue') ?? '')
  assert.deepEqual(opened, { appId: 'mail', ...wish })
})

test('a session with the required level enters', async () => {
  const session = sessionWith()
  const request = { app: appWith({}), session, returnTo: '/x' }
  assert.deepEqual(await gateWith().decide(request), { type: 'enter', session })
})

test('a session that is older than requested leads to a new login', async () => {
  const request = { app: appWith({}), session: sessionWith(), returnTo: '/x' }
  const decide = async (authenticatedSince: number) =>
    (await gateWith().decide({ ...request, authenticatedSince })).type
  assert.equal(await decide(5_001), 'login')
  assert.equal(await decide(5_000), 'enter')
})

test('a session that does not satisfy the rule of the app leads to the login', async () => {
  const cases = [
    { policy: { secondFactor: 'required' }, facts: {}, acr: acrPassword, expected: 'login' },
    { policy: { secondFactor: 'required' }, facts: {}, acr: acrNumber, expected: 'enter' },
    { policy: { secondFactor: 'optional' }, facts: {}, acr: acrPassword, expected: 'login' },
    {
      policy: { secondFactor: 'optional' },
      facts: { deferredUnder },
      acr: acrPassword,
      expected: 'enter',
    },
    {
      policy: { secondFactor: 'optional' },
      facts: { deferredUnder, highestLevel: acrNumber },
      acr: acrPassword,
      expected: 'login',
    },
  ] as const
  for (const { policy, facts, acr, expected } of cases) {
    const request = { app: appWith(policy), session: sessionWith({ acr }), returnTo: '/x' }
    assert.equal((await gateWith(facts).decide(request)).type, expected)
  }
})

test('acr_values ask for more than the rule; unknown ones do not', async () => {
  const request = { app: appWith({}), session: sessionWith(), returnTo: '/x' }
  const decide = async (acrValues: string[]) =>
    (await gateWith().decide({ ...request, acrValues })).type
  assert.equal(await decide([acrNumber]), 'login')
  assert.equal(await decide(['urn:example:gold']), 'enter')
})

test('a user in no allowed group is refused at any level, and the refusal is recorded', async () => {
  const noted: object[] = []
  const gate = gateWith({}, { note: async (_, refusal) => void noted.push(refusal) })
  const app = appWith({ secondFactor: 'required', allowedGroups: ['board'] })
  for (const acr of [acrPassword, acrNumber]) {
    const session = sessionWith({ acr })
    const request = { app, session, returnTo: '/x' }
    const decision = await gate.decide(request)
    assert.ok(decision.type === 'refused')
    assert.deepEqual(decision.session, session)
    const { searchParams } = new URL(decision.location, 'https://login.example')
    const opened = continuations.open(searchParams.get('continue') ?? '')
    // The existing session does not lead back at once.
    const asAnother = { authenticatedSince: 10_000, loginHint: '' }
    assert.deepEqual(opened, { appId: 'mail', returnTo: '/x', ...asAnother })
  }
  assert.deepEqual(noted, Array(2).fill({ userId: 'usr_a', appId: 'mail' }))
})

test('the gate asks for a required login before it refuses, because another user may log in', async () => {
  const app = appWith({ allowedGroups: ['board'] })
  const request = { app, session: sessionWith(), returnTo: '/x', authenticatedSince: 5_001 }
  assert.equal((await gateWith().decide(request)).type, 'login')
  assert.equal((await gateWith().decide({ ...request, session: undefined })).type, 'login')
})

test('without a browser the gate decides in the same way and records no refusal', async () => {
  const gate = gateWith({}, { note: () => Promise.reject(new Error('nobody was told')) })
  const session = sessionWith()
  assert.equal(await gate.check({ app: appWith({}), session }), 'enter')
  assert.equal(await gate.check({ app: appWith({}), session: undefined }), 'login')
  assert.equal(await gate.check({ app: appWith({ secondFactor: 'required' }), session }), 'login')
  assert.equal(await gate.check({ app: appWith({ allowedGroups: ['board'] }), session }), 'refused')
})
