import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openTerminal } from '../../dev/test-support/cli.ts'
import { groupsOf } from '../../identity/users/groups.ts'
import { parsePasswordHash } from '../../identity/users/password-hashes/password-hash.ts'
import { createUsers } from '../../identity/users/users.ts'
import { createTotpStore } from '../../login/factors/totp/store.ts'
import { codeAt, stepAt } from '../../login/factors/totp/verify.ts'
import { systemClock as clock } from '../../platform/kernel/clock.ts'
import { createKeyring } from '../../platform/kernel/keyring.ts'
import { silentLog as log } from '../../platform/kernel/log.ts'
import { systemRandom as random } from '../../platform/kernel/random.ts'
import { loadKeys } from '../../platform/storage/key-file.ts'
import { openDatabase } from '../../platform/storage/open.ts'

interface Report {
  readonly new: number
  readonly unchanged: number
  readonly passed: number
  readonly refusals: readonly { line: number; name?: string; reason: string }[]
  readonly leftOut: Readonly<Record<string, number>>
}

async function setUp(t: TestContext) {
  const terminal = await openTerminal(t)
  const storage = { type: 'sqlite', file: join(terminal.folder, 'einlass.db') } as const
  const { db, close } = await openDatabase({ storage, log })
  t.after(close)
  const users = createUsers({ clock, random })
  return {
    async run(what: 'users' | 'totp', content: string, ...options: string[]) {
      const name = join(terminal.folder, 'file')
      await writeFile(name, content)
      const args = ['import', what, name, '--json', ...options]
      const { code, stdout } = await terminal.einlass(args)
      return { code, ...(JSON.parse(stdout) as Report) }
    },
    find: (name: string) => users.findByName(db, name),
    async verify(name: string) {
      const { password_hash } = await db
        .selectFrom('users')
        .select('password_hash')
        .where('username', '=', name)
        .executeTakeFirstOrThrow()
      const reading = parsePasswordHash(password_hash ?? '')
      return reading.type === 'known' && (await reading.hash.verify(password))
    },
    async listGroups(name: string) {
      const user = await users.findByName(db, name)
      return user && [...((await groupsOf(db, [user.id])).get(user.id) ?? [])]
    },
    /** The code that the server expects of a user's code app at this time, in seconds since the epoch. */
    async computeCode(name: string, time: number) {
      const keys = await loadKeys(join(terminal.folder, 'einlass.key'))
      const store = createTotpStore({ clock, random, keyring: createKeyring({ keys, random }) })
      const user = await users.findByName(db, name)
      const [app] = user === undefined ? [] : await store.listActive(db, user.id)
      return app && codeAt(app.secret(), stepAt(time * 1000, app), app)
    },
    async listCodes() {
      const columns = ['algorithm', 'digits', 'period'] as const
      const rows = await db.selectFrom('totp_authenticators').select(columns).execute()
      return rows.map(({ algorithm, digits, period }) => [algorithm, digits, period])
    },
  }
}

const password = 'Grüße aus Köln 42'

function createPassword(algorithm: string, hashIterations: number, salt: string, value: string) {
  const more = { hashLength: ['32'], memory: ['7168'], type: ['id'], version: ['1.3'] }
  const additionalParameters = algorithm === 'argon2' ? { ...more, parallelism: ['1'] } : {}
  return {
    id: '4e67ce9c-1ddc-45db-b36e-db50ee1f4d9e',
    type: 'password',
    createdDate: 1_740_654_903_754,
    secretData: JSON.stringify({ value, salt, additionalParameters: {} }),
    credentialData: JSON.stringify({ hashIterations, algorithm, additionalParameters }),
  }
}

/** Computed by hashlib and argon2-cffi of Python, with the lengths that Keycloak uses. */
const passwords = {
  sha1: createPassword(
    'pbkdf2',
    2000,
    'xhMLhbkNfRxVs3+FD7fnTg==',
    'xd30DCdQLEwr2jBA2QEtr8xRn1VJIOG6O+llLFEi9ZFV5d2kKxyANHHnTWI5i19YyWq7kAZKXXbCOg4btKthOg==',
  ),
  sha256: createPassword(
    'pbkdf2-sha256',
    2750,
    'Q1gJd/4JzDrHRvqRaO1UZA==',
    'jxQgDyZOtO5HHu7jZr+N1OrH/ILqizD9R6wJqJSBQiKKeXw5+huSt5LaLy2qKR7kkbpAUzH3tfHiXkyt1l6eNQ==',
  ),
  sha512: createPassword(
    'pbkdf2-sha512',
    2100,
    'NWfbAWsg8ZLa7wu1niCYDg==',
    'zReKqJNoo2bIIz3S+i9/MNylHo2HhJM4Y36ChJGcOaPaAOVJ/GZlPk2petaNJzONsr75+q2VoBffonwHA7ZVaw==',
  ),
  argon2: createPassword(
    'argon2',
    5,
    'DOdT6qz3hUIZKwY5xhhopw==',
    'qew0YJ5Lj0jOuv1uaAOAaSJ+EiIjy/eA4Iye940ZZaM=',
  ),
}

const createCodes = (value: string, data: object = {}) => ({
  type: 'otp',
  userLabel: 'Pixel',
  secretData: JSON.stringify({ value }),
  credentialData: JSON.stringify({
    ...{ subType: 'totp', digits: 6, counter: 0, period: 30, algorithm: 'HmacSHA1' },
    ...data,
  }),
})

const keycloakUsers = [
  {
    id: '3f0b39cb-0a1b-4428-b36f-b8c098126dbd',
    createdTimestamp: 1_611_230_523_301,
    username: 'erika',
    enabled: true,
    totp: true,
    emailVerified: true,
    ...{ firstName: 'Erika', lastName: 'Muster', email: 'erika@example.org' },
    attributes: { locale: ['de'], costCentre: ['4711'] },
    credentials: [passwords.sha256, createCodes('eZk3WSbQ4xR7nHTvB9mG')],
    requiredActions: [],
    realmRoles: ['default-roles-example'],
    clientRoles: {},
    groups: ['/staff', '/staff/berlin'],
  },
  {
    username: 'max',
    enabled: false,
    credentials: [
      passwords.argon2,
      createCodes('JBSWY3DPEHPK3PXP', {
        ...{ algorithm: 'HmacSHA256', digits: 8, secretEncoding: 'BASE32' },
      }),
      { type: 'webauthn', secretData: '{}', credentialData: '{}' },
    ],
    requiredActions: ['UPDATE_PASSWORD'],
  },
  { username: 'moritz', enabled: true, credentials: [passwords.sha512] },
  { username: 'lisa', enabled: true, credentials: [passwords.sha1] },
  { username: 'service-account-wiki', enabled: true, serviceAccountClientId: 'wiki' },
]

/** As the export command of Keycloak writes it: the users are somewhere in the middle. */
const createRealm = (users: readonly object[]) => ({
  id: 'example',
  realm: 'example',
  roles: { realm: [{ name: 'users', description: 'a "quoted" { word' }] },
  groups: [{ name: 'staff', path: '/staff', users: [{ username: 'nobody' }] }],
  users,
  clients: [{ clientId: 'wiki', users: ['no user'] }],
})

test('users of a Keycloak realm are imported with their passwords, pretty-printed or on one line', async (t) => {
  for (const indentation of [2, undefined]) {
    const { run, find, verify, listGroups } = await setUp(t)
    const realm = JSON.stringify(createRealm(keycloakUsers), null, indentation)
    const report = await run('users', realm, '--apply', '--with', 'groups')
    assert.deepEqual([report.code, report.new, report.passed], [0, 4, 1])
    for (const name of ['erika', 'max', 'moritz', 'lisa'])
      assert.equal(await verify(name), true, name)
    const erika = await find('erika')
    assert.deepEqual(
      [erika?.displayName, erika?.email, erika?.passwordChangeRequired, erika?.disabledAt !== null],
      ['Erika Muster', 'erika@example.org', false, false],
    )
    const max = await find('max')
    assert.deepEqual([max?.passwordChangeRequired, max?.disabledAt !== null], [true, true])
    assert.deepEqual(await listGroups('erika'), ['staff', 'staff/berlin'])
    assert.deepEqual(report.leftOut, {
      ...{ givenName: 1, familyName: 1, 'attribute.locale': 1, 'attribute.costCentre': 1 },
      ...{ otpauth: 2, realmRoles: 1, 'credential webauthn': 1 },
    })
  }
})

test('an address that Keycloak did not verify is left out and named, as apps would take it as verified', async (t) => {
  const { run, find } = await setUp(t)
  const users = [true, false].map((emailVerified) => ({
    ...{ username: emailVerified ? 'erika' : 'max', enabled: true, emailVerified },
    ...{ email: 'chef@example.org', credentials: [passwords.sha256] },
  }))
  const report = await run('users', JSON.stringify(createRealm(users)), '--apply')
  assert.deepEqual([report.code, report.new], [0, 2])
  assert.deepEqual(report.leftOut, { 'unverified email': 1 })
  assert.equal((await find('erika'))?.email, 'chef@example.org')
  assert.equal((await find('max'))?.email, null)
})

test('code apps of a Keycloak realm are imported from the same file', async (t) => {
  const { run, listCodes } = await setUp(t)
  const realm = JSON.stringify(createRealm(keycloakUsers), null, 2)
  assert.equal((await run('users', realm, '--apply')).new, 4)
  const report = await run('totp', realm, '--apply')
  assert.deepEqual([report.code, report.new, report.passed], [0, 2, 3])
  assert.deepEqual(await listCodes(), [
    ['SHA1', 6, 30],
    ['SHA256', 8, 30],
  ])
  assert.equal((await run('totp', realm, '--apply')).unchanged, 2)
})

test('code apps of Keycloak show the codes of RFC 6238, with a secret in base32 and with one in raw characters', async (t) => {
  const { run, computeCode } = await setUp(t)
  // The secret and the codes of RFC 6238, appendix B.
  const raw = createCodes('12345678901234567890', { digits: 8 })
  const base32 = { digits: 8, secretEncoding: 'BASE32' }
  const users = [
    { username: 'erika', credentials: [passwords.sha256, raw] },
    {
      username: 'max',
      credentials: [passwords.sha256, createCodes('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ', base32)],
    },
    {
      username: 'lisa',
      // Characters of base32 without an encoding are raw characters too.
      credentials: [passwords.sha256, createCodes('GEZDGNBVGY3TQOJQ', { digits: 8 })],
    },
    {
      username: 'moritz',
      credentials: [
        passwords.sha256,
        createCodes('ABCDEF234567ABCDEF234567ABCDEF23', { secretEncoding: 'HEX' }),
      ],
    },
  ]
  const realm = JSON.stringify(createRealm(users))
  assert.equal((await run('users', realm, '--apply')).new, 4)
  const report = await run('totp', realm, '--apply', '--skip-refused')
  assert.equal(report.new, 3)
  assert.deepEqual(
    report.refusals.map(({ name }) => name),
    ['moritz'],
  )
  for (const name of ['erika', 'max']) {
    assert.equal(await computeCode(name, 59), '94287082', name)
    assert.equal(await computeCode(name, 1_111_111_109), '07081804', name)
  }
  // Computed by hmac of Python.
  assert.equal(await computeCode('lisa', 59), '47397825')
})

test('users of Keycloak that cannot be imported are refused with their line, and the others go on', async (t) => {
  const { run } = await setUp(t)
  const users = [
    { username: 'a', credentials: [{ type: 'password', value: 'geheim' }] },
    { username: 'b', credentials: [{ ...passwords.sha256, secretData: 'x' }] },
    { username: 'c', credentials: 'none' },
    { username: 'd', credentials: [createPassword('sha3-of-us', 1, 'AAAA', 'AAAA')] },
    { username: 'e', credentials: [passwords.sha256] },
    'f',
    7,
    ['g'],
    { username: 'h' },
  ]
  const lines = users.map((user) => JSON.stringify(user)).join(',\n')
  const text = `{ "realm": "x",\n"users" : [\n${lines}\n]}`
  const report = await run('users', text, '--apply', '--skip-refused')
  assert.deepEqual([report.code, report.new], [65, 2])
  const unknown = 'its password is in the clear, or its hash is of no form that a login can verify'
  assert.deepEqual(
    report.refusals.map(({ line, name, reason }) => [line, name, reason]),
    [
      [3, 'a', 'it has a password in the clear; only hashes are imported (passwordHash)'],
      [4, 'b', unknown],
      [5, undefined, 'its credentials is not as Keycloak writes it'],
      [6, 'd', unknown],
      [8, undefined, 'it is no JSON object'],
      [9, undefined, 'it is no JSON object'],
      [10, undefined, 'it is no JSON object'],
    ],
  )
  const without = await run(
    'users',
    JSON.stringify({ id: 'x', realm: 'x', users: undefined }, null, 1),
  )
  assert.match(without.refusals[0]?.reason ?? '', /without its users: export it with kc.sh/)
  const cut = await run('users', text.slice(0, -20))
  assert.match(cut.refusals.at(-1)?.reason ?? '', /the JSON ends before it is complete/)
})

test('any list of JSON objects is imported, in any layout', async (t) => {
  const { run } = await setUp(t)
  const users = [
    { username: 'erika', displayName: 'Erika } "Muster" [' },
    { username: 'max', email: 'max@example.org' },
  ]
  assert.equal((await run('users', JSON.stringify(users, null, 2), '--apply')).new, 2)
  assert.equal((await run('users', JSON.stringify(users))).unchanged, 2)
  const apart = users.map((user) => JSON.stringify(user, null, 4)).join('\n')
  assert.equal((await run('users', apart)).unchanged, 2)
  const lines = users.map((user) => JSON.stringify(user)).join('\n')
  assert.equal((await run('users', lines)).unchanged, 2)
})

/** Made by mkpasswd and passlib, in the forms that Authelia writes. */
const authelia = `---
# The users of Authelia
users:
  erika:
    disabled: false
    displayname: 'Erika Muster'
    password: '$6$rounds=50000$EHf0Cl39opQNk0vq$l5O1ApGuO49b5.qoeU4tos3T11L3CdpPIGshLrPoVK.LZN/1CNgJ/80yfpWP81wsVSmNqZDRNwT09UPB/Lzh/0'
    email: erika@example.org
    groups: [admins, 'dev']
    given_name: Erika
    address:
      locality: Köln
    extra:
      costCentre: 4711
  max:
    disabled: true
    displayname: Max
    password: "$2b$05$AYGj6SA8gxXGJmF8UOm9ju20C.TT2Ux3eJPhLHuA4CWX.FTkoTDM2"
    email: ''
    groups: []
  moritz:
    password: geheim
  12345:
    displayname: Nummer
  lisa: yes
`

test('the users file of Authelia is imported, and a wrong user in it is refused alone', async (t) => {
  const { run, find, verify, listGroups } = await setUp(t)
  const options = ['--apply', '--skip-refused', '--with', 'groups', '--with', 'attributes']
  const report = await run('users', authelia, ...options)
  assert.deepEqual(
    [report.new, report.refusals.map(({ line, name, reason }) => `${line} ${name}: ${reason}`)],
    [
      3,
      [
        '21 moritz: its password is in the clear, or its hash is of no form that a login can verify',
        '25 undefined: it has no values by name',
      ],
    ],
  )
  assert.deepEqual([await verify('erika'), await verify('max')], [true, true])
  const erika = await find('erika')
  assert.deepEqual([erika?.displayName, erika?.email], ['Erika Muster', 'erika@example.org'])
  assert.deepEqual(await listGroups('erika'), ['admins', 'dev'])
  assert.equal((await find('max'))?.disabledAt !== null, true)
  assert.ok(await find('12345'))
  assert.equal((await run('totp', authelia)).passed, 4)
})

test('a users file of Authelia that is no YAML is refused with its line and none of its text', async (t) => {
  const { run } = await setUp(t)
  const report = await run('users', "users:\n  erika:\n    password: 'geheim\n  max: {}\n")
  assert.equal(report.new, 0)
  assert.ok(!JSON.stringify(report).includes('geheim'))
  assert.match(report.refusals[0]?.reason ?? '', /a quote that is not closed/)
  const twice = await run(
    'users',
    'users:\n  erika:\n    email: a@b.example\n    email: c@d.example\n',
  )
  assert.deepEqual(twice.refusals, [{ line: 2, reason: 'a name is in it twice' }])
})
