import assert from 'node:assert/strict'
import { test } from 'node:test'
import { config, createTestLogin } from '../../../dev/test-support/login.ts'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import {
  connectPhone,
  findNumber,
  findUri,
  listPrompts,
  openTab,
} from '../../../dev/test-support/tab.ts'
import type { Database } from '../../../platform/storage/database.ts'
import { transact } from '../../../platform/storage/transact.ts'
import { message } from '../../../platform/ui/message.ts'
import type { JourneyView } from '../../engine/view.ts'
import type { Authenticator } from '../../factors/factor.ts'
import { listThings } from './things.ts'

const policy = { secondFactor: 'required', skips: 0, decline: false } as const
const codes = ['0000000000000000', '1111111111111111', '2222222222222222']

/** Erika with a phone, three codes, and a session that the phone has confirmed. */
async function setUp(db: Database) {
  const login = createTestLogin(db, { config: { ...config, recovery_codes: 'enrolment' } })
  await login.addApp('mail', policy)
  const { id: userId } = await login.addUser('erika')
  const beginning = { username: 'erika', appId: 'mail' }
  const old = login.createPhone('Old')
  const first = await connectPhone(login, old, beginning)
  assert.ok(first.type === 'finished')
  const { store } = login.factors.recovery
  const stored = await store.prepare(codes)
  await transact(db, (tx) => store.replace(tx, userId, stored))
  const tab = openTab(login)
  return {
    ...login,
    tab,
    old,
    beginning,
    /** Beside the three. */
    async addCodes(more: readonly string[]) {
      const all = await store.prepare([...codes, ...more])
      await transact(db, (tx) => store.replace(tx, userId, all))
    },
    codesLeft: async () => (await store.findLeft(db, userId))?.left,
    hasSession: async () => (await login.sessions.find(first.token)) !== undefined,
    phones: async () =>
      (await login.factors.authenticators.list(db, userId))
        .filter(({ kind }) => kind === 'push')
        .map(({ name }) => name),
    /** Goes to the page after the code; `said` is what the user presses before that on the trouble pages. */
    async useCode(said?: string): Promise<JourneyView> {
      await tab.begin(beginning)
      await login.settle()
      for (const action of said === undefined ? ['other'] : ['trouble', said])
        await tab.answer({ action })
      await tab.answer({ action: 'recovery' })
      return await tab.answer({ action: 'confirm', code: codes[0] ?? '' })
    },
    /** From the page with the QR code to the one after the test of the phone. */
    async connect(page: JourneyView, name: string): Promise<JourneyView> {
      const phone = login.createPhone(name)
      await phone.scan(findUri(page))
      await tab.look()
      await login.settle()
      const number = findNumber(await tab.look())
      await phone.answer(0, () => number)
      return await tab.look()
    },
  }
}

const stepOf = (view: JourneyView) => (view.type === 'page' ? view.step : view.type)

const actionsOn = (view: JourneyView) =>
  listPrompts(view).flatMap((prompt) =>
    prompt.type === 'choice' ? prompt.options.map(({ value }) => value) : [],
  )

const saidOn = (view: JourneyView) =>
  listPrompts(view).flatMap((one) => (one.type === 'paragraph' ? [one.text] : []))

onEachEngine((engine) => {
  const on = (name: string, run: (scene: Awaited<ReturnType<typeof setUp>>) => Promise<void>) =>
    test(`${name} (${engine.name})`, async (t) => {
      const scene = await setUp((await engine.open(t)).db)
      t.after(scene.settle)
      await run(scene)
    })

  on(
    'a lost phone is removed at once with its sessions, and the user connects a new one',
    async (scene) => {
      const question = await scene.useCode()
      assert.equal(stepOf(question), 'second-factor/missing')
      assert.deepEqual(actionsOn(question), ['home', 'new', 'lost'])
      const page = await scene.tab.answer({ action: 'lost' })
      assert.equal(stepOf(page), 'push/enrol')
      assert.deepEqual(await scene.phones(), [])
      assert.equal(await scene.hasSession(), false)
      assert.equal(await scene.codesLeft(), 2, 'the codes stay until there are new ones')
      assert.equal((await scene.listAudit('authenticator_lost')).length, 1)
      const done = await scene.connect(page, 'New')
      assert.equal(stepOf(done), 'second-factor/done')
      assert.deepEqual(actionsOn(done).slice(0, 2), ['left', 'recovery'])
      assert.deepEqual(await scene.phones(), ['New'])
      assert.equal(await scene.codesLeft(), 2)
      assert.equal(stepOf(await scene.tab.answer({ action: 'recovery' })), 'recovery/create')
      assert.equal(stepOf(await scene.tab.answer({ action: 'saved' })), 'second-factor/done')
      assert.equal(await scene.codesLeft(), 10)
      assert.equal(stepOf(await scene.tab.answer({ action: 'left' })), 'finished')
    },
  )

  on('a loss that was reported before the code is not asked about again', async (scene) => {
    const page = await scene.useCode('lost')
    assert.equal(stepOf(page), 'push/enrol')
    assert.deepEqual(await scene.phones(), [])
    assert.equal(await scene.hasSession(), false)
    assert.equal((await scene.listAudit('authenticator_lost')).length, 1)
    assert.equal(stepOf(await scene.connect(page, 'New')), 'second-factor/done')
    assert.equal(stepOf(await scene.tab.answer({ action: 'left' })), 'finished')
    assert.deepEqual(await scene.phones(), ['New'])
  })

  on(
    'a phone that was reported as at home is not removed, and the page does not ask again',
    async (scene) => {
      assert.equal(stepOf(await scene.useCode('away')), 'recovery/create')
      assert.equal(stepOf(await scene.tab.answer({ action: 'back' })), 'finished')
      assert.deepEqual(await scene.phones(), ['Old'])
      assert.equal(await scene.hasSession(), true)
    },
  )

  on('if a phone reported as lost then approves, the page asks about it', async (scene) => {
    await scene.tab.begin(scene.beginning)
    await scene.tab.answer({ action: 'trouble' })
    await scene.tab.answer({ action: 'lost' })
    await scene.tab.answer({ action: 'recovery' })
    await scene.tab.answer({ action: 'other' })
    const waiting = await scene.tab.answer({ action: 'push' })
    await scene.settle()
    const number = findNumber(waiting)
    assert.equal(await scene.old.answer(0, () => number), true)
    assert.equal(stepOf(await scene.tab.look()), 'second-factor/missing')
    assert.deepEqual(await scene.phones(), ['Old'])
    assert.equal(stepOf(await scene.tab.answer({ action: 'home' })), 'finished')
    assert.deepEqual(await scene.phones(), ['Old'])
  })

  on('an old phone stays active until the new one is verified', async (scene) => {
    await scene.useCode()
    scene.pass(1_000)
    const page = await scene.tab.answer({ action: 'new' })
    assert.equal(stepOf(page), 'push/enrol')
    assert.deepEqual(await scene.phones(), ['Old'])
    assert.equal(await scene.hasSession(), true)
    const done = await scene.connect(page, 'New')
    assert.equal(stepOf(done), 'second-factor/done')
    assert.deepEqual(await scene.phones(), ['New'])
    assert.equal(await scene.hasSession(), false)
    assert.deepEqual(
      listPrompts(done).flatMap((one) => (one.type === 'notice' ? [one.text] : [])),
      [message('done.text.replaced.named', { device: 'New', old: 'Old' })],
    )
  })

  on(
    'the page for a new phone lists the steps until the old phone is removed, and names it',
    async (scene) => {
      const stepsOn = (view: JourneyView) =>
        listPrompts(view).flatMap((one) => (one.type === 'instructions' ? one.items : []))
      const steps = [
        message('trouble.renewed.confirm.phone'),
        message('trouble.renewed.connect.phone'),
        message('trouble.renewed.removed', { device: message('missing.name', { name: 'Old' }) }),
      ]
      await scene.tab.begin(scene.beginning)
      await scene.tab.answer({ action: 'trouble' })
      assert.deepEqual(stepsOn(await scene.tab.answer({ action: 'renewed' })), steps)

      await scene.db.deleteFrom('recovery_codes').execute()
      const page = await scene.tab.look()
      assert.deepEqual(actionsOn(page), ['use_old', 'pass', 'back'])
      assert.deepEqual(stepsOn(page), steps, 'also where the old phone is all that there is')
    },
  )

  on(
    'if nothing was sent to the phone, the page first asks whether the user has it',
    async (scene) => {
      const firstOf = (view: JourneyView) =>
        listPrompts(view).flatMap((one) => (one.type === 'choice' ? one.options[0]?.label.key : []))
      const titleOf = (view: JourneyView) => view.type === 'page' && view.form.title.key
      let page = await scene.tab.begin(scene.beginning)
      for (let sent = 1; sent < 20 && titleOf(page) !== 'approval.limit.title'; sent += 1) {
        await scene.settle()
        scene.pass(60_000)
        page = await scene.tab.begin(scene.beginning)
      }
      assert.equal(titleOf(page), 'approval.limit.title')
      await scene.tab.answer({ action: 'other' })
      await scene.tab.answer({ action: 'recovery' })
      const question = await scene.tab.answer({ action: 'confirm', code: codes[0] ?? '' })
      assert.equal(stepOf(question), 'second-factor/missing')
      assert.deepEqual(firstOf(question), ['missing.have'])
      assert.equal(stepOf(await scene.tab.answer({ action: 'home' })), 'recovery/create')
      assert.deepEqual(await scene.phones(), ['Old'])
    },
  )

  on('a user who goes back from the QR code is asked again', async (scene) => {
    await scene.useCode()
    await scene.tab.answer({ action: 'new' })
    assert.equal(stepOf(await scene.tab.answer({ action: 'back' })), 'second-factor/missing')
    assert.equal(stepOf(await scene.tab.answer({ action: 'home' })), 'recovery/create')
    assert.equal(stepOf(await scene.tab.answer({ action: 'back' })), 'finished')
    assert.deepEqual(await scene.phones(), ['Old'])
  })

  on(
    'a user who goes back after a loss is offered every factor and may continue without one',
    async (scene) => {
      await scene.useCode()
      await scene.tab.answer({ action: 'lost' })
      const offer = await scene.tab.answer({ action: 'back' })
      assert.equal(stepOf(offer), 'second-factor/offer')
      assert.equal(offer.type === 'page' && offer.form.title.key, 'choice.again.title')
      assert.ok(actionsOn(offer).includes('later'))
      assert.equal(stepOf(await scene.tab.answer({ action: 'later' })), 'finished')
      assert.deepEqual(await scene.phones(), [])
      assert.equal(await scene.codesLeft(), 2)
    },
  )

  on(
    'after a loss, the page for the new phone says what was removed, and "later" continues the login',
    async (scene) => {
      await scene.useCode()
      const page = await scene.tab.answer({ action: 'lost' })
      assert.ok(page.type === 'page' && page.step === 'push/enrol')
      assert.deepEqual(page.form.said, {
        text: message('lost.text.named', { device: 'Old' }),
        option: {
          value: 'later',
          label: message('choice.later'),
          hint: message('choice.later.hint'),
        },
      })
      assert.equal(stepOf(await scene.tab.answer({ action: 'later' })), 'finished')
      assert.deepEqual(await scene.phones(), [])
      assert.equal(await scene.codesLeft(), 2)
    },
  )

  on(
    'a user who goes back from the new phone can choose an app again or later, and nothing changes',
    async (scene) => {
      await scene.tab.begin(scene.beginning)
      await scene.settle()
      await scene.tab.answer({ action: 'trouble' })
      await scene.tab.answer({ action: 'renewed' })
      const waiting = await scene.tab.answer({ action: 'use_old' })
      const number = findNumber(waiting)
      await scene.old.answer(0, () => number)
      const code = await scene.tab.look()
      assert.equal(stepOf(code), 'push/enrol')
      const labels = listPrompts(code).flatMap((one) =>
        one.type === 'choice' ? one.options.map(({ value, label }) => [value, label.key]) : [],
      )
      assert.deepEqual(labels.at(-1), ['back', 'missing.renew.back'])
      const question = await scene.tab.answer({ action: 'back' })
      assert.equal(question.type === 'page' && question.form.title.key, 'missing.renew.title')
      assert.deepEqual(actionsOn(question), ['with:push', 'home'])
      assert.equal(stepOf(await scene.tab.answer({ action: 'with:push' })), 'push/enrol')
      await scene.tab.answer({ action: 'back' })
      assert.equal(stepOf(await scene.tab.answer({ action: 'home' })), 'finished')
      assert.deepEqual(await scene.phones(), ['Old'])
      assert.equal(await scene.hasSession(), true)
    },
  )

  on('the page of a new phone leads to the app and back to the same code', async (scene) => {
    const page = await scene.useCode('lost')
    const uri = findUri(page)
    assert.ok(actionsOn(page).includes('get_app'))
    assert.equal(stepOf(await scene.tab.answer({ action: 'get_app' })), 'second-factor/get-app')
    assert.equal(findUri(await scene.tab.answer({ action: 'back' })), uri)
    await scene.tab.answer({ action: 'get_app' })
    const again = await scene.tab.answer({ action: 'register' })
    assert.equal(findUri(again), uri)
    assert.equal(actionsOn(again).includes('get_app'), false)
    const notices = listPrompts(again).flatMap((one) =>
      one.type === 'notice' ? [one.text.key] : [],
    )
    assert.equal(notices.includes('push.enrol.old_entry.text.new'), false, 'there is no old phone')
  })

  on(
    'the page mentions no loss if there was none, or after the new phone is connected',
    async (scene) => {
      await scene.useCode()
      scene.pass(1_000)
      const replacing = await scene.tab.answer({ action: 'new' })
      assert.ok(replacing.type === 'page' && replacing.form.said === undefined)
      assert.equal(stepOf(await scene.tab.answer({ action: 'later' })), 'push/enrol')
      await scene.tab.answer({ action: 'back' })
      const done = await scene.connect(await scene.tab.answer({ action: 'lost' }), 'New')
      assert.ok(done.type === 'page' && done.form.said === undefined)
    },
  )

  on(
    'if many codes are left, the question says how many, and no new codes are offered',
    async (scene) => {
      await scene.addCodes(['3333333333333333', '4444444444444444'])
      const page = await scene.useCode()
      assert.deepEqual(saidOn(page), [message('codes.left', { left: 4 })])
      assert.equal(stepOf(await scene.tab.answer({ action: 'home' })), 'finished')
      assert.equal(await scene.codesLeft(), 4)
    },
  )

  on('if no question follows a code, one line says how many codes are left', async (scene) => {
    await scene.addCodes(['3333333333333333', '4444444444444444'])
    const page = await scene.useCode('away')
    assert.ok(page.type === 'page')
    assert.deepEqual(page.form.lead, message('codes.left', { left: 4 }))
    assert.equal(stepOf(await scene.tab.answer({ action: 'next' })), 'finished')
  })

  on(
    'after a loss, the page after the new phone says once how many codes are left',
    async (scene) => {
      await scene.addCodes(['3333333333333333', '4444444444444444'])
      const page = await scene.useCode('lost')
      const done = await scene.connect(page, 'New')
      assert.equal(stepOf(done), 'second-factor/done')
      assert.deepEqual(saidOn(done), [message('codes.left', { left: 4 })])
      assert.deepEqual(actionsOn(done).includes('recovery'), false)
      assert.equal(stepOf(await scene.tab.answer({ action: 'left' })), 'finished')
    },
  )

  on(
    'a phone that is only at home is not removed, and the user is offered new codes',
    async (scene) => {
      await scene.useCode()
      assert.equal(stepOf(await scene.tab.answer({ action: 'home' })), 'recovery/create')
      assert.equal(stepOf(await scene.tab.answer({ action: 'back' })), 'finished')
      assert.deepEqual(await scene.phones(), ['Old'])
      assert.equal(await scene.hasSession(), true)
      assert.equal(await scene.codesLeft(), 2)
    },
  )

  on('A53: the password alone is not enough to report a phone as lost', async (scene) => {
    await scene.tab.begin(scene.beginning)
    for (const action of ['lost', 'new', 'home']) {
      assert.equal(stepOf(await scene.tab.answer({ action })), 'push/confirm')
    }
    assert.deepEqual(await scene.phones(), ['Old'])
  })
})

const one = (id: string, more: Partial<Authenticator> = {}): Authenticator => ({
  ...{ id, kind: 'push', name: 'Erikas iPhone', addedAt: 1, lastUsedAt: null },
  ...{ level: 'urn:einlass:acr:number', state: 'usable' },
  ...more,
})

test('authenticators of one phone are one device; two phones of one name are two devices', () => {
  const idsOf = (all: readonly Authenticator[]) =>
    listThings(all).map(({ parts }) => parts.map(({ id }) => id))
  const codes = one('codes', { kind: 'totp' })
  assert.deepEqual(idsOf([one('a'), codes]), [['a', 'codes']])
  assert.deepEqual(idsOf([one('a'), one('b'), codes]), [['a'], ['b'], ['codes']])
  assert.deepEqual(idsOf([one('a', { name: null }), one('b', { kind: 'totp', name: null })]), [
    ['a'],
    ['b'],
  ])
  const linked = (id: string) => one(id, { goesWith: [`codes of ${id}`] })
  const codesOf = (id: string) => one(`codes of ${id}`, { kind: 'totp' })
  assert.deepEqual(idsOf([linked('a'), codesOf('b'), linked('b'), codesOf('a')]), [
    ['a', 'codes of a'],
    ['codes of b', 'b'],
  ])
  const renamed = one('codes of a', { kind: 'totp', name: 'Codes' })
  assert.deepEqual(idsOf([renamed, linked('a'), one('key', { kind: 'passkey' })]), [
    ['codes of a', 'a', 'key'],
  ])
  assert.deepEqual(idsOf([one('paper', { kind: 'recovery' })]), [])
  assert.deepEqual(idsOf([one('old', { kind: 'passkey', state: 'other_host' })]), [])
})
