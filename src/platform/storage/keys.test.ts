import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { sql } from 'kysely'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { ConfigMistakes } from '../config/mistakes.ts'
import { configSchema } from '../config/schema.ts'
import type { ChangingKeyring } from '../kernel/keyring.ts'
import { systemRandom } from '../kernel/random.ts'
import { addKey } from './key-file.ts'
import { openKeyring } from './keys.ts'

onEachEngine((engine) => {
  test(`a database with data gets no new key when its key file is away (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const folder = await mkdtemp(join(tmpdir(), 'einlass-keys-'))
    t.after(() => rm(folder, { recursive: true, force: true }))
    const configWith = (path: string) => configSchema.parse({ key_file: join(folder, path) })
    await openKeyring(configWith('einlass.key'), db)
    await openKeyring(configWith('einlass.key'), db)
    await assert.rejects(openKeyring(configWith('mistyped/einlass.key'), db), (error) => {
      assert.ok(error instanceof ConfigMistakes)
      assert.match(`${error.mistakes[0]?.found}`, /^the key file .* is missing; restore it$/)
      return true
    })
    assert.deepEqual(await readdir(folder), ['einlass.key'])
  })

  test(`the keys of a database with an earlier schema open although the file has a later key (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const folder = await mkdtemp(join(tmpdir(), 'einlass-keys-'))
    t.after(() => rm(folder, { recursive: true, force: true }))
    const file = join(folder, 'einlass.key')
    const config = configSchema.parse({ key_file: file })
    const { sealingKey } = await openKeyring(config, db)
    await addKey(file, systemRandom)
    let found: Pick<ChangingKeyring, 'sealingKey' | 'keys'> | undefined
    const inTransaction = db.transaction().execute(async (tx) => {
      await sql`alter table apps drop column earlier_secret_sealed`.execute(tx)
      await sql`drop table totp_authenticators`.execute(tx)
      found = await openKeyring(config, tx, { create: false })
      throw new Error('later tests get the schema as it was')
    })
    await assert.rejects(inTransaction, /as it was/)
    assert.deepEqual([found?.sealingKey, found?.keys.length], [sealingKey, 2])
  })
})
