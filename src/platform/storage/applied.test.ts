import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { nameMigrations } from './applied.ts'

test('a program uses the list of migrations of its first read, even if an update adds files', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-migrations-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const write = async (...files: string[]) => {
    for (const file of files) await writeFile(join(folder, file), '')
  }
  await write('002-mail.ts', '001-initial.js', '001-initial.ts.dpkg-new', 'notes.ts')
  const list = nameMigrations(pathToFileURL(`${folder}/`))
  assert.deepEqual(await list(), ['001-initial', '002-mail'])
  await write('003-next.ts', '002-mail.ts.dpkg-tmp')
  assert.deepEqual(await list(), ['001-initial', '002-mail'])
})
