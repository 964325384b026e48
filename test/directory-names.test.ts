/** People with the same name in several directories, in a real OpenLDAP that plays two of them, and beside local users. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestLogin } from '../src/dev/test-support/login.ts'
import { onEachEngine, type Scope } from '../src/dev/test-support/on-each-engine.ts'
import { openTab } from '../src/dev/test-support/tab.ts'
import type { Database } from '../src/platform/storage/database.ts'
import { describeSlapd, openDirectories } from './support/directory-scene.ts'
import { startSlapd, type TestSlapd } from './support/slapd.ts'

const password = 'Regenschirm im Mai'
const local = { name: 'local', kind: 'local' }

/** The unit `people` is the directory corp, and comes first; the unit `partners` is the directory partners. */
async function describeBoth(t: Scope, slapd: TestSlapd) {
  const { baseDn } = slapd
  const partners = { objectClass: 'organizationalUnit', ou: 'partners' }
  await slapd.add(`ou=partners,${baseDn}`, partners)
  const { domain: _, ...described } = await describeSlapd(t, slapd)
  return {
    directories: [
      local,
      { ...described, name: 'corp', base: `ou=people,${baseDn}` },
      { ...described, name: 'partners', base: `ou=partners,${baseDn}`, upn_suffixes: [] },
    ],
    async addPartner(uid: string, secret: string) {
      const names = { uid, cn: uid, sn: uid, mail: `${uid}@partners.example` }
      const entry = { objectClass: ['inetOrgPerson'], ...names, userPassword: secret }
      await slapd.add(`uid=${uid},ou=partners,${baseDn}`, entry)
    },
  }
}

/** The whole login in front of these directories. */
async function openLogin(t: Scope, db: Database) {
  const slapd = await startSlapd(t)
  const both = await describeBoth(t, slapd)
  const { directory } = openDirectories(t, db, both.directories)
  const login = createTestLogin(db, { openDirectory: () => directory })
  await login.addApp('mail', { secondFactor: 'none', skips: 0, decline: false })
  return {
    ...{ ...login, ...both, slapd },
    async enter(username: string, typed: string): Promise<string> {
      const view = await openTab(login).begin({ username, password: typed, appId: 'mail' })
      return view.type === 'page' ? `${view.formError?.text.key}` : view.type
    },
  }
}

onEachEngine((engine) => {
  const say = (sentence: string) => `${sentence} (${engine.name})`

  test(
    say('A18: a namesake in another directory forgives no guess at a person, and counts none'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await openLogin(t, db)
      await scene.slapd.addPerson('ceo', password)
      await scene.addPartner('ceo', 'Fahrrad im Regen')
      const guesses: string[] = []
      for (let round = 0; round < 3; round += 1) {
        for (let n = 0; n < 3; n += 1) guesses.push(await scene.enter('corp\\ceo', `guess ${n}`))
        assert.equal(await scene.enter('partners\\ceo', 'Fahrrad im Regen'), 'finished')
      }
      const [wrong, wait] = ['login.wrong.text', 'login.throttled.text']
      assert.deepEqual(guesses, [...Array(5).fill(wrong), ...Array(4).fill(wait)])
    },
  )
})
