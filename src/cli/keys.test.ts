import assert from 'node:assert/strict'
import { chmod, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openTerminal } from '../dev/test-support/cli.ts'
import { createSigningKeys } from '../faces/protocols/signing-keys.ts'
import { hours, systemClock } from '../platform/kernel/clock.ts'
import { createKeyring } from '../platform/kernel/keyring.ts'
import { silentLog as log } from '../platform/kernel/log.ts'
import { systemRandom as random } from '../platform/kernel/random.ts'
import { loadKeys } from '../platform/storage/key-file.ts'
import { openDatabase } from '../platform/storage/open.ts'

interface Listed {
  readonly purpose: string
  readonly algorithm: string
  readonly kid: string
  readonly state: string
}

/** A terminal with the database of a server that has used its keys. */
async function openBesideServer(t: TestContext, clock = systemClock) {
  const terminal = await openTerminal(t)
  const file = join(terminal.folder, 'einlass.db')
  const database = await openDatabase({ storage: { type: 'sqlite', file }, log })
  const keys = await loadKeys(join(terminal.folder, 'einlass.key'))
  const keyring = createKeyring({ keys, random })
  const publicUrl = 'https://login.example.org'
  const signing = createSigningKeys({ db: database.db, clock, random, keyring, publicUrl })
  for (const purpose of ['oidc', 'saml'] as const) await signing.find(purpose)
  await database.close()
  return terminal
}

test('keys list shows certificate thumbprints, and keys rotate affects only one purpose', async (t) => {
  const { einlass } = await openBesideServer(t)
  const before = (await einlass(['keys', 'list', '--json'])).json() as Listed[]
  assert.deepEqual(
    before.map(({ purpose, algorithm, state }) => `${purpose} ${algorithm} ${state}`).sort(),
    ['oidc ES256 signs', 'oidc RS256 signs', 'saml RS256 signs'],
  )
  const rotated = await einlass(['keys', 'rotate', '--json'])
  assert.equal(rotated.code, 0)
  const list = (await einlass(['keys', 'list'])).stdout
  assert.match(list, /^PURPOSE +ALGORITHM +KID +STATE +SIGNS FROM +PUBLISHED UNTIL +CERTIFICATE/)
  assert.equal(list.match(/^oidc .* next /gm)?.length, 2)
  assert.equal(list.match(/^saml .* next /gm), null)
  assert.match(list, /^saml .* [0-9A-F]{40} +\d{4}-/m)
  for (const { kid } of before) assert.match(list, new RegExp(kid))
})

test('a certificate rotation names the apps that need the next certificate', async (t) => {
  const { einlass } = await openBesideServer(t)
  const add = ['app', 'add', '--protocol']
  await einlass([...add, 'wsfed', 'mail', '--realm', 'https://mail.example.org/owa/'])
  await einlass([...add, 'oidc', 'wiki', '--redirect-uri', 'https://wiki.example.org/callback'])
  const rotated = (await einlass(['keys', 'rotate', '--purpose', 'saml'])).stdout
  assert.match(rotated, /^The next certificate signs from \d{4}-.* need it before: mail\.$/m)
  assert.doesNotMatch((await einlass(['keys', 'rotate'])).stdout, /next certificate/)
})

test('keys rotate makes no second next key, and --now makes the next key sign at once', async (t) => {
  const { einlass } = await openBesideServer(t)
  await einlass(['keys', 'rotate', '--purpose', 'saml'])
  const again = await einlass(['keys', 'rotate', '--purpose', 'saml'])
  assert.equal(again.code, 1)
  assert.match(again.stderr, /^The next key of saml is published already and signs from /)
  const now = await einlass(['keys', 'rotate', '--purpose', 'saml', '--now', '--json'])
  const next = (now.json() as (Listed & { signsFrom: number })[]).find(
    ({ state }) => state === 'next',
  )
  assert.ok(next)
  assert.ok(next.signsFrom <= Date.now() + 60_000)
})

test('an unknown purpose is refused, and so is a rotation before a server has made keys', async (t) => {
  const { einlass } = await openTerminal(t)
  const wrong = await einlass(['keys', 'rotate', '--purpose', 'tls'])
  assert.equal(wrong.code, 64)
  assert.match(wrong.stderr, /found: +"tls"\n +allowed: oidc, saml, forward-auth, sealing/)
  const early = await einlass(['keys', 'rotate'])
  assert.equal(early.code, 1)
  assert.match(early.stderr, /^There are no keys of the purpose oidc yet/)
  assert.match((await einlass(['keys', 'list'])).stdout, /^There are no keys yet/)
})

test('keys list warns of a certificate that expires soon, until the next one is published', async (t) => {
  const tenYears = hours(24) * 3652
  const born = { now: () => Date.now() - tenYears + hours(24) * 20 }
  const { einlass } = await openBesideServer(t, born)
  const warning = /Warning: the certificate of saml ends at .*: einlass keys rotate --purpose saml$/
  assert.match((await einlass(['keys', 'list'])).stdout.trim(), warning)
  assert.equal((await einlass(['keys', 'rotate', '--purpose', 'saml'])).code, 0)
  assert.doesNotMatch((await einlass(['keys', 'list'])).stdout, /Warning/)
})

const ids = (listed: unknown) => (listed as { readonly id: string }[]).map(({ id }) => id)

test('a sealing key is rotated but not retired too early, and keys list shows the tables of its values', async (t) => {
  const { einlass, folder } = await openBesideServer(t)
  const before = (await einlass(['keys', 'list', '--purpose', 'sealing'])).stdout
  assert.match(
    before,
    /^KEY +STATE +SEALS SINCE +VALUES +OF\n\w{16} +seals +- +\d+ +.*signing_keys/,
  )
  const rotated = await einlass(['keys', 'rotate', '--purpose', 'sealing'])
  assert.equal(rotated.code, 0)
  assert.match(
    rotated.stdout,
    /^The key \w+ seals from now on\. Values that were wrapped anew: 4\.$/m,
  )
  const [, first] = ids((await einlass(['keys', 'list', '--purpose', 'sealing', '--json'])).json())
  assert.match(rotated.stdout, new RegExp(`einlass keys retire ${first}$`, 'm'))
  const early = await einlass(['keys', 'retire', `${first}`])
  assert.equal(early.code, 1)
  assert.match(early.stderr, /Try again in a minute/)
  assert.equal((await loadKeys(join(folder, 'einlass.key'))).length, 2)
  assert.equal((await einlass(['keys', 'check'])).stdout, 'Every sealed value opens.\n')
  const none = await einlass(['keys', 'retire', 'nobody'])
  assert.match(none.stderr, /^There is no key nobody in the key file /)
  assert.equal((await einlass(['keys', 'rotate', '--purpose', 'sealing', '--now'])).code, 64)
})

test('keys check names sealed values that were changed by hand', async (t) => {
  const { einlass, folder } = await openBesideServer(t)
  const storage = { type: 'sqlite', file: join(folder, 'einlass.db') } as const
  const { db, close } = await openDatabase({ storage, log })
  const update = db.updateTable('signing_keys').set({ private_key_sealed: 'x' })
  await update.where('id', '=', 'key_saml_RS256').execute()
  await close()
  const { code, stdout } = await einlass(['keys', 'check'])
  assert.equal(code, 1)
  assert.match(
    stdout,
    /^the row key_saml_RS256 of the table signing_keys \(saml, RS256\) cannot be used/,
  )
  assert.match(stdout, /^ {2}signing_keys key_saml_RS256 private_key_sealed$/m)
})

test('config check says what is wrong with the key file, and accepts a missing key file', async (t) => {
  const { einlass, folder } = await openTerminal(t)
  const file = join(folder, 'einlass.key')
  const check = () => einlass(['config', 'check'])
  assert.equal((await check()).code, 0)
  await chmod(file, 0o644)
  const open = await check()
  assert.equal(open.code, 78)
  assert.match(open.stderr, /key_file\n +found: +"?the key file .* is open to others .*chmod 400/)
  await rm(file)
  assert.equal((await check()).code, 0)
})

test('keys new prints a line with a new sealing key, a different one each time', async (t) => {
  const { einlass } = await openTerminal(t, { empty: true })
  const lines = [await einlass(['keys', 'new']), await einlass(['keys', 'new'])]
  for (const { stdout } of lines) assert.match(stdout, /^einlass-key-v1 [0-9a-f]{16} [\w-]{43}\n$/)
  assert.notEqual(lines[0]?.stdout, lines[1]?.stdout)
})
