import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testKeyring as keyring } from '../../../dev/test-support/keyring.ts'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { createAudit } from '../../../identity/audit/audit.ts'
import { acrLevels, acrNumber } from '../../../identity/policy/assurance.ts'
import { type Policy, policySchema } from '../../../identity/policy/policy.ts'
import { createUsers } from '../../../identity/users/users.ts'
import { systemRandom } from '../../../platform/kernel/random.ts'
import type { Database } from '../../../platform/storage/database.ts'
import { transact } from '../../../platform/storage/transact.ts'
import { createChoiceStore } from '../../decision/choices.ts'
import { createRequirementStep } from '../../decision/requirement-step.ts'
import type { JourneyRequest } from '../../engine/journey.ts'
import type { Answers, StepContext, StepResult } from '../../engine/step.ts'
import { deferralRuleEntry } from '../../factors/enrolled.ts'
import { describeFactor } from '../../factors/index.ts'
import { createGetAppStep } from '../../factors/push/get-app-step.ts'
import { createDeclineStep } from './decline.ts'
import type { DeskOptions } from './desk-reference.ts'
import { createOfferStep } from './offer.ts'

const now = Date.parse('2027-01-15T12:00:00Z')
const clock = { now: () => now }
const policyOf = (policy: Partial<Policy>): Policy => policySchema.parse(policy)

interface Facts {
  readonly hasAuthenticator?: boolean
  readonly groups?: readonly string[]
  /** Default true. */
  readonly push?: boolean
  /** Default: both. */
  readonly offered?: readonly string[]
}

async function setUp(db: Database, policy: Partial<Policy>, facts: Facts = {}) {
  const { hasAuthenticator = false, groups = [], offered = ['push', 'totp'] } = facts
  const users = createUsers({ clock, random: systemRandom })
  const { id: userId } = await users.create(db, { username: 'erika', displayName: 'Erika' })
  const choices = createChoiceStore({ clock })
  const options = {
    db,
    choices,
    audit: createAudit({ keyring, clock }),
    facts: {
      choices,
      findLevels: async () => {
        const highestLevel = hasAuthenticator ? acrNumber : undefined
        return { highestLevel, usableLevel: highestLevel, isAllLost: false }
      },
      findDeferrals: async () => undefined,
    },
    requirements: {
      findApp: async (_: unknown, id: string) =>
        id === 'webmail' ? { name: 'Webmail', policy: policyOf(policy) } : undefined,
      defaultPolicy: policyOf({ secondFactor: 'none' }),
      listGroups: async () => groups,
      highestHere: acrNumber,
    },
    offered,
    addable:
      facts.push === false
        ? [describeFactor('totp')]
        : [describeFactor('push'), describeFactor('totp')],
  }
  const context = (action?: string, request: Partial<JourneyRequest> = {}): StepContext => ({
    kind: 'login',
    now,
    journeyHash: 'journey',
    request: { returnTo: '/', appId: 'webmail', ...request },
    userId,
    data: {},
    answers: action === undefined ? undefined : { action },
    client: {
      address: '192.0.2.7',
      place: undefined,
      browser: undefined,
      userAgent: undefined,
      language: 'en',
      session: undefined,
    },
    unwrittenProofs: [],
    createRestartPath: () => '/login',
  })
  const requirement = createRequirementStep(options)
  const offer = createOfferStep({
    ...options,
    decideFirst: async () => ({ type: 'allowed', by: 'password' }),
    enrolmentPlaces: [],
    desk: {} as DeskOptions,
  })
  const decline = createDeclineStep(options)
  return {
    choices,
    userId,
    context,
    async findRequirement(request?: Partial<JourneyRequest>) {
      const result = await requirement.run(context(undefined, request))
      return result.type === 'done' ? result.outcome : 'ask'
    },
    offer: (action?: string, request?: Partial<JourneyRequest>) =>
      offer.run(context(action, request)),
    decline: (answers: Answers = {}) => decline.run({ ...context(), answers }),
  }
}

function valuesOf(result: StepResult<string>): string[] {
  if (result.type !== 'ask') throw new Error(`no page but ${result.outcome}`)
  return result.form.prompts.flatMap((prompt) =>
    prompt.type === 'choice' ? prompt.options.map(({ value }) => value) : [],
  )
}

async function write(db: Database, { change }: StepResult<string>): Promise<boolean> {
  return await transact(db, async (tx) => (await change?.write?.(tx)) ?? true)
}

async function auditTypes(db: Database): Promise<string[]> {
  const rows = await db.selectFrom('audit_events').select('type').orderBy('seq').execute()
  return rows.map(({ type }) => type)
}

onEachEngine((engine) => {
  test(`the rule of the app decides, and without an app the default rule (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db, { secondFactor: 'required' })
    assert.equal(await scene.findRequirement(), 'offer')
    assert.equal(await scene.findRequirement({ appId: 'gone' }), 'enough')
  })

  test(`A10: a user with a factor is asked for it, even after skips and a decline (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(
      db,
      { secondFactor: 'optional', decline: true },
      { hasAuthenticator: true },
    )
    await scene.choices.skip(db, scene.userId, 3)
    await scene.choices.decline(db, scene.userId)
    assert.equal(await scene.findRequirement(), 'confirm')
  })

  test(`a user who declined gets in where that is allowed, and is asked again where it is not (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db, { secondFactor: 'optional', decline: true })
    assert.equal(await scene.findRequirement(), 'offer')
    await scene.choices.decline(db, scene.userId)
    assert.equal(await scene.findRequirement(), 'enough')
    assert.equal(await scene.findRequirement({ acrValues: acrLevels.slice(1) }), 'offer')
  })

  test(`the page offers everything that the policy allows, and the choice is written (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db, { secondFactor: 'optional', skips: 2, decline: true })
    assert.deepEqual(valuesOf(await scene.offer()), [
      'register',
      'get_app',
      'totp',
      'skip',
      'decline',
    ])
    for (const outcome of ['register', 'get_app', 'totp'] as const) {
      const result = await scene.offer(outcome)
      assert.equal(result.type === 'done' && result.outcome, outcome)
      assert.equal(result.change, undefined)
    }
    const skipped = await scene.offer('skip')
    assert.equal(skipped.type === 'done' && skipped.outcome, 'skipped')
    assert.equal(await write(db, skipped), true)
    assert.deepEqual(JSON.parse(`${deferralRuleEntry.read(skipped.change?.data ?? {})}`), {
      secondFactor: 'optional',
      skips: 2,
    })
    const leaving = await scene.offer('decline')
    assert.equal(leaving.type === 'done' && leaving.outcome, 'decline')
    const declined = await scene.decline({ action: 'decline', reason: '  no phone ' })
    assert.equal(declined.type === 'done' && declined.outcome, 'declined')
    assert.equal(await write(db, declined), true)
    assert.deepEqual(await scene.choices.find(db, scene.userId), {
      skipsUsed: 1,
      declinedAt: now,
      lastSkippedAt: now,
    })
    assert.deepEqual(await auditTypes(db), ['second_factor_skipped', 'second_factor_declined'])
    const row = await db.selectFrom('second_factor_choices').selectAll().executeTakeFirst()
    assert.equal(row?.decline_reason, 'no phone')
  })

  test(`the configuration decides which factors are offered, and in which order (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const policy = { secondFactor: 'required', skips: 0 } as const
    const codesFirst = await setUp(db, policy, { offered: ['totp', 'push'] })
    assert.deepEqual(valuesOf(await codesFirst.offer()), ['totp', 'register', 'get_app'])
    const { db: other } = await engine.open(t)
    const codesOnly = await setUp(other, policy, { offered: ['totp'] })
    assert.deepEqual(valuesOf(await codesOnly.offer()), ['totp'])
    assert.equal((await codesOnly.offer('register')).type, 'ask')
  })

  test(`without a sender, the page neither offers nor accepts nor mentions a phone (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db, { secondFactor: 'optional', skips: 2 }, { push: false })
    const page = await scene.offer()
    assert.deepEqual(valuesOf(page), ['totp', 'skip'])
    assert.equal(page.type === 'ask' && page.form.lead?.key, 'choice.any.optional')
    assert.equal((await scene.offer('register')).type, 'ask')
    assert.equal((await scene.offer('get_app')).type, 'ask')
  })

  test(`the page of a decline says how long it lasts, and only its button declines (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const policy = { secondFactor: 'optional', skips: 2, decline: true, declineDays: 90 } as const
    const scene = await setUp(db, policy)
    for (const answers of [{}, { action: 'skip' }, { reason: 'because' }]) {
      const page = await scene.decline(answers)
      assert.deepEqual(page.type === 'ask' && page.form.lead, {
        key: 'decline.lead.days',
        values: { days: 90 },
      })
      assert.deepEqual(valuesOf(page), ['decline', 'back'])
    }
    const back = await scene.decline({ action: 'back' })
    assert.equal(back.type === 'done' && back.outcome, 'back')
    const long = await scene.decline({ action: 'decline', reason: 'ß'.repeat(5000) })
    assert.equal(await write(db, long), true)
    const row = await db.selectFrom('second_factor_choices').selectAll().executeTakeFirst()
    assert.equal(row?.decline_reason?.length, 200)
  })

  test(`A10: a user cannot decline if the rule does not allow it or the user has a factor (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    for (const [policy, facts] of [
      [{ secondFactor: 'required', skips: 2, decline: true }, {}],
      [{ secondFactor: 'optional', skips: 2, decline: false }, {}],
      [{ secondFactor: 'optional', skips: 2, decline: true }, { hasAuthenticator: true }],
    ] as const) {
      await db.deleteFrom('users').execute()
      const scene = await setUp(db, policy, facts)
      const result = await scene.decline({ action: 'decline' })
      assert.deepEqual(
        [result.type === 'done' && result.outcome, result.change],
        ['back', undefined],
      )
    }
  })

  test(`the first group of the rule that the user is in changes the rule (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const policy = {
      secondFactor: 'required',
      skips: 0,
      decline: false,
      groups: [
        { group: 'board', level: 'number' },
        { group: 'pilots', secondFactor: 'optional', skips: 3, decline: true },
      ],
    } as const
    for (const [groups, expected] of [
      [[], ['register', 'get_app', 'totp']],
      [['others'], ['register', 'get_app', 'totp']],
      [
        ['board', 'pilots'],
        ['register', 'get_app'],
      ],
      [['pilots'], ['register', 'get_app', 'totp', 'skip', 'decline']],
    ] as const) {
      await db.deleteFrom('users').execute()
      const scene = await setUp(db, policy as unknown as Policy, { groups })
      assert.deepEqual(valuesOf(await scene.offer()), expected)
    }
  })

  for (const [name, policy, request] of [
    ['required and without skips', { secondFactor: 'required', skips: 0, decline: true }, {}],
    [
      'optional without skips and decline',
      { secondFactor: 'optional', skips: 0, decline: false },
      {},
    ],
    [
      'past its last day',
      { secondFactor: 'required', skips: 9, skipUntil: '2027-01-14', decline: true },
      {},
    ],
    [
      'overruled by the level that the app asks for',
      { secondFactor: 'optional', skips: 9, decline: true },
      { acrValues: acrLevels.slice(1) },
    ],
  ] as const) {
    test(`A10: skip and decline are neither shown nor accepted where the rule is ${name} (${engine.name})`, async (t) => {
      const { db } = await engine.open(t)
      const scene = await setUp(db, policy)
      assert.deepEqual(valuesOf(await scene.offer(undefined, request)), [
        'register',
        'get_app',
        'totp',
      ])
      for (const action of ['skip', 'decline', 'skipped', 'finish', '']) {
        const result = await scene.offer(action, request)
        assert.equal(result.type, 'ask')
        assert.equal(result.change, undefined)
      }
      assert.deepEqual(await auditTypes(db), [])
    })
  }

  test(`a skip is still offered on its last day (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const policy = { secondFactor: 'required', skips: 9, skipUntil: '2027-01-15' } as const
    const scene = await setUp(db, policy)
    assert.ok(valuesOf(await scene.offer()).includes('skip'))
  })

  test(`a user who has a second factor by now is asked for it, with any answer (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const policy = { secondFactor: 'optional', skips: 9, decline: true } as const
    const scene = await setUp(db, policy, { hasAuthenticator: true })
    for (const action of [undefined, 'skip', 'decline', 'register', 'get_app']) {
      assert.deepEqual(await scene.offer(action), { type: 'done', outcome: 'confirm' })
    }
  })

  test(`A10: of two simultaneous skips with one skip left, exactly one is written (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db, { secondFactor: 'required', skips: 1 })
    const results = await Promise.all([scene.offer('skip'), scene.offer('skip')])
    assert.deepEqual(
      results.map(({ type }) => type),
      ['done', 'done'],
    )
    const written = await Promise.all(results.map((result) => write(db, result)))
    assert.deepEqual(written.sort(), [false, true])
    assert.equal((await scene.offer('skip')).type, 'ask')
    assert.ok(!valuesOf(await scene.offer()).includes('skip'))
  })
})

test('the page with the app continues only with one of its two choices', async () => {
  const step = createGetAppStep({ iosUrl: 'https://i.test/', androidUrl: 'https://a.test/' })
  const context = (action: string) =>
    ({ answers: { action }, client: {}, data: {} }) as unknown as StepContext
  for (const action of ['register', 'back']) {
    const result = await step.run(context(action))
    assert.equal(result.type === 'done' && result.outcome, action)
  }
  const result = await step.run(context('skip'))
  assert.deepEqual(valuesOf(result), ['register', 'back'])
  const codes = result.type === 'ask' ? result.form.prompts.filter(({ type }) => type === 'qr') : []
  assert.equal(codes.length, 2)
})
