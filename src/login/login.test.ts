// Random walks over the whole login: several people, browsers, apps and phones do whatever can be done, in any order.
// After each action the database must explain every session, and nothing may be worth more than what was proven.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { sql } from 'kysely'
import { testKeyring } from '../dev/test-support/keyring.ts'
import { config, createTestLogin, type TestLogin } from '../dev/test-support/login.ts'
import {
  createSoftAuthenticator,
  type SoftAuthenticator,
} from '../dev/test-support/passkey-authenticator.ts'
import { verifyAudit } from '../identity/audit/verify.ts'
import {
  acrNumber,
  acrPassword,
  acrPhishingResistant,
  acrPossession,
} from '../identity/policy/assurance.ts'
import type { Policy } from '../identity/policy/policy.ts'
import { hours, seconds } from '../platform/kernel/clock.ts'
import { sha256 } from '../platform/kernel/crypto.ts'
import { Fault } from '../platform/kernel/fault.ts'
import type { Id } from '../platform/kernel/ids.ts'
import { silentLog } from '../platform/kernel/log.ts'
import type { Database } from '../platform/storage/database.ts'
import { openDatabase } from '../platform/storage/open.ts'
import { transact } from '../platform/storage/transact.ts'
import type { JourneyKind, JourneyRequest, JourneyState } from './engine/journey.ts'
import type { Answers, ClientFacts } from './engine/step.ts'
import type { JourneyPage, JourneyReference, JourneyView } from './engine/view.ts'
import { failureLimit } from './factors/lockout.ts'
import { readCode } from './factors/recovery/codes.ts'
import { pendingEntry } from './factors/totp/enrol-step.ts'
import { codeAt, stepAt } from './factors/totp/verify.ts'

const lastDay = '2027-01-15'
const policies: readonly (readonly [string, Policy])[] = [
  ['open', { secondFactor: 'none', skips: 3, decline: true }],
  ['friendly', { secondFactor: 'optional', skips: 2, decline: true }],
  ['dated', { secondFactor: 'optional', skips: 5, skipUntil: lastDay, decline: false }],
  ['strict', { secondFactor: 'required', skips: 0, decline: true }],
  ['patient', { secondFactor: 'required', skips: 1, decline: true }],
]
type Wish = 'plain' | 'fresh' | 'number' | 'passkey'
const wishes: Readonly<Record<Wish, { readonly acrValues?: readonly string[] }>> = {
  plain: {},
  fresh: {},
  number: { acrValues: [acrNumber] },
  passkey: { acrValues: [acrPhishingResistant] },
}
const site = { rpId: 'login.example', origin: 'https://login.example' }
const lifetimes = {
  challenge: config.push.challenge_lifetime,
  registration: config.push.registration_lifetime,
  journey: config.login.journey_lifetime,
}
const names = ['erika', 'max', 'otto']
const actions = [
  ...['saved', 'other', 'recovery', 'left', 'next', 'trouble', 'lost', 'home', 'new'],
  ...['skip', 'decline', 'register', 'get_app', 'totp', 'passkey'],
  ...['back', 'renew', 'resume', 'not_mine', 'resend', 'cancel', ''],
]

/** Counts back from the latest, mostly the latest itself. */
const back = fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(4) })
const browser = fc.nat(1)
const tab = { browser, tab: back }

const submit = fc.record({
  type: fc.constant('submit'),
  ...tab,
  /** An option of the page, or an action that it may not offer. */
  action: fc.oneof(
    // Not `nat`, which prefers the first one, the way on: it leaves out what lies beside the way.
    { weight: 4, arbitrary: fc.constantFrom(0, 1, 2, 3) },
    { weight: 1, arbitrary: fc.constantFrom(...actions) },
  ),
  behind: fc.oneof(
    { weight: 8, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: -2, max: 2 }) },
  ),
})
const look = fc.record({ type: fc.constant('look'), ...tab })

const begin = fc.record({
  type: fc.constant('begin'),
  browser,
  user: fc.oneof(fc.constant(0), fc.nat(names.length - 1)),
  /** The last one is no app: the person's own pages. */
  app: fc.nat(policies.length),
  isRight: fc.oneof({ weight: 6, arbitrary: fc.constant(true) }, fc.boolean()),
  wish: fc.constantFrom('plain', 'fresh', 'number', 'passkey'),
})
/** A login by a passkey alone, or by an answer that is no good. */
const glide = fc.record({
  type: fc.constant('glide'),
  browser,
  user: fc.nat(names.length - 1),
  app: fc.nat(policies.length),
  how: fc.constantFrom('right', 'right', 'right', 'unverified', 'replayed', 'foreign'),
})
const scan = fc.record({
  type: fc.constant('scan'),
  tab: back,
  phone: fc.nat(2),
  isAwake: fc.boolean(),
})
const answer = fc.record({
  type: fc.constant('answer'),
  phone: fc.nat(2),
  message: back,
  how: fc.constantFrom('approve', 'approve', 'approve', 'deny', 'wrong', 'wrong', 'replay'),
  isAwake: fc.boolean(),
})
/** Adds something on the person's own pages, or what replaces something. */
const enrol = fc.record({
  type: fc.constant('enrol'),
  browser,
  kind: fc.constantFrom('push', 'push', 'totp', 'passkey'),
  isReplacing: fc.boolean(),
})
const remove = fc.record({ type: fc.constant('remove'), browser, which: fc.nat(3) })
/** Somebody says that a login was not theirs, or a service desk wants another password. */
const suspect = fc.record({
  type: fc.constant('suspect'),
  user: fc.nat(names.length - 1),
  isReport: fc.boolean(),
})
/** The last of too many failures. */
const lock = fc.record({
  type: fc.constant('lock'),
  user: fc.nat(names.length - 1),
  kind: fc.constantFrom('push', 'totp', 'passkey', 'recovery'),
})
const end = fc.record({ type: fc.constant('end'), browser })
const pass = fc.record({
  type: fc.constant('pass'),
  ms: fc.oneof(
    { weight: 2, arbitrary: fc.constantFrom(1000, 11_000, lifetimes.challenge) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(lifetimes.registration, lifetimes.journey, hours(3), hours(17)),
    },
  ),
})
const enter = fc.record({
  type: fc.constant('enter'),
  browser,
  app: fc.nat(policies.length - 1),
  wish: fc.constantFrom('plain', 'plain', 'plain', 'number', 'passkey'),
})
const action = fc.oneof(
  { weight: 6, arbitrary: begin },
  { weight: 6, arbitrary: submit },
  { weight: 2, arbitrary: look },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('intrude'), ...tab }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('twice'),
      one: submit,
      other: fc.oneof(submit, look),
    }),
  },
  { weight: 3, arbitrary: scan },
  { weight: 8, arbitrary: answer },
  { weight: 3, arbitrary: pass },
  { weight: 3, arbitrary: enter },
  { weight: 2, arbitrary: glide },
  { weight: 2, arbitrary: enrol },
  { weight: 1, arbitrary: remove },
  { weight: 1, arbitrary: end },
  { weight: 1, arbitrary: suspect },
  { weight: 2, arbitrary: lock },
)
type Action = typeof action extends fc.Arbitrary<infer A> ? A : never
/** Beside single actions an enrolment and a confirmation in a row, which hardly any walk would come to by chance. */
const enrolment = fc
  .tuple(begin, submit, scan, answer)
  .map(([login, choice, code, approval]): Action[] => [
    { ...login, isRight: true, app: 3 },
    { ...choice, browser: login.browser, tab: 0, action: 'register', behind: 0 },
    // Where an earlier phone was not verified, its page comes before the code.
    { ...choice, browser: login.browser, tab: 0, action: 'renew', behind: 0 },
    { ...code, tab: 0, isAwake: true },
    { ...approval, phone: 0, message: 0, how: 'approve', isAwake: true },
    { ...choice, browser: login.browser, tab: 0, action: 0, behind: 0 },
  ])
const codeEnrolment = fc
  .tuple(begin, submit, submit, begin)
  .map(([login, choice, code, next]): Action[] => [
    { ...login, isRight: true, app: 3, wish: 'plain' },
    { ...choice, browser: login.browser, tab: 0, action: 'totp', behind: 0 },
    { ...code, browser: login.browser, tab: 0, action: 'connect', behind: 0 },
    { ...code, browser: login.browser, tab: 0, action: 0, behind: 0 },
    { ...next, isRight: true, user: login.user, app: 3, browser: login.browser + 1 },
  ])
/** Sets a passkey up, and is asked for it in the other browser. */
const passkeyEnrolment = fc
  .tuple(begin, submit, submit, begin, submit, glide)
  .map(([login, choice, make, next, use, alone]): Action[] => [
    { ...login, isRight: true, app: 3, wish: 'passkey' },
    { ...choice, browser: login.browser, tab: 0, action: 'passkey', behind: 0 },
    { ...make, browser: login.browser, tab: 0, action: '', behind: 0 },
    { ...next, isRight: true, user: login.user, app: 3, browser: login.browser + 1 },
    { ...use, browser: login.browser + 1, tab: 0, action: '', behind: 0 },
    { ...alone, user: login.user, how: 'right' },
    { ...alone, user: login.user, how: 'replayed' },
  ])
/** A phone that is added on the own pages, another one, and the removal of either. */
const ownPages = fc
  .tuple(begin, enrol, scan, answer, enrol, remove, begin)
  .map(([login, first, code, approval, second, last, next]): Action[] => [
    { ...login, isRight: true, app: 0, wish: 'plain' },
    { ...first, browser: login.browser, kind: 'push' },
    { ...code, tab: 0, isAwake: true },
    { ...approval, phone: 0, message: 0, how: 'approve' },
    { ...second, browser: login.browser },
    { ...last, browser: login.browser },
    { ...next, isRight: true, user: login.user, app: 3 },
  ])
/** A password that has to be changed, and what the old one and the new one are worth then. */
const newPassword = fc.tuple(suspect, begin, submit, begin).map(([first, login, change, next]) => {
  const { user } = first
  const walk: Action[] = [
    first,
    { ...login, isRight: true, user, app: 0, wish: 'plain' },
    { ...change, browser: login.browser, tab: 0, action: '', behind: 0 },
    { ...next, isRight: true, user },
  ]
  return walk
})
const confirmation = fc.tuple(begin, begin).map(([login, next]): Action[] => [
  { ...login, isRight: true, app: 0, wish: 'plain' },
  { ...next, browser: login.browser, app: 3, wish: 'plain' },
])
/** Puts it off at one app and comes to a stricter one, which does not ask for the password again. */
const deferral = fc
  .tuple(begin, submit, begin, submit)
  .map(([login, skip, next, last]): Action[] => [
    { ...login, isRight: true, app: 1, wish: 'plain' },
    { ...skip, browser: login.browser, tab: 0, action: 'skip', behind: 0 },
    { ...next, browser: login.browser, app: 4, wish: 'plain' },
    { ...last, browser: login.browser, tab: 0, behind: 0 },
  ])
/** Sets a code app up, makes recovery codes behind it, uses one in the other browser, and removes either. */
const recovery = fc
  .tuple(begin, submit, submit, begin, remove)
  .map(([login, one, other, next, last]): Action[] => {
    const first = { ...one, browser: login.browser, tab: 0, behind: 0 }
    const second = { ...other, browser: login.browser + 1, tab: 0, behind: 0 }
    return [
      { ...login, isRight: true, app: 3, wish: 'plain' },
      { ...first, action: 'totp' },
      { ...first, action: 'connect' },
      { ...first, action: 'recovery' },
      { ...first, action: 'saved' },
      { ...first, action: 'left' },
      { ...next, isRight: true, user: login.user, app: 3, browser: login.browser + 1 },
      { ...second, action: 'other' },
      { ...second, action: 'recovery' },
      { ...second, action: 'confirm' },
      { ...second, action: 'home' },
      { ...last, browser: login.browser },
    ]
  })
const walk = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: action.map((one): Action[] => [one]) },
    { weight: 2, arbitrary: enrolment },
    { weight: 1, arbitrary: codeEnrolment },
    { weight: 1, arbitrary: passkeyEnrolment },
    { weight: 2, arbitrary: ownPages },
    { weight: 1, arbitrary: confirmation },
    { weight: 2, arbitrary: recovery },
    { weight: 1, arbitrary: deferral },
    { weight: 1, arbitrary: newPassword },
  ),
  { maxLength: 60, size: 'max' },
)
type ActionOf<Type extends Action['type']> = Extract<Action, { type: Type }>

interface Tab {
  reference: JourneyReference
  page: JourneyPage | undefined
  isWoken: boolean
}

interface Browser {
  readonly token: string
  session: string | undefined
  /** Latest first, then those that have ended. */
  readonly tabs: Tab[]
}

/** What happened in a run or in all of them, so that a walk that never gets anywhere is noticed. */
type Tally = Map<string, number>

function createWorld(db: Database, tally: Tally) {
  const login = createTestLogin(db, { config: { ...config, recovery_codes: 'enrolment' } })
  const browsers: Browser[] = ['a', 'b'].map((token) => ({ token, session: undefined, tabs: [] }))
  const phones = ['one', 'two', 'three'].map((name) => login.createPhone(name))
  const approved = new Set<string>()
  const suspected = new Map<string, number>()
  const short: Short[] = []
  let passwords = 0
  const newPassword = () => {
    const password = `quite another one ${++passwords}`
    return { password, password_again: password }
  }
  const keepers = new Set<string>()
  const discounted = new Map<string, number>()
  const keys = new Map<string, SoftAuthenticator>()
  let replayable = 'nothing yet'
  /** Every recovery code that was ever shown; the people keep them together. */
  const paper: string[] = []
  const count = (what: string) => tally.set(what, (tally.get(what) ?? 0) + 1)

  const browserAt = (index: number): Browser => browsers[index % browsers.length] as Browser
  const tabAt = ({ browser: index, tab: at }: { browser: number; tab: number }) => {
    const { tabs } = browserAt(index)
    return tabs[at % Math.max(1, tabs.length)]
  }

  async function sessionOf({ session }: Browser) {
    return session === undefined ? undefined : await login.sessions.find(session)
  }

  async function clientOf(of: Browser): Promise<ClientFacts> {
    return {
      address: '192.0.2.7',
      place: undefined,
      browser: undefined,
      userAgent: undefined,
      language: 'de',
      session: await sessionOf(of),
    }
  }

  async function follow(of: Browser, tab: Tab, view: JourneyView): Promise<void> {
    count(view.type)
    tab.page = view.type === 'page' ? view : undefined
    if (view.type === 'page') {
      count(`page ${view.step}`)
      paper.push(...codesOn(view))
    }
    if (view.type === 'finished') of.session = view.token
    if (view.type !== 'page' && view.type !== 'moved') putLast(of.tabs, tab)
    if (view.type === 'moved') {
      // A tab whose login was superseded goes on with the newer one.
      tab.reference = { ...tab.reference, journeyId: view.journeyId }
      await follow(of, tab, await login.engine.look(tab.reference, await clientOf(of)))
    }
  }

  /** A journey that ended with its first answer is not kept; the checks want to know what it was. */
  async function noteShort({ kind, request, userId, token }: FinishedView, answers: Answers) {
    const session = await login.sessions.find(token)
    assert.ok(session)
    const proof = await db
      .selectFrom('proofs')
      .select('journey_hash')
      .where('journey_hash', 'not in', db.selectFrom('journeys').select('id_hash'))
      .where('proven_at', '=', login.clock.now())
      .executeTakeFirst()
    assert.equal(proof === undefined, kind === 'offer')
    const id_hash = proof?.journey_hash ?? `no proof ${short.length}`
    const path = answers.action === 'skip' ? (['second-factor/offer:skipped'] as const) : []
    const journey = { id_hash, kind, user_id: userId, session_id: session.id }
    const state = { request, userId, data: {}, path }
    short.push({ journey: { ...journey, finished_at: login.clock.now() }, state })
  }

  async function openTab(of: Browser, view: JourneyView, answers: Answers): Promise<void> {
    if (view.type === 'finished') {
      count(view.type)
      of.session = view.token
      await noteShort(view, answers)
    }
    if (view.type !== 'moved') return
    const reference = { journeyId: view.journeyId, browserToken: of.token }
    const tab: Tab = { reference, page: undefined, isWoken: false }
    of.tabs.unshift(tab)
    const found = await login.engine.findTopic(reference)
    if (found !== undefined) login.events.listen(found.topic, () => (tab.isWoken = true))
    await follow(of, tab, view)
  }

  async function begin({ browser: index, user, app, isRight, wish }: ActionOf<'begin'>) {
    const of = browserAt(index)
    const client = await clientOf(of)
    const request: JourneyRequest = {
      returnTo: '/',
      ...appAt(app),
      ...(wish === 'fresh' && { authenticatedSince: login.clock.now() }),
      ...wishes[wish],
    }
    const kind = await login.findNextJourney(client.session, request)
    count(kind)
    if (kind === 'enter') return
    const answers =
      kind === 'login'
        ? {
            username: names[user] as string,
            password: isRight ? await passwordOf(db, names[user] as string) : 'guess',
          }
        : { action: kind === 'step_up' ? 'begin' : (['skip', 'register', 'totp'][user] ?? '') }
    const view = await login.engine.begin(
      { kind, request, browserToken: of.token, answers },
      client,
    )
    if (kind === 'login' && !isRight) assert.equal(view.type, 'page')
    await openTab(of, view, answers)
  }

  async function send(one: ActionOf<'submit'> | ActionOf<'look'>): Promise<void> {
    const of = browserAt(one.browser)
    const tab = tabAt(one)
    if (tab === undefined) return
    const client = await clientOf(of)
    if (one.type === 'look') {
      await follow(of, tab, await login.engine.look(tab.reference, client))
      return
    }
    const isRecovery = tab.page?.step === 'recovery/confirm'
    const code = isRecovery
      ? { code: await unusedCode(login, tab.reference.journeyId, paper) }
      : await codeFor(login, tab.page, tab.reference.journeyId)
    const credential = await credentialFor(tab.page)
    const another = tab.page?.step === 'password/change' ? newPassword() : undefined
    const answers = { action: actionOn(tab.page, one.action), ...code, ...credential, ...another }
    const version = (tab.page?.version ?? 0) - one.behind
    await follow(of, tab, await login.engine.submit(tab.reference, { version, answers }, client))
  }

  /** What the person's authenticator answers to a page that asks for it. */
  async function credentialFor(page: JourneyPage | undefined) {
    const prompt = page?.form.prompts.find(({ type }) => type === 'webauthn')
    if (prompt?.type !== 'webauthn' || prompt.ceremony === 'autofill') return undefined
    const { user, allowCredentials } = JSON.parse(prompt.options)
    if (prompt.ceremony === 'create') {
      const own = keys.get(user.name) ?? createSoftAuthenticator(site)
      keys.set(user.name, own)
      return { credential: own.create(prompt.options) }
    }
    const own = [...keys.values()].find(({ passkeys }) =>
      allowCredentials.some(({ id }: { id: string }) => id === passkeys.at(-1)?.id),
    )
    return own && { credential: own.get(prompt.options) }
  }

  async function glide({ browser: index, user, app, how }: ActionOf<'glide'>): Promise<void> {
    const own = keys.get(names[user] as string)
    const passkey = own?.passkeys.at(-1)
    if (own === undefined || passkey === undefined) return
    const of = browserAt(index)
    const client = await clientOf(of)
    const request: JourneyRequest = { returnTo: '/', ...appAt(app) }
    const page = await login.engine.preview('login', request, client)
    const prompt = page.type === 'page' && page.form.prompts.find(({ type }) => type === 'webauthn')
    assert.ok(prompt && prompt.type === 'webauthn')
    const twist = {
      right: {},
      unverified: { isVerified: false },
      replayed: {},
      foreign: { origin: 'https://login.examp1e' },
    }[how]
    const credential = how === 'replayed' ? replayable : own.get(prompt.options, twist)
    const known = await db
      .selectFrom('passkeys')
      .select('id')
      .where('credential_id', '=', passkey.id)
      .executeTakeFirst()
    const found = await login.users.findByName(db, names[user] as string)
    const view = await login.engine.begin(
      { kind: 'login', request, browserToken: of.token, answers: { credential } },
      client,
    )
    count(`glide ${how} ${view.type}`)
    const isOff = found !== undefined && (await isLocked(db, found.id, 'passkey'))
    if (how !== 'right' || known === undefined || isOff) assert.equal(view.type, 'page')
    if (how === 'right') replayable = credential
    await openTab(of, view, {})
  }

  /** The other browser has got hold of the address. */
  async function intrude({ browser: index, tab: at }: ActionOf<'intrude'>): Promise<void> {
    const tab = tabAt({ browser: index, tab: at })
    if (tab === undefined) return
    const other = browserAt(index + 1)
    const reference = { ...tab.reference, browserToken: other.token }
    const before = await db.selectFrom('journeys').selectAll().execute()
    const answer = { version: tab.page?.version ?? 0, answers: { action: 'skip' } }
    const client = await clientOf(other)
    assert.equal((await login.engine.submit(reference, answer, client)).type, 'unknown')
    assert.equal((await login.engine.look(reference, client)).type, 'unknown')
    assert.deepEqual(await db.selectFrom('journeys').selectAll().execute(), before)
  }

  async function scan({ tab: at, phone }: ActionOf<'scan'>): Promise<void> {
    const codes = browsers.flatMap(({ tabs }) => tabs.flatMap(({ page }) => codeOn(page)))
    const code = codes[at % Math.max(1, codes.length)]
    if (code !== undefined) count(`scanned ${await phones[phone]?.scan(code)}`)
  }

  async function answer({ phone: index, message, how }: ActionOf<'answer'>): Promise<void> {
    const inUse = phones.filter((phone) => phone.count() > 0)
    const phone = inUse[index % Math.max(1, inUse.length)]
    if (phone === undefined) return
    if (how === 'replay') {
      count(`replayed ${await phone.replay(message)}`)
      return
    }
    const messageId = phone.messageId(message)
    const right = await rightNumber(db, messageId)
    const pick = (numbers: readonly number[]) =>
      numbers.find((number) => (number === right) === (how === 'approve')) as number
    if (how === 'approve' && messageId !== undefined) approved.add(messageId)
    const taken = await phone.answer(message, how === 'deny' ? 'deny' : pick)
    count(`${how} ${taken}`)
  }

  async function enter({ browser: index, app: at, wish }: ActionOf<'enter'>): Promise<void> {
    const app = await login.apps.find(db, policies[at]?.[0] ?? '')
    if (app === undefined) return
    const session = await sessionOf(browserAt(index))
    const { acrValues } = wishes[wish]
    const decision = await login.gate.decide({ app, session, returnTo: '/', ...wishes[wish] })
    count(`gate ${decision.type}`)
    if (decision.type === 'login') return
    assert.ok(session)
    const world = { login, discounted, short }
    await checkEntry(world, wishedFor(app.policy, acrValues), session)
  }

  /** The pages let only a fresh login begin; that it is the strongest, the journey sees to itself. */
  async function enrol({ browser: index, kind, isReplacing }: ActionOf<'enrol'>): Promise<void> {
    const of = browserAt(index)
    const client = await clientOf(of)
    const { session } = client
    if (session === undefined) return
    const own = await login.factors.authenticators.list(db, session.userId)
    const replaced = isReplacing ? own.find((one) => one.kind === kind) : undefined
    const request: JourneyRequest = {
      returnTo: '/',
      authenticator: { kind, ...(replaced && { replaces: replaced.id }) },
    }
    if (replaced !== undefined) keepers.add(session.id)
    const mayChange = await login.freshLogin.hasFirst(db, session)
    const view = await login.engine.begin(
      { kind: 'enrol', request, browserToken: of.token, answers: { action: 'begin' } },
      client,
    )
    assert.equal(view.type, mayChange ? 'moved' : 'left')
    count(`enrol ${view.type}`)
    await openTab(of, view, {})
  }

  async function remove({ browser: index, which }: ActionOf<'remove'>): Promise<void> {
    const client = await clientOf(browserAt(index))
    const { session } = client
    if (session === undefined || !(await login.freshLogin.isFresh(db, session))) return
    const own = await login.factors.authenticators.list(db, session.userId)
    const one = own[which % Math.max(1, own.length)]
    if (one === undefined) return
    const { id, kind } = one
    const removeFor = async (userId: Id<'user'>) => {
      const removed = await transact(db, (tx) =>
        login.factors.authenticators.remove(tx, { userId, id, client }),
      )
      return removed !== undefined
    }
    // Recovery codes have the same name for everybody, and mean everybody's own.
    const others = kind === 'recovery' ? [] : await login.users.list(db, {})
    for (const other of others.filter((user) => user.id !== session.userId)) {
      assert.equal(await removeFor(other.id), false)
    }
    keepers.add(session.id)
    assert.equal(await removeFor(session.userId), true)
    assert.ok(await login.sessions.findById(session.id), 'who removes something stays')
    assert.equal(await removeFor(session.userId), false)
    count(`removed ${kind}`)
  }

  async function suspectLogin({ user, isReport }: ActionOf<'suspect'>): Promise<void> {
    const found = await login.users.findByName(db, names[user] as string)
    if (found === undefined) return
    if (isReport) {
      const report = { userId: found.id, source: 'mail' } as const
      await transact(db, (tx) => login.notMe.reportNotMe(tx, report))
      assert.deepEqual(await login.sessions.listOf(found.id), [])
    } else await login.users.requirePasswordChange(db, found.id)
    suspected.set(found.id, login.clock.now())
    count(isReport ? 'reported' : 'new password wanted')
  }

  /** In the browsers that the user has logged in with, and in all others. */
  async function lockFactor({ user, kind }: ActionOf<'lock'>): Promise<void> {
    const found = await login.users.findByName(db, names[user] as string)
    if (found === undefined) return
    const at = login.clock.now()
    const row = { user_id: found.id, kind, failures: failureLimit, last_failure_at: at, off_at: at }
    for (const table of ['factor_failures', 'known_factor_failures'] as const)
      await db
        .insertInto(table)
        .values(row)
        .onConflict((conflict) => conflict.columns(['user_id', 'kind']).doUpdateSet(row))
        .execute()
    count('locked')
  }

  async function endSession({ browser: index }: ActionOf<'end'>): Promise<void> {
    const session = await sessionOf(browserAt(index))
    if (session !== undefined) await login.sessions.end(db, session.id, 'logout')
  }

  async function wakeTabs(): Promise<void> {
    for (const of of browsers) {
      for (const tab of of.tabs.filter(({ isWoken }) => isWoken)) {
        tab.isWoken = false
        await follow(of, tab, await login.engine.look(tab.reference, await clientOf(of)))
      }
    }
  }

  async function perform(one: Action): Promise<void> {
    switch (one.type) {
      case 'begin':
        return begin(one)
      case 'submit':
      case 'look':
        return send(one)
      case 'intrude':
        return intrude(one)
      case 'twice':
        await Promise.all([send(one.one), send(one.other)])
        return
      case 'scan':
        return scan(one)
      case 'answer':
        return answer(one)
      case 'pass':
        return login.pass(one.ms)
      case 'enter':
        return enter(one)
      case 'enrol':
        return enrol(one)
      case 'remove':
        return remove(one)
      case 'suspect':
        return suspectLogin(one)
      case 'lock':
        return lockFactor(one)
      case 'end':
        return endSession(one)
      case 'glide':
        return glide(one)
    }
  }

  return {
    login,
    /** The messages on which somebody chose the right number. */
    approved,
    /** When a person was last told to choose another password (ms). */
    suspected,
    /** When what somebody could confirm with was removed (ms). */
    removed: new Map<string, number>(),
    /** The sessions in which somebody has removed something. */
    keepers,
    /**
     * What sessions have proven with what was removed in them, and when that was (ms). It still says how the login was, and
     * counts no more.
     */
    discounted,
    /** Journeys that ended with their first answer. */
    short,
    async act(one: Action): Promise<void> {
      login.pass(1000)
      await perform(one).catch((error: unknown) => {
        if (!(error instanceof Fault)) throw error
        count(`fault ${error.code}`)
      })
      await login.settle()
      if ('isAwake' in one && one.isAwake) await wakeTabs()
      await login.settle()
    },
  }
}

/** What has ended is rarely looked at again. */
function putLast(tabs: Tab[], tab: Tab): void {
  const at = tabs.indexOf(tab)
  if (at >= 0) tabs.push(...tabs.splice(at, 1))
}

function codeOn(page: JourneyPage | undefined): string[] {
  const prompts = page?.form.prompts ?? []
  return prompts.flatMap((prompt) =>
    prompt.type === 'qr' && prompt.content.startsWith('pushauth:') ? [prompt.content] : [],
  )
}

function actionOn(page: JourneyPage | undefined, action: number | string): string {
  if (typeof action === 'string') return action
  const prompts = page?.form.prompts ?? []
  const values = prompts.flatMap((prompt) =>
    prompt.type === 'choice' ? prompt.options.map(({ value }) => value) : [],
  )
  return values[action % Math.max(1, values.length)] ?? ''
}

async function isLocked(db: Database, userId: string, kind: string): Promise<boolean> {
  const rows = await db
    .selectFrom('factor_failures')
    .select(['kind', 'user_id'])
    .where('failures', '>=', failureLimit)
    .execute()
  return rows.some((row) => row.user_id === userId && row.kind === kind)
}

async function passwordOf(db: Database, username: string): Promise<string> {
  const row = await db
    .selectFrom('users')
    .select('password_hash')
    .where('username', '=', username)
    .executeTakeFirstOrThrow()
  return `${row.password_hash}`.replace('hash of ', '')
}

/** What the person's code app shows, or the one that is about to be connected. */
async function codeFor(
  { db, clock, factors }: TestLogin,
  page: JourneyPage | undefined,
  journeyId: string,
): Promise<{ code: string } | undefined> {
  if (page?.step !== 'totp/enrol' && page?.step !== 'totp/confirm') return undefined
  const journey = await db
    .selectFrom('journeys')
    .select(['user_id', 'state'])
    .where('id_hash', '=', sha256(journeyId))
    .executeTakeFirstOrThrow()
  const { kept: data } = JSON.parse(journey.state)
  const [active] = await factors.totp.store.listActive(db, journey.user_id as Id<'user'>)
  const connecting = await factors.totp.store.find(db, `${pendingEntry.read(data)}`)
  const app = page.step === 'totp/enrol' ? connecting : active
  return app && { code: codeAt(app.secret(), stepAt(clock.now(), app), app) }
}

function codesOn(page: JourneyPage): readonly string[] {
  return page.form.prompts.flatMap((prompt) => (prompt.type === 'codes' ? prompt.values : []))
}

/** One of the person's own that counts, or else one that does not. */
async function unusedCode(
  { db }: TestLogin,
  journeyId: string,
  paper: readonly string[],
): Promise<string> {
  const { user_id } = await db
    .selectFrom('journeys')
    .select('user_id')
    .where('id_hash', '=', sha256(journeyId))
    .executeTakeFirstOrThrow()
  const rows = await db
    .selectFrom('recovery_codes')
    .select('code_hash')
    .where('user_id', '=', user_id)
    .where('used_at', 'is', null)
    .execute()
  const unused = new Set(rows.map(({ code_hash }) => code_hash))
  const right = paper.find((shown) => unused.has(`hash of ${readCode(shown)}`))
  return right ?? paper[0] ?? ''
}

function appAt(index: number): { appId: string } | undefined {
  const app = policies[index]
  return app && { appId: app[0] }
}

/** As the person reads it on the page. */
async function rightNumber(db: Database, messageId: string | undefined): Promise<number | null> {
  const row = await db
    .selectFrom('push_challenges')
    .select('right_number')
    .where('message_id', '=', messageId ?? '')
    .executeTakeFirst()
  return row?.right_number ?? null
}

type FinishedView = Extract<JourneyView, { type: 'finished' }>

/** As if it had been kept. */
interface Short {
  readonly journey: {
    readonly id_hash: string
    readonly kind: JourneyKind
    readonly user_id: string
    readonly session_id: string
    readonly finished_at: number
  }
  readonly state: JourneyState
}

async function readAll(db: Database, short: readonly Short[]) {
  const [
    sessions,
    journeys,
    proofs,
    devices,
    challenges,
    choices,
    codeApps,
    passkeys,
    papers,
    users,
    failures,
  ] = await Promise.all([
    db.selectFrom('sessions').selectAll().execute(),
    db.selectFrom('journeys').selectAll().execute(),
    db.selectFrom('proofs').selectAll().execute(),
    db.selectFrom('push_devices').selectAll().execute(),
    db.selectFrom('push_challenges').selectAll().execute(),
    db.selectFrom('second_factor_choices').selectAll().execute(),
    db.selectFrom('totp_authenticators').selectAll().execute(),
    db.selectFrom('passkeys').selectAll().execute(),
    db.selectFrom('recovery_codes').selectAll().execute(),
    db.selectFrom('users').selectAll().execute(),
    db.selectFrom('factor_failures').selectAll().execute(),
  ])
  const states = new Map(
    journeys.map((journey) => [journey.id_hash, JSON.parse(journey.state) as JourneyState]),
  )
  for (const { journey, state } of short) states.set(journey.id_hash, state)
  return {
    sessions,
    journeys: [...journeys, ...short.map(({ journey }) => journey)],
    proofs,
    devices,
    challenges,
    choices,
    codeApps,
    passkeys,
    papers,
    users,
    failures,
    states,
  }
}
type Everything = Awaited<ReturnType<typeof readAll>>

type World = ReturnType<typeof createWorld>
type Removed = ReadonlyMap<string, number>

async function check(db: Database, world: World): Promise<void> {
  const { approved, suspected, removed, discounted, login, short } = world
  const rows = await readAll(db, short)
  noteRemoved(rows, removed, login.clock.now())
  noteDiscounted(rows, world)
  checkProofs(rows, removed)
  checkPapers(rows)
  checkSpent(rows, approved)
  checkDevices(rows, removed)
  checkSessions(rows, discounted)
  checkRested(rows, removed)
  checkSuspected(rows, suspected)
  checkLocked(rows)
  checkFinished(rows, removed, discounted)
  checkChoices(rows)
}

/** What a proof was made with and is no more. */
function noteRemoved(rows: Everything, removed: Map<string, number>, now: number): void {
  const active = rows.devices.filter(({ status }) => status === 'active')
  const there = new Set([...active, ...rows.codeApps, ...rows.passkeys].map(({ id }) => id))
  for (const { authenticator_id: id } of rows.proofs) {
    if (id !== null && !there.has(id) && !removed.has(id)) removed.set(id, now)
  }
}

/** A proof that its session counts no more, though no later login took its place: only of what was removed there. */
function noteDiscounted(rows: Everything, { removed, keepers, discounted, login }: World): void {
  for (const proof of rows.proofs) {
    const { id, session_id, factor, user_id, authenticator_id } = proof
    if (session_id !== null || discounted.has(id)) continue
    const journey = rows.journeys.find(({ id_hash }) => id_hash === proof.journey_hash)
    const session = rows.sessions.find((one) => one.id === journey?.session_id)
    if (session === undefined || journey?.kind === 'enrol' || isRenewed(rows, proof)) continue
    assert.ok(keepers.has(session.id), `${factor} is discounted`)
    const isLeft = rows.papers.some((paper) => paper.user_id === user_id && paper.used_at === null)
    assert.ok(factor === 'recovery' ? !isLeft : removed.has(`${authenticator_id}`))
    discounted.set(id, login.clock.now())
  }
}

/** A later login in the same session stands on its own proofs alone. */
function isRenewed({ journeys }: Everything, { journey_hash }: ProofRow): boolean {
  const own = journeys.find(({ id_hash }) => id_hash === journey_hash)
  return journeys.some(
    ({ kind, id_hash, session_id, finished_at }) =>
      kind === 'login' &&
      id_hash !== journey_hash &&
      session_id === own?.session_id &&
      (finished_at ?? 0) >= (own?.finished_at ?? 0),
  )
}

/** What a session says of its login: also what was removed in it since. */
function ownProofs(rows: Everything, discounted: Removed, sessionId: string) {
  const isOf = ({ journey_hash }: ProofRow) =>
    rows.journeys.find(({ id_hash }) => id_hash === journey_hash)?.session_id === sessionId
  return rows.proofs.filter(
    (proof) =>
      proof.session_id === sessionId ||
      (discounted.has(proof.id) && isOf(proof) && !isRenewed(rows, proof)),
  )
}

/** No live session counts what was proven with something that is none any more. */
function checkRested({ sessions, proofs }: Everything, removed: Removed): void {
  const live = new Set(sessions.filter(({ ended_at }) => ended_at === null).map(({ id }) => id))
  for (const { session_id, factor, authenticator_id } of proofs) {
    if (factor === 'recovery' || !live.has(session_id ?? '')) continue
    assert.ok(!removed.has(authenticator_id ?? ''), `a session rests on a removed ${factor}`)
  }
}

const strengths = new Map([
  ['password', 'knowledge'],
  ['totp', 'possession'],
  ['push', 'number'],
  ['passkey', 'phishing_resistant'],
  ['recovery', 'possession'],
])

/** Each push proof stands on one approved and spent challenge of its own journey, and each spent one on one proof. */
function checkProofs(rows: Everything, removed: Removed): void {
  const { proofs, challenges, devices, journeys, codeApps, passkeys } = rows
  const spent = challenges.filter((challenge) => challenge.consumed_at !== null)
  const pushes = proofs.filter((proof) => proof.factor === 'push')
  const keyOf = (of: { journey_hash: string; user_id: string }, device: string | null) =>
    `${of.journey_hash} ${of.user_id} ${device}`
  assert.deepEqual(
    pushes.map((proof) => keyOf(proof, proof.authenticator_id)).sort(),
    spent.map((challenge) => keyOf(challenge, challenge.device_id)).sort(),
  )
  for (const proof of proofs) {
    const journey = journeys.find(({ id_hash }) => id_hash === proof.journey_hash)
    assert.equal(journey?.user_id, proof.user_id)
    assert.equal(proof.strength, strengths.get(proof.factor))
  }
  for (const proof of pushes) {
    const device = devices.find(({ id }) => id === proof.authenticator_id)
    const status = removed.has(device?.id ?? '') ? 'removed' : 'active'
    assert.deepEqual([device?.user_id, device?.status], [proof.user_id, status])
  }
  const counted = proofs.filter(({ authenticator_id: id }) => id === null || !removed.has(id))
  for (const proof of counted.filter(({ factor }) => factor === 'totp')) {
    const app = codeApps.find(({ id }) => id === proof.authenticator_id)
    assert.deepEqual([app?.user_id, app?.status], [proof.user_id, 'active'])
  }
  for (const proof of counted.filter(({ factor }) => factor === 'passkey')) {
    const passkey = passkeys.find(({ id }) => id === proof.authenticator_id)
    assert.equal(passkey?.user_id, proof.user_id)
  }
}

/** Each recovery code that was used stands for one proof of its owner. */
function checkPapers({ proofs, papers }: Everything): void {
  const keyOf = (userId: string, id: string | null) => `${userId} ${id}`
  assert.deepEqual(
    proofs
      .filter(({ factor }) => factor === 'recovery')
      .map((proof) => keyOf(proof.user_id, proof.authenticator_id))
      .sort(),
    papers
      .filter(({ used_at }) => used_at !== null)
      .map((paper) => keyOf(paper.user_id, paper.id))
      .sort(),
  )
}

/** Only the right number approves, and only in time; an approval that nobody came for is worth nothing. */
function checkSpent({ challenges }: Everything, approved: ReadonlySet<string>): void {
  for (const challenge of challenges) {
    if (challenge.consumed_at === null) continue
    const answeredAt = challenge.answered_at ?? Number.NaN
    assert.equal(challenge.status, 'approved')
    assert.ok(approved.has(challenge.message_id))
    assert.ok(answeredAt < challenge.expires_at + seconds(10))
    assert.ok(challenge.consumed_at < answeredAt + seconds(120))
  }
}

/** A phone counts after its own test was approved and spent, and no two challenges for the phones of a person wait. */
function checkDevices({ devices, challenges }: Everything, removed: Removed): void {
  for (const device of devices) {
    const isTested = challenges.some(
      ({ device_id, purpose, status, consumed_at, user_id }) =>
        device_id === device.id &&
        user_id === device.user_id &&
        purpose === 'test' &&
        status === 'approved' &&
        consumed_at !== null,
    )
    assert.equal(device.status !== 'pending', isTested)
    assert.equal(device.status === 'removed', removed.has(device.id))
  }
  // One of a phone that was not verified waits beside the others.
  const verified = new Set(devices.filter(({ status }) => status !== 'pending').map(({ id }) => id))
  const waiting = challenges
    .filter(({ status }) => status === 'waiting')
    .map(({ user_id, device_id }) => (verified.has(device_id) ? user_id : device_id))
  assert.equal(new Set(waiting).size, waiting.length)
}

type ProofRow = Everything['proofs'][number]

function levelOf(proofs: readonly ProofRow[]): string {
  const isPasskey = proofs.some(({ strength }) => strength === 'phishing_resistant')
  const isNumber = proofs.some(({ strength }) => strength === 'number')
  const isSecond = isPasskey || isNumber || proofs.some(({ strength }) => strength === 'possession')
  const methods = new Set(proofs.flatMap(({ amr }) => JSON.parse(amr) as string[]))
  // What is left after the passkey of a whole login was removed is one factor.
  if (!proofs.some(isFirstFactor)) return [acrPassword, ...[...methods].sort()].join(' ')
  if (isSecond) methods.add('mfa')
  return [
    isPasskey
      ? acrPhishingResistant
      : isNumber
        ? acrNumber
        : isSecond
          ? acrPossession
          : acrPassword,
    ...[...methods].sort(),
  ].join(' ')
}

/** A password, or a passkey that has checked the person itself. */
function isFirstFactor({ factor, amr }: ProofRow): boolean {
  return factor === 'password' || (factor === 'passkey' && JSON.parse(amr).includes('mfa'))
}

/** A session says what the login proved that it dates from, or all that a later step-up added it to. */
function checkSessions(rows: Everything, discounted: Removed): void {
  const { sessions, journeys } = rows
  for (const session of sessions) {
    const own = ownProofs(rows, discounted, session.id)
    assert.ok(own.some(isFirstFactor))
    assert.ok(own.every(({ user_id }) => user_id === session.user_id))
    const explained = journeys
      .filter(({ session_id, kind }) => session_id === session.id && kind !== 'enrol')
      .filter(({ kind, finished_at }) =>
        kind === 'login'
          ? finished_at === session.authenticated_at
          : (finished_at ?? 0) >= session.authenticated_at,
      )
      .map(({ kind, id_hash, finished_at }) =>
        levelOf(
          own.filter(({ id, journey_hash }) =>
            kind === 'login'
              ? journey_hash === id_hash
              : (discounted.get(id) ?? Number.POSITIVE_INFINITY) > (finished_at ?? 0),
          ),
        ),
      )
    const told = [session.acr, ...(JSON.parse(session.amr) as string[]).toSorted()].join(' ')
    assert.ok(explained.includes(told), `${told} is none of ${explained}`)
  }
}

/** A password that has to be changed lets nobody in, nor one that was changed since it was typed. */
function checkSuspected(rows: Everything, suspected: ReadonlyMap<string, number>): void {
  const { users, journeys, proofs } = rows
  for (const user of users) {
    const since = user.password_change_required === 1 ? (suspected.get(user.id) ?? 0) : undefined
    const logins = journeys.filter(
      ({ user_id, session_id, kind }) =>
        user_id === user.id && session_id !== null && kind === 'login',
    )
    for (const { id_hash, finished_at } of logins) {
      const own = proofs.filter(({ journey_hash }) => journey_hash === id_hash)
      if (!own.some(({ factor }) => factor === 'password')) continue
      if (since !== undefined) assert.ok((finished_at ?? 0) < since)
      const changedAt = user.password_changed_at ?? 0
      const typedAt = Math.max(...own.map(({ proven_at }) => proven_at))
      assert.ok((finished_at ?? 0) < changedAt || typedAt >= changedAt)
    }
  }
}

/** What is off proves nothing until it was set up again. */
function checkLocked({ failures, proofs }: Everything): void {
  for (const { user_id, kind, off_at } of failures) {
    const later = proofs.filter(
      (proof) =>
        proof.user_id === user_id && proof.factor === kind && proof.proven_at > (off_at ?? 0),
    )
    if (off_at !== null) assert.deepEqual(later, [])
  }
}

/** An app that asks for a level gets it, and nobody is let off. */
function wishedFor(policy: Policy, acrValues: readonly string[] | undefined): Policy {
  const level = acrValues?.includes(acrNumber)
    ? 'number'
    : acrValues?.includes(acrPhishingResistant)
      ? 'phishing_resistant'
      : undefined
  if (level === undefined) return policy
  return { secondFactor: 'required', level, skips: 0, decline: false }
}

function policyOf({ request }: JourneyState): Policy {
  const policy = policies.find(([id]) => id === request.appId)?.[1]
  return wishedFor(policy ?? config.default_policy, request.acrValues)
}

const isProof = ({ level = 'possession' }: Policy, strength: string) => {
  const ranks = ['possession', 'number', 'code', 'verified_code', 'phishing_resistant']
  return ranks.indexOf(strength) >= ranks.indexOf(level)
}
const isSkippable = (policy: Policy, at: number) =>
  policy.skips > 0 &&
  (policy.skipUntil === undefined || at < Date.parse(policy.skipUntil) + hours(24))
const isDeclinable = (policy: Policy) => policy.decline && policy.secondFactor === 'optional'

/** The person's own pages, for whom has decided already. */
const keepsNobodyOut = (policy: Policy, choice: Everything['choices'][number] | undefined) =>
  policy.secondFactor === 'optional' &&
  choice !== undefined &&
  (choice.declined_at !== null || choice.skips_used >= policy.skips)

/** A login ends in a session only with what its app's rule wants, or by a way around that the rule allows. */
function checkFinished(rows: Everything, removed: Removed, discounted: Removed): void {
  const { journeys, proofs, choices, devices, states } = rows
  const wasThere = (id: string | null, at: number | null) =>
    (removed.get(id ?? '') ?? Number.POSITIVE_INFINITY) > (at ?? 0)
  for (const journey of journeys) {
    if (journey.session_id === null) continue
    const state = states.get(journey.id_hash) as JourneyState
    const policy = policyOf(state)
    const own = proofs.filter(({ journey_hash }) => journey_hash === journey.id_hash)
    const choice = choices.find(({ user_id }) => user_id === journey.user_id)
    const countedFor = journey.kind === 'enrol' ? null : journey.session_id
    // A later login in the same session stands on its own proofs alone.
    assert.ok(
      own.every(
        (proof) =>
          proof.session_id === countedFor ||
          (proof.session_id === null && (isRenewed(rows, proof) || discounted.has(proof.id))),
      ),
    )
    if (journey.kind === 'enrol') continue
    if (own.some(({ strength }) => isProof(policy, strength))) continue
    assert.ok(journey.kind === 'login' || journey.kind === 'offer')
    if (policy.secondFactor === 'none') continue
    const had = devices.filter(
      ({ id, user_id, activated_at }) =>
        user_id === journey.user_id &&
        activated_at !== null &&
        activated_at < (journey.finished_at ?? 0) &&
        wasThere(id, journey.finished_at),
    )
    assert.deepEqual(had, [], `${state.path} beside a phone`)
    const codes = proofs.filter(
      ({ user_id, factor, proven_at, authenticator_id }) =>
        user_id === journey.user_id &&
        (factor === 'totp' || factor === 'passkey') &&
        proven_at < (journey.finished_at ?? 0) &&
        wasThere(authenticator_id, journey.finished_at),
    )
    assert.deepEqual(codes, [], `${state.path} beside a code app or a passkey`)
    const mayEnter =
      (state.path.includes('second-factor/offer:skipped') &&
        isSkippable(policy, journey.finished_at ?? 0)) ||
      (isDeclinable(policy) && typeof choice?.declined_at === 'number') ||
      (state.request.appId === undefined && keepsNobodyOut(policy, choice))
    assert.ok(mayEnter, `${state.path} with ${JSON.stringify(policy)}`)
  }
}

/** Skips are counted, and never more than the rule of the app that was skipped for; declined only where allowed. */
function checkChoices({ journeys, choices, states }: Everything): void {
  for (const name of new Set(journeys.map(({ user_id }) => user_id))) {
    const own = journeys
      .filter(({ user_id, finished_at }) => user_id === name && finished_at !== null)
      .map(({ id_hash, finished_at }) => ({
        state: states.get(id_hash) as JourneyState,
        at: finished_at ?? 0,
      }))
    const skips = own
      .filter(({ state }) => state.path.includes('second-factor/offer:skipped'))
      .map(({ state, at }) => ({
        at,
        allowed: policyOf(state).skips,
        // On the own pages, where the rule is optional, one skip lasts for half a day.
        lasts: state.request.appId === undefined && policyOf(state).secondFactor === 'optional',
      }))
      .sort((a, b) => a.at - b.at || a.allowed - b.allowed)
    const fewest = skips.toSorted((a, b) => a.at - b.at || Number(a.lasts) - Number(b.lasts))
    const most = skips.toSorted((a, b) => a.at - b.at || Number(b.lasts) - Number(a.lasts))
    listCounted(fewest).forEach(({ allowed }, index) => {
      assert.ok(index < allowed, `skip ${index + 1} of ${allowed}`)
    })
    const declined = own.filter(({ state }) =>
      state.path.includes('second-factor/decline:declined'),
    )
    assert.ok(declined.every(({ state }) => isDeclinable(policyOf(state))))
    const choice = choices.find(({ user_id }) => user_id === name)
    // Of two in the same millisecond nobody knows which was the first.
    const used = choice?.skips_used ?? 0
    const [least, highest] = [fewest, most].map((order) => listCounted(order).length)
    assert.ok(
      used >= (least ?? 0) && used <= (highest ?? 0),
      `${used} skips of ${least} to ${highest}`,
    )
    assert.equal(typeof choice?.declined_at === 'number', declined.length > 0)
  }
}

interface Skip {
  readonly at: number
  readonly allowed: number
  readonly lasts: boolean
}

/** Those that use up one, in the order in which they were made. */
function listCounted(skips: readonly Skip[]): Skip[] {
  const counted: Skip[] = []
  for (const skip of skips) {
    const before = counted.at(-1)
    const isAgain = skip.lasts && before !== undefined && skip.at < before.at + hours(12)
    if (!isAgain) counted.push(skip)
  }
  return counted
}

/** Put off under a rule that is at least as strict. */
function isDeferredFor(rules: string | null | undefined, policy: Policy): boolean {
  if (typeof rules !== 'string') return false
  return (JSON.parse(rules) as Policy[]).some((before) => {
    const isStricter = policy.secondFactor === 'required' && before.secondFactor !== 'required'
    return !isStricter && policy.skips >= before.skips
  })
}

/** The gate lets nobody in by a password alone, unless the rule says so. */
async function checkEntry(
  { login: { db, clock }, discounted, short }: Pick<World, 'login' | 'discounted' | 'short'>,
  policy: Policy,
  session: { id: string; userId: string; acr: string },
): Promise<void> {
  const rows = await readAll(db, short)
  const row = rows.sessions.find(({ id }) => id === session.id)
  assert.equal(row?.ended_at, null)
  if (policy.secondFactor === 'none') return
  const own = ownProofs(rows, discounted, session.id)
  if (session.acr !== acrPassword) {
    assert.ok(own.some(({ strength }) => isProof(policy, strength)))
    return
  }
  const active = [...rows.devices, ...rows.codeApps].filter(({ status }) => status === 'active')
  const isActive = [...active, ...rows.passkeys].some(({ user_id }) => user_id === session.userId)
  const choice = rows.choices.find(({ user_id }) => user_id === session.userId)
  const isAround =
    (isDeferredFor(row?.put_off_rule, policy) && isSkippable(policy, clock.now())) ||
    (typeof choice?.declined_at === 'number' && isDeclinable(policy))
  assert.ok(!isActive && isAround, `in by a password with ${JSON.stringify(policy)}`)
}

const expected = [
  ...[
    'finished',
    'step_up',
    'offer',
    'expired',
    'page push/confirm',
    'page totp/confirm',
    'page passkey/confirm',
    'glide right finished',
    'glide replayed page',
    'enrol moved',
    'enrol left',
    'removed push',
    'removed recovery',
    'page recovery/confirm',
    'page recovery/create',
    'approve true',
    'wrong true',
  ],
  ...['gate enter', 'gate login', 'scanned true'],
  ...['page password/change', 'reported', 'new password wanted', 'locked'],
]

/** Rows that were written so far. Where nothing was, there is nothing to check. */
async function changesOf(db: Database): Promise<number> {
  const { rows } = await sql<{ changes: number }>`select total_changes() as changes`.execute(db)
  return rows[0]?.changes ?? 0
}

/** Walks take their time on a machine that has other things to do. */
const patience = { timeout: 300_000 }

test(
  'whatever people, browsers and phones do, no session is worth more than what was proven',
  patience,
  async () => {
    const tally: Tally = new Map()
    await fc.assert(
      fc.asyncProperty(walk, async (stretches) => {
        const database = await openDatabase({
          storage: { type: 'sqlite', file: ':memory:' },
          log: silentLog,
        })
        try {
          const world = createWorld(database.db, tally)
          for (const name of names) await world.login.addUser(name)
          for (const [id, policy] of policies) await world.login.addApp(id, policy)
          let changes = 0
          for (const one of stretches.flat()) {
            await world.act(one)
            const now = await changesOf(database.db)
            if (now !== changes) await check(database.db, world)
            changes = now
          }
          assert.equal((await verifyAudit(database.db, testKeyring)).type, 'intact')
        } finally {
          await database.close()
        }
      }),
      // To make a long walk shorter takes longer than the test may: what is printed is enough to walk it again.
      { numRuns: 60, endOnFailure: true, interruptAfterTimeLimit: patience.timeout },
    )
    for (const what of expected) assert.ok((tally.get(what) ?? 0) > 0, `never seen: ${what}`)
  },
)
