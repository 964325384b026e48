/** A password that a real Active Directory gets from elsewhere ends the sessions of its user here. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine, type Scope } from '../src/dev/test-support/on-each-engine.ts'
import type { Database } from '../src/platform/storage/database.ts'
import { useActiveDirectory } from './support/active-directory.ts'
import { describeActiveDirectory } from './support/directory-scene.ts'
import { openSync } from './support/sync-scene.ts'

const password = 'Regenschirm im Mai 7'
const fresh = 'Fahrrad im Regen am Fluss 8'

async function setUp(t: Scope, db: Database) {
  const corp = await useActiveDirectory(t)
  const name = corp.name('nora')
  const dn = await corp.addPerson(name, password)
  const settings = await describeActiveDirectory(t, corp)
  return { ...(await openSync(t, db, { settings, name, password })), corp, dn }
}

onEachEngine((engine) => {
  const say = (sentence: string) => `${sentence} (${engine.name})`

  test(
    say('a password that an administrator sets in Active Directory ends the earlier sessions'),
    async (t) => {
      const scene = await setUp(t, (await engine.open(t)).db)
      await scene.passInterval()
      assert.equal(await scene.countSessions(), 1)
      await scene.corp.setPassword(scene.dn, fresh)
      await scene.passInterval()
      assert.equal(await scene.countSessions(), 0)
    },
  )

  test(
    say('"must change password at next logon" in Active Directory ends the sessions once'),
    async (t) => {
      const scene = await setUp(t, (await engine.open(t)).db)
      await scene.corp.change(scene.dn, { pwdLastSet: '0' })
      await scene.passInterval()
      assert.equal(await scene.countSessions(), 0)
      await scene.signIn(scene.userId)
      await scene.passInterval()
      assert.equal(await scene.countSessions(), 1)
    },
  )

  test(
    say('a password that was chosen here for Active Directory ends no session at the next look-up'),
    async (t) => {
      const scene = await setUp(t, (await engine.open(t)).db)
      const user = await scene.login(password)
      assert.equal((await scene.changeHere(user, fresh))?.type, 'accepted')
      await scene.passInterval()
      assert.equal(await scene.countSessions(), 2)
    },
  )
})
