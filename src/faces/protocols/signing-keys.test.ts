import assert from 'node:assert/strict'
import { createPublicKey, X509Certificate } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { createScene, createTestClock } from '../../dev/test-support/scene.ts'
import { hours, minutes, seconds } from '../../platform/kernel/clock.ts'
import { silentLog } from '../../platform/kernel/log.ts'
import type { Database } from '../../platform/storage/database.ts'
import { openDatabase } from '../../platform/storage/open.ts'
import { createKeyOperations, purgeSigningKeys } from './key-operations.ts'
import { createSigningKeys, type KeyPurpose, type SigningKey } from './signing-keys.ts'

const operator = { type: 'administrator', name: 'cli:alice' } as const

function keysOf(db: Database, clock = createTestClock()) {
  const scene = createScene(db, clock)
  const options = { ...scene, publicUrl: 'https://login.example.org' }
  return {
    ...scene,
    signing: createSigningKeys(options),
    operations: createKeyOperations({ ...options, longestUse: hours(12) }),
  }
}

onEachEngine((engine) => {
  test(`two nodes that start at once use the same keys, then and later (${engine.name})`, async (t) => {
    const nodes = await engine.openTwice(t)
    const load = ({ db }: (typeof nodes)[0]) => keysOf(db).signing.find('oidc')
    const [one, two] = await Promise.all(nodes.map(load))
    assert.deepEqual(one?.map((key) => key.algorithm).sort(), ['ES256', 'RS256'])
    assert.deepEqual(kids(one), kids(two))
    assert.deepEqual(kids(await load(nodes[0])), kids(one))
  })

  test(`the private keys are sealed (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { signing } = keysOf(db)
    for (const purpose of ['oidc', 'saml'] as const) await signing.find(purpose)
    const rows = await db.selectFrom('signing_keys').selectAll().execute()
    assert.equal(rows.length, 3)
    // In base64 three letters stand together by chance now and then, and a quote never does.
    const readable = rows.flatMap(({ private_key_sealed: sealed }) => [
      sealed,
      ...sealed.split('.').map((part) => Buffer.from(part, 'base64url').toString('latin1')),
    ])
    for (const text of readable) assert.doesNotMatch(text, /"d"|"kty"/)
  })

  test(`a key that was stored without a name has its thumbprint as its name (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const [key] = await keysOf(db).signing.find('oidc')
    await db.updateTable('signing_keys').set({ kid: null }).execute()
    const renamed = await keysOf(db).signing.find('oidc')
    const same = renamed.find(({ privateKey }) => privateKey.n === key?.privateKey.n)
    assert.notEqual(same?.kid, key?.kid)
    assert.match(same?.kid ?? '', /^[\w-]{43}$/)
    const listed = (await keysOf(db).operations.listKeys()).map(({ kid }) => kid)
    assert.deepEqual(listed.sort(), kids(renamed))
  })

  test(`a key is published a day before it signs, and then until everything that it signed has expired (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { signing, operations, clock } = keysOf(db)
    const before = await signing.find('oidc')
    assert.equal(await signing.find('oidc'), before)
    await operations.rotateKeys(operator, { purpose: 'oidc', atOnce: false })
    clock.pass(seconds(11))
    const during = await signing.find('oidc')
    assert.equal(during.length, 4)
    assert.deepEqual(signers(during), signers(before))
    clock.pass(hours(24))
    const after = await signing.find('oidc')
    assert.deepEqual(kids(after), kids(during))
    for (const kid of signers(after)) assert.ok(!kids(before).includes(kid))
    clock.pass(hours(11))
    assert.equal((await signing.find('oidc')).length, 4)
    clock.pass(hours(1) + minutes(2))
    const left = await signing.find('oidc')
    assert.deepEqual(kids(left), signers(after).sort())
    assert.deepEqual(
      (await operations.listKeys()).map(({ state }) => state),
      ['signs', 'signs'],
    )
  })

  test(`an immediate rotation signs after a minute, so that every node publishes the key before (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { signing, operations, clock } = keysOf(db)
    const before = await signing.find('oidc')
    const states = async () => (await operations.listKeys()).map(({ state }) => state).sort()
    await operations.rotateKeys(operator, { purpose: 'oidc', atOnce: false })
    await assert.rejects(operations.rotateKeys(operator, { purpose: 'oidc', atOnce: false }), {
      code: 'conflict',
    })
    await operations.rotateKeys(operator, { purpose: 'oidc', atOnce: true })
    assert.deepEqual(await states(), ['next', 'next', 'signs', 'signs'])
    clock.pass(minutes(1))
    assert.deepEqual(await states(), ['earlier', 'earlier', 'signs', 'signs'])
    for (const kid of signers(await signing.find('oidc'))) assert.ok(!kids(before).includes(kid))
    const events = await db.selectFrom('audit_events').select(['type', 'data']).execute()
    assert.equal(events.length, 4)
    for (const { type, data } of events) {
      assert.equal(type, 'signing_key_rotated')
      assert.equal(JSON.parse(data).by, 'cli:alice')
    }
  })

  test(`if two operators rotate keys at the same time, only one succeeds (${engine.name})`, async (t) => {
    const [one, two] = await engine.openTwice(t)
    const clock = createTestClock()
    await keysOf(one.db, clock).signing.find('oidc')
    const results = await Promise.allSettled(
      [one, two].map(({ db }) =>
        keysOf(db, clock).operations.rotateKeys(operator, { purpose: 'oidc', atOnce: false }),
      ),
    )
    assert.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
    assert.equal((await keysOf(one.db, clock).signing.find('oidc')).length, 4)
  })

  test(`keys that are no longer published are deleted (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { signing, operations, clock } = keysOf(db)
    await signing.find('oidc')
    await operations.rotateKeys(operator, { purpose: 'oidc', atOnce: true })
    assert.equal(await purgeSigningKeys(db, clock.now()), 0)
    clock.pass(hours(13))
    assert.equal(await purgeSigningKeys(db, clock.now()), 2)
    assert.equal((await signing.find('oidc')).length, 2)
  })
})

test('a SAML key has its own self-signed certificate for ten years', async (t) => {
  const { db } = await openMemory(t)
  const { signing } = keysOf(db)
  const [key, ...more] = await signing.find('saml')
  assert.equal(more.length, 0)
  assert.equal(key?.algorithm, 'RS256')
  const { base64 = '', sha1, sha256, expiresAt } = key?.certificate ?? {}
  const certificate = new X509Certificate(Buffer.from(base64, 'base64'))
  assert.equal(certificate.subject, 'CN=Token signing - login.example.org')
  assert.equal(certificate.issuer, certificate.subject)
  assert.equal(certificate.ca, false)
  assert.ok(certificate.verify(certificate.publicKey))
  const publicKey = createPublicKey({ key: key?.privateKey ?? {}, format: 'jwk' })
  assert.ok(publicKey.equals(certificate.publicKey))
  assert.equal(certificate.publicKey.asymmetricKeyDetails?.modulusLength, 3072)
  assert.equal(certificate.fingerprint.replaceAll(':', ''), sha1)
  assert.equal(certificate.fingerprint256.replaceAll(':', ''), sha256)
  assert.equal(new Date(expiresAt ?? 0).toISOString(), '2037-01-15T08:00:00.000Z')
})

test('an operator cannot rotate the keys of a purpose that has none', async (t) => {
  const { db } = await openMemory(t)
  const { operations } = keysOf(db)
  const rotation = { purpose: 'saml' as KeyPurpose, atOnce: false }
  await assert.rejects(operations.rotateKeys(operator, rotation), { code: 'not_found' })
  assert.deepEqual(await operations.listKeys(), [])
})

test('keys that were read stay valid while the database is unavailable', async (t) => {
  const database = await openMemory(t)
  const { signing, clock } = keysOf(database.db)
  const keys = await signing.find('oidc')
  await database.close()
  clock.pass(minutes(5))
  assert.equal(await signing.find('oidc'), keys)
})

async function openMemory(t: TestContext) {
  const storage = { type: 'sqlite', file: ':memory:' } as const
  const database = await openDatabase({ storage, log: silentLog })
  t.after(() => database.close())
  return database
}

function kids(keys: readonly SigningKey[] | undefined): string[] {
  return (keys ?? []).map((key) => key.kid).sort()
}

/** The first one of each algorithm. */
function signers(keys: readonly SigningKey[]): string[] {
  return (['RS256', 'ES256'] as const).flatMap(
    (name) => keys.find(({ algorithm }) => algorithm === name)?.kid ?? [],
  )
}
