import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { createScimScene, patchOf } from '../../dev/test-support/scim-scene.ts'
import { configSchema } from '../../platform/config/schema.ts'
import { savePerson } from '../users/entries.ts'
import type { Manager } from '../users/user.ts'
import { createFindVerifiedContacts, isVerifiedAddress } from './verified-contacts.ts'

const remote = {
  ...{ kind: 'openldap', servers: ['ldaps://ldap.example'], base: 'dc=example' },
  ...{ bind_name: 'cn=einlass', bind_password: 'secret' },
}
const config = configSchema.parse({
  directories: [
    { name: 'local', kind: 'local' },
    {
      ...{ ...remote, name: 'corp' },
      ...{ verified_mail_domains: ['Corp.Example'], verified_phone_numbers: true },
    },
    { ...remote, name: 'partners' },
  ],
})
const find = createFindVerifiedContacts(config)

onEachEngine((engine) => {
  test(`a system verifies only the contacts that its tokens allow (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = await createScimScene(db)
    const { id } = await scene.addErika()
    const judge = async () => {
      const user = (await scene.users.find(db, id)) ?? assert.fail()
      const contacts = await find(db, user)
      return [isVerifiedAddress(contacts, user.email ?? ''), contacts.phoneNumbers]
    }
    assert.deepEqual(await judge(), [false, false])
    const verifying = { verifiedMailDomains: ['example.org'], verifiesPhoneNumbers: true }
    await scene.createToken({ ...verifying, source: 'okta' })
    assert.deepEqual(await judge(), [false, false])
    const { token } = await scene.createToken(verifying)
    assert.deepEqual(await judge(), [true, true])
    const emails = [{ value: 'ceo@corp.example', primary: true }]
    await scene.send(
      'PATCH',
      `/Users/${id}`,
      patchOf({ op: 'replace', path: 'emails', value: emails }),
    )
    assert.deepEqual(await judge(), [false, true])
    await scene.tokenOperations.removeToken(scene.administrator, token.id)
    assert.deepEqual(await judge(), [false, false])
  })

  test(`a local user who is taken over by a system loses the verified contacts of a local user (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = await createScimScene(db, { takesOver: true })
    const { id } = await scene.users.create(db, {
      ...{ username: 'max', displayName: 'Max', email: 'max@corp.example' },
    })
    const judge = async () => await find(db, (await scene.users.find(db, id)) ?? assert.fail())
    assert.deepEqual(await judge(), { mailDomains: 'all', phoneNumbers: true })
    await scene.send(
      'PATCH',
      `/Users/${id}`,
      patchOf({ op: 'replace', path: 'title', value: 'Dr.' }),
    )
    assert.deepEqual(await judge(), { mailDomains: [], phoneNumbers: false })
  })

  test(`a directory verifies only addresses in its configured domains (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = await createScimScene(db)
    const save = (directory: string) =>
      savePerson(
        scene,
        db as never,
        {
          ...{ directory, entryId: '1', usernames: ['ceo'], displayName: 'The Boss' },
          ...{ email: 'ceo@corp.example', groups: [], attributes: new Map() },
          ...{ endsLogins: [], password: { changedAt: undefined, mustChange: false } },
        },
        scene.clock.now(),
      )
    const contactsOf = async (directory: string) => await find(db, await save(directory))
    assert.deepEqual(await contactsOf('corp'), {
      mailDomains: ['corp.example'],
      phoneNumbers: true,
    })
    const none = { mailDomains: [], phoneNumbers: false }
    assert.deepEqual(await contactsOf('partners'), none)
    assert.deepEqual(await contactsOf('of-before'), none)
  })
})

test('an address is verified only in exactly the configured domain, in any spelling', async () => {
  const user = { managedBy: 'directory:corp' as Manager }
  const contacts = await find(undefined as never, user)
  const judge = (address: string) => isVerifiedAddress(contacts, address)
  assert.ok(judge('ceo@corp.example'))
  assert.ok(judge('CEO@CORP.Example'))
  for (const other of [
    ...['ceo@sub.corp.example', 'ceo@evilcorp.example', 'ceo@corp.example.evil.example'],
    ...['"ceo@corp.example"@evil.example', 'corp.example@evil.example', 'ceo', ''],
  ]) {
    assert.equal(judge(other), false, other)
  }
})
