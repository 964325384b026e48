/** A password that its owner changes here in a real OpenLDAP, with the old one known, and whether the bind account may do it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../src/dev/test-support/on-each-engine.ts'
import { describeSlapd, openDirectories } from './support/directory-scene.ts'
import { startSlapd } from './support/slapd.ts'
import { openSync } from './support/sync-scene.ts'

const password = 'Regenschirm im Mai'
const fresh = 'Fahrrad im Regen am Fluss'

onEachEngine((engine) => {
  test(`an OpenLDAP that wants the old password for a change gets it (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const slapd = await startSlapd(t)
    await slapd.addPerson('erika', password)
    await slapd.change(`cn=default,ou=policies,${slapd.baseDn}`, { pwdSafeModify: 'TRUE' })
    const settings = await describeSlapd(t, slapd)
    const scene = await openSync(t, db, { settings, name: 'erika', password })
    const user = await scene.login(password)
    const refused = (reason: string) => ({ type: 'refused', reason })
    assert.deepEqual(await scene.changeHere(user, fresh, 'another one'), refused('current'))
    assert.deepEqual(await scene.changeHere(user, 'kurz', password), refused('policy'))
    assert.equal((await scene.changeHere(user, fresh, password))?.type, 'accepted')
    assert.equal(await scene.judge('erika', fresh), 'right')
    assert.equal(await scene.judge('erika', password), 'wrong')
  })
})

onEachEngine((engine) => {
  test(`the check of the right to set passwords writes nothing to OpenLDAP (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const slapd = await startSlapd(t)
    const dn = await slapd.addPerson('erika', password)
    const settings = await describeSlapd(t, slapd)
    const read = async () => {
      const found = await slapd.asRoot((client) =>
        client.search(dn, { scope: 'base', attributes: ['*', '+'] }),
      )
      return JSON.stringify(found.searchEntries)
    }
    const scene = openDirectories(t, db, [settings])
    const outcome = await scene.verify('erika', password)
    assert.ok(outcome.type === 'right')
    const before = await read()
    assert.equal(await scene.directory.passwordReset?.isFor(db, outcome.user), true)
    assert.equal(await read(), before)
  })
})
