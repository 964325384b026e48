/** Erika, whose only second factor can be lost, two operators of a service desk, and browsers that know her password. */
import type { Administrator } from '../../identity/operations/actor.ts'
import { createRefuseAlone } from '../../identity/operations/two-people.ts'
import type { Policy } from '../../identity/policy/policy.ts'
import type { Answers, ClientFacts } from '../../login/engine/step.ts'
import type { JourneyView } from '../../login/engine/view.ts'
import { createAuthenticatorAdministration } from '../../login/factors/authenticator-operations.ts'
import { openPasses } from '../../login/factors/index.ts'
import { failureLimit } from '../../login/factors/lockout.ts'
import type { Config } from '../../platform/config/schema.ts'
import { hours } from '../../platform/kernel/clock.ts'
import type { Database } from '../../platform/storage/database.ts'
import {
  config,
  createTestLogin,
  instantHasher,
  type TestLogin,
  type TestLoginOptions,
} from './login.ts'

const client: ClientFacts = {
  address: '192.0.2.7',
  place: undefined,
  browser: undefined,
  userAgent: undefined,
  language: 'de',
  session: undefined,
}
export const required: Policy = { secondFactor: 'required', skips: 0, decline: false }
export const rules: Readonly<Record<string, Policy>> = {
  required,
  soft: { secondFactor: 'required', skips: 3, decline: false },
  optional: { secondFactor: 'optional', skips: 3, decline: true },
  strong: { ...required, level: 'phishing_resistant' },
}
export const alice: Administrator = {
  type: 'administrator',
  name: 'cli:root,sudo:alice',
  person: 'alice',
}
export const bob: Administrator = { type: 'administrator', name: 'cli:bob', person: 'bob' }
export const root: Administrator = { type: 'administrator', name: 'cli:root' }
export const order = { lifetime: hours(8), reason: 'lost phone, recognised by voice' }

export async function createLostPhoneScene(
  db: Database,
  desk: Partial<Config['service_desk']> = {},
  options: Pick<TestLoginOptions, 'openDirectory'> = {},
) {
  const configured = { ...config, service_desk: { ...config.service_desk, ...desk } }
  const login = createTestLogin(db, { ...options, config: configured })
  for (const [id, policy] of Object.entries(rules)) await login.addApp(id, policy)
  const { id: userId } = await login.addUser('erika')
  const { authenticators } = login.factors
  const admin = createAuthenticatorAdministration({
    ...login,
    db,
    authenticators,
    lockout: login.lockout,
    refuseAlone: createRefuseAlone({ config: configured, directory: login.directory }),
  })
  const passes = openPasses({
    ...login,
    config: configured,
    db,
    authenticators,
    hasher: instantHasher,
  })

  return {
    login,
    userId,
    passes,
    /** A browser that knows Erika's password and goes to this app. */
    enter: (appId: string) => enterApp(login, appId),
    addPhone: () => addPhone(db, userId),
    addCodes: () => addCodes(db, userId),
    /** What has failed before is locked. */
    lockFactors: () =>
      db.updateTable('factor_failures').set({ failures: failureLimit, off_at: 1 }).execute(),
    remove: () => admin.removeFor(alice, 'erika', { id: oldPhoneId, endsAll: false }),
    reset: (withFallbacks = false) =>
      admin.reset(alice, 'erika', { kind: 'totp', withFallbacks, endsAll: false }),
    countSessions: async () => (await db.selectFrom('sessions').select('id').execute()).length,
    countAuthenticators: async () => (await authenticators.list(db, userId)).length,
    skipsUsed: async () => (await login.factors.choices.find(db, userId)).skipsUsed,
  }
}

/** A browser that knows Erika's password and goes to this app. */
async function enterApp(login: TestLogin, appId: string) {
  const answers = { username: 'erika', password: 'password of erika' }
  const browserToken = `browser for ${appId}`
  const request = { returnTo: '/', appId }
  let view: JourneyView = await login.engine.begin(
    { kind: 'login', request, browserToken, answers },
    client,
  )
  const journeyId = view.type === 'moved' ? view.journeyId : ''
  const look = async () => {
    if (view.type === 'moved') view = await login.engine.look({ journeyId, browserToken }, client)
    return view
  }
  await look()
  const where = () => (view.type === 'page' ? view.step : view.type)
  async function submit(given: Answers) {
    if (view.type !== 'page') throw new Error(`no page but ${view.type}`)
    const { version } = view
    view = await login.engine.submit(
      { journeyId, browserToken },
      { version, answers: given },
      client,
    )
    await look()
  }
  return {
    where,
    title: () => (view.type === 'page' ? view.form.title.key : ''),
    error: () => (view.type === 'page' ? view.formError?.title.key : undefined),
    options: () =>
      view.type === 'page'
        ? view.form.prompts.flatMap((one) =>
            one.type === 'choice' ? one.options.map(({ value }) => value) : [],
          )
        : [],
    /** Types a pass in the place of the phone, which is only at home. */
    async usePass(code: string) {
      await submit({ action: 'other' })
      await submit({ action: 'desk-pass' })
      await submit({ code, action: 'confirm' })
      await submit({ action: 'home' })
      if (where() === 'recovery/create') await submit({ action: 'back' })
    },
    submit,
  }
}

/** Of the codes that `addPhone` adds. */
export const oldPhoneId = 'otp_old'

async function addPhone(db: Database, userId: string): Promise<void> {
  await db
    .insertInto('totp_authenticators')
    .values({
      id: oldPhoneId,
      user_id: userId,
      name: 'Old phone',
      secret_sealed: 'sealed',
      algorithm: 'SHA1',
      digits: 6,
      period: 30,
      last_counter: 0,
      status: 'active',
      created_at: 1,
      last_used_at: null,
    })
    .execute()
}

async function addCodes(db: Database, userId: string): Promise<void> {
  await db
    .insertInto('recovery_codes')
    .values({
      id: 'rec_a',
      user_id: userId,
      prefix: 'AB',
      code_hash: 'hash of ABCDEFGHJKMNPQRS',
      created_at: 1,
      used_at: null,
    })
    .execute()
}
