import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { createScimScene, patchOf } from '../../dev/test-support/scim-scene.ts'
import { addToGroup, groupsOf } from '../../identity/users/groups.ts'

const group = (displayName: string, ...members: string[]) => ({
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
  ...{ displayName, externalId: `id of ${displayName}` },
  members: members.map((value) => ({ value })),
})

onEachEngine((engine) => {
  const name = (text: string) => `${text} (${engine.name})`

  /** Two users of the system. */
  async function open(t: Parameters<typeof engine.open>[0], takesOver = false) {
    const { db } = await engine.open(t)
    const scene = await createScimScene(db, { takesOver })
    const erika = (await scene.addErika()).id
    const max = (await scene.addErika({ userName: 'max', externalId: '2' })).id
    const listGroups = async (id: string) => (await groupsOf(db, [id])).get(id) ?? []
    return { ...scene, db, erika, max, listGroups }
  }

  test(name('a group is added, read, changed member by member, renamed and removed'), async (t) => {
    const { send, erika, max, listGroups } = await open(t)
    const added = await send('POST', '/Groups', group('Sales (Berlin)', erika))
    assert.equal(added.status, 201, JSON.stringify(added.json))
    const { id } = added.json
    assert.deepEqual(
      added.json.members.map((one: { value: string; type: string }) => [one.value, one.type]),
      [[erika, 'User']],
    )
    assert.deepEqual(await listGroups(erika), ['Sales (Berlin)'])
    const patch = async (operation: object) => {
      const { status, json } = await send('PATCH', `/Groups/${id}`, patchOf(operation))
      assert.deepEqual([status, json], [204, undefined])
      return await send('GET', `/Groups/${id}`)
    }
    const members = [{ value: max }, { value: erika }]
    const more = await patch({ op: 'Add', path: 'members', value: members })
    assert.equal(more.json.members.length, 2)
    assert.notEqual(more.headers.etag, added.headers.etag)
    const late = await send('PUT', `/Groups/${id}`, group('x'), {
      headers: { 'if-match': added.headers.etag ?? '' },
    })
    assert.equal(late.status, 412)
    const less = await patch({ op: 'remove', path: `members[value eq "${erika}"]` })
    assert.deepEqual(
      less.json.members.map((one: { value: string }) => one.value),
      [max],
    )
    const user = await send('GET', `/Users/${max}`)
    assert.deepEqual(
      user.json.groups.map((one: { display: string }) => one.display),
      ['Sales (Berlin)'],
    )
    // As Okta renames a group.
    const renamed = await patch({ op: 'replace', value: { id, displayName: 'Vertrieb' } })
    assert.deepEqual([renamed.json.displayName, renamed.json.members.length], ['Vertrieb', 1])
    assert.deepEqual(await listGroups(max), ['Vertrieb'])
    assert.equal((await send('DELETE', `/Groups/${id}`)).status, 204)
    assert.deepEqual(await listGroups(max), [])
    assert.equal((await send('GET', `/Groups/${id}`)).status, 404)
  })

  if (engine.name === 'sqlite') {
    test(name('the members of a group are read by the index of members'), async (t) => {
      const asked: { sql: string; parameters: readonly unknown[] }[] = []
      const { db } = await engine.open(t, (query) => asked.push(query))
      const { send, addErika } = await createScimScene(db)
      const { id } = await addErika()
      const { json } = await send('POST', '/Groups', {
        displayName: 'all',
        members: [{ value: id }],
      })
      asked.length = 0
      await send('GET', `/Groups/${json.id}`)
      await send('GET', `/Users/${id}`)
      const plans: string[] = []
      for (const { sql: text, parameters } of [...asked]) {
        if (!text.includes('join "provisioned_')) continue
        const full = text
          .split('?')
          .reduce((all, part, at) => `${all}'${parameters[at - 1]}'${part}`)
        const explain = sql<{ detail: string }>`${sql.raw(`explain query plan ${full}`)}`
        const { rows } = await explain.execute(db)
        plans.push(rows.map(({ detail }) => detail).join('; '))
      }
      const [members, users, groups] = plans
      assert.match(
        members ?? '',
        /^SEARCH user_groups USING COVERING INDEX user_groups_by_name_and_user_id \(name=\?/,
      )
      assert.doesNotMatch(users ?? '', /SCAN/)
      assert.match(groups ?? '', /^SEARCH user_groups USING COVERING INDEX .*\(user_id=\?\)/)
    })
  }

  test(name('a filter with the ids of members reads no other members of any group'), async (t) => {
    const asked: string[] = []
    const { db } = await engine.open(t, ({ sql: text }) => asked.push(text))
    const { send, addErika } = await createScimScene(db)
    const erika = (await addErika()).id
    const max = (await addErika({ userName: 'max', externalId: '2' })).id
    for (let at = 0; at < 10; at += 1) await send('POST', '/Groups', group(`team ${at}`, erika))
    const { id } = (await send('POST', '/Groups', group('board', erika, max))).json
    const find = async (filter: string, more = '&excludedAttributes=members') => {
      asked.length = 0
      const { json } = await send('GET', `/Groups?filter=${encodeURIComponent(filter)}${more}`)
      const reads = asked.filter((text) => text.includes('from "user_groups"')).length
      return { reads, json, total: json.totalResults }
    }
    for (const [filter, total] of [
      [`members.value eq "${erika}"`, 11],
      [`members[value eq "${max}"]`, 1],
      [`members eq "${max}" and id eq "${id}"`, 1],
      [`members eq "${max}" or members.value eq "${erika}"`, 11],
      [`not (members eq "${max}")`, 10],
      [`members ne "${max}"`, 10],
      [`members.value eq "${max.toUpperCase()}"`, 0],
    ] as const) {
      const found = await find(filter)
      assert.deepEqual([found.total, found.reads], [total, 1], filter)
    }
    assert.equal((await find('members eq "no id"')).total, 0)
    // A group that is shown has all its members.
    const shown = await find(`members eq "${max}"`, '')
    assert.equal(shown.json.Resources[0].members.length, 2)
    assert.equal(shown.reads, 2)
    const whole = (await send('GET', `/Groups/${id}`)).json.meta.version
    assert.equal(shown.json.Resources[0].meta.version, whole)
    // Other comparisons need all members.
    assert.equal((await find('members.display co "Muster"')).total, 11)
    assert.equal((await find('members[value ne "x"]')).total, 11)
    assert.equal((await find('members pr')).total, 11)
  })

  test(name('a filter over very many members is refused before it is compared'), async (t) => {
    const { db, users, send } = await open(t)
    const { id } = (await send('POST', '/Groups', group('all'))).json
    for (let from = 0; from < 10_500; from += 500) {
      const added = await users.createAll(
        db,
        Array.from({ length: 500 }, (_, at) => ({ username: `u${from + at}`, displayName: 'U' })),
      )
      const owned = { source: 'entra', external_id: null, deactivated_at: null }
      const rows = added.map((user) => ({ user_id: user.id, ...owned }))
      await db.insertInto('provisioned_users').values(rows).execute()
      const members = added.map((user) => ({ user_id: user.id, name: 'all' }))
      await db.insertInto('user_groups').values(members).execute()
    }
    const find = async (filter: string) =>
      (await send('GET', `/Groups?filter=${encodeURIComponent(filter)}`)).json
    const terms = Array.from({ length: 98 }, () => 'value ne "#"').join(' and ')
    assert.equal((await find(`members[${terms} and value eq "x"]`)).scimType, 'tooMany')
    assert.equal((await find('members[value eq "x"]')).totalResults, 0)
    assert.equal((await find(`id eq "${id}"`)).totalResults, 1)
  })

  test(
    name('groups are found by name and by member, with and without their members'),
    async (t) => {
      const { send, erika, max } = await open(t)
      const { id } = (await send('POST', '/Groups', group('sales', erika))).json
      await send('POST', '/Groups', group('board', max))
      const find = async (filter: string, more = '') => {
        const { json } = await send('GET', `/Groups?filter=${encodeURIComponent(filter)}${more}`)
        return json.Resources
      }
      const [byName] = await find('displayName eq "SALES"', '&excludedAttributes=members')
      assert.deepEqual([byName.id, byName.members, byName.meta.version], [id, undefined, undefined])
      // As Entra ID asks whether a user is a member.
      assert.equal((await find(`id eq "${id}" and members eq "${erika}"`)).length, 1)
      assert.equal((await find(`id eq "${id}" and members eq "${max}"`)).length, 0)
      assert.equal((await find(`members[value eq "${max}"]`))[0].displayName, 'board')
      const terms = Array.from({ length: 98 }, () => 'value ne "#"').join(' and ')
      assert.equal((await find(`members[${terms} and value eq "${max}"]`)).length, 1)
      const all = await send('GET', '/Groups')
      assert.deepEqual(
        all.json.Resources.map((one: { displayName: string }) => one.displayName),
        ['board', 'sales'],
      )
      assert.equal(
        (await send('GET', `/Groups/${id}`)).json.meta.version,
        all.json.Resources[1].meta.version,
      )
    },
  )

  test(name('a group of operators is no group of a system'), async (t) => {
    const { send, db, erika, max, addUser, createToken, listGroups } = await open(t)
    const otto = await addUser('otto')
    await addToGroup(db, otto, 'board')
    const taken = await send('POST', '/Groups', group('board', erika))
    assert.deepEqual([taken.status, taken.json.scimType], [409, 'uniqueness'])
    const { id } = (await send('POST', '/Groups', group('sales', max))).json
    const renamed = await send(
      'PATCH',
      `/Groups/${id}`,
      patchOf({ op: 'replace', path: 'displayName', value: 'board' }),
    )
    assert.equal(renamed.status, 409)
    const foreign = await send(
      'PATCH',
      `/Groups/${id}`,
      patchOf({ op: 'add', path: 'members', value: [{ value: otto }] }),
    )
    assert.deepEqual([foreign.status, foreign.json.scimType], [400, 'invalidValue'])
    const other = { token: (await createToken({ source: 'okta' })).secret }
    assert.equal((await send('GET', `/Groups/${id}`, undefined, other)).status, 404)
    assert.equal((await send('POST', '/Groups', group('sales'), other)).status, 409)
    const taking = { token: (await createToken({ takesOver: true })).secret }
    const both = await send('POST', '/Groups', group('board', erika, otto), taking)
    assert.deepEqual([both.status, both.json.members.length], [201, 2])
    assert.deepEqual(await listGroups(erika), ['board'])
    for (const displayName of ['', '(!)', 'x'.repeat(101), 5]) {
      assert.equal((await send('POST', '/Groups', { displayName })).status, 400, `${displayName}`)
    }
  })

  test(name('nobody who has a role comes into a group or leaves it'), async (t) => {
    const { send, db, erika, max, listGroups } = await open(t)
    const { id } = (await send('POST', '/Groups', group('sales', erika))).json
    const [add, remove, rename] = [
      patchOf({ op: 'add', path: 'members', value: [{ value: max }] }),
      patchOf({ op: 'remove', path: 'members' }),
      patchOf({ op: 'replace', path: 'displayName', value: 'other' }),
    ]
    for (const role of ['service_desk', 'admin'] as const) {
      await db.updateTable('users').set({ role }).where('id', 'in', [erika, max]).execute()
      for (const body of [add, remove, rename]) {
        assert.equal((await send('PATCH', `/Groups/${id}`, body)).status, 403, role)
      }
      assert.equal((await send('DELETE', `/Groups/${id}`)).status, 403, role)
    }
    assert.deepEqual([await listGroups(erika), await listGroups(max)], [['sales'], []])
  })
})
