import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type Acr,
  acrNumber,
  acrPassword,
  acrPhishingResistant,
  acrPossession,
} from '../../../identity/policy/assurance.ts'
import { systemRandom } from '../../../platform/kernel/random.ts'
import type { Database } from '../../../platform/storage/database.ts'
import type { Transaction } from '../../../platform/storage/transact.ts'
import { message } from '../../../platform/ui/message.ts'
import { mergeData } from '../../engine/data.ts'
import type { JourneyKind, JourneyRequest } from '../../engine/journey.ts'
import { createLoginReferences } from '../../engine/references.ts'
import type { StepContext, StepResult } from '../../engine/step.ts'
import { chosenAuthenticatorEntry, chosenEntry, provenEntry } from '../../factors/enrolled.ts'
import type { ChoosableFactor } from '../../factors/factor.ts'
import { describeFactor, type FactorKind } from '../../factors/index.ts'
import { heldBackEntry, type TroubleReason, troubleReasonEntry } from '../../factors/trouble.ts'
import { createFirstStep, createOtherStep, findFitting } from './choose.ts'

const factorOf = (name: FactorKind, isHeld: boolean): ChoosableFactor => ({
  kind: name,
  label: message(`other.${name}`, { left: 1 }),
  hint: message(`other.${name}.hint`, { left: 1 }),
  highestLevel: describeFactor(name).highestLevel,
  icon: 'code',
  isFallback: name === 'recovery',
  findEnrolled: async () => (isHeld ? { lastUsedAt: null } : undefined),
})

const beside = {
  desk: {
    references: createLoginReferences({ clock: { now: () => 0 }, random: systemRandom }),
    support: {},
    appName: async () => undefined,
  },
  findLostAt: async () => undefined,
}

function setUp(held: readonly FactorKind[], wanted: Acr) {
  const names = ['push', 'totp', 'passkey', 'recovery'] as const
  const ways = names.map((name) => factorOf(name, held.includes(name)))
  const options = {
    db: {} as Database,
    factors: ways,
    findLockedKinds: async () => new Set<FactorKind>(),
    hasLostFactors: async () => false,
    findBudgetKey: async () => 'network:test',
    findRequiredLevel: async () => wanted,
    addable: ways.slice(0, 3),
    appName: async () => 'Vault',
  }
  return {
    kinds: ways,
    context: (kind: JourneyKind, request: Partial<JourneyRequest> = {}): StepContext =>
      ({
        kind,
        userId: 'usr_erika',
        data: {},
        client: {},
        request: { returnTo: '/', appId: 'vault', ...request },
        unwrittenProofs: [],
        createRestartPath: () => '/login?again',
      }) as unknown as StepContext,
    first: createFirstStep({ ...options, ...beside }),
    other: createOtherStep({ ...options, ...beside }),
    async namesFor(context: StepContext) {
      const { factors: ways, weaker } = await findFitting(options, context)
      const namesOf = (all: typeof ways) => all.map(({ factor }) => factor.kind)
      return { ways: namesOf(ways), weaker: namesOf(weaker) }
    },
  }
}

function shown(result: StepResult<string>) {
  if (result.type !== 'ask') throw new Error(`no page but ${result.outcome}`)
  const { title, prompts } = result.form
  return {
    title: title.key,
    links: prompts.flatMap((prompt) => (prompt.type === 'link' ? [prompt.href] : [])),
    rows: prompts.flatMap((prompt) =>
      prompt.type === 'facts' ? prompt.rows.map(({ label }) => label.key) : [],
    ),
  }
}

test('each of several authenticators of a kind has its own card, and the choice reaches the next step', async () => {
  const { kinds, other, context } = setUp(['push', 'totp'], acrPossession)
  const label = message('other.push')
  const choices = [
    { id: 'own', label },
    { id: 'work', label, hint: message('other.totp.hint') },
  ]
  Object.assign(kinds[0] ?? {}, { findEnrolled: async () => ({ lastUsedAt: 1, choices }) })
  const page = await other.run(context('login'))
  const cards = page.type === 'ask' ? page.form.prompts : []
  const values = cards.flatMap((one) =>
    one.type === 'choice' ? one.options.map(({ value, hint }) => [value, hint?.key]) : [],
  )
  assert.deepEqual(values, [
    ['push:own', 'other.push.hint'],
    ['push:work', 'other.totp.hint'],
    ['totp', 'other.totp.hint'],
    ['cancel', undefined],
  ])
  for (const [action, outcome, id] of [
    ['push:work', 'push', 'work'],
    ['push', 'push', 'own'],
    ['totp', 'totp', undefined],
  ] as const) {
    const left = await other.run({ ...context('login'), answers: { action } })
    assert.equal(left.type === 'done' && left.outcome, outcome)
    assert.equal(chosenAuthenticatorEntry.read(left.change?.data ?? {}), id)
  }
  const unknown = await other.run({ ...context('login'), answers: { action: 'push:foreign' } })
  assert.equal(unknown.type, 'ask')
})

test('a step-up offers only factors that reach the level, and a recovery code only if it does too', async () => {
  const scene = setUp(['push', 'totp', 'recovery'], acrNumber)
  assert.deepEqual(await scene.namesFor(scene.context('step_up')), {
    ways: ['push'],
    weaker: ['totp', 'recovery'],
  })
  const possession = setUp(['push', 'totp', 'recovery'], acrPossession)
  const { ways } = await possession.namesFor(possession.context('step_up'))
  assert.deepEqual(ways, ['push', 'totp', 'recovery'])
})

test('for changes to the account, a recovery code stands in for a lost authenticator', async () => {
  const scene = setUp(['push', 'totp', 'recovery'], acrNumber)
  const context = scene.context('step_up', { confirms: 'account' })
  assert.deepEqual((await scene.namesFor(context)).ways, ['push', 'recovery'])
})

test('a login asks for the strongest factor when no factor reaches the level', async () => {
  const scene = setUp(['push', 'totp', 'recovery'], acrPhishingResistant)
  const { ways } = await scene.namesFor(scene.context('login'))
  assert.deepEqual(ways, ['push'])
})

test('a recovery code below the level is offered only to a user who replaces a factor with it', async () => {
  const scene = setUp(['push', 'recovery'], acrNumber)
  const namesAfter = async (reason: TroubleReason) => {
    const data = troubleReasonEntry.write(reason)
    return (await scene.namesFor({ ...scene.context('login'), data })).ways
  }
  assert.deepEqual(await namesAfter('away'), ['push'])
  for (const reason of ['lost', 'renewed'] as const)
    assert.deepEqual(await namesAfter(reason), ['push', 'recovery'])
  const weak = setUp(['totp', 'recovery'], acrNumber)
  assert.deepEqual((await weak.namesFor(weak.context('login'))).ways, ['totp', 'recovery'])
})

test('a recovery code is not asked for when the same level is already proven', async () => {
  const scene = setUp(['push', 'recovery'], acrNumber)
  const data = provenEntry.write(acrPossession)
  const { ways, weaker } = await scene.namesFor({ ...scene.context('login'), data })
  assert.deepEqual([ways, weaker], [['push'], ['recovery']])
})

test('a step-up without a sufficient factor says so, names sufficient factors and links to the account', async () => {
  const scene = setUp(['totp', 'recovery'], acrNumber)
  for (const step of [scene.first, scene.other]) {
    assert.deepEqual(shown(await step.run(scene.context('step_up'))), {
      title: 'too_weak.title',
      links: ['/login?again', '/account/authenticators'],
      rows: ['other.push', 'other.passkey'],
    })
  }
})

test('a user with only recovery codes leaves a step-up for the login', async () => {
  const scene = setUp(['recovery'], acrNumber)
  const result = await scene.first.run(scene.context('step_up'))
  assert.deepEqual(result, { type: 'done', outcome: 'none' })
})

test('a pending request stays if the user chooses its factor again, and ends with another choice or a cancel', async () => {
  const { kinds, context } = setUp(['push', 'totp', 'passkey'], acrPassword)
  const left: string[] = []
  const other = createOtherStep({
    ...beside,
    db: {} as Database,
    factors: kinds.map((one) => ({
      ...one,
      async leaveVerify() {
        left.push(one.kind)
        return { data: chosenEntry.write('taken back'), write: async () => one.kind !== 'push' }
      },
    })),
    findLockedKinds: async () => new Set<FactorKind>(),
    hasLostFactors: async () => false,
    findBudgetKey: async () => 'network:test',
    findRequiredLevel: async () => acrPassword,
    addable: [],
    appName: async () => 'Vault',
  })
  const choose = async (action: string) => {
    left.length = 0
    const { change } = await other.run({ ...context('login'), answers: { action } })
    return await change?.write?.({} as Transaction)
  }
  assert.equal(await choose('push'), true)
  assert.deepEqual(left, ['totp', 'passkey', 'recovery'])
  assert.equal(await choose('totp'), false, 'what another step has changed is not written')
  assert.deepEqual(left, ['push', 'passkey', 'recovery'])
  assert.equal(await choose('cancel'), false)
  assert.deepEqual(left, ['push', 'totp', 'passkey', 'recovery'])
})

test('a factor that cannot be used yet shows from when, and choosing it stays on the page', async () => {
  const { kinds, other, context } = setUp(['push', 'totp'], acrPossession)
  const hint = message('approval.again_from', { at: 1 })
  const formError = { status: 429, title: hint, text: hint } as const
  let refused = 0
  const findHold = async () => ({
    hint,
    refuse: async () => {
      refused += 1
      return formError
    },
  })
  Object.assign(kinds[0] ?? {}, { findHold })
  const hintsOf = (result: StepResult<string>) =>
    (result.type === 'ask' ? result.form.prompts : []).flatMap((prompt) =>
      prompt.type === 'choice' ? prompt.options.map((option) => option.hint?.key) : [],
    )
  const page = await other.run(context('login'))
  assert.deepEqual(hintsOf(page), ['approval.again_from', 'other.totp.hint', undefined])
  assert.equal(refused, 0)
  for (const chosen of [
    { ...context('login'), answers: { action: 'push' } },
    { ...context('login'), data: chosenEntry.write('push') },
  ]) {
    const stays = await other.run(chosen)
    assert.equal(stays.type === 'ask' && stays.formError, formError)
    assert.deepEqual(hintsOf(stays), hintsOf(page))
    const data = mergeData(chosen.data, stays.change?.data ?? {})
    assert.equal(chosenEntry.read(data), undefined)
    assert.equal(heldBackEntry.read(data), 'push')
  }
  assert.equal(refused, 2)
  const left = await other.run({ ...context('login'), answers: { action: 'totp' } })
  assert.equal(left.type === 'done' && left.outcome, 'totp')
})
