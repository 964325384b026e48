/** A password that its owner changes here, with the old one known: a real Active Directory applies its rules for changes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine, type Scope } from '../src/dev/test-support/on-each-engine.ts'
import type { Database } from '../src/platform/storage/database.ts'
import { readValue, useActiveDirectory } from './support/active-directory.ts'
import { describeActiveDirectory, openDirectories } from './support/directory-scene.ts'
import { createInstallation } from './support/installation.ts'
import { openSync } from './support/sync-scene.ts'

const password = 'Regenschirm im Mai 7'
const fresh = 'Fahrrad im Regen am Fluss 8'
const service = 'Ein Dienst im Keller 9'

async function setUp(t: Scope, db: Database, rules: Readonly<Record<string, string>>) {
  const corp = await useActiveDirectory(t)
  const name = corp.name('nora')
  const dn = await corp.addPerson(name, password)
  await corp.addPolicy(dn, rules)
  const settings = await describeActiveDirectory(t, corp)
  return { ...(await openSync(t, db, { settings, name, password })), corp, dn, name, settings }
}

const refused = (reason: string) => ({ type: 'refused', reason })

onEachEngine((engine) => {
  const say = (sentence: string) => `${sentence} (${engine.name})`

  test(say('the minimum age and the history hold for a change, and not for a reset'), async (t) => {
    const { db } = await engine.open(t)
    const day = '-864000000000'
    const young = await setUp(t, db, { MinimumPasswordAge: day })
    const user = await young.login(password)
    assert.deepEqual(await young.changeHere(user, fresh, password), refused('too_young'))
    assert.equal((await young.changeHere(user, fresh))?.type, 'accepted')
    assert.equal(await readValue(young.corp, young.dn, 'badPwdCount'), '0')

    const { db: other } = await engine.open(t)
    const history = await setUp(t, other, { PasswordHistoryLength: '5' })
    const owner = await history.login(password)
    assert.deepEqual(await history.changeHere(owner, password, password), refused('history'))
    assert.deepEqual(await history.changeHere(owner, 'ab', password), refused('policy'))
    assert.deepEqual(await history.changeHere(owner, fresh, 'another one'), refused('current'))
    assert.equal((await history.changeHere(owner, fresh, password))?.type, 'accepted')
    assert.equal(await history.corp.bind(history.dn, fresh), '')
    assert.equal(await history.judge(history.name, password), 'wrong', 'the hour of the old one')
  })
})

test('a bind account without the right to set passwords is found by directory test, and no page offers it', async (t) => {
  const corp = await useActiveDirectory(t)
  const [name, robot] = [corp.name('nora'), corp.name('robot')]
  const dn = await corp.addPerson(name, password)
  await corp.addPerson(robot, service)
  const settings = {
    ...(await describeActiveDirectory(t, corp)),
    ...{ bind_name: `${robot}@${corp.suffix}`, bind_password: service },
  }
  const directories = [{ name: 'local', kind: 'local' }, settings]
  const installation = await createInstallation(t, { config: { directories } })
  const scene = openDirectories(t, installation.db, directories)
  const outcome = await scene.verify(name, password)
  assert.ok(outcome.type === 'right')
  const { directory } = scene
  assert.equal(await directory.passwordReset?.isFor(installation.db, outcome.user), false)
  const { ended, asked } = await installation.converse(['directory', 'test'])
  const { stdout } = await ended
  assert.match(
    stdout + asked(),
    /WARNING +write_passwords is true, but bind_name may not set the pas/,
  )
  await corp.change(dn, { pwdLastSet: '0' })
  const later = await scene.verify(name, password)
  assert.ok(later.type === 'must_change' && later.isChangedElsewhere === true)
  const able = openDirectories(t, installation.db, [await describeActiveDirectory(t, corp)])
  const { user } = outcome
  assert.equal(await able.directory.passwordReset?.isFor(installation.db, user), true)
})
