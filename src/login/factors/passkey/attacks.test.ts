import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import https from 'node:https'
import { test } from 'node:test'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import type { SoftAuthenticator, Twist } from '../../../dev/test-support/passkey-authenticator.ts'
import { createPasskeyScene } from '../../../dev/test-support/passkey-scene.ts'
import { minutes } from '../../../platform/kernel/clock.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import { transact } from '../../../platform/storage/transact.ts'
import type { StepResult } from '../../engine/step.ts'
import { credentialVersionEntry, mustChangePasswordEntry } from '../enrolled.ts'
import { failureLimit } from '../lockout.ts'
import type { WholeLoginResult } from './whole-login.ts'

type Scene = ReturnType<typeof createPasskeyScene>

/** Uses a passkey as the second factor. */
async function confirm(
  scene: Scene,
  userId: Id<'user'>,
  authenticator: SoftAuthenticator,
  twist?: Twist,
): Promise<StepResult<string>> {
  const { confirm: step } = scene.factor
  const { data, options } = await scene.open(step, userId)
  const credential = authenticator.get(options, twist)
  return await step.run(scene.context(userId, data, { credential }))
}

function wholeLoginOf({ factor }: Scene) {
  assert.ok(factor.wholeLogin)
  return factor.wholeLogin
}

/** Uses a passkey as the whole login. */
async function logIn(
  scene: Scene,
  authenticator: SoftAuthenticator,
  twist?: Twist,
): Promise<WholeLoginResult | undefined> {
  const login = wholeLoginOf(scene)
  const credential = authenticator.get(login.prompt(scene.context(undefined, {})).options, twist)
  return await login.check(scene.context(undefined, {}, { credential }))
}

const statusOf = (result: StepResult<string>) =>
  result.type === 'ask' ? result.formError?.status : undefined
const outcomeOf = (result: StepResult<string>) => (result.type === 'done' ? result.outcome : 'ask')

/** Changes that make an answer wrong at every use. */
const wrongAnswers: readonly (readonly [string, Twist])[] = [
  ['another origin', { origin: 'https://login.examp1e' }],
  ['another port of the host', { origin: 'https://login.example:8443' }],
  ['a page in a frame of another site', { crossOrigin: true }],
  ['a page in a frame of a named site', { crossOrigin: true, topOrigin: 'https://evil.example' }],
  ['a named top page without a frame', { topOrigin: 'https://login.example' }],
  ['another host', { rpId: 'examp1e' }],
  ['a ceremony of another kind', { type: 'webauthn.payment' }],
  ['a challenge that nobody gave', { challenge: randomBytes(32).toString('base64url') }],
  ['nobody there', { isPresent: false }],
  ['a copy where none may be made', { isBackupEligible: false, isBackedUp: true }],
]

onEachEngine((engine) => {
  for (const [what, twist] of wrongAnswers) {
    test(`A42: ${what} is refused at every use and at enrolment (${engine.name})`, async (t) => {
      const { db } = await engine.open(t)
      const scene = createPasskeyScene(db)
      const userId = await scene.addUser()
      const authenticator = await scene.register(userId)
      const result = await confirm(scene, userId, authenticator, twist)
      assert.equal(statusOf(result), 422)
      assert.equal(result.change, undefined)
      assert.equal((await logIn(scene, authenticator, twist))?.type, 'failed')
      const { register } = scene.factor
      const { data, options } = await scene.open(register, userId)
      const credential = authenticator.create(options, twist)
      const made = await register.run(scene.context(userId, data, { credential }))
      assert.equal(statusOf(made), 422)
      assert.equal((await scene.store.list(db, userId)).length, 1)
    })
  }

  for (const fmt of ['packed', 'tpm', 'android-key', 'fido-u2f', 'apple', 'of-tomorrow']) {
    test(`A34: the server neither checks the attestation of an authenticator nor fetches anything for it (${fmt}) (${engine.name})`, async (t) => {
      const { db } = await engine.open(t)
      const scene = createPasskeyScene(db)
      const userId = await scene.addUser()
      const { register } = scene.factor
      const { data, options } = await scene.open(register, userId)
      // No certificates: a server that read the statement would refuse it.
      const x5c = [Buffer.from('a certificate'), Buffer.from('its root')]
      const attStmt = new Map<string, unknown>([
        ...[['alg', -7] as const, ['sig', Buffer.alloc(64)] as const, ['x5c', x5c] as const],
      ])
      const credential = scene.authenticator().create(options, { statement: { fmt, attStmt } })
      const fetched = t.mock.method(globalThis, 'fetch', async () => new Response())
      const asked = t.mock.method(https, 'request')
      const made = await register.run(scene.context(userId, data, { credential }))
      assert.equal(outcomeOf(made), 'registered')
      assert.deepEqual([fetched.mock.callCount(), asked.mock.callCount()], [0, 0])
    })
  }

  test(`A42: a login with a passkey alone needs an authenticator that has verified the user (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPasskeyScene(db)
    const userId = await scene.addUser()
    const authenticator = await scene.register(userId)
    assert.equal((await logIn(scene, authenticator, { isVerified: false }))?.type, 'failed')
    const beside = await confirm(scene, userId, authenticator, { isVerified: false })
    assert.deepEqual(beside.change?.proof?.amr, ['pop', 'user'])
    const whole = await logIn(scene, authenticator)
    assert.deepEqual(whole?.type === 'passed' && whole.change.proof?.amr, ['pop', 'user', 'mfa'])
  })

  test(`a login with a passkey alone remembers the credential version of the user (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPasskeyScene(db)
    const userId = await scene.addUser()
    const authenticator = await scene.register(userId)
    for (const version of [1, 7]) {
      await db.updateTable('users').set({ credential_version: version }).execute()
      const whole = await logIn(scene, authenticator)
      assert.equal(
        whole?.type === 'passed' && credentialVersionEntry.read(whole.change.data ?? {}),
        version,
      )
    }
  })

  test(`a login with a passkey alone remembers that the user must change the password (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPasskeyScene(db)
    const userId = await scene.addUser()
    const authenticator = await scene.register(userId)
    for (const [required, expected] of [
      [0, undefined],
      [1, true],
    ] as const) {
      await db.updateTable('users').set({ password_change_required: required }).execute()
      const whole = await logIn(scene, authenticator)
      assert.ok(whole?.type === 'passed')
      assert.equal(mustChangePasswordEntry.read(whole.change.data ?? {}), expected)
    }
  })

  test(`locked passkeys cannot be used as the whole login, even if it began before (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPasskeyScene(db)
    const userId = await scene.addUser()
    const authenticator = await scene.register(userId)
    const begun = await logIn(scene, authenticator)
    const times = { last_failure_at: 1, off_at: 1 }
    await db
      .insertInto('factor_failures')
      .values({ user_id: userId, kind: 'passkey', failures: failureLimit, ...times })
      .execute()
    const refused = await logIn(scene, authenticator)
    const title = refused?.type === 'failed' && refused.formError.title.key
    assert.equal(title, 'factor.off.title')
    const written = await transact(db, async (tx) => {
      return begun?.type === 'passed' && (await begun.change.write?.(tx))
    })
    assert.equal(written, false)
  })

  test(`A20: a right answer is refused when passkeys are locked before it is written (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPasskeyScene(db)
    const userId = await scene.addUser()
    const right = await confirm(scene, userId, await scene.register(userId))
    assert.equal(outcomeOf(right), 'confirmed')
    const off = { failures: failureLimit, last_failure_at: 1, off_at: 1 }
    await db.updateTable('factor_failures').set(off).execute()
    assert.equal(await scene.write(right), false)
  })

  test(`A42: a signature counter that does not increase is refused and recorded, and the owner is notified (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPasskeyScene(db)
    const userId = await scene.addUser()
    const authenticator = await scene.register(userId, scene.authenticator({ counts: true }))
    assert.equal(await scene.write(await confirm(scene, userId, authenticator)), true)
    assert.equal(await scene.write(await confirm(scene, userId, authenticator)), true)
    for (const signCount of [2, 1, 0]) {
      const result = await confirm(scene, userId, authenticator, { signCount })
      assert.equal(result.type === 'ask' && result.formError?.title.key, 'passkey.cloned.title')
      const whole = await logIn(scene, authenticator, { signCount })
      assert.equal(whole?.type === 'failed' && whole.formError.title.key, 'passkey.cloned.title')
    }
    assert.equal(scene.clonedNotices().length, 6)
    assert.equal(scene.clonedNotices()[0]?.device, 'Firefox on Linux')
    const types = await scene.listAuditTypes()
    assert.equal(types.filter((type) => type === 'passkey_refused').length, 6)
    assert.equal(await scene.write(await confirm(scene, userId, authenticator)), true)
  })

  test(`A42: an attacker who uses a copy again and again does not fill the owner's mailbox (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPasskeyScene(db)
    const userId = await scene.addUser()
    const authenticator = await scene.register(userId, scene.authenticator({ counts: true }))
    const whole = await logIn(scene, authenticator)
    assert.ok(whole?.type === 'passed' && (await scene.write(whole)))
    for (let count = 0; count < 20; count++) await logIn(scene, authenticator, { signCount: 1 })
    assert.ok(scene.clonedNotices().length <= 6, `${scene.clonedNotices().length} mails`)
  })

  test(`A42: a passkey whose backup eligibility changes is refused (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPasskeyScene(db)
    const userId = await scene.addUser()
    for (const isBackupEligible of [true, false]) {
      const authenticator = await scene.register(userId, scene.authenticator({ isBackupEligible }))
      const twist = { isBackupEligible: !isBackupEligible, isBackedUp: false }
      assert.equal(statusOf(await confirm(scene, userId, authenticator, twist)), 422)
      assert.equal((await logIn(scene, authenticator, twist))?.type, 'failed')
      assert.equal(outcomeOf(await confirm(scene, userId, authenticator)), 'confirmed')
    }
  })

  test(`A42: another user's passkey is refused, and a passkey logs in only its owner (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPasskeyScene(db)
    const erika = await scene.addUser('erika')
    const max = await scene.addUser('max')
    const own = await scene.register(erika)
    const foreign = await scene.register(max)
    assert.equal(statusOf(await confirm(scene, erika, foreign)), 422)
    const [passkey] = own.passkeys
    const [other] = foreign.passkeys
    assert.ok(passkey && other)
    // Erika's key under the name of Max's passkey, and Max's handle with Erika's passkey.
    const swapped = { credentialId: other.id, userHandle: other.userHandle }
    assert.equal((await logIn(scene, own, swapped))?.type, 'failed')
    assert.equal((await logIn(scene, own, { userHandle: other.userHandle }))?.type, 'failed')
    assert.equal((await logIn(scene, own, { userHandle: undefined }))?.type, 'failed')
    assert.equal((await logIn(scene, own, { key: other.key }))?.type, 'failed')
    const whole = await logIn(scene, own)
    assert.equal(whole?.type === 'passed' && whole.change.userId, erika)
  })

  test(`A42: a new passkey is refused under another id than its own (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPasskeyScene(db)
    const userId = await scene.addUser()
    const { register } = scene.factor
    const { data, options } = await scene.open(register, userId)
    const made = JSON.parse(scene.authenticator().create(options))
    const id = randomBytes(32).toString('base64url')
    const credential = JSON.stringify({ ...made, id, rawId: id })
    const refused = await register.run(scene.context(userId, data, { credential }))
    assert.equal(statusOf(refused), 422)
    const right = { credential: JSON.stringify(made) }
    assert.equal(outcomeOf(await register.run(scene.context(userId, data, right))), 'registered')
  })

  test(`A42: a credential that a user has cannot be registered again (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPasskeyScene(db)
    const erika = await scene.addUser('erika')
    const max = await scene.addUser('max')
    const [taken] = (await scene.register(erika)).passkeys
    const { register } = scene.factor
    const { data, options } = await scene.open(register, max)
    const credential = scene.authenticator().create(options, { credentialId: taken?.id ?? '' })
    const result = await register.run(scene.context(max, data, { credential }))
    assert.equal(statusOf(result), 422)
    assert.deepEqual(await scene.store.list(db, max), [])
  })

  test(`A42: when two users register one credential at once, only one of them gets it (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPasskeyScene(db)
    const credentialId = randomBytes(32).toString('base64url')
    const { register } = scene.factor
    const results = []
    for (const name of ['erika', 'max']) {
      const userId = await scene.addUser(name)
      const { data, options } = await scene.open(register, userId)
      const credential = scene.authenticator().create(options, { credentialId })
      results.push(await register.run(scene.context(userId, data, { credential })))
    }
    assert.deepEqual(results.map(outcomeOf), ['registered', 'registered'])
    const written = await Promise.all(results.map(scene.write))
    assert.deepEqual(written.sort(), [false, true])
  })

  test(`A42: an id of 1,023 bytes is the longest (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPasskeyScene(db)
    const userId = await scene.addUser()
    const { register } = scene.factor
    for (const [length, status] of [
      [1024, 422],
      [1023, undefined],
    ] as const) {
      const { data, options } = await scene.open(register, userId)
      const credentialId = randomBytes(length).toString('base64url')
      const authenticator = scene.authenticator()
      const credential = authenticator.create(options, { credentialId })
      const result = await register.run(scene.context(userId, data, { credential }))
      assert.equal(statusOf(result), status, `${length}`)
      if (status !== undefined) continue
      assert.equal(await scene.write(result), true)
      assert.equal(outcomeOf(await confirm(scene, userId, authenticator)), 'confirmed')
    }
  })

  test(`A42: 200 simultaneous uses of one challenge of the login page give only one login (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPasskeyScene(db)
    const userId = await scene.addUser()
    const authenticator = await scene.register(userId)
    const login = wholeLoginOf(scene)
    const { options } = login.prompt(scene.context(undefined, {}))
    const results = await Promise.all(
      Array.from({ length: 200 }, () =>
        login.check(scene.context(undefined, {}, { credential: authenticator.get(options) })),
      ),
    )
    const changes = results.flatMap((result) => (result?.type === 'passed' ? [result] : []))
    assert.equal(changes.length, 200)
    const written = await Promise.all(changes.map(scene.write))
    assert.equal(written.filter(Boolean).length, 1)
  })

  test(`A42: a challenge of the login page expires after five minutes and cannot be forged (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPasskeyScene(db)
    const userId = await scene.addUser()
    const authenticator = await scene.register(userId)
    const login = wholeLoginOf(scene)
    const answer = (options: string) =>
      login.check(scene.context(undefined, {}, { credential: authenticator.get(options) }))
    const { options } = login.prompt(scene.context(undefined, {}))
    const { challenge } = JSON.parse(options)
    const bytes = Buffer.from(challenge, 'base64url')
    assert.ok(bytes.length >= 16)
    for (const at of [0, 16, bytes.length - 1]) {
      const forged = Buffer.from(bytes)
      forged.writeUInt8(forged.readUInt8(at) ^ 1, at)
      const twisted = JSON.stringify({ challenge: forged.toString('base64url') })
      assert.equal((await answer(twisted))?.type, 'failed')
    }
    scene.pass(minutes(5) - 1)
    const late = await answer(options)
    assert.equal(late?.type, 'passed')
    scene.pass(1)
    assert.equal((await answer(options))?.type, 'failed')
    assert.equal(late?.type === 'passed' && (await scene.write(late)), false)
    const spent = await db.selectFrom('spent_challenges').selectAll().execute()
    assert.deepEqual(spent, [])
  })

  test(`A42: a challenge of the login page is valid only in the browser that showed it (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPasskeyScene(db)
    const authenticator = await scene.register(await scene.addUser())
    const login = wholeLoginOf(scene)
    const inBrowser = (browserHash: string, answers?: Readonly<Record<string, string>>) => {
      const context = scene.context(undefined, {}, answers)
      return { ...context, client: { ...context.client, browserHash } }
    }
    const credential = authenticator.get(login.prompt(inBrowser('thief')).options)
    assert.equal((await login.check(inBrowser('victim', { credential })))?.type, 'failed')
    assert.equal((await login.check(scene.context(undefined, {}, { credential })))?.type, 'failed')
    assert.equal((await login.check(inBrowser('thief', { credential })))?.type, 'passed')
  })

  test(`A16: a flood of unknown passkeys leaves one event a minute and is limited per address (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPasskeyScene(db, { isLimited: true })
    const authenticator = await scene.register(await scene.addUser())
    const login = wholeLoginOf(scene)
    const { options } = login.prompt(scene.context(undefined, {}))
    const send = async (credential: string) => {
      const result = await login.check(scene.context(undefined, {}, { credential }))
      return result?.type === 'failed' ? result.formError.status : 'passed'
    }
    const failures = async () => {
      const events = db.selectFrom('audit_events').select('data').orderBy('seq')
      const rows = await events.where('type', '=', 'login_failed').execute()
      return rows.map(({ data }) => JSON.parse(data)).map(({ reason, times }) => [reason, times])
    }
    for (const junk of ['x', '{}', '{"id":1}']) {
      for (let n = 0; n < 50; n += 1) assert.equal(await send(junk), 422)
    }
    assert.deepEqual(await failures(), [])
    for (let n = 0; n < 20; n += 1) assert.equal(await send(authenticator.get(options)), 'passed')
    const stray = authenticator.get(options, { credentialId: 'AAAA' })
    const seen: unknown[] = []
    for (let n = 0; n < 100; n += 1) seen.push(await send(stray))
    assert.deepEqual(seen, [...Array(30).fill(422), ...Array(70).fill(429)])
    assert.deepEqual(await failures(), [
      ['wrong_credentials', 1],
      ['throttled', 1],
    ])
    assert.equal(await send(authenticator.get(options)), 429)
    scene.pass(minutes(1))
    assert.equal(await send(authenticator.get(options)), 'passed')
  })

  test(`A16: wrong answers with a known passkey are limited per address (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPasskeyScene(db, { isLimited: true })
    const authenticator = await scene.register(await scene.addUser())
    const seen: unknown[] = []
    for (let n = 0; n < 40; n += 1) {
      const result = await logIn(scene, authenticator, { origin: 'https://login.examp1e' })
      seen.push(result?.type === 'failed' ? result.formError.status : 'passed')
    }
    assert.deepEqual(seen, [...Array(30).fill(422), ...Array(10).fill(429)])
    scene.pass(minutes(1))
    assert.equal((await logIn(scene, authenticator))?.type, 'passed')
  })

  test(`A42: a challenge of a step expires after five minutes, and the step asks with a new one (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPasskeyScene(db)
    const userId = await scene.addUser()
    const authenticator = await scene.register(userId)
    const { confirm: step } = scene.factor
    const { data, options } = await scene.open(step, userId)
    const credential = authenticator.get(options)
    scene.pass(minutes(5))
    const late = await step.run(scene.context(userId, data, { credential }))
    assert.equal(late.type, 'ask')
    assert.equal(late.change?.proof, undefined)
    const again = await scene.open(step, userId, data)
    assert.notEqual(JSON.parse(again.options).challenge, JSON.parse(options).challenge)
    const old = await step.run(scene.context(userId, again.data, { credential }))
    assert.equal(statusOf(old), 422)
  })

  test(`A42: the passkey request of the login page names no user and no credential (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPasskeyScene(db)
    await scene.register(await scene.addUser())
    const { challenge, ...options } = JSON.parse(
      wholeLoginOf(scene).prompt(scene.context(undefined, {})).options,
    )
    assert.deepEqual(options, {
      rpId: 'login.example',
      timeout: minutes(5),
      userVerification: 'required',
    })
  })

  test(`A42: an unknown, a malformed and a disabled user's passkey get the same error (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPasskeyScene(db)
    const userId = await scene.addUser()
    const authenticator = await scene.register(userId)
    const login = wholeLoginOf(scene)
    const credentials = [
      authenticator.get(login.prompt(scene.context(undefined, {})).options, {
        credentialId: 'AAAA',
      }),
      '{"id":1}',
      'no JSON',
      authenticator.get(login.prompt(scene.context(undefined, {})).options, {
        origin: 'https://login.examp1e',
      }),
    ]
    const check = (credential: string) => login.check(scene.context(undefined, {}, { credential }))
    const failures = await Promise.all(credentials.map(check))
    await scene.users.disable(db, userId)
    failures.push(
      await check(authenticator.get(login.prompt(scene.context(undefined, {})).options)),
    )
    const formErrors = failures.map((one) => (one?.type === 'failed' ? one.formError : undefined))
    const [{ unknownCredential: unknownPasskey, ...read } = {}, ...others] = formErrors
    assert.equal(unknownPasskey, 'AAAA', 'told to the browser that has it, and not on the page')
    for (const other of others) assert.deepEqual(other, read)
    assert.equal(others.length, 4)
  })

  test(`A42: wrong answers are throttled as for all second factors (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPasskeyScene(db)
    const userId = await scene.addUser()
    const authenticator = await scene.register(userId)
    const { confirm: step } = scene.factor
    const { data, options } = await scene.open(step, userId)
    const wrong = authenticator.get(options, { isPresent: false })
    const statuses = []
    for (let count = 0; count < 7; count++) {
      statuses.push(statusOf(await step.run(scene.context(userId, data, { credential: wrong }))))
    }
    assert.equal(statuses.at(-1), 429)
    const whole = await logIn(scene, authenticator)
    assert.equal(whole?.type, 'passed', 'A19: guesses at a second factor do not lock a passkey out')
    scene.pass(minutes(1))
    assert.equal(await scene.write(await confirm(scene, userId, authenticator)), true)
    assert.equal(await scene.throttle.check(db, `factor:${userId}:passkey`), undefined)
  })

  test(`A20: an answer that cannot be from a passkey of the user is not counted as a failure (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPasskeyScene(db)
    const [userId, other] = [await scene.addUser(), await scene.addUser('max')]
    await scene.register(userId)
    const { confirm: step } = scene.factor
    const { data, options } = await scene.open(step, userId)
    const { options: foreign } = await scene.open(step, other)
    const unknown = (await scene.register(other)).get(foreign)
    for (const credential of ['x', '{}', options, JSON.stringify({ id: 'a2V5' }), unknown]) {
      const result = await step.run(scene.context(userId, data, { credential }))
      assert.equal(statusOf(result), 422, credential)
    }
    assert.equal(await scene.throttle.check(db, `factor:${userId}:passkey`), undefined)
    assert.deepEqual(await db.selectFrom('factor_failures').selectAll().execute(), [])
  })
})
