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

  test(
    name('A61: a new userName has no letters of two alphabets in one word; an old one stays'),
    async (t) => {
      const { db } = await engine.open(t)
      const { send, users } = await createScimScene(db)
      const like = { ...erika, userName: '\u0435rika', externalId: '1', emails: [] }
      const refused = await send('POST', '/Users', like)
      assert.equal(refused.status, 400)
      assert.equal(refused.json.scimType, 'invalidValue')
      assert.match(refused.json.detail, /several alphabets/)
      const { json } = await send('POST', '/Users', { ...like, userName: 'erika' })
      const rename = (value: string) =>
        send('PATCH', `/Users/${json.id}`, {
          schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
          Operations: [{ op: 'replace', path: 'userName', value }],
        })
      assert.equal((await rename('\u0435rika')).status, 400)
      assert.equal((await rename('\u0438\u0432\u0430\u043d@example.org')).status, 200)
      await users.change(db, json.id, { username: '\u0435rika' })
      const other = await send('PUT', `/Users/${json.id}`, { ...like, displayName: 'E. M.' })
      assert.equal(other.status, 200)
      assert.equal(other.json.displayName, 'E. M.')
    },
  )

  test(name('a filter that an index answers reads no other users, in any system'), async (t) => {
    const statements: string[] = []
    const { db } = await engine.open(t, ({ sql }) => statements.push(sql))
    const { send, createToken } = await createScimScene(db)
    const add = async (n: number) => {
      const emails = [{ value: `U${n}@example.org`, type: 'work' }]
      const one = { ...erika, userName: `u${n}`, externalId: `x${n}`, emails }
      return (await send('POST', '/Users', one)).json.id
    }
    const ids = [await add(1), await add(2), await add(3)]
    const { secret } = await createToken({ takesOver: true })
    for (const [filter, found] of [
      ['emails.value eq "u2@EXAMPLE.org"', [2]],
      ['emails[type eq "work" and value eq "u2@example.org"]', [2]],
      ['emails[type eq "work"].value eq "u2@example.org"', [2]],
      ['userName eq "u1" or externalId eq "x3"', [1, 3]],
      ['emails eq "u1@example.org" or userName eq "U1"', [1]],
      [
        `(id eq "${ids[0]}" or userName eq "u2") and active eq true and not (userName eq "u1")`,
        [2],
      ],
      ['userName eq "u1" and userName eq "u2"', []],
    ] as const) {
      for (const token of [undefined, secret]) {
        statements.length = 0
        const path = `/Users?filter=${encodeURIComponent(filter)}`
        const { json } = await send('GET', path, undefined, token === undefined ? {} : { token })
        const wanted = found.map((n) => ids[n - 1]).sort()
        const got = json.Resources.map(({ id }: { id: string }) => id)
        assert.deepEqual([json.totalResults, got], [wanted.length, wanted], filter)
        const reading = statements.filter((one) => /from "users"/.test(one))
        const isNarrow = (one: string) =>
          /lower\(users\.email\)|"username_key" =|"external_id" =|"users"."id" =/.test(one)
        assert.ok(reading.length > 0 && reading.every(isNarrow), filter)
      }
    }
  })

  test(
    name('a filter over more users than may be read is refused before it reads one'),
    async (t) => {
      const statements: string[] = []
      const { db } = await engine.open(t, ({ sql }) => statements.push(sql))
      const { send, users } = await createScimScene(db)
      for (let from = 0; from <= 20_000; from += 667) {
        const added = await users.createAll(
          db,
          Array.from({ length: 667 }, (_, at) => ({ username: `u${from + at}`, displayName: 'U' })),
        )
        const owned = { source: 'entra', external_id: null, deactivated_at: null }
        const rows = added.map((user) => ({ user_id: user.id, ...owned }))
        await db.insertInto('provisioned_users').values(rows).execute()
      }
      statements.length = 0
      const { status, json } = await send('GET', '/Users?filter=displayName%20co%20%22x%22')
      assert.deepEqual([status, json.scimType], [400, 'tooMany'])
      assert.ok(statements.length < 5 && !statements.some((one) => one.includes('user_attributes')))
      const wrong = await send('GET', '/Users?filter=planet%20eq%20%22x%22')
      assert.equal(wrong.json.scimType, 'invalidFilter')
    },
  )

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
