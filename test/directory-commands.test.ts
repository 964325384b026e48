/** Commands that ask a directory of users, with a real OpenLDAP: they close its connections, and so they end. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { describeSlapd, openDirectories } from './support/directory-scene.ts'
import { createInstallation } from './support/installation.ts'
import { startSlapd } from './support/slapd.ts'

const password = 'Regenschirm im Mai'

async function setUp(t: TestContext) {
  const slapd = await startSlapd(t)
  for (const name of ['nora', 'otto']) await slapd.addPerson(name, password)
  const staff = await describeSlapd(t, slapd)
  const directories = [{ name: 'local', kind: 'local' }, staff]
  const mail = { from: 'login@example.org', smtp: { host: 'mail.example.org' } }
  const installation = await createInstallation(t, { config: { directories, mail } })
  const scene = openDirectories(t, installation.db, directories)
  assert.equal((await scene.verify('nora', password)).type, 'right')
  // So long ago that a command asks again.
  await installation.db.updateTable('directory_entries').set({ checked_at: 0 }).execute()
  return async (...args: string[]) => {
    const { ended, asked } = await installation.converse(args)
    // An open connection would hold the process for a minute.
    const first = await Promise.race([ended, sleep(45_000, undefined, { ref: false })])
    assert.ok(first, 'the command does not end')
    return { code: first.code, text: first.stdout + asked() }
  }
}

async function writeRecords(t: TestContext, records: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-records-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'records.csv')
  await writeFile(file, records)
  return file
}

test('user reset-password for a user of a directory sends the link and ends', async (t) => {
  const einlass = await setUp(t)
  const { code, text } = await einlass('user', 'reset-password', 'nora')
  assert.equal(code, 0, text)
  assert.match(text, /goes to nora@example\.org/)
})

test('import users ends after it has asked a directory for the names', async (t) => {
  const einlass = await setUp(t)
  const file = await writeRecords(t, 'username\notto\n')
  const { text } = await einlass('import', 'users', file)
  assert.match(text, /the directory staff has this name/)
})
