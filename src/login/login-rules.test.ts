// A11: no key of the configuration, and no rule of an app, switches off what another one demands. Each key is in one of
// the two tables: with the values that could weaken most, or with why it has nothing to weaken.

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { createTestLogin, config as plain, type TestLogin } from '../dev/test-support/login.ts'
import { office } from '../dev/test-support/scene.ts'
import { connectPhone, findNumber, listPrompts, openTab } from '../dev/test-support/tab.ts'
import { acrNumber } from '../identity/policy/assurance.ts'
import { type Policy, policySchema } from '../identity/policy/policy.ts'
import { addToGroup } from '../identity/users/groups.ts'
import { configFields } from '../platform/config/fields.ts'
import { type Config, configSchema } from '../platform/config/schema.ts'
import { minutes } from '../platform/kernel/clock.ts'
import { silentLog } from '../platform/kernel/log.ts'
import type { Database } from '../platform/storage/database.ts'
import { openDatabase } from '../platform/storage/open.ts'
import { transact } from '../platform/storage/transact.ts'
import type { JourneyView } from './engine/view.ts'

const levels = ['possession', 'number', 'code', 'verified_code', 'phishing_resistant'] as const

const rule = (prefix: string) => ({
  [`${prefix}.second_factor`]: ['none', 'optional', 'required'],
  [`${prefix}.level`]: levels,
  [`${prefix}.skips`]: [0, 1000],
  [`${prefix}.skip_until`]: ['2099-12-31'],
  [`${prefix}.decline`]: [true],
  [`${prefix}.decline_days`]: [3650],
  [`${prefix}.plain_approval`]: [true],
})

const weakening: Readonly<Record<string, readonly unknown[]>> = {
  'networks[].shared': [true],
  'passwords.min_length': [8],
  'passwords.min_length_with_second_factor': [8],
  'passwords.forgotten': ['service_desk'],
  'login.journey_lifetime': ['1m', '2h'],
  'account.fresh_login': ['24h'],
  offered_factors: [['push'], ['passkey', 'push']],
  'authenticator.enabled': [true],
  'authenticator.combined_totp': [true],
  'push.challenge_lifetime': ['10s', '10m'],
  'push.registration_lifetime': ['30s', '30m'],
  'push.combined_totp': [true],
  'push.register_anew': [true],
  'push.context.browser': [false],
  'push.context.place': [false],
  'push.context.time': [false],
  'push.context.address': [false],
  recovery_codes: ['off', 'account', 'enrolment'],
  'service_desk.pass': ['once', 'hours'],
  'service_desk.verify_caller': ['off', 'required'],
  'service_desk.pass_max_lifetime': ['5m', '7d'],
  'not_me.end_sessions': [false],
  'not_me.require_new_password': [false],
  'not_me.block_push': ['0s', '24h'],
  ...rule('default_policy'),
  ...rule('default_policy.groups[]'),
}

const directoryKeys = [
  ...['name', 'kind', 'servers', 'ca_file', 'bind_name', 'bind_password', 'bind_password_file'],
  ...['people_filter', 'sessions_end_on'],
  ...['base', 'domain', 'upn_suffixes', 'login_attributes', 'username_attribute', 'attributes'],
  ...['group_base', 'nested_groups', 'admin_groups', 'service_desk_groups', 'write_passwords'],
  ...[
    'expiry_warning',
    'old_password_window',
    'lockout_threshold',
    'lockout_window',
    'time_limit',
    'connections',
  ],
  ...['sync_interval', 'verified_mail_domains', 'verified_phone_numbers'],
]

const receiverKeys = [
  ...['name', 'kind', 'types', 'host', 'port', 'transport', 'ca_file', 'client_certificate_file'],
  ...['client_key_file', 'url', 'secret', 'secret_file'],
]

const harmless: Readonly<Record<string, readonly string[]>> = {
  'how pages look, and where they lead': [
    ...['name', 'apps_line', 'logo', 'colour', 'corner_radius', 'support.email'].map(inBrand),
    ...['support.phone', 'imprint_url', 'privacy_url'].map(inBrand),
    ...['push.issuer', 'stores.ios_url', 'stores.android_url', 'time_zone'],
  ],
  'where the server is, and what it keeps': [
    ...['public_url', 'listen.host', 'listen.port', 'key_file', 'log.level'],
    ...['credential', 'variable', 'command', 'time_limit'].map((key) => `key_source.${key}`),
    ...[
      'storage.type',
      'storage.file',
      'storage.url',
      'storage.direct_url',
      'storage.migrate',
      'storage.connections',
      'storage.wait',
      'metrics.host',
      'metrics.port',
      'telemetry.endpoint',
      'telemetry.authorization',
      'telemetry.traces',
      'telemetry.metrics',
      'telemetry.sample',
      'telemetry.interval',
      'shutdown.drain',
      ...['audit.heads.file', 'audit.heads.receivers', 'audit.heads.every', 'retention.audit'],
      ...['audit.receivers', ...receiverKeys.map((name) => `audit.receivers[].${name}`)],
    ],
  ],
  'what an address is called; tries are counted by name as well': [
    ...['trusted_proxies', 'networks', 'networks[].name', 'networks[].ranges'],
  ],
  'how long something lasts that was proven before': [
    ...['sessions.idle', 'sessions.absolute', 'oidc.access_token_lifetime'],
  ],
  'which people a rule is for': [
    ...['default_policy.groups', 'default_policy.groups[].group'],
    'service_desk.two_people_groups',
    ...['', '[].account', '[].username'].map((key) => `service_desk.operators${key}`),
  ],
  'how a message travels, not what it asks': [
    ...['push.senders.http.allowed_origins', 'authenticator.peers'],
    ...['region', 'google_application_arn', 'apple_application_arn', 'format'].map(inSns),
    ...['access_key_id', 'secret_access_key_file', 'endpoint'].map(inSns),
    'push.senders.fcm.service_account_file',
    ...['key_file', 'key_id', 'team_id', 'topic', 'sandbox'].map(
      (name) => `push.senders.apns.${name}`,
    ),
    ...['subject', 'private_key_file', 'allowed_origins'].map(
      (name) => `push.senders.webpush.${name}`,
    ),
  ],
  'where an app is, and how it proves that it is the app': [
    ...['app_networks', 'oidc.client_certificate_header', 'oidc.dynamic_registration'],
    'saml.metadata_refresh',
  ],
  'where users and their passwords are, not what is asked of them': [
    ...['directories', ...directoryKeys.map((name) => `directories[].${name}`)],
  ],
  'whose tickets stand for the password, never for more': [
    ...['service', 'keytab_file', 'realms', 'realms[].realm', 'realms[].directory', 'networks'].map(
      (name) => `kerberos.${name}`,
    ),
  ],
  'what a first second factor needs beside the password: never less than the password': [
    ...['default_policy', 'default_policy.groups[]'].map((at) => `${at}.first_factor`),
    'networks[].enrolment',
  ],
  'who is told afterwards': [
    'default_language',
    ...['mail.from', 'mail.smtp.host', 'mail.smtp.port', 'mail.smtp.security'],
    ...['mail.smtp.username', 'mail.smtp.password', 'events.webhook.url', 'events.webhook.secret'],
    ...['events.syslog.host', 'events.syslog.port', 'events.syslog.transport'],
  ],
}

function inBrand(name: string): string {
  return `brand.${name}`
}

function inSns(name: string): string {
  return `push.senders.sns.${name}`
}

/** The values of an app's rule; the words are those of policy.ts. */
const ofApps = {
  secondFactor: ['optional', 'required'],
  level: [undefined, 'possession', 'number'],
  skips: [0, 1000],
  skipUntil: [undefined],
  decline: [false, true],
  declineDays: [undefined],
  plainApproval: [undefined, true],
  firstFactor: [undefined],
  groups: [undefined],
} satisfies { [Name in keyof Required<Policy>]: readonly Policy[Name][] }

test('A11: every key of the configuration and of a rule is in one of the tables', () => {
  const keys = configFields.flatMap(({ path, node }) => {
    const key = path.join('.')
    return [key, ...Object.keys(node.items?.properties ?? {}).map((name) => `${key}[].${name}`)]
  })
  const listed = [...Object.keys(weakening), ...Object.values(harmless).flat()]
  assert.deepEqual(listed.toSorted(), keys.toSorted())
  assert.deepEqual(Object.keys(ofApps).toSorted(), Object.keys(policySchema.shape).toSorted())
})

type Choice = readonly (readonly [key: string, value: unknown])[]

/** One entry of each list, which is for everybody. */
const entries = {
  networks: { name: 'Office', ranges: ['0.0.0.0/0'] },
  groups: { group: 'everybody' },
}

function configOf(choice: Choice): Config {
  const tree = structuredClone({
    push: { senders: { http: plain.push.senders.http } },
    default_policy: {},
  }) as Tree
  for (const [key, value] of choice) {
    const parts = key.split('.')
    const last = parts.pop() ?? ''
    let at = tree
    for (const part of parts) at = below(at, part)
    at[last] = value
  }
  return configSchema.parse(tree)
}

interface Tree {
  [key: string]: unknown
}

function below(tree: Tree, part: string): Tree {
  const name = part.replace('[]', '')
  const isList = name !== part
  tree[name] ??= isList ? [{ ...entries[name as keyof typeof entries] }] : {}
  return (isList ? (tree[name] as Tree[])[0] : tree[name]) as Tree
}

const isIn = (view: JourneyView) => view.type === 'finished'
const actionsOf = (view: JourneyView) =>
  listPrompts(view).flatMap((one) =>
    one.type === 'choice' ? one.options.map(({ value }) => value) : [],
  )

/** People and apps of one configuration; names are new, as one database has them all. */
function createScene(db: Database, config: Config, n: number) {
  const login = createTestLogin(db, { config })
  const client = { ...office, address: `198.18.${n >> 8}.${n & 255}` }
  return {
    ...login,
    open: () => openTab(login, client),
    idOf: (name: string) => `${name}-${n}`,
    async addMember(name: string) {
      const user = await login.addUser(`${name}-${n}`)
      await addToGroup(db, user.id, entries.groups.group)
      return user
    },
    levelOf: async (view: JourneyView) =>
      view.type === 'finished' ? (await login.sessions.find(view.token))?.acr : view.type,
  }
}

type Scene = ReturnType<typeof createScene>
type Phone = ReturnType<TestLogin['createPhone']>

const strict: Policy = { secondFactor: 'required', level: 'number', skips: 0, decline: false }

/** Everything that `strict` and the rules beside it promise, whatever else is configured. */
async function judge(db: Database, choice: Choice, n: number): Promise<void> {
  const scene = createScene(db, configOf(choice), n)
  await scene.addApp(scene.idOf('vault'), strict)
  await scene.addApp(scene.idOf('open'), { ...strict, secondFactor: 'none' })
  await judgeNobodyElse(scene)
  await judgeGuesses(scene)
  const erika = await scene.addMember('erika')
  const beginning = { username: erika.username, appId: scene.idOf('vault') }
  const phone = scene.createPhone(scene.idOf('pixel'))
  assert.equal(await scene.levelOf(await connectPhone(scene, phone, beginning)), acrNumber)
  await judgeNumber(scene, phone, beginning)
  const tab = scene.open()
  const number = findNumber(await tab.begin(beginning))
  await scene.settle()
  await transact(db, (tx) => scene.notMe.reportNotMe(tx, { userId: erika.id, source: 'mail' }))
  await phone.answer(0, () => number)
  assert.equal(isIn(await tab.look()), false, 'an approval after a report')
}

/** A user without a second factor cannot log in without enrolling one. */
async function judgeNobodyElse({ open, addMember, idOf }: Scene): Promise<void> {
  const max = await addMember('max')
  const tab = open()
  const begin = () => tab.begin({ username: max.username, appId: idOf('vault') })
  const offered = actionsOf(await begin())
  assert.ok(!offered.includes('skip') && !offered.includes('decline'), `${offered}`)
  for (const action of ['skip', 'decline', 'other', 'recovery', 'cancel', '']) {
    assert.equal(isIn(await tab.answer({ action })), false, action)
    await begin()
  }
}

/** After many wrong passwords, the right one is refused for a time. */
async function judgeGuesses({ open, addMember, idOf }: Scene): Promise<void> {
  const otto = await addMember('otto')
  const beginning = { username: otto.username, appId: idOf('open') }
  const tab = open()
  for (let n = 0; n < 12; n += 1) await tab.begin({ ...beginning, password: 'a guess' })
  assert.equal(isIn(await tab.begin(beginning)), false, 'the password after guesses')
}

/** A phone that shows numbers is asked for a number, and only the right number lets the user in. */
async function judgeNumber(
  scene: Scene,
  phone: Phone,
  beginning: { username: string; appId: string },
): Promise<void> {
  const tab = scene.open()
  const page = await tab.begin(beginning)
  const right = findNumber(page)
  assert.deepEqual(
    ['skip', 'decline', 'register'].filter((action) => actionsOf(page).includes(action)),
    [],
  )
  for (const action of ['skip', 'decline', 'register', 'other']) {
    assert.equal(isIn(await tab.answer({ action })), false, action)
  }
  await scene.settle()
  await phone.answer(0, (numbers) => numbers.find((one) => one !== right) ?? Number.NaN)
  assert.equal(isIn(await tab.look()), false, 'a wrong number')
  scene.pass(minutes(30))
  const again = scene.open()
  const number = findNumber(await again.begin(beginning))
  await scene.settle()
  assert.equal(isIn(await again.look()), false, 'no answer')
  await phone.answer(0, () => number)
  assert.equal(await scene.levelOf(await again.look()), acrNumber)
}

const singles: Choice = Object.entries(weakening).flatMap(([key, values]) =>
  values.map((value) => [key, value] as const),
)

async function open(t: TestContext): Promise<Database> {
  const storage = { type: 'sqlite', file: ':memory:' } as const
  const database = await openDatabase({ storage, log: silentLog })
  t.after(() => database.close())
  return database.db
}

test('A11: no key alone weakens another rule', async (t) => {
  const db = await open(t)
  for (const [n, [key, value]] of singles.entries()) {
    await t.test(`${key}: ${value}`, () => judge(db, [[key, value]], n))
  }
})

test('A11: no combination of keys weakens another rule', async (t) => {
  const db = await open(t)
  let n = 0
  const shape = Object.entries(weakening).map(([key, values]) =>
    fc.tuple(fc.constant(key), fc.constantFrom(...values)),
  )
  const all = Object.entries(weakening).map(([key, values]) => [key, values.at(-1)] as const)
  const some = fc.tuple(...shape).chain((choice) => fc.subarray(choice))
  await fc.assert(
    fc.asyncProperty(some, (choice) => judge(db, choice, n++)),
    { numRuns: 12, examples: [[all]], endOnFailure: true },
  )
})

test('A11: no rule of an app lowers what a phone that shows numbers must send', async (t) => {
  const scene = createScene(await open(t), plain, 0)
  const erika = await scene.addMember('erika')
  const phone = scene.createPhone('pixel')
  let rules: Partial<Policy>[] = [{}]
  for (const [name, values] of Object.entries(ofApps)) {
    rules = rules.flatMap((before) =>
      values.map((value) => (value === undefined ? before : { ...before, [name]: value })),
    )
  }
  for (const [n, policy] of rules.entries()) {
    const appId = `app-${n}`
    await scene.addApp(appId, policySchema.parse(policy))
    const beginning = { username: erika.username, appId }
    if (n === 0) await connectPhone(scene, phone, beginning)
    const tab = scene.open()
    const number = findNumber(await tab.begin(beginning))
    await scene.settle()
    assert.equal(isIn(await tab.answer({ action: 'skip' })), false)
    await phone.answer(0, () => number)
    assert.equal(await scene.levelOf(await tab.look()), acrNumber, JSON.stringify(policy))
    scene.pass(minutes(1))
  }
})
