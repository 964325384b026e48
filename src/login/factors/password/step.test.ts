import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testKeyring as keyring } from '../../../dev/test-support/keyring.ts'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { createAggregate } from '../../../identity/audit/aggregate.ts'
import { createAudit } from '../../../identity/audit/audit.ts'
import { loginEvents } from '../../../identity/audit/login-events.ts'
import { createAddressLimit } from '../../../identity/limits/address-limit.ts'
import { createBuckets } from '../../../identity/limits/buckets.ts'
import { createFailedLogins } from '../../../identity/limits/failed-logins.ts'
import { createKnownBrowsers, wrongPasswordLimit } from '../../../identity/limits/known-browsers.ts'
import { createThrottle } from '../../../identity/limits/throttle.ts'
import type { LiveSession } from '../../../identity/sessions/session.ts'
import type { AccountOutcome, Directory } from '../../../identity/users/directory.ts'
import type { Hasher } from '../../../identity/users/hasher.ts'
import { createLocalDirectory } from '../../../identity/users/local/directory.ts'
import { createLocalPasswords } from '../../../identity/users/local/passwords.ts'
import { canonicalUsername } from '../../../identity/users/user.ts'
import { createUsers } from '../../../identity/users/users.ts'
import { Fault } from '../../../platform/kernel/fault.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import { systemRandom } from '../../../platform/kernel/random.ts'
import type { Database } from '../../../platform/storage/database.ts'
import { transact } from '../../../platform/storage/transact.ts'
import type { Answers, Change, StepContext, StepResult } from '../../engine/step.ts'
import { knownLanguageEntry } from '../enrolled.ts'
import type { AskingApp } from './form.ts'
import { createPasswordStep, type ThrottledTry } from './step.ts'

const start = 1_800_000_000_000
const right = { username: 'erika', password: 'Regenschirm im Mai', action: 'login' }

const knownApps: Readonly<Record<string, AskingApp>> = {
  wiki: { name: 'Wiki' },
  chess: {
    name: 'Chess club',
    registration: {
      ...{ tokenId: 'rgt_1', accessHash: 'hash', contacts: [] },
      policyUri: 'https://chess.example/privacy',
    },
  },
}

/** A hash is the password with a mark; every evaluation is written down. */
function createTestHasher() {
  const calls: { readonly hash: string | null | undefined; readonly password: string }[] = []
  const state = { isFull: false, isAway: false, rehashed: undefined as string | undefined, most: 0 }
  let running = 0
  const hasher: Hasher = {
    waiting: () => 0,
    hash: async (password) => `hash of ${password}`,
    async verify(hash, password) {
      if (state.isFull) throw new Fault('unavailable', 'full', { retryAfter: 1 })
      calls.push({ hash, password })
      running += 1
      state.most = Math.max(state.most, running)
      await new Promise((go) => setImmediate(go))
      running -= 1
      const matches = hash === `hash of ${password}`
      const { rehashed } = state
      return matches && rehashed !== undefined ? { matches, rehashed } : { matches }
    },
  }
  return { calls, state, hasher }
}

async function setUp(
  db: Database,
  { isSecondNode = false, isLimited = false, isAlone = false, isElsewhere = false } = {},
) {
  const clock = { time: start, now: () => clock.time }
  const parts = { db, clock, random: systemRandom }
  const users = createUsers(parts)
  const audit = createAudit({ ...parts, keyring })
  const { calls, state, hasher } = createTestHasher()
  const key = new Uint8Array(32).fill(7)
  const knownBrowsers = createKnownBrowsers({ random: systemRandom, key })
  const local = createLocalDirectory({ users, hasher, clock })
  const resolveName: Directory['resolveName'] = async (_, typed) =>
    state.isAway
      ? { type: 'unavailable', retryAfter: 5 }
      : { type: 'name', name: canonicalUsername(typed) }
  const directory: Directory = isElsewhere ? { ...local, resolveName } : local
  const options = {
    db,
    users,
    directory,
    throttle: createThrottle({ ...parts, isAlone }),
    audit,
    limits: {
      addresses: createAddressLimit({ clock, isShared: () => !isLimited }),
      knownBrowsers,
      throttledTries: createAggregate<ThrottledTry>({
        clock,
        write: (queries, { username, address, times }) =>
          audit.record(queries, loginEvents.failed, {
            username,
            address,
            times,
            reason: 'throttled',
          }),
        findKey: ({ nameHash, address }) => nameHash ?? address,
        withoutKey: (facts) => facts,
      }),
      spraying: { note: async () => {} },
      listNetworks: () => [],
      rightPasswords: createBuckets({ clock, limit: 300 }),
      failedLogins: createFailedLogins({ clock, audit, onFailed: () => {} }),
    },
    others: { wholeLogin: undefined, tickets: undefined },
    apps: { find: async (_: unknown, id: string) => knownApps[id] },
  }
  if (!isSecondNode) {
    const passwordHash = await hasher.hash(right.password)
    await users.create(db, { username: 'Erika', displayName: 'Erika', passwordHash })
  }
  const step = createPasswordStep(options)
  /** As if a passkey had verified the user, with a directory that gives this answer about the account. */
  const stepWithPasskey = (userId: Id<'user'>, account: AccountOutcome) =>
    createPasswordStep({
      ...options,
      directory: { ...options.directory, checkAccount: async () => account },
      others: {
        tickets: undefined,
        wholeLogin: {
          prompt: () => ({ type: 'hidden', name: 'passkey', value: '' }),
          check: async () => ({ type: 'passed', change: { userId } }),
          isEnough: () => true,
        },
      },
    })
  return {
    db,
    clock,
    users,
    passwords: createLocalPasswords({ clock }),
    write: (change: Change | undefined) =>
      transact(db, async (tx) => (await change?.write?.(tx)) ?? true),
    calls,
    state,
    step,
    stepWithPasskey,
    local,
    stepWith: (parts: Partial<Directory>) =>
      createPasswordStep({ ...options, directory: { ...options.directory, ...parts } }),
    knownBrowsers,
    try: (answers: Answers, device?: string) =>
      step.run(createStepContext(clock.now(), answers, device)),
    async failures() {
      const rows = await db
        .selectFrom('audit_events')
        .select('data')
        .where('type', '=', 'login_failed')
        .orderBy('seq')
        .execute()
      return rows.map((row) => JSON.parse(row.data) as Record<string, unknown>)
    },
  }
}

function createStepContext(
  now: number,
  answers: Answers | undefined,
  device?: string,
): StepContext {
  return {
    kind: 'login',
    now,
    journeyHash: 'journey',
    request: { returnTo: '/' },
    userId: undefined,
    data: {},
    answers,
    client: {
      address: '192.0.2.7',
      place: undefined,
      browser: undefined,
      userAgent: undefined,
      language: 'en',
      session: undefined,
      device,
    },
    unwrittenProofs: [],
    createRestartPath: () => '/login',
  }
}

const findFormError = (result: StepResult<'passed'>) =>
  result.type === 'ask' ? result.formError?.text.key : 'passed'

onEachEngine((engine) => {
  test(`loading the page costs neither a hash nor an attempt (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    const result = await scene.step.run(createStepContext(start, undefined))
    assert.equal(result.type === 'ask' && result.formError, undefined)
    assert.deepEqual(scene.calls, [])
    assert.deepEqual(await db.selectFrom('throttles').selectAll().execute(), [])
  })

  test(`the page tells a user with a session why to log in again, and fills in the user name (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { step } = await setUp(db)
    const amr: readonly string[] = ['pwd']
    const session = { username: 'Erika', amr, authenticatedAt: start - 1000 } as LiveSession
    const askedFor = async (request: Partial<StepContext['request']>) => {
      const context = createStepContext(start, undefined)
      const client = { ...context.client, session }
      const result = await step.run({ ...context, client, request: { returnTo: '/', ...request } })
      assert.ok(result.type === 'ask')
      const [name] = result.form.prompts
      assert.equal(name?.type === 'text' && name.value, request.loginHint ?? 'Erika')
      return result.form.lead
    }
    const tooOld = { authenticatedSince: start }
    assert.deepEqual(await askedFor({ ...tooOld, appId: 'wiki' }), {
      key: 'login.again.app',
      values: { app: 'Wiki' },
    })
    assert.equal((await askedFor(tooOld))?.key, 'login.again.lead')
    assert.equal((await askedFor({ appId: 'wiki' }))?.key, 'login.again.lead')
    assert.equal((await askedFor({ confirms: 'account' }))?.key, 'login.lead.account')
    const another = await askedFor({ ...tooOld, loginHint: '' })
    assert.equal(another?.key, 'login.lead', 'another person has nothing to confirm')
  })

  test(`the page warns of an app that registered itself before the user types anything (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { step } = await setUp(db)
    const place = 'd.example'
    const ask = async (appId: string) => {
      const context = createStepContext(start, undefined)
      const result = await step.run({ ...context, request: { returnTo: '/', appId, place } })
      assert.ok(result.type === 'ask')
      return result.form.prompts
    }
    const prompts = await ask('chess')
    assert.deepEqual(prompts[0], {
      type: 'notice',
      tone: 'warning',
      text: {
        key: 'unknown_app.login',
        values: { app: 'Chess club', place },
      },
    })
    const last = prompts.at(-1)
    assert.ok(last?.type === 'link')
    assert.equal(last.href, 'https://chess.example/privacy')
    for (const id of ['wiki', 'nobody']) {
      assert.ok((await ask(id)).every(({ type }) => type !== 'notice'))
    }
  })

  test(`a login without a password succeeds only while the directory accepts the user (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    const { id } = (await scene.users.findByName(db, 'erika')) ?? {}
    assert.ok(id)
    const enter = (account: AccountOutcome) =>
      scene.stepWithPasskey(id, account).run(createStepContext(start, { passkey: 'signed' }))
    assert.equal(findFormError(await enter({ type: 'current' })), 'passed')
    for (const reason of ['disabled', 'removed'] as const) {
      const refused = await enter({ type: 'refused', reason })
      assert.equal(findFormError(refused), `login.refused.${reason}`)
    }
    await assert.rejects(enter({ type: 'unavailable' }), Fault)
  })

  test(`a login knows the language of its user from the start (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    const readKnown = async () => {
      const result = await scene.try({ ...right, username: 'Erika' })
      return result.type === 'done' && knownLanguageEntry.read(result.change?.data ?? {})
    }
    assert.equal(await readKnown(), undefined)
    const { id } = (await scene.users.findByName(db, 'Erika')) ?? {}
    await scene.users.noteLanguage(db, id ?? '', 'de')
    assert.equal(await readKnown(), 'de')
  })

  test(`the correct password is a proof of knowledge, with any spelling of the user name (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    for (const username of ['erika', 'ERIKA', '  Erika ', 'ｅｒｉｋａ']) {
      const result = await scene.try({ ...right, username })
      assert.equal(result.type === 'done' && result.outcome, 'passed')
      assert.deepEqual(result.change?.proof, {
        factor: 'password',
        strength: 'knowledge',
        amr: ['pwd'],
        authenticatorId: null,
      })
      assert.match(`${result.change?.userId}`, /^usr_/)
    }
    assert.deepEqual(await scene.failures(), [])
  })

  test(`after a ticket the password is verified for the account itself, even if its name means another user (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { clock, local, users, stepWith, ...scene } = await setUp(db, { isElsewhere: true })
    const erika = await users.findByName(db, 'erika')
    assert.ok(erika)
    const step = stepWith({
      resolveName: async () => ({ type: 'name', name: 'another person' }),
      verifyPassword: async () => ({ type: 'unknown' }),
      resolveUser: async (_, user) => ({
        ...{ type: 'name', name: 'entry of erika' },
        account: {
          find: (queries) => local.find(queries, user.id),
          verifyPassword: (queries, ...tried) => local.verifyPassword(queries, 'erika', ...tried),
          imitate: async () => undefined,
        },
      }),
    })
    const confirm = (password: string) => {
      const context = createStepContext(clock.now(), { password })
      return step.run({ ...context, userId: erika.id })
    }
    assert.equal(findFormError(await confirm('')), 'login.missing.password')
    assert.equal(findFormError(await confirm('wrong')), 'login.wrong.text')
    assert.equal((await scene.failures())[0]?.username, 'Erika')
    const counters = await db.selectFrom('throttles').select('key').execute()
    assert.ok(!JSON.stringify(counters).includes('another person'))
    const result = await confirm(right.password)
    assert.deepEqual([result.type, result.change?.userId], ['done', erika.id])
  })

  test(`A14: unknown and disabled users, users without a password and wrong passwords get one answer and cost one hash (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    const passwordHash = 'hash of Fahrrad im Regen'
    const max = await scene.users.create(db, { username: 'max', displayName: 'Max', passwordHash })
    await scene.users.disable(db, max.id)
    await scene.users.create(db, { username: 'nora', displayName: 'Nora' })
    const results: unknown[] = []
    for (const [username, password] of [
      ['nobody', 'Kaffee um halb acht'],
      ['erika', 'Kaffee um halb acht'],
      ['max', 'Kaffee um halb acht'],
      ['nora', 'Kaffee um halb acht'],
      ['\u0000\u202e', 'Kaffee um halb acht'],
    ] as const) {
      const before = scene.calls.length
      const result = await scene.try({ username, password, action: 'login' })
      assert.equal(scene.calls.length, before + 1, username)
      results.push(JSON.stringify(result).replaceAll(JSON.stringify(username), '"name"'))
    }
    assert.equal(new Set(results).size, 1)
    assert.deepEqual(
      (await scene.failures()).map(({ username, reason }) => [username, reason]),
      [
        [null, 'wrong_credentials'],
        ['Erika', 'wrong_credentials'],
        ['max', 'wrong_credentials'],
        ['nora', 'wrong_credentials'],
        [null, 'wrong_credentials'],
      ],
    )
  })

  test(`A14: the page says that a user is disabled only after the correct password (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    const erika = await scene.users.findByName(db, 'erika')
    await scene.users.requirePasswordChange(db, `${erika?.id}`)
    await scene.users.disable(db, `${erika?.id}`)
    const wrong = await scene.try({ ...right, password: 'wrong' })
    assert.equal(findFormError(wrong), 'login.wrong.text')
    const result = await scene.try(right)
    assert.equal(findFormError(result), 'login.refused.disabled')
    assert.equal(result.change, undefined)
    assert.equal(scene.calls.length, 2)
    await scene.users.enable(db, `${erika?.id}`)
    assert.equal((await scene.try(right)).type, 'done')
    const reasons = (await scene.failures()).map(({ reason }) => reason)
    assert.deepEqual(reasons, ['wrong_credentials', 'disabled'])
  })

  test(`A14: correct attempts of a disabled user are throttled like wrong ones (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    const erika = await scene.users.findByName(db, 'erika')
    await scene.users.disable(db, `${erika?.id}`)
    const tries = ['wrong', right.password, 'wrong', right.password, 'wrong']
    for (const password of tries) await scene.try({ ...right, password })
    for (const password of ['wrong', right.password]) {
      const result = await scene.try({ ...right, password })
      assert.equal(findFormError(result), 'login.throttled.name')
    }
    assert.equal(scene.calls.length, 5)
  })

  test(`A16: correct attempts of disabled users are limited per address like wrong ones (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db, { isLimited: true })
    const passwordHash = 'hash of Fahrrad im Regen'
    for (let n = 0; n < 31; n += 1) {
      const username = `max${n}`
      const { id } = await scene.users.create(db, { username, displayName: 'Max', passwordHash })
      await scene.users.disable(db, id)
    }
    const seen: unknown[] = []
    for (let n = 0; n < 31; n += 1) {
      const max = { ...right, username: `max${n}`, password: 'Fahrrad im Regen' }
      seen.push(findFormError(await scene.try(max)))
    }
    assert.deepEqual(seen, [...Array(30).fill('login.refused.disabled'), 'login.throttled.text'])
  })

  test(`A14: names that do not exist are throttled like those that do (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    for (const username of ['erika', 'nobody']) {
      const seen: unknown[] = []
      for (let n = 0; n < 7; n += 1) {
        seen.push(findFormError(await scene.try({ ...right, username, password: 'wrong' })))
      }
      assert.deepEqual(seen, [
        ...Array(5).fill('login.wrong.text'),
        ...Array(2).fill('login.throttled.name'),
      ])
    }
  })

  test(`A18: all spellings of a name hit one counter (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    for (const username of ['erika', 'ERIKA', ' erika', 'erika ', 'ｅｒｉｋａ']) {
      await scene.try({ ...right, username, password: 'wrong' })
    }
    assert.equal(findFormError(await scene.try(right)), 'login.throttled.name')
  })

  test(`a throttled user sees the waiting time, and the password is not verified (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    for (let n = 0; n < 5; n += 1) await scene.try({ ...right, password: 'wrong' })
    const result = await scene.try(right)
    const formError = result.type === 'ask' ? result.formError : undefined
    assert.deepEqual([formError?.status, formError?.retryAfter], [429, 1])
    assert.equal(scene.calls.length, 5)
    scene.clock.time += 1000
    assert.equal((await scene.try(right)).type, 'done')
  })

  test(`A17: 20 right logins at the same moment all pass (${engine.name})`, async (t) => {
    for (const isAlone of [false, true]) {
      const { db } = await engine.open(t)
      const scene = await setUp(db, { isAlone })
      const results = await Promise.all(Array.from({ length: 20 }, () => scene.try(right)))
      assert.equal(results.filter(({ type }) => type === 'done').length, 20)
    }
  })

  test(`A17: a single node judges only five of 200 simultaneous wrong attempts (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db, { isAlone: true })
    const results = await Promise.all(
      Array.from({ length: 200 }, (_, n) => scene.try({ ...right, password: `wrong ${n}` })),
    )
    assert.equal(scene.calls.length, 5)
    assert.equal(results.filter((one) => findFormError(one) === 'login.wrong.text').length, 5)
  })

  test(`A17: two nodes judge only five of 200 simultaneous wrong attempts (${engine.name})`, async (t) => {
    const [one, two] = await engine.openTwice(t)
    const scene = await setUp(one.db)
    const other = await setUp(two.db, { isSecondNode: true })
    const results = await Promise.all(
      Array.from({ length: 200 }, (_, n) =>
        (n % 2 === 0 ? scene : other).try({ ...right, password: `wrong ${n}` }),
      ),
    )
    assert.equal(scene.calls.length + other.calls.length, 5)
    assert.equal(results.filter((one) => findFormError(one) === 'login.wrong.text').length, 5)
  })

  test(`A19: guesses of others do not lock out a browser in which the owner has logged in (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    const erika = await scene.users.findByName(db, 'erika')
    assert.ok(erika)
    const device = scene.knownBrowsers.remember(undefined, erika)
    for (let n = 0; n < 30; n += 1) await scene.try({ ...right, password: `guess ${n}` })
    assert.equal(findFormError(await scene.try(right)), 'login.throttled.name')
    assert.equal((await scene.try(right, device)).type, 'done')
    // A right password here says nothing about the guesses elsewhere.
    assert.equal(findFormError(await scene.try(right)), 'login.throttled.name')
  })

  test(`A19: an attacker with a stolen browser cookie gets no more guesses than others (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    const erika = await scene.users.findByName(db, 'erika')
    assert.ok(erika)
    const device = scene.knownBrowsers.remember(undefined, erika)
    const guesses = Array.from({ length: 50 }, (_, n) =>
      scene.try({ ...right, password: `guess ${n}` }, device),
    )
    await Promise.all(guesses)
    assert.equal(scene.calls.length, 5)
    assert.equal(findFormError(await scene.try(right, device)), 'login.throttled.name')
    // Neither the person elsewhere nor another browser of theirs is touched.
    assert.equal((await scene.try(right)).type, 'done')
    const another = scene.knownBrowsers.remember(undefined, erika)
    assert.equal((await scene.try(right, another)).type, 'done')
  })

  test(`A19: a forged cookie or a cookie of another user gets no counter of its own (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    const mallory = await scene.users.create(db, { username: 'mallory', displayName: 'Mallory' })
    const own = scene.knownBrowsers.remember(undefined, mallory)
    for (let n = 0; n < 5; n += 1) await scene.try({ ...right, password: `guess ${n}` }, own)
    for (const device of [own, undefined, 'A'.repeat(44), own.slice(0, 22), `${own}A`]) {
      assert.equal(findFormError(await scene.try(right, device)), 'login.throttled.name')
    }
    assert.equal(scene.calls.length, 5)
  })

  test(`A19: cookies from before a password change share one counter (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    const before = await scene.users.findByName(db, 'erika')
    assert.ok(before)
    const made = Array.from({ length: 20 }, () => scene.knownBrowsers.remember(undefined, before))
    const known = scene.knownBrowsers.remember(undefined, before)
    await scene.passwords.set(db, before.id, 'hash of a new one')
    const now = { ...right, password: 'a new one' }
    const guess = (device?: string) => scene.try({ ...right, password: 'guess' }, device)
    // A caller who knows only the name does not lock the owner out, who has not used the new password here yet.
    for (let n = 0; n < 6; n += 1) await guess()
    assert.equal(findFormError(await scene.try(now)), 'login.throttled.name')
    assert.equal((await scene.try(now, known)).type, 'done')
    const looked = scene.calls.length
    for (const device of made) for (let n = 0; n < 5; n += 1) await guess(device)
    assert.equal(scene.calls.length - looked, 5)
    assert.equal(findFormError(await scene.try(now, made[0])), 'login.throttled.name')
    // What is counted for them together is nothing against the browsers that are known by the new one.
    assert.equal((await scene.users.findByName(db, 'erika'))?.knownBrowserFailures, 0)
    // Nor do they lock out a browser that is known by the new one.
    const user = await scene.users.findByName(db, 'erika')
    assert.ok(user)
    const own = scene.knownBrowsers.remember(known, user)
    assert.equal((await scene.try(now, own)).type, 'done')
  })

  test(`A19: disabling and enabling a user ends the separate counters of known browsers (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    const before = await scene.users.findByName(db, 'erika')
    assert.ok(before)
    const made = Array.from({ length: 4 }, () => scene.knownBrowsers.remember(undefined, before))
    await scene.users.disable(db, before.id)
    await scene.users.enable(db, before.id)
    for (const device of made) {
      for (let n = 0; n < 5; n += 1) await scene.try({ ...right, password: 'guess' }, device)
    }
    assert.equal(scene.calls.length, 5)
  })

  for (const isAlone of [false, true]) {
    const node = `${isAlone ? 'a node alone' : 'one of several nodes'}, ${engine.name}`

    test(`A17, A19: all known browsers together get 100 wrong attempts, even simultaneous ones (${node})`, async (t) => {
      const { db } = await engine.open(t)
      const scene = await setUp(db, { isAlone })
      const erika = await scene.users.findByName(db, 'erika')
      assert.ok(erika)
      const made = Array.from({ length: 30 }, () => scene.knownBrowsers.remember(undefined, erika))
      const guess = (device: string | undefined, n: number) =>
        scene.try({ ...right, password: `guess ${n}` }, device)
      await Promise.all(
        made.flatMap((device) => Array.from({ length: 5 }, (_, n) => guess(device, n))),
      )
      // Each of them may have five, the last ones share five.
      assert.equal(scene.calls.length, wrongPasswordLimit + 5)
      assert.equal(scene.state.most, 1)
      scene.clock.time += 3 * 3_600_000
      for (const device of made) await guess(device, 6)
      assert.equal(scene.calls.length, wrongPasswordLimit + 10)
    })

    test(`A19: a correct password in any browser, or a new password, resets the count of wrong ones (${node})`, async (t) => {
      const { db } = await engine.open(t)
      const scene = await setUp(db, { isAlone })
      const failuresOf = async () =>
        (await scene.users.findByName(db, 'erika'))?.knownBrowserFailures
      const erika = await scene.users.findByName(db, 'erika')
      assert.ok(erika)
      const device = scene.knownBrowsers.remember(undefined, erika)
      for (const where of [device, undefined]) {
        await scene.try({ ...right, password: 'guess' }, device)
        await scene.try({ ...right, password: 'guess' })
        assert.equal(await failuresOf(), 1)
        const result = await scene.try(right, where)
        assert.equal(await scene.write(result.change), true)
        assert.equal(await failuresOf(), 0)
        assert.equal((await scene.try(right, where)).change?.write, undefined)
      }
      await scene.try({ ...right, password: 'guess' }, device)
      await scene.passwords.set(db, erika.id, 'hash of a new one')
      assert.equal(await failuresOf(), 0)
    })

    test(`A37: one user has one running hash at a time in many browsers, and all logins succeed (${node})`, async (t) => {
      const { db } = await engine.open(t)
      const scene = await setUp(db, { isAlone })
      const erika = await scene.users.findByName(db, 'erika')
      assert.ok(erika)
      const made = Array.from({ length: 20 }, () => scene.knownBrowsers.remember(undefined, erika))
      const results = await Promise.all(made.map((device) => scene.try(right, device)))
      assert.ok(results.every(({ type }) => type === 'done'))
      assert.equal(scene.state.most, 1)
    })

    test(`A14, A37: attempts with an unknown name wait their turn like those with a known name (${node})`, async (t) => {
      const { db } = await engine.open(t)
      const scene = await setUp(db, { isAlone })
      const mallory = await scene.users.create(db, { username: 'mallory', displayName: 'Mallory' })
      const device = scene.knownBrowsers.remember(undefined, mallory)
      for (const username of ['erika', 'nobody']) {
        scene.state.most = 0
        const tries = Array.from({ length: 10 }, (_, n) =>
          scene.try({ ...right, username, password: `guess ${n}` }, n % 2 ? device : undefined),
        )
        await Promise.all(tries)
        assert.equal(scene.state.most, 1)
      }
    })
  }

  test(`A16: the server judges 30 attempts a minute from one address, in addition to correct ones (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db, { isLimited: true })
    for (let n = 0; n < 20; n += 1) assert.equal((await scene.try(right)).type, 'done')
    const seen = scene.calls.length
    for (let n = 0; n < 50; n += 1) {
      await scene.try({ username: `name ${n}`, password: 'Sommer', action: 'login' })
    }
    assert.equal(scene.calls.length - seen, 30)
    assert.equal(findFormError(await scene.try(right)), 'login.throttled.text')
    scene.clock.time += 60_000
    assert.equal((await scene.try(right)).type, 'done')
  })

  test(`A46: an attempt that a full server refused is not counted for its address (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db, { isLimited: true })
    scene.state.isFull = true
    for (let n = 0; n < 40; n += 1) await assert.rejects(scene.try(right))
    scene.state.isFull = false
    assert.equal((await scene.try(right)).type, 'done')
  })

  test(`A46: an attempt that a directory did not answer is not counted for its address (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db, { isLimited: true, isElsewhere: true })
    scene.state.isAway = true
    for (let n = 0; n < 40; n += 1) await assert.rejects(scene.try(right))
    scene.state.isAway = false
    assert.equal((await scene.try(right)).type, 'done')
  })

  test(`refused attempts are recorded at once, and then once a minute with their number (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    const wrong = { ...right, password: 'wrong' }
    for (let n = 0; n < 5; n += 1) await scene.try(wrong)
    // After 30 more failures a try is refused for 15 minutes.
    for (let n = 0; n < 12; n += 1) {
      scene.clock.time += 900_000
      await scene.try(wrong)
    }
    const before = (await scene.failures()).length
    for (let n = 0; n < 100; n += 1) await scene.try(wrong)
    scene.clock.time += 60_000
    await scene.try(wrong)
    const written = (await scene.failures()).slice(before)
    assert.deepEqual(
      written.map(({ reason, times }) => [reason, times]),
      [
        ['throttled', 1],
        ['throttled', 100],
      ],
    )
  })

  test(`a correct login clears the earlier failures (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    for (let n = 0; n < 4; n += 1) await scene.try({ ...right, password: 'wrong' })
    await scene.try(right)
    for (let n = 0; n < 4; n += 1) await scene.try({ ...right, password: 'wrong' })
    assert.equal((await scene.try(right)).type, 'done')
  })

  test(`a server that is too busy counts no failures (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    scene.state.isFull = true
    for (let n = 0; n < 10; n += 1) {
      await assert.rejects(scene.try(right), (error) => error instanceof Fault)
    }
    scene.state.isFull = false
    assert.equal((await scene.try(right)).type, 'done')
    assert.deepEqual(await scene.failures(), [])
  })

  test(`the page names a missing field, which costs neither a hash nor an attempt (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    for (const [answers, key] of [
      [{}, 'login.missing.text'],
      [{ username: ' ', password: '' }, 'login.missing.text'],
      [{ username: '', password: 'x' }, 'login.missing.username'],
      [{ username: 'erika' }, 'login.missing.password'],
    ] as const) {
      assert.equal(findFormError(await scene.try(answers)), key)
    }
    assert.deepEqual(scene.calls, [])
    assert.deepEqual(await db.selectFrom('throttles').selectAll().execute(), [])
  })

  test(`a weaker hash is replaced at login, unless the password changed meanwhile (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    scene.state.rehashed = 'stronger hash'
    const [first, second] = [await scene.try(right), await scene.try(right)]
    const { id } = (await scene.users.findByName(db, 'erika')) ?? { id: '' }
    const hashNow = () => scene.passwords.find(db, id)
    assert.equal(await scene.write(first.change), true)
    assert.equal(await hashNow(), 'stronger hash')
    await scene.passwords.set(db, id, 'hash of another password')
    assert.equal(await scene.write(second.change), true)
    assert.equal(await hashNow(), 'hash of another password')
  })

  test(`A39: a password in the name field reaches neither the audit nor the throttle's table (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    await scene.try({ username: 'canary-4711', password: 'canary-4712' })
    const rows = [
      ...(await db.selectFrom('audit_events').selectAll().execute()),
      ...(await db.selectFrom('throttles').selectAll().execute()),
    ]
    assert.equal(rows.length, 2)
    assert.ok(!JSON.stringify(rows).includes('canary'))
  })

  test(`the page shows the user name again, but never the password (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    const result = await scene.try({ ...right, password: 'wrong password' })
    assert.ok(JSON.stringify(result).includes('erika'))
    assert.ok(!JSON.stringify(result).includes('wrong password'))
  })
})
