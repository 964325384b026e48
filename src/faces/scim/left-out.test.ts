/** What Einlass does not know stops nothing that it knows: above all, nobody who leaves stays in. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { createScimScene, erika, patchOf } from '../../dev/test-support/scim-scene.ts'
import { readAttributes } from '../../identity/users/local/attributes.ts'

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
const core = 'urn:ietf:params:scim:schemas:core:2.0:User'
const custom = 'urn:ietf:params:scim:schemas:extension:example:2.0:User'

const off = { op: 'Replace', path: 'active', value: 'False' }

/** Operations that Einlass leaves out: it has no such attribute. Most are in mappings of Entra ID or profiles of Okta. */
const unknown: readonly object[] = [
  { op: 'Add', path: 'roles[primary eq "True"].value', value: 'Buyer' },
  { op: 'Add', path: 'roles', value: [{ value: 'Buyer' }] },
  { op: 'Remove', path: 'entitlements[value eq "x"]' },
  { op: 'Add', path: 'ims[type eq "xmpp"].value', value: 'erika' },
  { op: 'Replace', path: 'name.honorificPrefix', value: 'Dr.' },
  { op: 'Replace', path: 'honorificPrefix', value: 'Dr.' },
  { op: 'Add', path: `${custom}:tag`, value: 'x' },
  { op: 'Add', path: `${enterprise}:manager.displayName`, value: 'Max' },
  { op: 'Add', path: 'emails[planet eq "work"].value', value: 'x@example.org' },
  { op: 'Replace', path: 'photos', value: null },
]

/** What is wrong beside a known attribute, and refused when it is sent without `active: false`. */
const wrong: readonly object[] = [
  { op: 'replace', path: 'title', value: 5 },
  { op: 'replace', path: 'title', value: 'a\0b' },
  { op: 'replace', path: 'locale', value: 'no language at all' },
  { op: 'replace', path: 'emails', value: 'no address' },
  { op: 'replace', path: 'userName', value: '' },
  { op: 'replace', path: 'userName', value: 'max' },
  { op: 'replace', path: 'id', value: 'other' },
  { op: 'replace', path: 'title[', value: 'x' },
  { op: 'replace', path: 5, value: 'x' },
  { op: 'replace', path: 'emails[type sw "h"].value', value: 'x@example.org' },
  { op: 'move', path: 'title', value: 'x' },
  { op: 'replace', path: 'name' },
  { op: 'remove' },
]

onEachEngine((engine) => {
  const name = (text: string) => `${text} (${engine.name})`

  async function open(t: Parameters<typeof engine.open>[0]) {
    const { db } = await engine.open(t)
    const scene = await createScimScene(db)
    const { id } = await scene.addErika()
    const patch = (...operations: readonly object[]) =>
      scene.send('PATCH', `/Users/${id}`, patchOf(...operations))
    return { ...scene, db, id, patch }
  }

  test(name('an unknown attribute is left out of a patch, and what is known acts'), async (t) => {
    const { patch, entries, id, send } = await open(t)
    for (const one of unknown) {
      const text = JSON.stringify(one)
      const alone = await patch(one)
      assert.deepEqual([alone.status, alone.json.active], [200, true], text)
      for (const operations of [
        [one, off],
        [off, one],
      ]) {
        assert.equal((await patch(...operations)).json.active, false, text)
        await patch({ op: 'replace', path: 'active', value: true })
      }
    }
    const listLeftOut = () =>
      entries.flatMap(({ message, entry }) => (/left out/.test(message) ? [entry] : []))
    assert.deepEqual(
      listLeftOut(),
      [
        'roles.value',
        'roles',
        'entitlements',
        'ims.value',
        'name.honorificPrefix',
        'honorificPrefix',
        `${custom}:tag`,
        `${enterprise}:manager.displayName`,
        'emails.value',
        'photos',
      ].map((attribute) => ({ source: 'entra', attribute })),
    )
    await send('PUT', `/Users/${id}`, { ...erika, planet: 'Mars' })
    assert.deepEqual(listLeftOut().at(-1), { source: 'entra', attribute: 'planet' })
  })

  test(
    name('a leaver is disabled whatever is wrong beside it, and the log says what'),
    async (t) => {
      const { patch, send, id, users, db, entries } = await open(t)
      await send('POST', '/Users', { userName: 'max', externalId: '2' })
      for (const one of wrong) {
        const text = JSON.stringify(one)
        const alone = await patch(one)
        assert.ok(alone.status >= 400, text)
        for (const operations of [
          [one, off],
          [off, one],
          [one, { op: 'replace', value: { active: false } }],
        ]) {
          const { status, json } = await patch(...operations)
          assert.deepEqual([status, json.active, json.userName], [200, false, 'erika'], text)
          const { message, entry } = entries.at(-1) ?? {}
          assert.match(message ?? '', /only disabled/, text)
          assert.ok(entry !== undefined && 'detail' in entry)
          await patch({ op: 'replace', path: 'active', value: true })
          assert.equal((await users.find(db, id))?.disabledAt, null)
        }
      }
    },
  )

  test(
    name('a leaver is disabled by a wrong PUT, and a wrong PUT of others is refused'),
    async (t) => {
      const { send, id, patch } = await open(t)
      for (const body of [
        { active: false },
        { userName: 'erika', active: 'False', title: 5 },
        { userName: 'erika', active: false, title: 'a\0b' },
        { userName: 'erika', TITLE: 'a', title: 'b', Active: [false] },
        { userName: 'erika', active: false, emails: 'no address' },
        { userName: 'erika', active: false, [enterprise]: 'x' },
        { userName: 'erika', [`${core}:active`]: false, title: 5 },
        { [core]: { userName: 'erika', active: false } },
      ]) {
        const { status, json } = await send('PUT', `/Users/${id}`, body)
        assert.deepEqual([status, json.active], [200, false], JSON.stringify(body))
        await patch({ op: 'replace', path: 'active', value: true })
        const others = { ...body, active: true, Active: undefined, [`${core}:active`]: undefined }
        if ('title' in body) assert.equal((await send('PUT', `/Users/${id}`, others)).status, 400)
      }
    },
  )

  test(name('a leaver in another version is not disabled, as the client asked'), async (t) => {
    const { send, id } = await open(t)
    const headers = { 'if-match': 'W/"old"' }
    const body = patchOf(off, { op: 'replace', path: 'title', value: 5 })
    assert.equal((await send('PATCH', `/Users/${id}`, body, { headers })).status, 412)
    assert.equal((await send('GET', `/Users/${id}`)).json.active, true)
  })

  test(name('active is understood in each spelling that systems send'), async (t) => {
    const { send, id, patch } = await open(t)
    for (const operation of [
      { op: 'REPLACE', path: 'ACTIVE', value: ['False'] },
      { OP: 'Add', PATH: `${core.toUpperCase()}:Active`, VALUE: false },
      { op: 'replace', path: 'active', value: [false] },
      { op: 'replace', path: ' active ', value: ' false ' },
      { op: 'replace', path: 'active', value: [{ value: 'False' }] },
      { op: 'replace', value: { [`${core}:active`]: 'False' } },
      { op: 'replace', value: { [core]: { active: false } } },
      { op: 'replace', value: [{ active: false }] },
    ]) {
      const { status, json } = await patch(operation)
      assert.deepEqual([status, json.active], [200, false], JSON.stringify(operation))
      assert.equal((await patch({ op: 'add', path: 'active', value: ['True'] })).json.active, true)
    }
    const bare = { Operations: [off] }
    assert.equal((await send('PATCH', `/Users/${id}`, bare)).json.active, false)
    for (const value of ['perhaps', 1, [true, false], {}]) {
      const { status } = await patch({ op: 'replace', path: 'active', value })
      assert.equal(status, 400, JSON.stringify(value))
    }
  })

  test(name('a manager is a text, an object or a list of one'), async (t) => {
    const { db, patch, addErika, id } = await open(t)
    const read = async (userId = id) => (await readAttributes(db, userId)).get('manager')?.[0]
    for (const [at, value] of [
      'm1',
      { value: 'm2', displayName: 'Max', $ref: '../Users/m2' },
      [{ value: 'm3' }],
      ['m4'],
    ].entries()) {
      const { status } = await patch({ op: 'Replace', path: `${enterprise}:manager`, value })
      assert.deepEqual([status, await read()], [200, `m${at + 1}`])
    }
    await patch({ op: 'Replace', path: `${enterprise}:manager`, value: [] })
    assert.equal(await read(), undefined)
    const added = await addErika({
      ...{ userName: 'max', externalId: '2' },
      [enterprise]: { manager: [{ value: 'm5' }] },
    })
    assert.equal(await read(added.id), 'm5')
  })

  test(name('addresses and numbers of types that are not stored disturb nothing'), async (t) => {
    const { db, patch, id, send } = await open(t)
    const { status } = await patch(
      { op: 'Add', path: 'addresses[type eq "home"].locality', value: 'Kassel' },
      { op: 'Add', path: 'addresses[type eq "other"]', value: { formatted: 'somewhere' } },
      { op: 'Add', path: 'emails[type eq "home"].value', value: 'home@example.org' },
      { op: 'Add', path: 'emails[type eq "other"].value', value: 'other@example.org' },
      { op: 'Add', path: 'phoneNumbers[type eq "pager"].value', value: '1' },
      { op: 'Add', path: 'addresses[type eq "work"].locality', value: 'Fulda' },
      off,
    )
    assert.equal(status, 200)
    assert.deepEqual((await readAttributes(db, id)).get('locality'), ['Fulda'])
    const { json } = await send('GET', `/Users/${id}`)
    assert.deepEqual(
      [json.active, json.emails.map(({ value }: { value: string }) => value)],
      [false, ['erika@example.org']],
    )
  })
})
