// A restore while servers run and people log in: the servers end, and what they had given is worth nothing afterwards.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createPlainBrowser } from '../src/dev/test-support/plain-browser.ts'
import { createInstallation } from './support/installation.ts'
import { enterPassword } from './support/way-in.ts'

const erika = { username: 'erika', password: 'Regenschirm im Mai', displayName: 'Erika Mustermann' }
const max = { username: 'max', password: 'Lampenschirm im Juni', displayName: 'Max Mustermann' }

for (const storage of ['sqlite', 'postgres'] as const) {
  test(`a backup is restored under load: the server ends, a new one starts, and earlier sessions have ended (${storage})`, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'einlass-restore-'))
    t.after(() => rm(folder, { recursive: true, force: true }))
    const config = { default_policy: { second_factor: 'none' } }
    const installation = await createInstallation(t, { storage, config })
    await installation.addUser(erika)
    const node = await installation.serve()
    const browser = createPlainBrowser(node.url)
    await enterPassword(browser, erika)
    assert.equal((await browser.get('/account')).status, 200)

    let isLoaded = true
    const load = (async () => {
      while (isLoaded) await fetch(`${node.url}/login`).catch(() => sleep(20))
    })()
    const file = join(folder, 'backup.db')
    const made = JSON.parse(await installation.command(['backup', file, '--json']))
    assert.equal(made.audit.type, 'intact')
    await installation.addUser(max)
    const restored = await installation.command(['restore', file, '--replace', '--json'])
    assert.equal(JSON.parse(restored).sessionsEnded, 1)
    assert.equal(await node.ended, 75)
    isLoaded = false
    await load
    assert.match(node.output(), /the database was restored from a backup: this server ends/)

    const next = await installation.serve()
    const again = await browser.get('/account')
    assert.equal(again.status, 303)
    const other = createPlainBrowser(next.url)
    await enterPassword(other, erika)
    assert.equal((await other.get('/account')).status, 200)
    const names = await installation.db.selectFrom('users').select('username').execute()
    assert.deepEqual(names, [{ username: 'erika' }])
    assert.match(await installation.command(['audit', 'verify']), /intact/)
  })

  test(`a server starts after a restore, even if another one still sealed values with a newer key (${storage})`, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'einlass-restore-'))
    t.after(() => rm(folder, { recursive: true, force: true }))
    const installation = await createInstallation(t, { storage })
    const { db, command } = installation
    const node = await installation.serve()
    // Makes the keys that sign tokens, and seals them.
    const jwks = async (url: string) => (await fetch(new URL('/oidc/jwks', url))).status
    assert.equal(await jwks(node.url), 200)
    const file = join(folder, 'backup.db')
    await command(['backup', file])
    const sealing = ['--purpose', 'sealing']
    await command(['keys', 'rotate', ...sealing])
    const keys = await db.selectFrom('signing_keys').selectAll().execute()
    await command(['restore', file, '--replace'])
    assert.equal(await node.ended, 75)
    // Such a server may write this before it notices the restore: the same rows, sealed with the newer key.
    for (const { id, private_key_sealed } of keys)
      await db
        .updateTable('signing_keys')
        .set({ private_key_sealed })
        .where('id', '=', id)
        .execute()

    assert.equal(await command(['keys', 'check']), 'Every sealed value opens.\n')
    const nodes = await Promise.all(
      storage === 'sqlite'
        ? [installation.serve()]
        : [installation.serve(), installation.serve(), installation.serve()],
    )
    const later = keys[0]?.private_key_sealed.split('.')[1] ?? ''
    const said = nodes.filter(({ output }) => output().includes('named an earlier sealing key'))
    assert.equal(said.length, 1)
    assert.match(said[0]?.output() ?? '', new RegExp(`"key":"${later}","before":`))
    for (const { url } of nodes) {
      assert.equal(await jwks(url), 200)
      assert.equal((await fetch(new URL('/readyz', url))).status, 200)
    }
    const rotated = JSON.parse(await command(['keys', 'rotate', ...sealing, '--json']))
    assert.equal(rotated.keyId, later)
    assert.match(await command(['audit', 'verify']), /intact/)
  })
}
