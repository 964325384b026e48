import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { systemClock } from '../../../platform/kernel/clock.ts'
import { createKeyring } from '../../../platform/kernel/keyring.ts'
import { systemRandom } from '../../../platform/kernel/random.ts'
import { loadSigningKeys } from './signing-keys.ts'

const keyring = createKeyring({
  keys: [{ id: 'a', key: new Uint8Array(32).fill(1) }],
  random: systemRandom,
})

const oldKey = {
  id: 'key_old',
  purpose: 'oidc',
  algorithm: 'ES256',
  private_key_sealed: 'never opened',
  created_at: 1,
  retired_at: 2,
}

onEachEngine((engine) => {
  test(`two nodes that start at once use the same keys, then and later (${engine.name})`, async (t) => {
    const nodes = await engine.openTwice(t)
    const load = ({ db }: (typeof nodes)[0]) => loadSigningKeys({ db, clock: systemClock, keyring })
    const [one, two] = await Promise.all(nodes.map(load))
    assert.deepEqual(one?.map((key) => key.alg).sort(), ['ES256', 'RS256'])
    assert.deepEqual(kids(one), kids(two))
    assert.deepEqual(kids(await load(nodes[0])), kids(one))
  })

  test(`the private keys are sealed (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await loadSigningKeys({ db, clock: systemClock, keyring })
    const rows = await db.selectFrom('signing_keys').selectAll().execute()
    assert.equal(rows.length, 2)
    for (const row of rows) assert.doesNotMatch(row.private_key_sealed, /"d"|kty/)
  })

  test(`a retired key is not used (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await loadSigningKeys({ db, clock: systemClock, keyring })
    await db.insertInto('signing_keys').values(oldKey).execute()
    const keys = await loadSigningKeys({ db, clock: systemClock, keyring })
    assert.equal(keys.length, 2)
  })
})

function kids(keys: readonly { kid: string }[] | undefined): string[] {
  return (keys ?? []).map((key) => key.kid).sort()
}
