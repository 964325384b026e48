import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { createScimScene, erika, patchOf } from '../../dev/test-support/scim-scene.ts'
import { readAudit } from '../../identity/audit/chain.ts'
import { minutes } from '../../platform/kernel/clock.ts'

const search = (filter: string) => `/Users?filter=${encodeURIComponent(filter)}`

onEachEngine((engine) => {
  const name = (text: string) => `${text} (${engine.name})`

  test(name('a user is added, found, read, changed and removed'), async (t) => {
    const { db } = await engine.open(t)
    const { send, users } = await createScimScene(db)
    const added = await send('POST', '/Users', {
      ...erika,
      phoneNumbers: [{ type: 'mobile', value: '+49 170 1234567' }],
      'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': {
        department: 'Sales',
        manager: { value: 'm1' },
      },
    })
    assert.equal(added.status, 201, JSON.stringify(added.json))
    const { id } = added.json
    const location = `https://login.example.org/scim/v2/Users/${id}`
    assert.equal(added.headers.location, location)
    assert.equal(added.json.meta.location, location)
    assert.equal(added.headers['content-type'], 'application/scim+json; charset=utf-8')
    for (const filter of ['userName eq "ERIKA"', 'externalId eq "701984"', `id eq "${id}"`]) {
      const { json } = await send('GET', search(filter))
      assert.deepEqual([json.totalResults, json.Resources[0]?.id], [1, id], filter)
    }
    assert.equal((await send('GET', search('userName eq "otto"'))).json.totalResults, 0)
    const read = await send('GET', `/Users/${id}`)
    assert.deepEqual(read.json, added.json)
    const department = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
    assert.equal(read.json[department].department, 'Sales')

    const replaced = await send('PUT', `/Users/${id}`, {
      ...erika,
      userName: 'erika.m',
      title: 'Dr.',
    })
    assert.equal(replaced.status, 200, JSON.stringify(replaced.json))
    assert.deepEqual(
      [replaced.json.userName, replaced.json.title, replaced.json.phoneNumbers],
      ['erika.m', 'Dr.', undefined],
    )
    assert.notEqual(replaced.headers.etag, read.headers.etag)
    assert.equal((await users.findByName(db, 'erika.m'))?.email, 'erika@example.org')

    assert.equal((await send('DELETE', `/Users/${id}`)).status, 204)
    assert.equal((await send('GET', `/Users/${id}`)).status, 404)
    assert.equal((await send('DELETE', `/Users/${id}`)).status, 404)
    const events = await readAudit(db, { limit: 20 })
    const written = events.filter(({ data }) => data.by === 'scim:entra').map(({ type }) => type)
    assert.deepEqual(written.sort(), ['user_changed', 'user_created', 'user_removed'])
  })

  test(
    name('a user who is deactivated loses every session at once, and can come back'),
    async (t) => {
      const { db } = await engine.open(t)
      const { send, addErika, signIn, sessions, ended, users } = await createScimScene(db)
      const { id } = await addErika()
      const session = await signIn(id)
      const off = await send(
        'PATCH',
        `/Users/${id}`,
        patchOf({ op: 'Replace', path: 'active', value: 'False' }),
      )
      assert.equal(off.status, 200, JSON.stringify(off.json))
      assert.equal(off.json.active, false)
      assert.equal(await sessions.find(session.token), undefined)
      await sessions.settled()
      assert.deepEqual(ended, [session.id])
      const on = await send(
        'PATCH',
        `/Users/${id}`,
        patchOf({ op: 'replace', value: { active: true } }),
      )
      assert.equal(on.json.active, true)
      const other = await signIn(id)
      assert.equal((await send('DELETE', `/Users/${id}`)).status, 204)
      await sessions.settled()
      assert.deepEqual(ended, [session.id, other.id])
      assert.equal(await users.find(db, id), undefined)
    },
  )

  test(name('whom an operator has disabled is not enabled'), async (t) => {
    const { db } = await engine.open(t)
    const { send, addErika, users, clock } = await createScimScene(db)
    const { id } = await addErika()
    await users.disable(db, id)
    const enable = patchOf({ op: 'replace', path: 'active', value: true })
    const refused = await send('PATCH', `/Users/${id}`, enable)
    assert.equal(refused.status, 403)
    assert.match(refused.json.detail, /einlass user enable/)
    // Neither does the system by disabling the user once more.
    await send('PATCH', `/Users/${id}`, patchOf({ op: 'replace', path: 'active', value: false }))
    assert.equal((await send('PATCH', `/Users/${id}`, enable)).status, 403)
    // What else is sent is heard.
    const title = await send(
      'PATCH',
      `/Users/${id}`,
      patchOf({ op: 'add', path: 'title', value: 'Dr.' }),
    )
    assert.deepEqual([title.status, title.json.active], [200, false])
    clock.pass(minutes(1))
    await users.enable(db, id)
    assert.equal((await send('GET', `/Users/${id}`)).json.active, true)
  })

  test(
    name('a token sees and changes no users of another system, and none of a directory'),
    async (t) => {
      const { db } = await engine.open(t)
      const { send, addErika, addUser, createToken } = await createScimScene(db)
      const { id } = await addErika()
      const otto = await addUser('otto')
      const other = { token: (await createToken({ source: 'okta' })).secret }
      const taking = { token: (await createToken({ source: 'workday', takesOver: true })).secret }
      const ofDirectory = await addUser('petra')
      const entry = { user_id: ofDirectory, directory: 'corp', entry_id: '1', checked_at: 0 }
      await db.insertInto('directory_entries').values(entry).execute()
      const list = async (options: object) =>
        (await send('GET', '/Users', undefined, options)).json.Resources ?? []
      assert.deepEqual(await list(other), [])
      assert.deepEqual(
        (await list(taking)).map((one: { id: string }) => one.id),
        [otto],
      )
      for (const [method, user, options] of [
        ['GET', id, other],
        ['PATCH', id, other],
        ['DELETE', id, other],
        ['GET', id, taking],
        ['PATCH', id, taking],
        ['DELETE', id, taking],
        ['GET', ofDirectory, taking],
        ['PATCH', ofDirectory, taking],
        ['DELETE', ofDirectory, taking],
        ['DELETE', otto, {}],
      ] as const) {
        const body =
          method === 'PATCH' ? patchOf({ op: 'replace', path: 'title', value: 'x' }) : undefined
        assert.equal((await send(method, `/Users/${user}`, body, options)).status, 404, method)
      }
      const taken = await send('POST', '/Users', { ...erika, userName: 'OTTO', externalId: '2' })
      assert.deepEqual([taken.status, taken.json.scimType], [409, 'uniqueness'])
      const twice = await send('POST', '/Users', { ...erika, userName: 'other' })
      assert.deepEqual([twice.status, twice.json.scimType], [409, 'uniqueness'])
      // Another system has ids of its own.
      assert.equal(
        (await send('POST', '/Users', { ...erika, userName: 'other' }, other)).status,
        201,
      )
      // A second token of the same name has the same users.
      const second = { token: (await createToken()).secret }
      assert.equal((await send('GET', `/Users/${id}`, undefined, second)).status, 200)
    },
  )

  test(
    name(
      'a token that takes over finds local users, who belong to its system with the first change',
    ),
    async (t) => {
      const { db } = await engine.open(t)
      const { send, addUser, createToken, users } = await createScimScene(db, { takesOver: true })
      const otto = await addUser('otto')
      const admin = await users.create(db, { username: 'root', displayName: 'Root', role: 'admin' })
      const desk = await users.create(db, {
        username: 'desk',
        displayName: 'D',
        role: 'service_desk',
      })
      const all = await send('GET', '/Users')
      assert.deepEqual(
        all.json.Resources.map((one: { id: string }) => one.id),
        [otto],
      )
      for (const { id } of [admin, desk])
        assert.equal((await send('GET', `/Users/${id}`)).status, 404)
      const plain = { token: (await createToken()).secret }
      assert.equal((await send('GET', `/Users/${otto}`, undefined, plain)).status, 404)
      const taken = await send(
        'PATCH',
        `/Users/${otto}`,
        patchOf({ op: 'add', path: 'externalId', value: '7' }),
      )
      assert.deepEqual([taken.status, taken.json.externalId], [200, '7'])
      assert.equal((await send('GET', `/Users/${otto}`, undefined, plain)).status, 200)
      const events = await readAudit(db, { limit: 10 })
      assert.ok(events.some(({ type }) => type === 'user_taken_over'))
    },
  )

  test(
    name('an administrator is neither made nor taken over, and the last one stays'),
    async (t) => {
      const { db } = await engine.open(t)
      const { send, addErika, users } = await createScimScene(db)
      const roles = { roles: [{ value: 'admin' }], role: 'admin', password: 'of the attacker' }
      const { id } = await addErika(roles)
      const made = await users.find(db, id)
      assert.deepEqual([made?.role, made?.passwordChangedAt], ['user', null])
      for (const path of ['role', 'roles', 'password', 'id', 'groups', 'meta.created']) {
        const { status } = await send(
          'PATCH',
          `/Users/${id}`,
          patchOf({ op: 'add', path, value: 'admin' }),
        )
        const isUnknown = ['role', 'roles', 'password'].includes(path)
        assert.equal(status, isUnknown ? 200 : 400, path)
      }
      const same = await users.find(db, id)
      assert.deepEqual([same?.role, same?.passwordChangedAt], ['user', null])
      for (const role of ['service_desk', 'admin'] as const) {
        await db.updateTable('users').set({ role }).where('id', '=', id).execute()
        for (const value of [
          { userName: 'mine' },
          { emails: [{ value: 'mine@evil.example' }] },
          { title: 'x' },
          { externalId: 'x' },
        ]) {
          const refused = await send('PATCH', `/Users/${id}`, patchOf({ op: 'replace', value }))
          assert.equal(refused.status, 403, `${role}: ${JSON.stringify(value)}`)
        }
        assert.equal((await send('DELETE', `/Users/${id}`)).status, 403, role)
      }
      const disable = patchOf({ op: 'replace', path: 'active', value: false })
      const last = await send('PATCH', `/Users/${id}`, disable)
      assert.equal(last.status, 403)
      assert.match(last.json.detail, /only administrator/)
      await users.create(db, { username: 'root', displayName: 'Root', role: 'admin' })
      assert.equal((await send('PATCH', `/Users/${id}`, disable)).json.active, false)
      const enable = patchOf({ op: 'replace', path: 'active', value: true })
      assert.equal((await send('PATCH', `/Users/${id}`, enable)).status, 403)
    },
  )

  test(name('a version that is out of date changes nothing'), async (t) => {
    const { db } = await engine.open(t)
    const { send, addErika } = await createScimScene(db)
    const { id, meta } = await addErika()
    const first = { 'if-match': meta.version }
    const same = await send('GET', `/Users/${id}`, undefined, {
      headers: { 'if-none-match': meta.version },
    })
    assert.deepEqual([same.status, same.json], [304, undefined])
    const title = patchOf({ op: 'add', path: 'title', value: 'Dr.' })
    assert.equal((await send('PATCH', `/Users/${id}`, title, { headers: first })).status, 200)
    for (const [method, body] of [
      ['PATCH', title],
      ['PUT', erika],
      ['DELETE', undefined],
    ] as const) {
      const late = await send(method, `/Users/${id}`, body, { headers: first })
      assert.deepEqual([late.status, late.json.status], [412, '412'], method)
    }
    assert.equal(
      (await send('PATCH', `/Users/${id}`, title, { headers: { 'if-match': '*' } })).status,
      200,
    )
  })

  test(name('lists have pages, an order, filters and a choice of attributes'), async (t) => {
    const { db } = await engine.open(t)
    const { send } = await createScimScene(db)
    for (const [index, title] of ['C', 'a', 'B', undefined].entries()) {
      const one = { ...erika, userName: `u${index}`, externalId: `${index}`, title }
      assert.equal((await send('POST', '/Users', one)).status, 201)
    }
    const names = async (query: string) => {
      const { json, status } = await send('GET', `/Users?${query}`)
      assert.equal(status, 200, JSON.stringify(json))
      return [json.totalResults, ...json.Resources.map((one: { userName: string }) => one.userName)]
    }
    assert.deepEqual(await names('sortBy=userName'), [4, 'u0', 'u1', 'u2', 'u3'])
    assert.deepEqual(await names('sortBy=userName&startIndex=2&count=2'), [4, 'u1', 'u2'])
    assert.deepEqual(await names('sortBy=userName&startIndex=-5&count=1'), [4, 'u0'])
    assert.deepEqual(await names('startIndex=9'), [4])
    assert.deepEqual(await names('count=0'), [4])
    assert.deepEqual(await names('sortBy=userName&sortOrder=descending&count=2'), [4, 'u3', 'u2'])
    assert.deepEqual(await names('sortBy=title'), [4, 'u1', 'u2', 'u0', 'u3'])
    assert.deepEqual(await names('sortBy=title&sortOrder=descending'), [4, 'u0', 'u2', 'u1', 'u3'])
    assert.deepEqual(await names('filter=not%20(title%20pr)'), [1, 'u3'])
    assert.deepEqual(
      await names('sortBy=userName&filter=title%20sw%20%22b%22%20or%20externalId%20eq%20%223%22'),
      [2, 'u2', 'u3'],
    )
    const few = await send('GET', '/Users?attributes=userName,name.givenName&count=1')
    assert.deepEqual(Object.keys(few.json.Resources[0]).sort(), [
      'id',
      'name',
      'schemas',
      'userName',
    ])
    assert.deepEqual(few.json.Resources[0].name, { givenName: 'Erika' })
    const without = await send('GET', '/Users?excludedAttributes=emails,id,meta&count=1')
    assert.deepEqual(
      ['emails' in without.json.Resources[0], 'id' in without.json.Resources[0]],
      [false, true],
    )
    const posted = await send('POST', '/Users/.search', {
      filter: 'userName eq "u1"',
      attributes: ['userName'],
    })
    assert.deepEqual([posted.json.totalResults, posted.json.Resources[0].userName], [1, 'u1'])
    for (const query of [
      'count=x',
      'startIndex=1.5',
      'sortOrder=up',
      'sortBy=nothing',
      'count=1&count=2',
      'attributes=id&excludedAttributes=id',
      `attributes=${'title,'.repeat(101)}`,
    ]) {
      assert.equal((await send('GET', `/Users?${query}`)).json.scimType, 'invalidValue', query)
    }
    for (const filter of [
      'userName',
      'nothing eq "x"',
      'active gt true',
      'userName eq 5',
      'userName eq "a\\u0000"',
    ]) {
      assert.equal((await send('GET', search(filter))).json.scimType, 'invalidFilter', filter)
    }
  })

  test(name('without a valid token every address gives the same answer'), async (t) => {
    const { db } = await engine.open(t)
    const { send, addErika, tokenOperations, administrator, own, clock, secret } =
      await createScimScene(db, {
        networks: ['198.51.100.0/24'],
      })
    const inside = { peer: '198.51.100.7' }
    const added = await send('POST', '/Users', erika, inside)
    assert.equal(added.status, 201)
    const paths = [
      '/Users',
      `/Users/${added.json.id}`,
      '/ServiceProviderConfig',
      '/nothing',
      '',
      '/Me',
    ]
    const answers = new Set<string>()
    for (const path of paths) {
      for (const options of [
        { token: null },
        { token: 'a'.repeat(43), ...inside },
        { token: secret },
      ]) {
        const { status, json, headers } = await send('GET', path, undefined, options)
        answers.add(JSON.stringify([status, json, headers]))
      }
    }
    assert.equal(answers.size, 1)
    assert.match([...answers][0] ?? '', /^\[401,/)
    const behindProxy = { peer: '10.0.0.1', headers: { 'x-forwarded-for': '198.51.100.8' } }
    assert.equal((await send('GET', '/Users', undefined, behindProxy)).status, 200)
    for (let tries = 0; tries < 60; tries++) await send('GET', '/Users', undefined, { token: null })
    assert.equal((await send('GET', '/Users', undefined, { token: null })).status, 429)
    clock.pass(minutes(2))
    const [listed] = await tokenOperations.listTokens(administrator)
    assert.ok(listed?.lastUsedAt)
    await tokenOperations.removeToken(administrator, own.id)
    assert.equal((await send('GET', '/Users', undefined, inside)).status, 401)
    await assert.rejects(addErika())
  })
})
