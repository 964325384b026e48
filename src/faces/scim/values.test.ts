/** Values of users as known systems send and search them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { createScimScene, patchOf } from '../../dev/test-support/scim-scene.ts'
import { readAttributes } from '../../identity/users/local/attributes.ts'

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

onEachEngine((engine) => {
  const name = (text: string) => `${text} (${engine.name})`

  test(name('a change keeps the other values of attributes that it does not name'), async (t) => {
    const { db } = await engine.open(t)
    const { send, addErika } = await createScimScene(db)
    const { id } = await addErika({ [enterprise]: { costCenter: '17' } })
    const more = { user_id: id, name: 'costCenter', position: 1, value: '18' }
    await db.insertInto('user_attributes').values(more).execute()
    const patch = (path: string, value: string) =>
      send('PATCH', `/Users/${id}`, patchOf({ op: 'replace', path, value }))
    assert.equal((await patch('title', 'Dr.')).status, 200)
    assert.deepEqual((await readAttributes(db, id)).get('costCenter'), ['17', '18'])
    assert.equal((await patch(`${enterprise}:costCenter`, '19')).status, 200)
    assert.deepEqual((await readAttributes(db, id)).get('costCenter'), ['19'])
  })

  test(name('a telephone number may be a tel: address'), async (t) => {
    const { db } = await engine.open(t)
    const { addErika } = await createScimScene(db)
    const { id } = await addErika({
      phoneNumbers: [
        { type: 'work', value: 'tel:+49-30-1234567;ext=12;phone-context=example.org' },
        { type: 'mobile', value: 'TEL:+49-170-1234567' },
        { type: 'fax', value: '+49 30 7654321' },
      ],
    })
    const attributes = await readAttributes(db, id)
    assert.deepEqual(
      ['phone', 'mobile', 'fax'].map((one) => attributes.get(one)?.[0]),
      ['+49-30-1234567;ext=12', '+49-170-1234567', '+49 30 7654321'],
    )
  })

  test(
    name('a name is found in each normalisation form, and is the name of one user'),
    async (t) => {
      const { db } = await engine.open(t)
      const { send, addErika } = await createScimScene(db)
      const [composed, split] = ['Jürgen'.normalize('NFC'), 'Jürgen'.normalize('NFD')]
      await addErika({ userName: composed, displayName: composed })
      assert.equal((await send('POST', '/Users', { userName: split })).json.scimType, 'uniqueness')
      for (const filter of [`userName eq "${split}"`, `displayName sw "${split}"`]) {
        const { json } = await send('GET', `/Users?filter=${encodeURIComponent(filter)}`)
        assert.equal(json.totalResults, 1, filter)
      }
    },
  )

  test(name('filters are understood as Entra ID writes them'), async (t) => {
    const { db } = await engine.open(t)
    const { send, addErika } = await createScimScene(db)
    await addErika()
    const count = async (filter: string) =>
      (await send('GET', `/Users?filter=${encodeURIComponent(filter)}`)).json.totalResults
    assert.equal(await count('emails[type eq "work"].value eq "erika@example.org"'), 1)
    assert.equal(await count('emails[type eq "home"].value eq "erika@example.org"'), 0)
    assert.equal(await count('emails[primary eq "True"].value sw "erika"'), 1)
    assert.equal(await count('active eq "False"'), 0)
  })
})
