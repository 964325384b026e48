/** Who is a person of a directory: the filter of the configuration, and the account with which Einlass itself reads there. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../src/dev/test-support/on-each-engine.ts'
import { describeSlapd } from './support/directory-scene.ts'
import { createInstallation } from './support/installation.ts'
import { startSlapd } from './support/slapd.ts'
import { openSync } from './support/sync-scene.ts'

const password = 'Regenschirm im Mai'
const people_filter = '(|(employeeType=staff)(uid=otto))'

onEachEngine((engine) => {
  test(`whom the filter of a directory leaves out cannot log in, and loses the sessions (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const slapd = await startSlapd(t)
    const erika = await slapd.addPerson('erika', password, { employeeType: 'staff' })
    await slapd.addPerson('otto', password)
    await slapd.addPerson('robot', password)
    const settings = { ...(await describeSlapd(t, slapd)), people_filter }
    const scene = await openSync(t, db, { settings, name: 'erika', password })
    assert.equal(await scene.judge('otto', password), 'right')
    assert.equal(await scene.judge('robot', password), 'unknown')
    await scene.passInterval()
    assert.equal(await scene.countSessions(), 1)
    await slapd.change(erika, { employeeType: 'former' })
    await scene.passInterval()
    assert.equal(await scene.countSessions(), 0)
    assert.equal(await scene.judge('erika', password), 'unknown')
  })
})

test('directory test names the filter, and a filter that has nobody', async (t) => {
  const slapd = await startSlapd(t)
  await slapd.addPerson('erika', password)
  const settings = { ...(await describeSlapd(t, slapd)), lockout_threshold: 5 }
  for (const [filter, said] of [
    [undefined, /ok +every person below base may log in, except bind_name itself/],
    ['(uid=erika)', /ok +people_filter \(uid=erika\) says who may log in/],
    ['(uid=nobody)', /FAILED +below base .* there is nobody .* whom people_filter \(uid=nobody\)/],
  ] as const) {
    const directory = { ...settings, ...(filter !== undefined && { people_filter: filter }) }
    const installation = await createInstallation(t, { config: { directories: [directory] } })
    const { ended, asked } = await installation.converse(['directory', 'test', 'robot'])
    const { stdout } = await ended
    assert.match(stdout + asked(), said)
    assert.match(stdout + asked(), /"robot" is the name of nobody/)
  }
})
