/** The account with which Einlass reads and writes in a real Active Directory. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../src/dev/test-support/on-each-engine.ts'
import { useActiveDirectory } from './support/active-directory.ts'
import { describeActiveDirectory, openDirectories } from './support/directory-scene.ts'

onEachEngine((engine) => {
  test(`the bind account, which may set passwords, cannot log in (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const corp = await useActiveDirectory(t)
    const { password } = corp.administrator
    const person = corp.name('erika')
    await corp.addPerson(person, password)
    const settings = { ...(await describeActiveDirectory(t, corp)), base: corp.domainDn }
    const names = [corp.administrator.name, 'administrator', `${corp.netbios}\\administrator`]
    for (const bind_name of [corp.administrator.name, `${corp.netbios}\\Administrator`]) {
      const scene = openDirectories(t, db, [{ ...settings, bind_name }])
      for (const name of names) assert.equal(await scene.judge(name, password), 'unknown', name)
      assert.equal(await scene.judge(person, password), 'right')
    }
  })
})
