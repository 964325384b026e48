// People whose second factors cannot be asked any more: they have some, so a password alone lets them register nothing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { config, createTestLogin } from '../../dev/test-support/login.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import type { Policy } from '../../identity/policy/policy.ts'
import type { Database } from '../../platform/storage/database.ts'
import type { ClientFacts } from '../engine/step.ts'
import type { JourneyReference, JourneyView } from '../engine/view.ts'
import { failureLimit } from '../factors/lockout.ts'

const client: ClientFacts = {
  address: '192.0.2.7',
  place: undefined,
  browser: undefined,
  userAgent: undefined,
  language: 'de',
  session: undefined,
}
const rules: Readonly<Record<string, Policy>> = {
  optional: { secondFactor: 'optional', skips: 3, decline: true },
  required: { secondFactor: 'required', skips: 3, decline: true },
  strongest: { secondFactor: 'required', level: 'phishing_resistant', skips: 0, decline: false },
}

async function setUp(db: Database) {
  const login = createTestLogin(db, { config: { ...config, recovery_codes: 'enrolment' } })
  for (const [id, policy] of Object.entries(rules)) await login.addApp(id, policy)
  const { id: userId } = await login.addUser('erika')
  const browserToken = 'browser'
  const follow = async (view: JourneyView): Promise<JourneyView> =>
    view.type === 'moved'
      ? await login.engine.look({ journeyId: view.journeyId, browserToken }, client)
      : view
  return {
    login,
    userId,
    /** Logs in with the password and gives the page after it. */
    async pageFor(appId: string) {
      const answers = { username: 'erika', password: 'password of erika' }
      const request = { returnTo: '/', appId }
      const begun = await login.engine.begin(
        { kind: 'login', request, browserToken, answers },
        client,
      )
      const view = await follow(begun)
      assert.equal(view.type, 'page')
      const reference: JourneyReference = {
        journeyId: begun.type === 'moved' ? begun.journeyId : '',
        browserToken,
      }
      const submit = async (action: string) =>
        await follow(
          await login.engine.submit(
            reference,
            { version: view.version, answers: { action } },
            client,
          ),
        )
      return { step: view.step, title: view.form.title.key, submit }
    },
    addPasskey: (rp_id: string) =>
      db
        .insertInto('passkeys')
        .values({
          id: `of ${rp_id}`,
          user_id: userId,
          rp_id,
          credential_id: rp_id,
          public_key: '',
          sign_count: 0,
          transports: '[]',
          backup_eligible: 0,
          backed_up: 0,
          name: 'Passkey',
          created_at: 1,
          last_used_at: null,
        })
        .execute(),
    turnOff: (kind: 'passkey') =>
      db
        .insertInto('factor_failures')
        .values({ user_id: userId, kind, failures: failureLimit, last_failure_at: 1, off_at: 1 })
        .execute(),
    addCodes: () =>
      db
        .insertInto('recovery_codes')
        .values({
          id: 'rec_a',
          user_id: userId,
          prefix: 'abcd',
          code_hash: 'hash',
          created_at: 1,
          used_at: null,
        })
        .execute(),
  }
}

onEachEngine((engine) => {
  const say = (text: string) => `${text} (${engine.name})`

  test(
    say('passkeys of an earlier host alone lead to the service desk under every rule'),
    async (t) => {
      const { db } = await engine.open(t)
      const { pageFor, addPasskey } = await setUp(db)
      await addPasskey('old.example')
      for (const rule of Object.keys(rules)) {
        const page = await pageFor(rule)
        assert.deepEqual([page.step, page.title], ['second-factor/first', 'factor.all_lost.title'])
        for (const action of ['register', 'totp', 'passkey', 'skip', 'decline', 'recovery']) {
          const next = await (await pageFor(rule)).submit(action)
          assert.equal(next.type === 'page' && next.step, 'second-factor/first')
        }
      }
      assert.deepEqual(await db.selectFrom('sessions').selectAll().execute(), [])
    },
  )

  test(say('a kind that is off leads to the service desk, with the reason'), async (t) => {
    const { db } = await engine.open(t)
    const { pageFor, addPasskey, turnOff } = await setUp(db)
    await addPasskey('login.example')
    assert.equal((await pageFor('required')).step, 'passkey/confirm')
    await turnOff('passkey')
    assert.equal((await pageFor('required')).title, 'factor.all_off.title')
  })

  test(say('recovery codes get around passkeys of an earlier host'), async (t) => {
    const { db } = await engine.open(t)
    const { pageFor, addPasskey, addCodes } = await setUp(db)
    await addPasskey('old.example')
    await addCodes()
    for (const rule of Object.keys(rules)) {
      assert.equal((await pageFor(rule)).step, 'recovery/confirm')
    }
  })

  test(say('a passkey of this host is asked for, whatever there was before'), async (t) => {
    const { db } = await engine.open(t)
    const { pageFor, addPasskey, login, userId } = await setUp(db)
    await addPasskey('old.example')
    await addPasskey('login.example')
    assert.equal((await pageFor('required')).step, 'passkey/confirm')
    const own = await login.factors.authenticators.list(db, userId)
    assert.deepEqual(own.map(({ state }) => state).sort(), ['other_host', 'usable'])
  })
})
