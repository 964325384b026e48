import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { createScimScene, erika, patchOf } from '../../dev/test-support/scim-scene.ts'
import { minutes, seconds } from '../../platform/kernel/clock.ts'

const bulkOf = (Operations: readonly object[], more: object = {}) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
  ...{ Operations, ...more },
})

const statuses = (json: { Operations: { status: string }[] }) =>
  json.Operations.map(({ status }) => status)

onEachEngine((engine) => {
  const name = (text: string) => `${text} (${engine.name})`

  test(name('a bulk can create a group before its users, and change other users'), async (t) => {
    const { db } = await engine.open(t)
    const { send, addErika } = await createScimScene(db)
    const { id, meta } = await addErika()
    const members = [{ value: 'bulkId:max' }, { value: id }]
    const max = { ...erika, userName: 'max', externalId: '2' }
    const { status, json } = await send(
      'POST',
      '/Bulk',
      bulkOf([
        { method: 'POST', path: '/Groups', bulkId: 'g', data: { displayName: 'sales', members } },
        { method: 'POST', path: '/Users', bulkId: 'max', data: max },
        {
          method: 'PATCH',
          path: '/Users/bulkId:max',
          data: patchOf({ op: 'add', path: 'title', value: 'Dr.' }),
        },
        { method: 'PUT', path: `/Users/${id}`, version: 'W/"old"', data: erika },
        { method: 'DELETE', path: `/Users/${id}`, version: meta.version },
      ]),
    )
    assert.equal(status, 200)
    // The version of the user is another one since the user is in a group.
    assert.deepEqual(statuses(json), ['201', '201', '200', '412', '412'])
    const group = await send('GET', json.Operations[0].location.replace(/^.*v2/, ''))
    assert.equal(group.json.members.length, 2)
    assert.equal(json.Operations[2].location, json.Operations[1].location)
    const removed = await send(
      'POST',
      '/Bulk',
      bulkOf([{ method: 'delete', path: `/Users/${id}` }]),
    )
    assert.deepEqual(statuses(removed.json), ['204'])
  })

  test(
    name('a bulk has ten seconds for all its operations, and refuses the later ones'),
    async (t) => {
      const { db } = await engine.open(t)
      const slow = {
        findNamesElsewhere: async () => {
          scene.clock.pass(seconds(4))
          return { type: 'names', taken: undefined } as const
        },
      }
      const scene = await createScimScene(db, {}, slow)
      const operations = Array.from({ length: 5 }, (_, n) => ({
        ...{ method: 'POST', path: '/Users', bulkId: `${n}` },
        data: { ...erika, userName: `u${n}`, externalId: `${n}` },
      }))
      const { json } = await scene.send('POST', '/Bulk', bulkOf(operations))
      assert.deepEqual(statuses(json), ['201', '201', '201', '429', '429'])
      const again = await scene.send('POST', '/Bulk', bulkOf(operations.slice(3)))
      assert.deepEqual(statuses(again.json), ['201', '201'])
    },
  )

  test(name('a mistake in an operation of a bulk stops no other operation'), async (t) => {
    const { db } = await engine.open(t)
    const { send, addErika } = await createScimScene(db)
    const { id } = await addErika()
    const max = { ...erika, userName: 'max', externalId: '2' }
    const { status, json } = await send(
      'POST',
      '/Bulk',
      bulkOf([
        { method: 'GET', path: '/Users' },
        { method: 'POST', path: '/Users', data: max },
        { method: 'PATCH' },
        ['nothing'],
        { method: 'POST', path: '/Users', bulkId: 'a', data: max },
        { method: 'POST', path: '/Users', bulkId: 'a', data: { ...max, userName: 'otto' } },
        {
          method: 'PATCH',
          path: `/Users/${id}`,
          data: patchOf(
            { op: 'replace', path: 'roles', value: 'x' },
            { op: 'replace', path: 'active', value: false },
          ),
        },
      ]),
    )
    assert.equal(status, 200)
    assert.deepEqual(statuses(json), ['400', '400', '400', '400', '201', '400', '200'])
    assert.equal((await send('GET', `/Users/${id}`)).json.active, false)
  })

  test(name('the server refuses invalid operations of a bulk one by one'), async (t) => {
    const { db } = await engine.open(t)
    const { send } = await createScimScene(db)
    const user = { method: 'POST', path: '/Users', data: erika }
    const { json } = await send(
      'POST',
      '/Bulk',
      bulkOf([
        { ...user, bulkId: 'a' },
        { ...user, bulkId: 'b' },
        {
          method: 'POST',
          path: '/Groups',
          bulkId: 'c',
          data: { displayName: 'x', members: [{ value: 'bulkId:d' }] },
        },
        {
          method: 'POST',
          path: '/Groups',
          bulkId: 'd',
          data: { displayName: 'y', members: [{ value: 'bulkId:c' }] },
        },
        { method: 'DELETE', path: '/Users/usr_unknown' },
        { method: 'DELETE', path: '/Users' },
        { method: 'PATCH', path: '/Me', data: {} },
      ]),
    )
    assert.deepEqual(statuses(json), ['201', '409', '409', '409', '404', '404', '404'])
    assert.equal(json.Operations[1].response.scimType, 'uniqueness')
    const two = [
      { ...user, bulkId: 'a' },
      { ...user, bulkId: 'b' },
      { ...user, bulkId: 'c' },
    ]
    const stopped = await send('POST', '/Bulk', bulkOf(two, { failOnErrors: 2 }))
    assert.deepEqual(statuses(stopped.json), ['409', '409'])
    for (const [wrong, code] of [
      [{}, 400],
      [bulkOf([], { failOnErrors: 0 }), 400],
      [bulkOf(Array(501).fill({ method: 'DELETE', path: '/Users/x' })), 413],
    ] as const) {
      assert.equal(
        (await send('POST', '/Bulk', wrong)).status,
        code,
        JSON.stringify(wrong).slice(0, 99),
      )
    }
    assert.equal((await send('GET', '/Bulk')).status, 405)
  })
})

onEachEngine((engine) => {
  if (engine.name === 'postgres') return
  test('a token can make 3000 requests a minute, and each bulk operation is one request', async (t) => {
    const { db } = await engine.open(t)
    const { send, clock } = await createScimScene(db)
    const bulk = bulkOf(Array(500).fill({ method: 'DELETE', path: '/Me/x' }))
    for (let asked = 0; asked < 5; asked++) await send('POST', '/Bulk', bulk)
    const last = statuses((await send('POST', '/Bulk', bulk)).json)
    assert.deepEqual([last[0], last[493], last[494], last[499]], ['404', '404', '429', '429'])
    const later = await send('GET', '/Users')
    assert.deepEqual([later.status, later.headers['retry-after']], [429, '1'])
    clock.pass(minutes(1))
    assert.equal((await send('GET', '/Users')).status, 200)
  })

  test('the server describes its capabilities, and refuses unknown paths and invalid bodies', async (t) => {
    const { db } = await engine.open(t)
    const { send } = await createScimScene(db)
    const { json: config } = await send('GET', '/ServiceProviderConfig')
    assert.deepEqual(config.bulk, {
      supported: true,
      maxOperations: 500,
      maxPayloadSize: 1024 * 1024,
    })
    const { json: schemas } = await send('GET', '/Schemas')
    assert.equal(schemas.totalResults, 3)
    for (const { id } of schemas.Resources) {
      assert.equal((await send('GET', `/Schemas/${id}`)).json.id, id)
    }
    assert.equal((await send('GET', '/ResourceTypes')).json.totalResults, 2)
    assert.equal((await send('GET', '/ResourceTypes/User')).json.schemaExtensions.length, 1)
    assert.equal((await send('GET', '/Schemas?filter=id%20pr')).status, 403)
    assert.equal((await send('GET', '/Me')).status, 501)
    for (const path of ['/nothing', '/Schemas/x', '/Users/a/b', '/Users/%00', '/__proto__']) {
      assert.equal((await send('GET', path)).status, 404, path)
    }
    assert.deepEqual((await send('POST', '/Users/x', {})).headers.allow, 'GET, PUT, PATCH, DELETE')
    const form = { headers: { 'content-type': 'application/x-www-form-urlencoded' } }
    assert.equal((await send('POST', '/Users', 'userName=x', form)).status, 415)
    const large = JSON.stringify({ userName: 'x'.repeat(1024 * 1024) })
    const twice = '{"userName":"a","USERNAME":"b"}'
    for (const [body, status, scimType] of [
      [large, 413, undefined],
      ['{', 400, 'invalidSyntax'],
      ['[]', 400, 'invalidSyntax'],
      [twice, 400, 'invalidSyntax'],
      ['{"userName":"a\\u0000"}', 400, 'invalidValue'],
      ['{}', 400, 'invalidValue'],
      ['{"userName":"a","emails":"no address"}', 400, 'invalidValue'],
      ['{"userName":"a","active":1}', 400, 'invalidValue'],
      ['{"userName":"a","__proto__":{"active":false},"constructor":1}', 201, undefined],
    ] as const) {
      const answer = await send('POST', '/Users', body)
      assert.deepEqual([answer.status, answer.json.scimType], [status, scimType], body.slice(0, 60))
    }
  })
})
