// A54: a random walk of 10,000 steps over logins, enrolments, removals and thieves. A ledger beside the product notes what
// each actor has really shown in which journey. No authenticator is bound or removed without a proof of that act.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type TOTP, URI } from 'otpauth'
import { createTestLogin } from '../src/dev/test-support/login.ts'
import { onEachEngine } from '../src/dev/test-support/on-each-engine.ts'
import {
  createSoftAuthenticator,
  type SoftAuthenticator,
} from '../src/dev/test-support/passkey-authenticator.ts'
import { office } from '../src/dev/test-support/scene.ts'
import { openTab, type Tab } from '../src/dev/test-support/tab.ts'
import {
  type Acr,
  acrPassword,
  findHighestLevel,
  isAtLeast,
} from '../src/identity/policy/assurance.ts'
import type { JourneyRequest } from '../src/login/engine/journey.ts'
import type { Prompt } from '../src/login/engine/prompt.ts'
import type { ClientFacts } from '../src/login/engine/step.ts'
import type { JourneyPage, JourneyView } from '../src/login/engine/view.ts'
import { isFallback } from '../src/login/factors/index.ts'
import { configSchema } from '../src/platform/config/schema.ts'
import type { Id } from '../src/platform/kernel/ids.ts'
import type { Database } from '../src/platform/storage/database.ts'
import { transact } from '../src/platform/storage/transact.ts'

const stepsOfWalk = 10_000
/** Then new people come: the accounts of the old ones may be out of reach by then. */
const stepsOfPeople = 100
const site = { rpId: 'login.example', origin: 'https://login.example' }

/** A person with a browser. A thief has what the owner has lost: the password, the cookie, or both. */
interface Actor {
  readonly name: string
  readonly knowsPassword: boolean
  readonly stealsCookies: boolean
  /** Of the session in its browser. */
  token: string | undefined
  tab: Tab | undefined
  view: JourneyView | undefined
  /** The secrets that it was shown on pages, by the id of what they became. */
  readonly apps: Map<string, TOTP>
  readonly passkeys: Set<string>
  readonly codes: Set<string>
  readonly authenticator: SoftAuthenticator
}

/** What was really shown in a journey. */
interface Shown {
  password: boolean
  fallback: boolean
  readonly levels: Acr[]
}

interface Held {
  readonly second: readonly { readonly id: string; readonly kind: string; readonly level: Acr }[]
  readonly sheet: string
  readonly hasLostAll: boolean
}

const makeActor = (name: string, knowsPassword: boolean, stealsCookies: boolean): Actor => ({
  ...{ name, knowsPassword, stealsCookies, token: undefined, tab: undefined, view: undefined },
  ...{ apps: new Map(), passkeys: new Set(), codes: new Set() },
  authenticator: createSoftAuthenticator(site),
})

async function setUp(db: Database, seed: number) {
  // A phone would need another actor; what binds it is the same.
  const config = configSchema.parse({
    offered_factors: ['totp', 'passkey'],
    recovery_codes: 'account',
    default_policy: { second_factor: 'none' },
  })
  const login = createTestLogin(db, { config })
  await login.addApp('mail', { secondFactor: 'optional', skips: 2, decline: true })
  await login.addApp('vault', { secondFactor: 'optional', skips: 0, decline: false })
  let state = seed >>> 0
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 4_294_967_296
  }
  const pick = <One>(from: readonly One[]): One => from[Math.floor(next() * from.length)] as One
  const counts = new Map<string, number>()
  const count = (what: string) => void counts.set(what, (counts.get(what) ?? 0) + 1)
  const ledger = new Map<string, Shown>()
  const shownIn = (hash: string): Shown => {
    const shown = ledger.get(hash) ?? { password: false, fallback: false, levels: [] }
    ledger.set(hash, shown)
    return shown
  }
  return { ...login, next, pick, counts, count, shownIn, ledger }
}

type World = Awaited<ReturnType<typeof setUp>>

interface Person {
  readonly userId: Id<'user'>
  readonly username: string
  readonly actors: readonly Actor[]
}

async function addPerson({ addUser }: World, number: number): Promise<Person> {
  const username = `person${number}`
  const { id: userId } = await addUser(username)
  const actors = [
    makeActor('owner', true, false),
    makeActor('owner elsewhere', true, false),
    makeActor('thief of the password', true, false),
    makeActor('thief of the cookie', false, true),
    makeActor('thief of both', true, true),
  ]
  return { userId, username, actors }
}

async function findHeld({ db, factors }: World, userId: Id<'user'>): Promise<Held> {
  const all = await factors.authenticators.list(db, userId)
  const codes = await db
    .selectFrom('recovery_codes')
    .select('id')
    .where('user_id', '=', userId)
    .orderBy('id')
    .execute()
  const lost = await db
    .selectFrom('lost_second_factors')
    .select('user_id')
    .where('user_id', '=', userId)
    .execute()
  return {
    second: all.filter(({ kind }) => !isFallback(kind)),
    sheet: codes.map(({ id }) => id).join(' '),
    hasLostAll: lost.length > 0,
  }
}

/** What the browser of an actor says of itself. */
async function describe({ sessions }: World, actor: Actor): Promise<ClientFacts> {
  const session = actor.token === undefined ? undefined : await sessions.find(actor.token)
  const isThief = actor.name.startsWith('thief')
  return { ...office, session, ...(isThief && { address: '203.0.113.9', place: undefined }) }
}

/** The rule once more, from the ledger alone: the strongest, a fallback, or the password of who has nothing else. */
function isProven(shown: Shown, before: Held): boolean {
  if (shown.fallback) return true
  if (before.second.length === 0) return shown.password && !before.hasLostAll
  const highest = findHighestLevel(before.second.map(({ level }) => level)) ?? acrPassword
  return shown.levels.some((level) => isAtLeast(level, highest))
}

const listPrompts = (page: JourneyPage): readonly Prompt[] => page.form.prompts

/** Fills a page in by what the actor has, and notes what of it is genuine. */
function fillIn(
  { clock, pick, next }: World,
  { username }: Person,
  { actor, page, held, shown }: { actor: Actor; page: JourneyPage; held: Held; shown: Shown },
): Record<string, string> {
  const answers: Record<string, string> = {}
  const own = held.second.filter(({ id }) => actor.apps.has(id) || actor.passkeys.has(id))
  for (const prompt of listPrompts(page)) {
    if (prompt.type === 'hidden') answers[prompt.name] = prompt.value
    if (prompt.type === 'choice')
      answers[prompt.name] = `${(next() < 0.6 ? prompt.options[0] : pick(prompt.options))?.value}`
    if (prompt.type === 'secret' && actor.knowsPassword) {
      answers[prompt.name] = `password of ${username}`
      shown.password = true
    }
    if (prompt.type === 'webauthn' && prompt.ceremony === 'create' && next() < 0.8)
      answers[prompt.name] = actor.authenticator.create(prompt.options)
    if (prompt.type === 'webauthn' && prompt.ceremony === 'get' && actor.passkeys.size > 0) {
      answers[prompt.name] = actor.authenticator.get(prompt.options)
      answers.action = ''
      shown.levels.push(...own.filter(({ kind }) => kind === 'passkey').map(({ level }) => level))
    }
  }
  if (page.step === 'recovery/confirm') {
    const [code = 'AAAA-AAAA-AAAA-AAAA'] = actor.codes
    shown.fallback ||= actor.codes.delete(code)
    return { ...answers, code, action: next() < 0.8 ? 'confirm' : `${answers.action}` }
  }
  if (page.step === 'totp/confirm') {
    const app = own.find(({ kind }) => kind === 'totp')
    const code = app && actor.apps.get(app.id)?.generate({ timestamp: clock.now() })
    if (app !== undefined) shown.levels.push(app.level)
    if (code !== undefined && next() < 0.8) return { ...answers, code, action: 'confirm' }
  }
  const uri = findUri(page)
  if (uri !== undefined && next() < 0.8)
    return { ...answers, code: uri.generate({ timestamp: clock.now() }), action: 'connect' }
  return answers
}

function findUri(page: JourneyPage): TOTP | undefined {
  for (const prompt of listPrompts(page))
    if (prompt.type === 'qr' && prompt.content.startsWith('otpauth:'))
      return URI.parse(prompt.content) as TOTP
  return undefined
}

/** What the page gives to the actor who sees it, once it is bound. */
function keepSecrets(actor: Actor, page: JourneyPage, before: Held, after: Held): void {
  const known = new Set(before.second.map(({ id }) => id))
  for (const { id, kind } of after.second.filter((one) => !known.has(one.id))) {
    const app = findUri(page)
    if (kind === 'totp' && app !== undefined) actor.apps.set(id, app)
    if (kind === 'passkey') actor.passkeys.add(id)
  }
  if (after.sheet === before.sheet) return
  for (const prompt of listPrompts(page))
    if (prompt.type === 'codes') for (const code of prompt.values) actor.codes.add(code)
}

/** What changed must have been proven in the journey that changed it. */
function check(
  world: World,
  { actor, before, after, hash }: { actor: Actor; before: Held; after: Held; hash: string },
): void {
  const shown = world.shownIn(hash)
  const ids = (held: Held) => held.second.map(({ id }) => id)
  const bound = ids(after).filter((id) => !ids(before).includes(id))
  const removed = ids(before).filter((id) => !ids(after).includes(id))
  const isSheetNew = after.sheet !== '' && !before.sheet.includes(after.sheet.slice(0, 20))
  if (bound.length + removed.length === 0 && !isSheetNew) return
  const what = bound.length > 0 ? 'bound' : removed.length > 0 ? 'removed' : 'codes'
  world.count(`${what} by the ${actor.name}`)
  assert.ok(isProven(shown, before), `${what} by the ${actor.name}, who has shown no proof of it`)
  assert.notEqual(actor.name, 'thief of the cookie', 'a cookie alone binds and removes nothing')
  // What was bound in a journey was in the hand of its actor there.
  for (const { id, level } of after.second) if (bound.includes(id)) shown.levels.push(level)
}

async function answerPage(world: World, person: Person, actor: Actor): Promise<void> {
  const { tab, view: page } = actor
  if (tab === undefined || page?.type !== 'page') return
  const before = await findHeld(world, person.userId)
  const shown = world.shownIn(tab.hash())
  const answers = fillIn(world, person, { actor, page, held: before, shown })
  const view = await tab.answer(answers).catch(() => undefined)
  await settle(world, person, { actor, page, before, view })
}

async function settle(
  world: World,
  person: Person,
  step: {
    actor: Actor
    page: JourneyPage | undefined
    before: Held
    view: JourneyView | undefined
  },
): Promise<void> {
  const { actor, page, before, view } = step
  const after = await findHeld(world, person.userId)
  if (actor.tab !== undefined) check(world, { actor, before, after, hash: actor.tab.hash() })
  if (page !== undefined) keepSecrets(actor, page, before, after)
  actor.view = view
  if (view?.type === 'finished') {
    actor.token = view.token
    world.count(`finished ${view.kind}`)
  }
}

async function begin(world: World, person: Person, actor: Actor): Promise<void> {
  const { pick, next, db, factors } = world
  const client = await describe(world, actor)
  const before = await findHeld(world, person.userId)
  const tab = openTab(world, client, `browser of ${actor.name}`)
  // A journey that ends with its first answer has no address, as the one before it.
  world.ledger.delete(tab.hash())
  const isLogin = client.session === undefined || next() < 0.3
  actor.tab = tab
  if (isLogin) {
    if (!actor.knowsPassword) return
    const { username } = person
    const view = await tab
      .begin({ username, appId: pick(['mail', 'vault']) })
      .catch(() => undefined)
    world.shownIn(tab.hash()).password = true
    return await settle(world, person, { actor, page: undefined, before, view })
  }
  const request: JourneyRequest = { returnTo: '/account', confirms: 'account' }
  const all = await factors.authenticators.list(db, person.userId)
  const one = all.length > 0 && next() < 0.4 ? pick(all) : undefined
  const isReplaced = one !== undefined && !isFallback(one.kind) && next() < 0.3
  const kind = one?.kind ?? pick(['totp', 'passkey', 'recovery'])
  const authenticator = {
    kind,
    ...(one && (isReplaced ? { replaces: one.id } : { removes: one.id })),
  }
  const view = await tab
    .open(one && !isReplaced ? 'remove' : 'enrol', { ...request, authenticator })
    .catch(() => undefined)
  world.count(one && !isReplaced ? 'remove begun' : 'enrol begun')
  await settle(world, person, { actor, page: undefined, before, view })
}

/** The service desk takes an authenticator away, which its rule allows. */
async function operate({ db, pick, factors, count }: World, { userId }: Person): Promise<void> {
  const all = await factors.authenticators.list(db, userId)
  if (all.length === 0) return
  const removal = { userId, id: pick(all).id, by: 'operator:alice' } as const
  await transact(db, (tx) => factors.authenticators.remove(tx, removal))
  count('removed by an operator')
}

async function walk(t: TestContext, db: Database, seed: number): Promise<Map<string, number>> {
  const world = await setUp(db, seed)
  t.after(world.settle)
  const { next, pick, clock } = world
  let person = await addPerson(world, 0)
  for (let step = 1; step <= stepsOfWalk; step += 1) {
    if (step % stepsOfPeople === 0) {
      person = await addPerson(world, step)
      await world.engine.purge()
    }
    clock.pass(next() < 0.05 ? 1_300_000 : 31_000)
    const actor = pick(person.actors)
    // At first only the owner, who mostly comes before a thief.
    const who = step % stepsOfPeople < 12 ? (person.actors[0] ?? actor) : actor
    if (who.stealsCookies && next() < 0.3) who.token = pick(person.actors.slice(0, 2)).token
    else if (next() < 0.01) await operate(world, person)
    else if (who.view?.type === 'page' && next() < 0.9) await answerPage(world, person, who)
    else await begin(world, person, who)
  }
  return world.counts
}

onEachEngine((engine) => {
  if (engine.name !== 'sqlite') return
  test('A54: in 10,000 random steps no authenticator is bound or removed without a proof of that act', async (t) => {
    const { db } = await engine.open(t)
    const counts = await walk(t, db, 54)
    // The walk goes where something can be bound and removed.
    for (const what of ['bound by the owner', 'removed by the owner', 'removed by an operator'])
      assert.ok((counts.get(what) ?? 0) > 20, `${what}: ${counts.get(what)}`)
    assert.ok((counts.get('bound by the owner elsewhere') ?? 0) > 0)
  })
})
