/** What a system that provisions users may not do to members of groups that require two operators. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { createScimScene, patchOf } from '../../dev/test-support/scim-scene.ts'
import type { Database } from '../../platform/storage/database.ts'

async function setUp(db: Database) {
  const settings = { service_desk: { two_people_groups: ['board'] } }
  const scene = await createScimScene(db, {}, {}, settings)
  const { id } = await scene.addErika({
    'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { employeeNumber: 'E 17' },
  })
  const max = await scene.send('POST', '/Users', { userName: 'max' })
  const group = { displayName: 'board', members: [{ value: id }] }
  const board = await scene.send('POST', '/Groups', group)
  const patch = (path: string, ...operations: readonly object[]) =>
    scene.send('PATCH', path, patchOf(...operations))
  return {
    ...scene,
    patch,
    erika: `/Users/${id}`,
    max: `/Users/${max.json.id}`,
    board: `/Groups/${board.json.id}`,
  }
}

const replace = (path: string, value: unknown) => ({ op: 'replace', path, value })
const number = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber'

onEachEngine((engine) => {
  test(`a system cannot change a name that identifies a member of a two-people group (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { patch, send, erika, board } = await setUp(db)
    for (const [path, value, what] of [
      ['userName', 'erika.m', /change their username/],
      ['emails[type eq "work"].value', 'thief@example.org', /change their e-mail address/],
      [number, '18', /change their attribute employeeNumber/],
    ] as const) {
      const { status, json } = await patch(erika, replace(path, value))
      assert.equal(status, 403, path)
      assert.match(json.detail, what)
      assert.match(json.detail, /einlass user group remove/)
    }
    // Without the group, the rule would be void.
    const gone = { op: 'remove', path: 'members' }
    assert.equal((await patch(board, gone)).status, 403)
    assert.equal((await patch(board, replace('displayName', 'former board'))).status, 403)
    assert.equal((await send('DELETE', board)).status, 403)
    assert.equal((await send('DELETE', erika)).status, 403)
    const { json } = await send('GET', erika)
    assert.deepEqual([json.userName, json.emails[0].value], ['erika', 'erika@example.org'])
    assert.equal(json.groups[0].display, 'board')
  })

  test(`a system cannot give a name of a member of a two-people group to another user (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { patch, send, max, erika } = await setUp(db)
    const work = (value: string) => [{ value, type: 'work' }]
    for (const answer of [
      await patch(max, replace('emails', work('Erika@example.org'))),
      await patch(max, replace('userName', 'erika@example.org')),
      await patch(max, replace(number, 'e 17')),
      await send('POST', '/Users', { userName: 'nora', emails: work('erika@example.org') }),
    ]) {
      assert.equal(answer.status, 403)
      assert.match(answer.json.detail, /identifies a member of board/)
    }
    const members = await send('GET', `${erika}`)
    assert.equal(members.status, 200)
  })

  test(`spaces around the value of a member make it no other value (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { patch, max } = await setUp(db)
    await db.updateTable('user_attributes').set({ value: ' E 17 ' }).execute()
    for (const value of [' E 17 ', 'e 17', 'E 17  '])
      assert.equal((await patch(max, replace(number, value))).status, 403, value)
  })

  test(`a system changes what identifies no member, adds members and disables them (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { patch, send, erika, max, board } = await setUp(db)
    assert.equal((await patch(erika, replace('title', 'Dr.'))).status, 200)
    assert.equal((await patch(erika, replace('displayName', 'Erika M.'))).status, 200)
    const members = [{ value: max.slice('/Users/'.length) }]
    assert.equal((await patch(board, { op: 'add', path: 'members', value: members })).status, 204)
    assert.equal((await patch(max, replace('userName', 'moritz'))).status, 403)
    assert.equal((await patch(erika, replace('active', false))).status, 200)
    const other = await send('POST', '/Users', { userName: 'nora' })
    assert.equal((await patch(`/Users/${other.json.id}`, replace('userName', 'nina'))).status, 200)
  })
})
