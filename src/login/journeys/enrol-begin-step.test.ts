import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Database } from '../../platform/storage/database.ts'
import type { FirstFactorDecision } from '../decision/first-factor.ts'
import type { StepContext } from '../engine/step.ts'
import { createEnrolmentLimit } from '../factors/enrolment-limit.ts'
import type { Authenticator } from '../factors/factor.ts'
import { describeFactor, type FactorKind } from '../factors/index.ts'
import { createEnrolBeginStep, createFullForm, describeEnrolled } from './enrol-begin-step.ts'

const held = (kind: FactorKind) =>
  ({ id: `${kind}-1`, kind, name: 'Diensttelefon' }) as Authenticator

async function leadOf(
  own: readonly Authenticator[],
  authenticator: NonNullable<StepContext['request']['authenticator']>,
  answers?: StepContext['answers'],
  firstFactor: FirstFactorDecision = { type: 'allowed', by: 'password' },
) {
  const list = async () => [...own]
  const step = createEnrolBeginStep({
    db: {} as Database,
    authenticators: {
      list,
      find: async (_db, _user, id) => own.find((one) => one.id === id),
    },
    decideBinding: async () => ({ type: 'password' }),
    isBelowLimit: createEnrolmentLimit(list, (kind) => describeFactor(kind).limit),
    decideFirst: async () => firstFactor,
    enrolmentPlaces: [],
    factors: [describeEnrolled('push'), describeEnrolled('recovery')],
  })
  const request = { returnTo: '/account/authenticators', authenticator }
  const result = await step.run({ answers, userId: 'usr_erika', request } as StepContext)
  return result.type === 'ask' ? [result.form.title.key, result.form.lead?.key] : result.outcome
}

test('the page does not say that the first recovery codes replace earlier ones', async () => {
  const title = 'enrol.begin.recovery.title'
  const first = await leadOf([held('push')], { kind: 'recovery' })
  assert.deepEqual(first, [title, 'enrol.begin.recovery.lead.first'])
  const next = await leadOf([held('push'), held('recovery')], { kind: 'recovery' })
  assert.deepEqual(next, [title, 'enrol.begin.recovery.lead'])
})

test('the page says what is added, or what is replaced', async () => {
  const push = ['enrol.begin.phone.title', 'enrol.begin.push.lead']
  assert.deepEqual(await leadOf([], { kind: 'push' }), push)
  const replaced = await leadOf([held('push')], { kind: 'push', replaces: 'push-1' })
  assert.deepEqual(replaced, ['enrol.begin.replace.title', 'enrol.begin.replace.lead'])
  assert.equal(await leadOf([], { kind: 'totp' }), 'cancelled')
})

test('at the enrolment limit for phones, only a replacement can begin, and the page says so', async () => {
  const phones = Array.from({ length: describeFactor('push').limit ?? 0 }, (_, at) => ({
    ...held('push'),
    id: `push-${at}`,
  }))
  assert.equal(phones.length, 10)
  const full = ['enrol.begin.phone.title', undefined]
  assert.deepEqual(await leadOf(phones, { kind: 'push' }), full)
  assert.deepEqual(await leadOf(phones, { kind: 'push' }, { action: 'begin' }), full)
  assert.equal(await leadOf(phones, { kind: 'push' }, { action: 'back' }), 'cancelled')
  const replacement = { kind: 'push', replaces: 'push-3' } as const
  assert.equal(await leadOf(phones, replacement, { action: 'begin' }), 'push')
  assert.equal(await leadOf(phones.slice(1), { kind: 'push' }, { action: 'begin' }), 'push')
  const codes = Array.from({ length: 50 }, () => held('recovery'))
  assert.equal(await leadOf(codes, { kind: 'recovery' }, { action: 'begin' }), 'recovery')
  const [notice] = createFullForm(describeEnrolled('push')).prompts
  assert.ok(notice?.type === 'notice')
  assert.deepEqual([notice.text.key, notice.text.values], ['enrol.full.phone', { most: 10 }])
})

test('A55: a user without a second factor who has not shown what the rule asks for begins nothing', async () => {
  const missing = { type: 'missing', rule: 'invitation' } as const
  const asked = { kind: 'push' }
  assert.deepEqual(await leadOf([], asked, { action: 'begin' }, missing), [
    ...['first.title', 'first.invitation'],
  ])
  assert.equal(await leadOf([], asked, { action: 'back' }, missing), 'cancelled')
})
