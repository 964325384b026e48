import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { ConfigMistakes } from '../config/mistakes.ts'
import { configSchema } from '../config/schema.ts'
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
})
