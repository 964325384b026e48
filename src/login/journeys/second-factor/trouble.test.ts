/** The pages of a person whose phone is not at hand: what they say, where they lead, and what the service desk sees. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { createPushScene } from '../../../dev/test-support/push-scene.ts'
import { createWalk, listChoices, listPrompts } from '../../../dev/test-support/push-walk.ts'
import { createUsers } from '../../../identity/users/users.ts'
import { hours } from '../../../platform/kernel/clock.ts'
import { systemRandom as random } from '../../../platform/kernel/random.ts'
import type { Database } from '../../../platform/storage/database.ts'
import { message } from '../../../platform/ui/message.ts'
import type { Form } from '../../engine/prompt.ts'
import { createLoginReferences, showLogin } from '../../engine/references.ts'
import { chosenEntry } from '../../factors/enrolled.ts'
import type { Authenticator, ChoosableFactor } from '../../factors/factor.ts'
import { describeFactor, type FactorKind } from '../../factors/index.ts'
import { isSaidLost, phoneTrouble, troubleKindEntry } from '../../factors/trouble.ts'
import { createTroubleStep } from './trouble.ts'
import { createNoCodeForm, createTroubleForm, type TroublePage } from './trouble-page.ts'

const operator = { type: 'administrator', name: 'cli:test' } as const

function holds(kind: FactorKind): ChoosableFactor {
  const { label, hint, icon, highestLevel, isFallback } = describeFactor(kind)
  const findEnrolled = async () => ({ lastUsedAt: kind === 'push' ? 2 : 1 })
  return { kind, label, hint, icon, highestLevel, isFallback, findEnrolled }
}

async function setUp(
  db: Database,
  kinds: readonly FactorKind[],
  username = 'erika',
  all: readonly Authenticator[] = [],
) {
  const scene = createPushScene(db)
  const references = createLoginReferences({ clock: scene.clock, random })
  const userId = await scene.addUser(username)
  const left: string[] = []
  const step = createTroubleStep({
    choose: {
      db,
      factors: kinds.map(holds),
      findLockedKinds: async () => new Set(),
      hasLostFactors: async () => false,
      findBudgetKey: async () => 'network:test',
      findRequiredLevel: async () => 'urn:einlass:acr:possession',
      addable: [],
      appName: async () => 'Webmail',
    },
    factors: kinds.map((kind) => ({
      kind,
      words: describeFactor(kind).words,
      async leaveVerify() {
        left.push(kind)
        return undefined
      },
    })),
    authenticators: { list: async () => [...all] },
    desk: { references, support: { phone: '089 000-0' }, appName: async () => 'Webmail' },
  })
  const walk = createWalk(scene, step, userId, troubleKindEntry.write('push'))
  const show = (reference: string) =>
    showLogin(
      { db, users: createUsers(scene), references, clock: scene.clock },
      operator,
      reference,
    )
  return { scene, walk, left, show, references }
}

const authenticator = (kind: FactorKind, id: string): Authenticator => ({
  ...{ id, kind, name: id, addedAt: 0, lastUsedAt: null },
  level: describeFactor(kind).highestLevel,
  state: 'usable',
})

const named = (name: string) => message('missing.name', { name })

type Asked = Awaited<ReturnType<Awaited<ReturnType<typeof setUp>>['walk']['visit']>>

function readReference(page: Asked): string {
  const desk = listPrompts(page).find((prompt) => prompt.type === 'desk')
  return desk?.type === 'desk' ? desk.reference : ''
}

onEachEngine((engine) => {
  test(`the page asks what happened, and the service desk finds the login by its reference (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { scene, walk, show, references } = await setUp(db, ['push', 'totp'])
    const page = await walk.visit()
    assert.deepEqual(listChoices(page), ['away', 'lost', 'renewed', 'back'])
    const reference = readReference(page)
    assert.match(reference, /^[A-HJ-NP-Z2-9]{4}-[A-HJ-NP-Z2-9]{4}$/)
    assert.equal(readReference(await walk.visit()), reference, 'one for each login')
    const shown = await show(` ${reference.toLowerCase()}`)
    assert.deepEqual([shown.about.app, shown.reason, shown.state], ['Webmail', null, 'over'])
    await walk.visit('lost')
    assert.equal((await show(reference)).reason, 'lost')
    scene.clock.time += hours(1)
    await assert.rejects(show(reference), { code: 'not_found' })
    await references.purge(db)
    const rows = await db.selectFrom('login_references').selectAll().execute()
    assert.deepEqual(rows, [])
  })

  test(`with another factor, the pages lead to it, and choosing it withdraws the pending request (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { walk, left } = await setUp(db, ['push', 'totp'])
    await walk.visit()
    assert.deepEqual(listChoices(await walk.visit('away')), ['totp', 'pass', 'back'])
    assert.deepEqual(listChoices(await walk.visit('back')), ['away', 'lost', 'renewed', 'back'])
    assert.deepEqual(listChoices(await walk.visit('renewed')), ['use_old', 'totp', 'pass', 'back'])
    assert.deepEqual(listChoices(await walk.visit('push')), ['use_old', 'totp', 'pass', 'back'])
    assert.deepEqual(left, [])
    const taken = await walk.visit('totp')
    assert.equal(taken.type === 'done' && taken.outcome, 'other')
    assert.equal(chosenEntry.read(walk.data), 'totp')
    assert.deepEqual(left, ['push'])
  })

  test(`on the page for a new phone, one button leads to the several other factors (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { walk, left } = await setUp(db, ['push', 'totp', 'recovery'])
    await walk.visit()
    const page = await walk.visit('renewed')
    assert.deepEqual(listChoices(page), ['use_old', 'other', 'pass', 'back'])
    const taken = await walk.visit('other')
    assert.equal(taken.type === 'done' && taken.outcome, 'other')
    assert.equal(chosenEntry.read(walk.data), undefined, 'the page with all of them comes next')
    assert.deepEqual(left, [], 'the request to the phone stays until one is chosen')
  })

  test(`after a loss, a factor that cannot remove the lost device comes later and says so (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { walk } = await setUp(db, ['push', 'totp', 'recovery'])
    await walk.visit()
    const page = await walk.visit('lost')
    assert.deepEqual(listChoices(page), ['recovery', 'totp', 'pass', 'back'])
    const options = listPrompts(page).flatMap((one) => (one.type === 'choice' ? one.options : []))
    assert.deepEqual(
      options.map(({ hint }) => hint?.key),
      [undefined, 'trouble.lost.too_weak', undefined, undefined],
    )
    const weak = await setUp(db, ['push', 'totp'], 'max')
    await weak.walk.visit()
    const only = await weak.walk.visit('lost')
    assert.deepEqual(listChoices(only), ['totp', 'pass', 'back'])
    const texts = listPrompts(only).flatMap((one) => (one.type === 'paragraph' ? one.text.key : []))
    assert.deepEqual(texts, ['trouble.lost.only_weak'])
  })

  test(`the codes of a lost phone are not offered, and those of another device are (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const phone = { ...authenticator('push', 'phone'), goesWith: ['codes'] }
    const codes = authenticator('totp', 'codes')
    const only = await setUp(db, ['push', 'totp'], 'erika', [phone, codes])
    await only.walk.visit()
    assert.deepEqual(listChoices(await only.walk.visit('away')), ['totp', 'pass', 'back'])
    await only.walk.visit('back')
    assert.deepEqual(listChoices(await only.walk.visit('lost')), ['pass', 'back'])
    const refused = await only.walk.visit('totp')
    assert.deepEqual([refused.type, listChoices(refused)], ['ask', ['pass', 'back']])
    const kinds = ['push', 'totp', 'recovery'] as const
    const sheet = await setUp(db, kinds, 'max', [phone, codes])
    await sheet.walk.visit()
    assert.deepEqual(listChoices(await sheet.walk.visit('lost')), ['recovery', 'pass', 'back'])
    await sheet.walk.visit('back')
    const away = await sheet.walk.visit('away')
    const options = listPrompts(away).flatMap((one) => (one.type === 'choice' ? one.options : []))
    assert.deepEqual(
      options.map(({ value, hint }) => [value, hint?.key]),
      [
        ['recovery', undefined],
        ['totp', 'trouble.away.on_phone'],
        ['pass', undefined],
        ['back', undefined],
      ],
      'a phone that is at home shows no code either',
    )
    const more = await setUp(db, kinds, 'otto', [phone, codes, authenticator('totp', 'tablet')])
    await more.walk.visit()
    assert.deepEqual(listChoices(await more.walk.visit('lost')), [
      'recovery',
      'totp',
      'pass',
      'back',
    ])
  })

  test(`with several phones, the page asks by name which one is lost, and another one can be chosen (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const phones = [authenticator('push', 'Samsung'), authenticator('authenticator', 'Browser')]
    const { walk, left } = await setUp(db, ['push', 'authenticator', 'recovery'], 'erika', phones)
    await walk.visit()
    const which = await walk.visit('lost')
    assert.ok(which.type === 'ask')
    assert.equal(which.form.title.key, 'missing.which')
    assert.deepEqual(listChoices(which), ['thing:Samsung', 'thing:Browser', 'back'])
    assert.deepEqual(
      listChoices(await walk.visit()),
      listChoices(which),
      'also when it is loaded again',
    )
    const page = await walk.visit('thing:Browser')
    assert.ok(page.type === 'ask')
    assert.deepEqual(page.form.title, message('trouble.lost.named', { device: named('Browser') }))
    const options = listPrompts(page).flatMap((one) => (one.type === 'choice' ? one.options : []))
    assert.deepEqual(
      options.map(({ value, hint }) => [value, hint]),
      [
        ['recovery', undefined],
        ['push', message('trouble.lost.too_weak')],
        ['pass', undefined],
        ['back', undefined],
      ],
    )
    assert.equal(isSaidLost(walk.data, 'Browser'), true)
    assert.equal(isSaidLost(walk.data, 'Samsung'), false)
    await walk.visit('back')
    assert.equal(isSaidLost(walk.data, 'Browser'), false)
    await walk.visit('lost')
    assert.deepEqual(listChoices(await walk.visit('thing:Samsung')), [
      'authenticator',
      'recovery',
      'pass',
      'back',
    ])
    await walk.visit('authenticator')
    assert.equal(chosenEntry.read(walk.data), 'authenticator')
    assert.deepEqual(left, ['push'])
  })

  test(`with several phones, the page asks by name which one is replaced, and offers only factors that can confirm it (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const phones = [authenticator('push', 'Samsung'), authenticator('authenticator', 'Browser')]
    const { walk, left } = await setUp(db, ['push', 'authenticator', 'recovery'], 'erika', phones)
    await walk.visit()
    assert.deepEqual(listChoices(await walk.visit('renewed')), [
      'thing:Samsung',
      'thing:Browser',
      'back',
    ])
    const weak = await walk.visit('thing:Samsung')
    assert.deepEqual(listChoices(weak), ['authenticator', 'recovery', 'pass', 'back'])
    await walk.visit('back')
    await walk.visit('renewed')
    assert.ok(listChoices(await walk.visit('thing:Browser')).includes('use_old'))
    const old = await walk.visit('use_old')
    assert.equal(old.type === 'done' && old.outcome, 'other')
    assert.equal(chosenEntry.read(walk.data), 'authenticator')
    assert.deepEqual(left, [], 'the request to the other phone stays until this one is asked')
  })

  test(`without another factor, the page says what to do, and back leads to the page of the factor (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { walk, left } = await setUp(db, ['push'])
    await walk.visit()
    const away = await walk.visit('away')
    assert.deepEqual(listChoices(away), ['again', 'pass', 'back'])
    assert.ok(listPrompts(away).some(({ type }) => type === 'instructions'))
    await walk.visit('back')
    const lost = await walk.visit('lost')
    assert.deepEqual(listChoices(lost), ['pass', 'back'])
    assert.ok(
      listPrompts(lost).some(
        (prompt) => prompt.type === 'paragraph' && prompt.text.key === 'trouble.lost.desk',
      ),
    )
    await walk.visit('back')
    const back = await walk.visit('back')
    assert.equal(back.type === 'done' && back.outcome, 'push')
    assert.deepEqual(left, [], 'the request to the phone stays')
  })

  test(`the pass button leads to a page that says that there is no pass yet (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const none = await setUp(db, ['push'])
    await none.walk.visit()
    await none.walk.visit('lost')
    const still = await none.walk.visit('pass')
    assert.ok(still.type === 'ask')
    assert.equal(still.form.title.key, 'factor.still_nothing.title')
    assert.deepEqual(listChoices(still), ['pass', 'back'])
    assert.notEqual(readReference(still), '')
    assert.deepEqual(none.left, [])
    const again = await none.walk.visit()
    assert.equal(again.type === 'ask' && again.form.title.key, 'factor.still_nothing.title')
    const question = await none.walk.visit('back')
    assert.deepEqual(listChoices(question), ['away', 'lost', 'renewed', 'back'])
  })

  test(`a pass is offered as a factor, and the pass button of an older page leads to it too (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { walk, left } = await setUp(db, ['push', 'desk-pass'])
    await walk.visit()
    assert.deepEqual(listChoices(await walk.visit('lost')), ['desk-pass', 'back'])
    const taken = await walk.visit('pass')
    assert.equal(taken.type === 'done' && taken.outcome, 'other')
    assert.equal(chosenEntry.read(walk.data), 'desk-pass')
    assert.deepEqual(left, ['push'])
  })
})

const lostPage: TroublePage = {
  words: phoneTrouble,
  reason: 'lost',
  replaced: undefined,
  others: [{ value: 'totp', label: message('other.totp'), look: 'card' }],
  mayEnrol: false,
  mayGetPass: false,
  isCalling: false,
  desk: { type: 'desk', reference: 'K7QM-3XPA' },
}

test('the page for a lost device promises a replacement only if one is offered', () => {
  const saidOn = (page: Partial<TroublePage>) =>
    createTroubleForm({ ...lostPage, ...page }).prompts.flatMap((one) =>
      one.type === 'paragraph' ? [one.text.key] : [],
    )
  assert.deepEqual(saidOn({ mayEnrol: true }), ['trouble.lost.other'])
  assert.deepEqual(saidOn({}), ['trouble.lost.account'])
  assert.deepEqual(saidOn({ tooWeak: ['totp'] }), ['trouble.lost.account.only_weak'])
  assert.deepEqual(saidOn({ others: [] }), ['trouble.lost.account.desk'])
})

test('if only the service desk can help, its number comes before the buttons', () => {
  const typesOf = ({ prompts }: Form) => prompts.map(({ type }) => type)
  const alone = { ...lostPage, others: [], mayGetPass: true }
  assert.deepEqual(typesOf(createTroubleForm(alone)), ['paragraph', 'desk', 'choice'])
  assert.deepEqual(typesOf(createTroubleForm({ ...alone, isCalling: true })), ['desk', 'choice'])
  assert.deepEqual(typesOf(createNoCodeForm(alone)), ['paragraph', 'desk', 'choice'])
  for (const form of [createTroubleForm(lostPage), createNoCodeForm(lostPage)]) {
    assert.deepEqual(typesOf(form), ['paragraph', 'choice', 'desk'])
  }
})
