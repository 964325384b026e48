/** The two directories that the other tests use are real ones, with the rules that most installations have. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Client } from 'ldapts'
import { useActiveDirectory } from './support/active-directory.ts'
import { startSlapd } from './support/slapd.ts'

const password = 'Regenschirm im Mai 7'

async function bind(client: Client, name: string, typed = password): Promise<number> {
  try {
    await client.bind(name, typed)
    return 0
  } catch (error) {
    return error instanceof Error && 'code' in error ? Number(error.code) : -1
  } finally {
    await client.unbind()
  }
}

test('Active Directory accepts a password over LDAPS with three kinds of names, and refuses it without TLS', async (t) => {
  const directory = await useActiveDirectory(t)
  const sam = directory.name('erika')
  const dn = await directory.addPerson(sam, password)
  const secure = () => new Client({ url: directory.url, tlsOptions: { ca: directory.ca } })
  for (const name of [dn, `${directory.netbios}\\${sam}`, `${sam}@${directory.suffix}`]) {
    assert.equal(await bind(secure(), name), 0, name)
  }
  assert.equal(await bind(secure(), dn, 'wrong'), 49)
  assert.equal(await bind(new Client({ url: directory.plainUrl }), dn), 8)
})

test('OpenLDAP accepts a password over LDAPS, and refuses it without TLS', async (t) => {
  const directory = await startSlapd(t)
  const dn = await directory.addPerson('erika', password)
  const secure = () => new Client({ url: directory.url, tlsOptions: { ca: directory.ca } })
  assert.equal(await bind(secure(), dn), 0)
  assert.equal(await bind(secure(), dn, 'wrong'), 49)
  assert.equal(await bind(new Client({ url: directory.plainUrl }), dn), 13)
  await directory.stop()
  await assert.rejects(secure().bind(dn, password))
})
