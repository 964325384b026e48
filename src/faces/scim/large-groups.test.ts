/** A change of a group costs what is changed, and a large group is read and written in parts. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { createScimScene, patchOf } from '../../dev/test-support/scim-scene.ts'
import { addToGroup, groupsOf } from '../../identity/users/groups.ts'

const valuesOf = (ids: readonly string[]) => ids.map((value) => ({ value }))

onEachEngine((engine) => {
  const name = (text: string) => `${text} (${engine.name})`

  async function open(t: Parameters<typeof engine.open>[0], takesOver = false) {
    const statements: string[] = []
    const { db } = await engine.open(t, ({ sql }) => statements.push(sql))
    const scene = await createScimScene(db, { takesOver })
    const { users, send } = scene

    /** Users of the system, or of none. */
    async function addUsers(begin: string, count: number, isOwned = true): Promise<string[]> {
      const ids: string[] = []
      while (ids.length < count) {
        const length = Math.min(500, count - ids.length)
        const from = ids.length
        const more = Array.from({ length }, (_, at) => ({
          ...{ username: `${begin}${from + at}`, displayName: `${begin} ${from + at}` },
        }))
        const added = await users.createAll(db, more)
        const owned = { source: 'entra', external_id: null, deactivated_at: null }
        const rows = added.map((user) => ({ user_id: user.id, ...owned }))
        if (isOwned) await db.insertInto('provisioned_users').values(rows).execute()
        ids.push(...added.map(({ id }) => id))
      }
      return ids.sort()
    }

    async function addGroup(displayName: string, members: readonly string[]): Promise<string> {
      const { json, status } = await send('POST', '/Groups', {
        ...{ displayName, members: valuesOf(members) },
      })
      assert.equal(status, 201, JSON.stringify(json).slice(0, 300))
      return json.id
    }

    async function listMembers(id: string): Promise<string[]> {
      const { json } = await send('GET', `/Groups/${id}`)
      return (json.members ?? []).map(({ value }: { value: string }) => value)
    }

    /** The statements of a request, without those that look for its token. */
    async function watch(work: () => Promise<unknown>): Promise<string[]> {
      statements.length = 0
      await work()
      return statements.filter((one) => !one.includes('provisioning_tokens'))
    }

    const patch = (id: string, ...operations: readonly object[]) =>
      send('PATCH', `/Groups/${id}`, patchOf(...operations))
    return { ...scene, db, addUsers, addGroup, listMembers, watch, patch }
  }

  test(name('a change of one member takes the same statements in any group'), async (t) => {
    const { addUsers, addGroup, watch, patch, listMembers } = await open(t)
    const all = await addUsers('u', 600)
    const [erika = '', max = ''] = await addUsers('v', 2)
    const few = await addGroup('few', all.slice(0, 3))
    const many = await addGroup('many', all)
    for (const operation of [
      { op: 'Add', path: 'members', value: [{ value: erika }] },
      { op: 'add', value: { members: [{ value: max }] } },
      { op: 'remove', path: `members[value eq "${erika}"]` },
      { op: 'Remove', path: 'members', value: [{ value: max }] },
      { op: 'replace', value: { id: 'any', displayName: 'x' } },
    ]) {
      const isRename = JSON.stringify(operation).includes('displayName')
      const rename = (text: string) =>
        isRename ? { ...operation, value: { externalId: text } } : operation
      const first = await watch(async () => {
        assert.equal((await patch(few, rename('few'))).status, 204)
      })
      const second = await watch(async () => {
        assert.equal((await patch(many, rename('many'))).status, 204)
      })
      assert.deepEqual(second, first)
      assert.ok(first.length <= 12, `${first.length} statements`)
      const ofMembers = first.filter((one) => one.includes('"user_groups"'))
      assert.ok(ofMembers.every((one) => /"user_id" in|"users"."id" in|insert into/.test(one)))
    }
    assert.deepEqual(await listMembers(many), all)
  })

  test(name('the answer to a patch of a group has what the client asks for'), async (t) => {
    const { addUsers, addGroup, watch, send } = await open(t)
    const [erika = '', max = ''] = await addUsers('u', 2)
    const id = await addGroup('sales', [erika])
    const add = patchOf({ op: 'add', path: 'members', value: [{ value: max }] })
    const plain = await send('PATCH', `/Groups/${id}`, add)
    assert.deepEqual([plain.status, plain.json, plain.headers.etag], [204, undefined, undefined])
    const names = await send('PATCH', `/Groups/${id}?attributes=displayName`, add)
    assert.deepEqual(
      [names.status, names.json.displayName, names.json.members],
      [200, 'sales', undefined],
    )
    const reads = await watch(async () => {
      const without = await send('PATCH', `/Groups/${id}?excludedAttributes=members`, add)
      assert.deepEqual(
        [without.status, without.json.id, without.json.members],
        [200, id, undefined],
      )
    })
    assert.ok(!reads.some((one) => one.includes('limit')))
    const whole = await send('PATCH', `/Groups/${id}?attributes=members.value`, add)
    assert.deepEqual(whole.json.members, valuesOf([erika, max].sort()))
    const { headers } = await send('GET', `/Groups/${id}`)
    assert.equal(whole.headers.etag, headers.etag)
    const options = { headers: { 'if-match': 'W/"old"' } }
    assert.equal((await send('PATCH', `/Groups/${id}`, add, options)).status, 412)
    assert.equal((await send('DELETE', `/Groups/${id}`, undefined, options)).status, 412)
    const same = { headers: { 'if-match': headers.etag ?? '', 'if-none-match': 'W/"x"' } }
    assert.equal((await send('PATCH', `/Groups/${id}`, add, same)).status, 204)
    const known = { headers: { 'if-none-match': headers.etag ?? '' } }
    for (const query of ['', '?excludedAttributes=members'])
      assert.equal((await send('GET', `/Groups/${id}${query}`, undefined, known)).status, 304)
  })

  test(name('a group is replaced, renamed and removed with very many members'), async (t) => {
    const { db, addUsers, addGroup, send, patch, users, listMembers, listAudit } = await open(t)
    const all = await addUsers('u', 1500)
    const id = await addGroup('all', all.slice(0, 1100))
    assert.deepEqual(await listMembers(id), all.slice(0, 1100))
    const wanted = all.slice(300)
    let isDone = false
    const replacing = send('PUT', `/Groups/${id}`, {
      ...{ displayName: 'all', members: valuesOf(wanted) },
    }).then((answer) => {
      isDone = true
      return answer
    })
    // Others write in between.
    await users.create(db, { username: 'between', displayName: 'B' })
    assert.equal(isDone, false)
    const replaced = await replacing
    assert.equal(replaced.status, 200)
    assert.deepEqual(
      replaced.json.members.map(({ value }: { value: string }) => value),
      wanted,
    )
    assert.deepEqual(await listMembers(id), wanted)
    const [added, removed] = [
      await listAudit('user_group_added'),
      await listAudit('user_group_removed'),
    ]
    assert.deepEqual([added.length, removed.length], [1500, 300])
    assert.deepEqual(removed.map(({ userId }) => userId).sort(), all.slice(0, 300))
    const rename = { op: 'replace', path: 'displayName', value: 'everybody' }
    assert.equal((await patch(id, rename)).status, 204)
    assert.deepEqual(await listMembers(id), wanted)
    assert.deepEqual((await groupsOf(db, [all[1400] ?? ''])).get(all[1400] ?? ''), ['everybody'])
    const list = await send('GET', '/Groups')
    const one = await send('GET', `/Groups/${id}`)
    assert.deepEqual(list.json.Resources, [one.json])
    assert.equal((await send('DELETE', `/Groups/${id}`)).status, 204)
    assert.equal((await send('GET', `/Groups/${id}`)).status, 404)
    assert.equal((await db.selectFrom('user_groups').selectAll().execute()).length, 0)
    assert.equal((await listAudit('user_group_removed')).length, 1500)
  })

  test(
    name('a filter about members chooses among those of the operations before it'),
    async (t) => {
      const { addUsers, addGroup, patch, listMembers } = await open(t)
      const [a = '', b = '', c = ''] = await addUsers('u', 3)
      const [v = ''] = await addUsers('v', 1)
      const id = await addGroup('sales', [a, b])
      const add = { op: 'add', path: 'members', value: valuesOf([c, v]) }
      await patch(id, add, { op: 'remove', path: 'members[display sw "v"]' })
      assert.deepEqual(await listMembers(id), [a, b, c].sort())
      await patch(id, { op: 'remove', path: `members[value eq "${a}" or value eq "${b}"].value` })
      assert.deepEqual(await listMembers(id), [c])
      await patch(
        id,
        { op: 'replace', path: 'members', value: [a] },
        { op: 'add', path: `members[value eq "${b}"]`, value: {} },
      )
      assert.deepEqual(await listMembers(id), [a, b].sort())
      await patch(id, { op: 'replace', path: `members[value eq "${b}"]`, value: { value: v } })
      assert.deepEqual(await listMembers(id), [a, v].sort())
      // An empty reference names nobody.
      await patch(id, { op: 'remove', path: 'members', value: [{ $ref: null, value: null }] })
      assert.deepEqual(await listMembers(id), [a, v].sort())
      await patch(id, { op: 'remove', path: 'members[not (type eq "Group") and value ne "x"]' })
      assert.deepEqual(await listMembers(id), [])
      const { json } = await patch(id, { op: 'add', path: 'members[display eq "x"]', value: {} })
      assert.equal(json.scimType, 'noTarget')
    },
  )

  test(name('members are removed although something else in the request is refused'), async (t) => {
    const { db, addUsers, addGroup, patch, send, listMembers, entries } = await open(t)
    const [a = '', b = '', c = '', d = '', admin = ''] = await addUsers('u', 5)
    const id = await addGroup('sales', [a, b, c, d, admin])
    await db.updateTable('users').set({ role: 'admin' }).where('id', '=', admin).execute()
    const remove = (one: string) => ({ op: 'remove', path: `members[value eq "${one}"]` })
    const unknown = { op: 'add', path: 'members', value: [{ value: 'usr_unknown' }] }
    const refused = await patch(id, unknown, remove(a))
    assert.deepEqual([refused.status, refused.json.scimType], [400, 'invalidValue'])
    assert.match(
      refused.json.detail,
      /usr_unknown\. Only the members to be removed were removed\.$/,
    )
    assert.match(entries.at(-2)?.message ?? '', /were removed from the group/)
    assert.deepEqual(await listMembers(id), [b, c, d, admin].sort())
    const name = { op: 'replace', path: 'displayName', value: '(!)' }
    assert.equal((await patch(id, name, remove(b))).status, 400)
    assert.deepEqual(await listMembers(id), [c, d, admin].sort())
    assert.equal((await patch(id, remove(c), remove(admin))).status, 403)
    assert.deepEqual(await listMembers(id), [d, admin].sort())
    const whole = { displayName: 'sales', members: valuesOf([admin, 'usr_unknown']) }
    assert.equal((await send('PUT', `/Groups/${id}`, whole)).status, 400)
    assert.deepEqual(await listMembers(id), [admin])
    assert.equal((await send('GET', `/Groups/${id}`)).json.displayName, 'sales')
    const late = { headers: { 'if-match': 'W/"old"' } }
    await addToGroup(db, d, 'sales')
    assert.equal((await send('PUT', `/Groups/${id}`, whole, late)).status, 412)
    assert.deepEqual(await listMembers(id), [d, admin].sort())
  })

  test(name('a token that takes over makes very many users members of its group'), async (t) => {
    const { addUsers, addGroup, listMembers, listAudit, send } = await open(t, true)
    const free = await addUsers('f', 1010, false)
    const id = await addGroup('all', free)
    assert.deepEqual(await listMembers(id), free)
    assert.equal((await listAudit('user_taken_over')).length, 1010)
    const members = valuesOf([...free, 'usr_unknown'])
    const refused = await send('POST', '/Groups', { displayName: 'other', members })
    assert.deepEqual([refused.status, refused.json.scimType], [400, 'invalidValue'])
    assert.equal((await send('GET', '/Groups')).json.totalResults, 1)
  })
})
