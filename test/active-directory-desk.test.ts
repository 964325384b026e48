/** What an operator reads of accounts in a real Active Directory: `einlass why` and `einlass user unlock`. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Scope } from '../src/dev/test-support/on-each-engine.ts'
import { createPlainBrowser } from '../src/dev/test-support/plain-browser.ts'
import { useActiveDirectory } from './support/active-directory.ts'
import { describeActiveDirectory } from './support/directory-scene.ts'
import { createInstallation } from './support/installation.ts'
import { enterPassword } from './support/way-in.ts'

const password = 'Regenschirm im Mai 7'
const time = '[\\d-]{10}[T ][\\d:]{8}'

async function setUp(t: Scope, settings: Readonly<Record<string, unknown>> = {}) {
  const corp = await useActiveDirectory(t)
  const directories = [
    { name: 'local', kind: 'local' },
    { ...(await describeActiveDirectory(t, corp)), ...settings },
  ]
  const installation = await createInstallation(t, {
    config: { directories, default_policy: { second_factor: 'none' } },
  })
  const node = await installation.serve()
  /** With the directories of the configuration. Gives all that is printed. */
  async function command(...args: string[]): Promise<string> {
    const { ended, asked } = await installation.converse(args)
    const { stdout } = await ended
    return stdout + asked()
  }
  return {
    corp,
    why: (name: string) => command('why', name),
    unlock: (name: string) => command('user', 'unlock', name),
    enter: (username: string, typed: string) =>
      enterPassword(createPlainBrowser(node.url), { username, password: typed }),
    async addPerson(stem: string) {
      const sam = corp.name(stem)
      return { sam, dn: await corp.addPerson(sam, password) }
    },
  }
}

test('for a user who has never logged in, the operator reads the state in the directory and the failed attempts', async (t) => {
  const { corp, why, unlock, enter, addPerson } = await setUp(t)
  const { sam, dn } = await addPerson('rosa')
  await corp.change(dn, { userAccountControl: '514' })
  await enter(sam, password)
  for (const name of [sam, `${corp.netbios}\\${sam}`, `${sam}@${corp.suffix}`]) {
    const said = await why(name)
    assert.match(said, /The user is disabled\. It came from 127\.0\.0\.1\./, name)
    assert.match(said, /The account is disabled in the directory corp\. Enable it there\./)
    assert.match(said, /Nobody has logged in with this account of the directory corp yet\./)
  }
  assert.match(await why('NORDWIND\\nobody'), /There is no user "NORDWIND\\nobody"\./)
  assert.match(await unlock(sam), /has not logged in yet/)
})

test('the operator reads when a lockout ends, and unlocking in Einlass does not hide a lock in the directory', async (t) => {
  const { corp, why, unlock, enter, addPerson } = await setUp(t)
  const { sam, dn } = await addPerson('hanna')
  await corp.addPolicy(dn, { LockoutThreshold: '5' })
  await enter(sam, password)
  assert.match(await unlock(sam), /can try again at once\./)
  for (let n = 0; n < 3; n += 1) await corp.bind(dn, `wrong ${n}`)
  await enter(sam, password)
  const held = await why(sam)
  assert.match(held, /The password was not sent to the directory/)
  assert.match(held, new RegExp(`That holds until ${time}`))
  assert.match(held, new RegExp(`until ${time} no password is sent there`))
  for (let n = 0; n < 2; n += 1) await corp.bind(dn, `wrong ${n}`)
  const locked = new RegExp(
    `The account is locked in the directory corp after wrong passwords, until ${time}`,
  )
  assert.match(await why(sam), locked)
  const unlocked = await unlock(`${corp.netbios}\\${sam}`)
  assert.match(unlocked, locked)
  assert.doesNotMatch(unlocked, /at once/)
  await corp.change(dn, { lockoutTime: '0' })
  assert.match(await unlock(sam), /can try again at once\./)
})

test('the operator reads that the directory requires a new password, even if Einlass cannot change it', async (t) => {
  const { corp, why, enter, addPerson } = await setUp(t, { write_passwords: false })
  const { sam, dn } = await addPerson('max')
  await enter(sam, password)
  await corp.change(dn, { pwdLastSet: '0' })
  await enter(sam, password)
  const said = await why(sam)
  assert.match(said, /The directory corp asks for a new password\. Until it is changed there/)
  assert.match(said, /The password was right, and has to be changed in the directory/)
  await corp.asAdministrator((client) => client.del(dn))
  assert.match(await why(sam), /The directory corp has no such account any more\./)
})
