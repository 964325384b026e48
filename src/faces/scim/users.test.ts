import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { createScimScene, erika } from '../../dev/test-support/scim-scene.ts'

onEachEngine((engine) => {
  const name = (text: string) => `${text} (${engine.name})`

  test(name('pages without an order have each user once, and no user of others'), async (t) => {
    const statements: string[] = []
    const { db } = await engine.open(t, ({ sql }) => statements.push(sql))
    const { send, users, createToken } = await createScimScene(db)
    await users.create(db, { username: 'local', displayName: 'Local' })
    const all: string[] = []
    for (let n = 0; n < 5; n++) {
      const one = { ...erika, userName: `u${n}`, externalId: `${n}`, emails: [] }
      all.push((await send('POST', '/Users', one)).json.id)
    }
    const read = async (startIndex: number, token?: string) => {
      const path = `/Users?startIndex=${startIndex}&count=2`
      const { json } = await send('GET', path, undefined, token === undefined ? {} : { token })
      return [json.totalResults, json.Resources.map(({ id }: { id: string }) => id)]
    }
    statements.length = 0
    const sorted = all.toSorted()
    assert.deepEqual(await read(1), [5, sorted.slice(0, 2)])
    assert.deepEqual(await read(3), [5, sorted.slice(2, 4)])
    assert.deepEqual(await read(5), [5, sorted.slice(4)])
    assert.deepEqual(await read(7), [5, []])
    const skipping = statements.filter((one) => /offset/i.test(one))
    assert.ok(skipping.length > 0 && skipping.every((one) => !one.includes('join')))
    const { secret } = await createToken({ takesOver: true })
    assert.deepEqual((await read(1, secret))[0], 6)
    const { secret: other } = await createToken({ source: 'okta' })
    assert.deepEqual(await read(1, other), [0, []])
  })

  test(name('names have no characters that nobody sees or that turn their order'), async (t) => {
    const { db } = await engine.open(t)
    const { send } = await createScimScene(db)
    for (const sign of ['\u202e', '\u2066', '\u061c', '\u0007', '\u2028']) {
      const user = { ...erika, displayName: `Erika${sign}` }
      assert.equal((await send('POST', '/Users', user)).json.scimType, 'invalidValue', sign)
      const group = { displayName: `Sales${sign}` }
      assert.equal((await send('POST', '/Groups', group)).json.scimType, 'invalidValue', sign)
    }
  })
})
