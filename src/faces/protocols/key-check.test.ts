import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testKeyring as keyring } from '../../dev/test-support/keyring.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { systemRandom as random } from '../../platform/kernel/random.ts'
import { createKeyCheck } from './key-check.ts'
import { createSigningKeys } from './signing-keys.ts'

const clock = { now: () => 1_800_000_000_000 }
const publicUrl = 'https://login.example.org'

onEachEngine((engine) => {
  test(`the check names a signing key whose key, algorithm or certificate was changed by hand (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const check = createKeyCheck({ db, keyring, clock })
    assert.equal(await check(), undefined)
    const keys = createSigningKeys({ db, clock, random, keyring, publicUrl })
    for (const purpose of ['oidc', 'saml'] as const) await keys.find(purpose)
    assert.equal(await check(), undefined)
    const rows = await db.selectFrom('signing_keys').selectAll().orderBy('id').execute()
    const [ec, rsa, saml] = rows
    assert.ok(ec && rsa && saml)
    const broken = [
      { ...rsa, private_key_sealed: `${rsa.private_key_sealed.slice(0, -4)}AAAA` },
      { ...rsa, private_key_sealed: '' },
      { ...rsa, private_key_sealed: ec.private_key_sealed },
      { ...ec, algorithm: 'RS256' },
      { ...saml, certificate: 'AAAA' },
      { ...saml, certificate: saml.certificate?.replace(/.{8}$/, '') ?? '' },
    ]
    for (const row of broken) {
      const write = (set: typeof row) =>
        db.updateTable('signing_keys').set(set).where('id', '=', row.id).execute()
      await write(row)
      assert.match(`${await check()}`, new RegExp(`^the row ${row.id} of the table signing_keys`))
      for (const one of rows) if (one.id === row.id) await write(one)
      assert.equal(await check(), undefined)
    }
  })

  test(`the check opens a correct row only once (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await createSigningKeys({ db, clock, random, keyring, publicUrl }).find('oidc')
    let opened = 0
    const counting = {
      ...keyring,
      open(context: string, sealed: string) {
        opened += 1
        return keyring.open(context, sealed)
      },
    }
    const check = createKeyCheck({ db, keyring: counting, clock })
    for (let times = 0; times < 3; times += 1) assert.equal(await check(), undefined)
    assert.equal(opened, 2)
  })
})
