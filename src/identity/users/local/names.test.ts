/** Users of the own store who log in with their mail address, through the whole login. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestLogin } from '../../../dev/test-support/login.ts'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { openTab } from '../../../dev/test-support/tab.ts'
import { configSchema } from '../../../platform/config/schema.ts'
import { newId } from '../../../platform/kernel/ids.ts'
import { systemRandom } from '../../../platform/kernel/random.ts'
import type { Database } from '../../../platform/storage/database.ts'

const byMail = { name: 'local', kind: 'local', login_attributes: ['username', 'mail'] }

async function setUp(db: Database, directory: Readonly<Record<string, unknown>> = byMail) {
  const login = createTestLogin(db, { config: configSchema.parse({ directories: [directory] }) })
  const erika = await login.addUser('erika')
  await login.users.change(db, erika.id, { email: 'Erika.Mustermann@Example.org' })
  await login.addApp('mail', { secondFactor: 'none', skips: 0, decline: false })
  async function enter(username: string, password = 'password of erika'): Promise<string> {
    const view = await openTab(login).begin({ username, password, appId: 'mail' })
    return view.type === 'page' ? `${view.formError?.text.key}` : view.type
  }
  return { ...login, erika, enter }
}

onEachEngine((engine) => {
  const say = (sentence: string) => `${sentence} (${engine.name})`

  test(say('A18: a person of the own store is one user by username and by address'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    for (const name of [
      ...['erika', 'erika.mustermann@example.org', ' ERIKA.Mustermann@EXAMPLE.org '],
      'ｅrika.mustermann@example.org',
    ]) {
      assert.equal(await scene.enter(name), 'finished', name)
      assert.deepEqual(await scene.directory.resolveName?.(db, name), {
        ...{ type: 'name', name: 'erika' },
      })
    }
    for (const name of [
      ...['mustermann@example.org', 'erika.mustermann@example', 'erika_mustermann@example.org'],
      ...['%@example.org', 'erika.mustermann@example.org*', '@', 'erika.mustermann'],
    ]) {
      assert.equal(await scene.enter(name), 'login.wrong.text', name)
    }
  })

  test(say('A18: wrong passwords by either name have one counter'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    const names = ['erika', 'erika.mustermann@example.org']
    for (let n = 0; n < 5; n += 1) {
      assert.equal(await scene.enter(`${names[n % 2]}`, 'wrong'), 'login.wrong.text')
    }
    // The page does not say that both names are the same person's, also of the right password.
    for (const name of names) assert.equal(await scene.enter(name), 'login.wrong.text')
    scene.pass(60_000)
    assert.equal(await scene.enter('erika.mustermann@example.org'), 'finished')
  })

  test(say('without the setting an address is no name'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db, { name: 'local', kind: 'local' })
    assert.equal(await scene.enter('erika.mustermann@example.org'), 'login.wrong.text')
  })

  test(say('an address of several users lets nobody in, and the log says so'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    const max = await scene.addUser('max')
    await scene.users.change(db, max.id, { email: 'erika.mustermann@example.org' })
    assert.equal(await scene.enter('erika.mustermann@example.org'), 'login.wrong.text')
    assert.equal(await scene.enter('erika'), 'finished')
    assert.match(JSON.stringify(scene.entries), /belongs to more than one user/)
    assert.doesNotMatch(JSON.stringify(scene.entries), /mustermann/i)
  })

  test(
    say('a username comes before an address, and a user of another directory has none here'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await setUp(db)
      const named = await scene.addUser('erika.mustermann@example.org')
      assert.equal(await scene.enter('erika.mustermann@example.org'), 'login.wrong.text')
      await scene.users.remove(db, named.id)
      assert.equal(await scene.enter('erika.mustermann@example.org'), 'finished')
      const entry = { user_id: scene.erika.id, directory: 'corp', checked_at: 0 }
      await db
        .insertInto('directory_entries')
        .values({ ...entry, entry_id: newId(systemRandom, 'user') })
        .execute()
      assert.equal(await scene.enter('erika.mustermann@example.org'), 'login.wrong.text')
    },
  )

  test(say('a forgotten password is found by the address'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    const found = await scene.directory.findByName(db, 'erika.mustermann@example.org')
    assert.equal(found.type === 'found' ? found.user.id : undefined, scene.erika.id)
    await scene.users.disable(db, scene.erika.id)
    assert.equal(await scene.enter('erika.mustermann@example.org'), 'login.refused.disabled')
  })
})
