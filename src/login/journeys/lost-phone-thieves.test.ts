/**
 * Every way around a lost phone, as a thief of the password finds it: all pages that the password opens, each answer on
 * each of them, typed codes too. Nothing that is Erika's may change, and nobody may get in (A53).
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { config, createTestLogin, instantHasher } from '../../dev/test-support/login.ts'
import { alice, order } from '../../dev/test-support/lost-phone-scene.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { office } from '../../dev/test-support/scene.ts'
import {
  connectPhone,
  findNumber,
  findUri,
  listPrompts,
  openTab,
} from '../../dev/test-support/tab.ts'
import { addToGroup } from '../../identity/users/groups.ts'
import type { Config } from '../../platform/config/schema.ts'
import { hours } from '../../platform/kernel/clock.ts'
import type { Database } from '../../platform/storage/database.ts'
import { transact } from '../../platform/storage/transact.ts'
import type { Answers } from '../engine/step.ts'
import type { JourneyView } from '../engine/view.ts'
import { createAuthenticatorAdministration } from '../factors/authenticator-operations.ts'
import { listFactors, openPasses } from '../factors/index.ts'
import { createUnlock } from '../factors/unlock-operation.ts'

const policy = { secondFactor: 'required', skips: 0, decline: false } as const
const beginning = { username: 'erika', appId: 'mail' }
const written = ['0000000000000000', '1111111111111111', '2222222222222222']
const configured = {
  ...config,
  recovery_codes: 'enrolment',
  service_desk: { ...config.service_desk, pass_max_lifetime: hours(24 * 400) },
} as const

/** Erika with a phone that has confirmed a login. */
async function setUp(db: Database, service_desk: Partial<Config['service_desk']> = {}) {
  const config = { ...configured, service_desk: { ...configured.service_desk, ...service_desk } }
  const login = createTestLogin(db, { config })
  await login.addApp('mail', policy)
  const { id: userId } = await login.addUser('erika')
  const phone = login.createPhone('Old')
  const first = await connectPhone(login, phone, beginning)
  assert.ok(first.type === 'finished')
  const { authenticators, recovery } = login.factors
  const parts = { ...login, db, authenticators, config }
  const passes = openPasses({ ...parts, hasher: instantHasher })
  const desk = createAuthenticatorAdministration({ ...parts, refuseAlone: async () => {} })
  const { token } = first

  /** A browser with the session that the phone has confirmed. */
  async function openOwnTab() {
    const session = await login.sessions.find(token)
    assert.ok(session)
    return openTab(login, { ...office, session })
  }

  return {
    login,
    userId,
    phone,
    openOwnTab,
    /** A phone that has scanned a code of Erika's account pages. */
    async scanWithAnother(name: string) {
      const other = login.createPhone(name)
      const tab = await openOwnTab()
      const asked = await tab.enrol('push')
      await login.settle()
      const number = findNumber(asked)
      await phone.answer(0, () => number)
      assert.equal(await other.scan(findUri(await tab.look())), true)
      return { other, tab }
    },
    passes,
    unlock: createUnlock({ ...parts, factors: listFactors() }),
    reset: () => desk.reset(alice, 'erika', { kind: 'push', withFallbacks: false, endsAll: false }),
    async writeCodesDown() {
      const stored = await recovery.store.prepare(written)
      await transact(db, (tx) => recovery.store.replace(tx, userId, stored))
    },
    /** What a thief may neither get nor change. */
    async listBelongings() {
      const sessions = await db.selectFrom('sessions').select(['id', 'ended_at']).execute()
      const phones = await db.selectFrom('push_devices').select(['id', 'status']).execute()
      const user = await login.users.find(db, userId)
      return {
        sessions: sessions.map(({ id, ended_at }) => `${id} ${ended_at}`).sort(),
        phones: phones.map(({ id, status }) => `${id} ${status}`).sort(),
        authenticators: (await authenticators.list(db, userId)).map(({ id }) => id).sort(),
        codes: (await recovery.store.findLeft(db, userId))?.left,
        passes: (await passes.list(alice, 'erika')).map(({ state }) => state),
        version: user?.credentialVersion,
      }
    },
  }
}

type Scene = Awaited<ReturnType<typeof setUp>>

/** What a thief sends even if the page does not offer it. */
const hostile = ['register', 'resume', 'skip', 'lost', 'new', 'home', 'use_old', 'recovery', 'pass']

function listOffered(view: JourneyView): string[] {
  const prompts = view.type === 'page' ? view.form.prompts : []
  return prompts.flatMap((one) =>
    one.type === 'choice' ? one.options.map(({ value }) => value) : [],
  )
}

function listAnswers(view: JourneyView): Answers[] {
  const actions = [...new Set([...listOffered(view), ...hostile])]
  return actions.map((action) =>
    action === 'confirm' ? { action, code: '000000000000' } : { action },
  )
}

const nameView = (view: JourneyView): string =>
  view.type === 'page'
    ? [view.step, view.form.title.key, ...listOffered(view)].join(' ')
    : view.type

const stepOf = (view: JourneyView): string => (view.type === 'page' ? view.step : view.type)

/** Gives the steps that were seen. Each page is looked at once; every answer is tried on it. */
async function walkEverywhere({ login }: Scene, password: string): Promise<Set<string>> {
  const seen = new Map<string, string>()
  const paths: Answers[][] = [[]]

  async function goTo(path: readonly Answers[]) {
    // After three hours, every wait is over.
    login.pass(hours(3))
    const tab = openTab(login)
    let view = await tab.begin({ ...beginning, password })
    for (const answers of path) if (view.type === 'page') view = await tab.answer(answers)
    return { tab, view }
  }

  for (let path = paths.shift(); path !== undefined; path = paths.shift()) {
    let { tab, view } = await goTo(path)
    const name = nameView(view)
    if (seen.has(name)) continue
    seen.set(name, stepOf(view))
    if (view.type !== 'page') continue
    for (const answers of listAnswers(view)) {
      view = await tab.answer(answers)
      if (nameView(view) === name) continue
      assert.notEqual(view.type, 'finished', JSON.stringify([...path, answers]))
      if (!seen.has(nameView(view))) paths.push([...path, answers])
      ;({ tab, view } = await goTo(path))
      if (nameView(view) !== name) break
    }
  }
  await login.settle()
  return new Set(seen.values())
}

/** Steps that only a user reaches who has shown more than the password. */
const inside = [
  'second-factor/missing',
  'second-factor/offer',
  'second-factor/decline',
  'second-factor/done',
  'push/enrol',
  'push/test',
  'push/trial',
  'totp/enrol',
  'passkey/enrol',
  'recovery/create',
  'password/change',
]

interface Detour {
  readonly name: string
  readonly open: (scene: Scene) => Promise<unknown>
  readonly password?: string
  readonly steps: readonly string[]
  /** One database is enough for a walk that is long and uses the same stores as another one. */
  readonly isLong?: true
}

const waiting = ['push/confirm', 'second-factor/trouble']

const detours: readonly Detour[] = [
  { name: 'the trouble pages', open: async () => {}, steps: waiting },
  {
    name: 'recovery codes and a pass that Erika has',
    isLong: true,
    async open({ writeCodesDown, passes }) {
      await writeCodesDown()
      await passes.issue(alice, 'erika', { ...order, lifetime: hours(24 * 365) })
    },
    steps: [...waiting, 'recovery/confirm', 'desk-pass/confirm', 'second-factor/other'],
  },
  {
    name: 'a reset, with recovery codes',
    async open({ writeCodesDown, reset }) {
      await writeCodesDown()
      await reset()
    },
    steps: ['recovery/confirm'],
  },
  {
    name: 'a reset, with a pass given on the telephone',
    async open({ reset, passes }) {
      await reset()
      await passes.issue(alice, 'erika', { ...order, lifetime: hours(24 * 365) })
    },
    steps: ['desk-pass/confirm'],
  },
  {
    name: 'another phone of Erika',
    isLong: true,
    async open({ login, scanWithAnother }) {
      const { other, tab } = await scanWithAnother('Second')
      await tab.look()
      await login.settle()
      const number = findNumber(await tab.look())
      await other.answer(0, () => number)
      assert.equal((await tab.look()).type, 'finished')
    },
    steps: waiting,
  },
  {
    name: 'a phone that was registered and not verified before a reset',
    isLong: true,
    async open({ scanWithAnother, reset }) {
      await scanWithAnother('Second')
      await reset()
    },
    steps: ['second-factor/first'],
  },
  {
    name: 'locks and waits that the service desk has lifted for an attacker',
    isLong: true,
    open: ({ unlock }) => unlock(alice, 'erika', { endsBlock: true }),
    steps: waiting,
  },
  {
    name: 'the "not me" link of a mail',
    isLong: true,
    open: ({ login, userId }) =>
      transact(login.db, (tx) => login.notMe.reportNotMe(tx, { userId, source: 'mail' })),
    steps: waiting,
  },
  {
    name: 'a password that the service desk has set for an attacker',
    isLong: true,
    open: ({ login, userId }) =>
      transact(login.db, (tx) => login.passwords.set(tx, userId, 'hash of told to a liar')),
    password: 'told to a liar',
    steps: waiting,
  },
]

/** The reference that a liar reads out, who knows the password and stands before a page of trouble. */
async function readReference({ login }: Scene): Promise<string> {
  const tab = openTab(login)
  await tab.begin(beginning)
  await login.settle()
  const page = await tab.answer({ action: 'trouble' })
  const desk = listPrompts(page).find((prompt) => prompt.type === 'desk')
  return desk?.type === 'desk' ? desk.reference : ''
}

onEachEngine((engine) => {
  const walked = detours.filter(({ isLong }) => isLong !== true || engine.name === 'sqlite')
  for (const { name, open, steps, password = 'password of erika' } of walked) {
    test(`A53: a thief with the password and the mail gains nothing through ${name} (${engine.name})`, async (t) => {
      const scene = await setUp((await engine.open(t)).db)
      t.after(scene.login.settle)
      await open(scene)
      const before = await scene.listBelongings()
      const seen = await walkEverywhere(scene, password)
      for (const step of steps) assert.ok(seen.has(step), `${step} of ${[...seen]}`)
      assert.deepEqual(
        inside.filter((step) => seen.has(step)),
        [],
      )
      assert.deepEqual(await scene.listBelongings(), before)
      const mails = JSON.stringify(scene.login.noticed)
      for (const code of written) assert.ok(!mails.includes(code))
      assert.doesNotMatch(mails, /\d{3} \d{3} \d{3} \d{3}|"\d{12}"/)
    })
  }

  const say = (text: string) => `A53: ${text} (${engine.name})`

  test(
    say('a login reference does not replace a second operator, a verified caller or a pass'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await setUp(db, { two_people_groups: ['board'], verify_caller: 'required' })
      t.after(scene.login.settle)
      const { passes, userId } = scene
      const login = await readReference(scene)
      const named = { ...order, login }
      const refused = { code: 'not_allowed' }
      await assert.rejects(passes.issue(alice, 'erika', named), refused, 'nobody was verified')
      await addToGroup(db, userId, 'board')
      const before = await scene.listBelongings()
      await assert.rejects(passes.issue(alice, 'erika', named), refused)
      const { id } = await passes.request(alice, 'erika', named)
      await assert.rejects(passes.approve(alice, id), refused)
      await assert.rejects(passes.approve(alice, login), { code: 'not_found' })
      const tab = openTab(scene.login)
      await tab.begin(beginning)
      for (const code of [login, id]) {
        const page = await tab.answer({ action: 'pass', code })
        assert.equal(page.type === 'page' && page.step, 'push/confirm')
      }
      assert.deepEqual(await scene.listBelongings(), before)
    },
  )

  test(say('an approved test push does not confirm a login'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    const { login, phone } = scene
    t.after(login.settle)
    const [id = ''] = (await scene.listBelongings()).authenticators
    const own = await scene.openOwnTab()
    await own.tryOut('push', id)
    await login.settle()
    const number = findNumber(await own.look())
    const test = phone.messageId(0)
    const thief = openTab(login)
    await thief.begin(beginning)
    await login.settle()
    const before = await scene.listBelongings()
    // The newest message is the thief's; the numbers of both are drawn, and can be the same.
    assert.notEqual(phone.messageId(0), test)
    assert.equal(phone.messageId(1), test)
    await phone.answer(1, () => number)
    await login.settle()
    const page = await thief.look()
    assert.equal(page.type === 'page' && page.step, 'push/confirm')
    assert.deepEqual(await scene.listBelongings(), before)
  })
})
