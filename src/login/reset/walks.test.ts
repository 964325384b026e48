// Random walks over everything that a browser can do about a forgotten password, by several browsers at once.
// EINLASS_TEST_WALKS sets how many there are: some minutes for 10,000 of them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { TOTP } from 'otpauth'
import { createTestLogin } from '../../dev/test-support/login.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { office } from '../../dev/test-support/scene.ts'
import { acrPossession } from '../../identity/policy/assurance.ts'
import type { User } from '../../identity/users/user.ts'
import { minutes } from '../../platform/kernel/clock.ts'
import { sha256 } from '../../platform/kernel/crypto.ts'
import type { Database } from '../../platform/storage/database.ts'
import type { JourneyRequest } from '../engine/journey.ts'
import type { Answers } from '../engine/step.ts'
import type { JourneyReference, JourneyView } from '../engine/view.ts'

const recoveryCode = 'ABCDEFGHJKMNPQRS'

/** What the buttons of all pages send, and more than any page has. */
const buttons = [
  ...['begin', 'change', 'cancel', 'other', 'totp', 'recovery', 'desk-pass', 'push', 'passkey'],
  ...['confirm', 'retry', 'next', 'trouble', 'lost', 'broken', 'renewed', 'away', 'home', 'pass'],
  ...['enrol', 'register', 'skip', 'later', 'decline', 'left', 'back', 'remove', 'create', ''],
]

/** Mostly the same browser, because otherwise few walks would reach a new password. */
const anyTab = fc.constantFrom(0, 0, 0, 1)

const oneAct = fc.oneof(
  { weight: 3, arbitrary: fc.record({ type: fc.constant('request' as const) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant('open' as const),
      link: fc.constantFrom(0, 0, 0, 1, 2),
      tab: anyTab,
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant('press' as const),
      tab: anyTab,
      button: fc.constantFrom(...buttons),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant('prove' as const),
      tab: anyTab,
      code: fc.constantFrom('right', 'right', 'recovery', 'wrong'),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('choose' as const),
      tab: anyTab,
      isRepeated: fc.constantFrom(true, true, false),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('look' as const), tab: anyTab }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('login' as const), tab: anyTab }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constantFrom('wait', 'disable', 'enable', 'move', 'doubt' as const),
    }),
  },
)

type Act = typeof oneAct extends fc.Arbitrary<infer One> ? One : never

const opening: readonly Act[] = [{ type: 'request' }, { type: 'open', link: 0, tab: 0 }]

const walk = fc.record({
  hasFactor: fc.boolean(),
  /** Whether it begins with a link that is opened. */
  isOpen: fc.boolean(),
  acts: fc.array(oneAct, { minLength: 3, maxLength: 16 }),
})

/** A walk that ends with a new password, so that at least one does. */
const whole: typeof walk extends fc.Arbitrary<infer One> ? One : never = {
  hasFactor: true,
  isOpen: true,
  acts: [
    { type: 'prove', tab: 0, code: 'right' },
    { type: 'choose', tab: 0, isRepeated: true },
  ],
}

/** Throws for the first walk that breaks a rule. Gives how many walks ended with a new password. */
async function walkResets(db: Database, walks: number): Promise<number> {
  const login = createTestLogin(db)
  let count = 0
  let changed = 0
  await fc.assert(
    fc.asyncProperty(walk, async ({ hasFactor, isOpen, acts }) => {
      const name = `erika${++count}`
      const all = isOpen ? [...opening, ...acts] : acts
      changed += await walkOnce(db, login, { hasFactor, acts: all, name })
    }),
    { numRuns: walks, endOnFailure: true, examples: [[whole]] },
  )
  return changed
}

interface Walk {
  readonly hasFactor: boolean
  readonly acts: readonly Act[]
  readonly name: string
}

type TestLogin = ReturnType<typeof createTestLogin>

async function walkOnce(db: Database, login: TestLogin, given: Walk): Promise<number> {
  const { name, hasFactor, acts } = given
  const user = await login.addUser(name)
  await login.users.change(db, user.id, { email: `${name}@example.org` })
  const totp = hasFactor ? await addFactors(db, login, user) : undefined
  const tabs = [0, 1].map((one) => createTab(login, `${name} browser ${one}`))
  const walker = { db, login, user, tabs, totp }
  let before = await readState(db, user.id)
  let changes = 0
  for (const act of acts) {
    await actOnce(walker, act)
    const after = await readState(db, user.id)
    changes += checkStep({ isLogin: isInLogin(walker, act), before, after, hasFactor })
    before = after
  }
  // Nobody else has a password of this walk, and no limit of it holds back the next one.
  login.noticed.length = 0
  return changes
}

type State = Awaited<ReturnType<typeof readState>>

async function readState(db: Database, userId: string) {
  const { password_hash: hash } = await db
    .selectFrom('users')
    .select('password_hash')
    .where('id', '=', userId)
    .executeTakeFirstOrThrow()
  const of = <Table extends 'sessions' | 'totp_authenticators' | 'recovery_codes'>(table: Table) =>
    db
      .selectFrom(table as 'sessions')
      .select('id')
      .where('user_id', '=', userId)
      .execute()
  const spent = await db
    .selectFrom('reset_links')
    .select('token_hash')
    .where('user_id', '=', userId)
    .where('consumed_at', 'is not', null)
    .execute()
  const proofs = await db
    .selectFrom('proofs')
    .select('factor')
    .where('user_id', '=', userId)
    .where('factor', '!=', 'password')
    .execute()
  return {
    hash,
    spent: spent.length,
    proofs: proofs.length,
    sessions: (await of('sessions')).length,
    factors: (await of('totp_authenticators')).length,
    codes: (await of('recovery_codes')).length,
  }
}

/** A person who knows the password may change it in a login, and enrol something. */
const isInLogin = ({ tabs }: Walker, act: Act): boolean =>
  'tab' in act && tabs[act.tab]?.kind() === 'login'

/** Gives how many passwords the step has changed by a link: one or none. */
function checkStep(step: {
  readonly isLogin: boolean
  readonly before: State
  readonly after: State
  readonly hasFactor: boolean
}): number {
  const { isLogin, before, after, hasFactor } = step
  if (isLogin) {
    assert.equal(after.spent, before.spent, 'a login spends no link')
    return 0
  }
  const isChanged = before.hash !== after.hash
  assert.equal(after.spent - before.spent, isChanged ? 1 : 0, 'a password and a link, or neither')
  if (isChanged && hasFactor) assert.ok(before.proofs > 0, 'a second factor was proven before')
  assert.equal(after.factors, before.factors, 'no second factor comes or goes')
  assert.equal(after.codes, before.codes, 'no recovery code comes or goes')
  assert.ok(after.sessions <= before.sessions, 'nobody is logged in')
  return isChanged ? 1 : 0
}

interface Walker {
  readonly db: Database
  readonly login: TestLogin
  readonly user: User
  readonly tabs: readonly Tab[]
  readonly totp: TOTP | undefined
}

async function actOnce({ db, login, user, tabs, totp }: Walker, act: Act): Promise<void> {
  const tab = tabs['tab' in act ? act.tab : 0]
  if (tab === undefined) throw new Error('no such tab')
  switch (act.type) {
    case 'request':
      await login.reset.requests.add(user.username, office)
      return await login.reset.requests.settleDue()
    case 'open':
      return await tab.open(findLinks(login).at(-1 - act.link) ?? 'no link')
    case 'press':
      return await tab.answer({ action: act.button })
    case 'prove': {
      const code = totp?.generate({ timestamp: login.clock.now() }) ?? '000000'
      const typed = { right: code, recovery: recoveryCode, wrong: '000001' }[act.code] ?? ''
      return await tab.answer({ code: typed, action: 'confirm' })
    }
    case 'choose': {
      const password = `Fahrrad im Regen ${login.clock.now()}`
      const again = act.isRepeated ? password : ''
      return await tab.answer({ password, password_again: again, action: 'change' })
    }
    case 'look':
      return await tab.look()
    case 'login':
      return await tab.enter(user.username)
    case 'wait':
      return login.clock.pass(minutes(16))
    case 'disable':
      return void (await login.users.disable(db, user.id))
    case 'enable':
      return void (await login.users.enable(db, user.id))
    case 'move':
      return void (await login.users.change(db, user.id, { email: `${Date.now()}@example.org` }))
    case 'doubt':
      return await login.users.requirePasswordChange(db, user.id)
  }
}

const findLinks = ({ noticed }: TestLogin): string[] =>
  noticed.flatMap(({ facts: { reset } }) => (reset === undefined ? [] : [reset.url.slice(-43)]))

type Tab = ReturnType<typeof createTab>

/** One browser. A page that is not there is not answered. */
function createTab({ engine }: TestLogin, browserToken: string) {
  let handle: JourneyReference = { journeyId: '', browserToken }
  let view: JourneyView | undefined
  let kind: 'login' | 'reset' = 'reset'
  const client = { ...office, browserHash: sha256(browserToken) }

  async function take(next: JourneyView): Promise<void> {
    if (next.type === 'moved') handle = { ...handle, journeyId: next.journeyId }
    view = next.type === 'moved' ? await engine.look(handle, client) : next
  }

  return {
    /** What the browser is in the middle of. */
    kind: () => kind,
    async open(token: string): Promise<void> {
      const request: JourneyRequest = {
        returnTo: '/login',
        confirms: 'password',
        link: sha256(token),
        acrValues: [acrPossession],
      }
      const seen = await engine.preview('reset', request, client)
      if (seen.type !== 'page') return
      kind = 'reset'
      const answers = { action: 'begin' }
      await take(await engine.begin({ kind: 'reset', request, browserToken, answers }, client))
    },
    async enter(username: string): Promise<void> {
      kind = 'login'
      const request = { returnTo: '/' }
      const answers = { username, password: `password of ${username}`, action: 'login' }
      await take(await engine.begin({ kind: 'login', request, browserToken, answers }, client))
    },
    async answer(answers: Answers): Promise<void> {
      if (view?.type !== 'page') return
      await take(await engine.submit(handle, { version: view.version, answers }, client))
    },
    async look(): Promise<void> {
      if (view?.type === 'page') await take(await engine.look(handle, client))
    },
  }
}

/** A code app and a recovery code. */
async function addFactors(db: Database, login: TestLogin, user: User): Promise<TOTP> {
  const totp = new TOTP({ digits: 6, period: 30 })
  const id = `otp_${user.username}`
  const secret = new Uint8Array(totp.secret.buffer)
  const sealed = login.keyring.seal(`totp_authenticators/${id}/secret_sealed`, secret)
  await db
    .insertInto('totp_authenticators')
    .values({
      ...{ id, user_id: user.id, name: 'Code app', secret_sealed: sealed },
      ...{ algorithm: 'SHA1', digits: 6, period: 30, last_counter: 0, status: 'active' },
      ...{ created_at: 1, last_used_at: null },
    } as const)
    .execute()
  await db
    .insertInto('recovery_codes')
    .values({
      ...{ id: `rec_${user.username}`, user_id: user.id, prefix: 'AB', created_at: 1 },
      ...{ code_hash: `hash of ${recoveryCode}`, used_at: null },
    })
    .execute()
  return totp
}

onEachEngine((engine) => {
  const walks = Number(process.env.EINLASS_TEST_WALKS ?? (engine.name === 'sqlite' ? 60 : 20))

  test(`A22: no order of browser actions changes a password without spending a link, or removes a second factor (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    assert.ok((await walkResets(db, walks)) > 0)
  })
})
