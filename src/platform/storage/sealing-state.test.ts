import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { createKeyring, extractNamingSecret } from '../kernel/keyring.ts'
import { systemRandom as random } from '../kernel/random.ts'
import type { Keys } from './key-file.ts'
import {
  checkKeyring,
  findSealingKey,
  openNamingSecret,
  orderKeys,
  readSealingState,
  writeMarks,
} from './sealing-state.ts'

const kek = (id: string, fill: number) => ({ id, key: new Uint8Array(32).fill(fill) })
const keyringWith = (fill: number, id: string) => createKeyring({ keys: [kek(id, fill)], random })

onEachEngine((engine) => {
  test(`a key file of another database is refused (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await checkKeyring(db, keyringWith(1, 'a'))
    await checkKeyring(db, keyringWith(1, 'a'))
    await assert.rejects(checkKeyring(db, keyringWith(2, 'b')), /does not belong to this database/)
    await assert.rejects(checkKeyring(db, keyringWith(2, 'a')), /does not belong to this database/)
    const state = await readSealingState(db)
    assert.throws(() => orderKeys([kek('b', 1)], state), /needs a, and there is b\./)
  })

  test(`a database accepts a key file to which a key was added (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await writeMarks(db, [kek('a', 1)])
    const keys: Keys = [kek('b', 2), kek('a', 1)]
    const state = await readSealingState(db)
    assert.equal(findSealingKey(state), 'a')
    assert.deepEqual(
      orderKeys(keys, state).map(({ id }) => id),
      ['a', 'b'],
    )
  })

  test(`a new database gets a naming secret that is not derived from its key (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const keys: Keys = [kek('a', 1)]
    await Promise.all([writeMarks(db, keys), writeMarks(db, keys)])
    const secret = openNamingSecret(keys, await readSealingState(db))
    assert.equal(secret.length, 32)
    assert.notDeepEqual(secret, extractNamingSecret(keys[0]))
    await writeMarks(db, [kek('b', 2), kek('a', 1)])
    assert.deepEqual(openNamingSecret(keys, await readSealingState(db)), secret)
  })

  test(`an older database continues to use the naming secret that was derived from its key (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const before = keyringWith(1, 'a')
    await checkKeyring(db, before)
    const keys: Keys = [kek('a', 1), kek('b', 2)]
    const unwritten = openNamingSecret(keys, await readSealingState(db))
    await writeMarks(db, keys)
    const state = await readSealingState(db)
    assert.ok(state.naming)
    assert.deepEqual(openNamingSecret(keys, state), unwritten)
    const after = createKeyring({ keys, random, namingSecret: unwritten })
    assert.deepEqual(after.derive('saml persistent name'), before.derive('saml persistent name'))
  })

  test(`a naming secret that was changed by hand causes an error that names it, and is never replaced (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const keys: Keys = [kek('a', 1)]
    await writeMarks(db, keys)
    const value = keyringWith(1, 'a').seal('settings/other/value', new Uint8Array(32))
    await db.updateTable('settings').set({ value }).where('name', '=', 'naming_secret').execute()
    const state = await readSealingState(db)
    assert.throws(
      () => openNamingSecret(keys, state),
      /the row naming_secret of the table settings/,
    )
    await writeMarks(db, keys)
    assert.deepEqual(await readSealingState(db), state)
    await db.deleteFrom('settings').where('name', '=', 'naming_secret').execute()
    const without = await readSealingState(db)
    assert.throws(() => openNamingSecret(keys, without), /changed or removed/)
  })
})
