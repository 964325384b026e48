/** A user is exported and erased while a server runs in which the user is logged in. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadPersonalTables } from '../src/cli/user-export.ts'
import { createPlainBrowser } from '../src/dev/test-support/plain-browser.ts'
import { openTables } from '../src/platform/storage/backup/open-tables.ts'
import { createInstallation } from './support/installation.ts'
import { enterPassword } from './support/way-in.ts'

const erika = { username: 'erika.mustermann', password: 'Regenschirm im Mai' }
const max = { username: 'max', password: 'Sonnenschirm im Juni' }
const config = {
  default_policy: { second_factor: 'none' },
  events: { webhook: { url: 'http://127.0.0.1:9/events', secret: 'x'.repeat(32) } },
  mail: { from: 'login@example.org', smtp: { host: '127.0.0.1', port: 9, security: 'none' } },
}

for (const storage of ['sqlite', 'postgres'] as const) {
  test(`no table names an erased user, and the session has ended (${storage})`, async (t) => {
    const installation = await createInstallation(t, { storage, config })
    const { id } = await installation.addUser({
      ...{ ...erika, displayName: 'Erika Mustermann', email: 'mustermann@example.org' },
    })
    await installation.addUser({ ...max, displayName: 'Max' })
    const node = await installation.serve()
    const browser = createPlainBrowser(node.url)
    await enterPassword(createPlainBrowser(node.url), { ...erika, password: 'wrong' })
    await enterPassword(browser, erika)
    await enterPassword(createPlainBrowser(node.url), max)
    assert.equal((await browser.get('/account')).status, 200)

    const declared = (await loadPersonalTables()).map(({ table }) => `${table}`)
    const before = await listTablesWith(installation.storage, ['mustermann', id])
    assert.ok(before.length > 4)
    assert.deepEqual(
      before.filter((name) => !declared.includes(name)),
      ['audit_events'],
    )
    const exported = await installation.command(['user', 'export', 'erika.mustermann'])
    assert.match(exported, /"in words": "Logged in[^"]*"/)
    assert.match(exported, /"IP address": "127\.0\.0\.1"/)
    assert.doesNotMatch(exported, /argon2|"max"/)

    const stdout = await installation.command(['user', 'erase', 'erika.mustermann', '--yes'])
    assert.match(stdout, /Sessions ended: 1\./)

    assert.equal((await browser.get('/account')).status, 303)
    await enterPassword(createPlainBrowser(node.url), max)
    assert.equal(await node.stop(), 0)
    const said = await installation.command(['audit', 'verify'])
    assert.match(said, /^The audit log is intact\..* Erased users are not named any more in \d+/)
    // Of what a session was, only ids are left that no app and no person knows.
    const named = await listTablesWith(installation.storage, ['mustermann', id])
    assert.deepEqual(named, [])
  })
}

async function listTablesWith(
  storage: Parameters<typeof openTables>[0],
  texts: readonly string[],
): Promise<string[]> {
  const store = await openTables(storage, 'read')
  try {
    const found: string[] = []
    for (const table of store.tables) {
      const rows = JSON.stringify((await Array.fromAsync(store.read(table))).flat())
      if (texts.some((text) => rows.toLowerCase().includes(text.toLowerCase())))
        found.push(table.name)
    }
    return found
  } finally {
    await store.close()
  }
}
