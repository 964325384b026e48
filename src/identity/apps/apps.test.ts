import assert from 'node:assert/strict'
import { test } from 'node:test'
import { protocols } from '../../dev/test-support/apps.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { createKeyring } from '../../platform/kernel/keyring.ts'
import { systemRandom } from '../../platform/kernel/random.ts'
import { transact } from '../../platform/storage/transact.ts'
import { policySchema } from '../policy/policy.ts'
import type { AppSettings } from './app-protocol.ts'
import { createAppSchema, createApps } from './apps.ts'

const keyring = createKeyring({
  keys: [{ id: 'a', key: new Uint8Array(32).fill(1) }],
  random: systemRandom,
})
const apps = createApps({ clock: { now: () => 5 }, random: systemRandom, keyring, protocols })
const settings = { redirectUris: ['https://mail.example/callback'] }

const saml = (entityId: string) => ({ entityId, consumerUrls: ['https://notes.example/acs'] })
/** A protocol, and the settings of two apps, the first of which the second one may not have. */
const sharing: readonly (readonly [string, AppSettings, AppSettings])[] = [
  ['saml', saml('https://notes.example/metadata'), saml('https://notes.example/other')],
  [
    'wsfed',
    { realms: ['https://mail.example/owa/', 'https://mail.example/ecp/'] },
    { realms: ['https://mail.example/other/'] },
  ],
  [
    'forward-auth',
    { addresses: ['https://intra.example/Wiki/'] },
    { addresses: ['https://intra.example', 'https://intra.example/wiki/admin'] },
  ],
]

onEachEngine((engine) => {
  test(`an app has the default policy for everything that its own policy does not set (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await apps.create(db, { id: 'mail', name: 'Mail', settings, policy: { skips: 5 } })
    const defaultPolicy = {
      secondFactor: 'required',
      level: 'number',
      skips: 0,
      decline: false,
      groups: [{ group: 'board', level: 'phishing_resistant', skips: 9 }],
    } as const
    const later = createApps({
      clock: { now: () => 9 },
      random: systemRandom,
      keyring,
      protocols,
      defaultPolicy: policySchema.parse(defaultPolicy),
    })
    const found = await later.find(db, 'mail')
    // The app says itself how many skips there are, also for the board.
    const groups = [{ group: 'board', level: 'phishing_resistant' }]
    assert.deepEqual(found?.policy, { ...defaultPolicy, skips: 5, groups })
    assert.deepEqual(found?.ownPolicy, { skips: 5 })
    const [listed] = await later.list(db)
    assert.deepEqual(listed?.policy, found?.policy)
    const renamed = await later.change(db, 'mail', { name: 'Post' })
    assert.deepEqual(renamed?.app.ownPolicy, { skips: 5 })
  })

  test(`apps are listed by name, without a difference between upper and lower case (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const names = ['portal', 'Wiki', 'Äpfel', 'wiki', 'Board', 'mail']
    for (const name of names) await apps.create(db, { name, settings })
    const listed = (await apps.list(db)).map(({ name }) => name)
    assert.deepEqual(listed, ['Äpfel', 'Board', 'mail', 'portal', 'wiki', 'Wiki'])
  })

  test(`simultaneous changes of one app do not overwrite each other (${engine.name})`, async (t) => {
    const [one, two] = await engine.openTwice(t)
    const { db } = one
    const made = await apps.create(db, { id: 'mail', name: 'Mail', settings })
    const policy = { secondFactor: 'none' as const, allowedGroups: ['Sales'] }
    const next = { redirectUris: ['https://mail.example/other'] }
    for (let round = 0; round < 20; round += 1) {
      await apps.change(db, 'mail', { name: 'Mail', settings, policy: {} })
      const secret = (await apps.find(db, 'mail'))?.clientSecret
      const [, , renewed] = await Promise.all([
        transact(one.db, async (tx) => {
          const before = await apps.findLocked(tx, 'mail')
          await apps.change(tx, 'mail', { settings: { ...before?.settings, ...next } })
        }),
        transact(two.db, (tx) => apps.change(tx, 'mail', { policy })),
        transact(two.db, (tx) => apps.renewSecret(tx, 'mail')),
      ])
      const app = await apps.find(db, 'mail')
      assert.deepEqual(app?.ownPolicy, policy)
      assert.deepEqual(app?.settings.redirectUris, next.redirectUris)
      assert.equal(app?.clientSecret, renewed)
      assert.notEqual(app?.clientSecret, secret)
    }
    assert.ok(made.clientSecret)
  })

  test(`an app is read again only if its row is newer (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const clock = { time: 5, now: () => clock.time }
    const own = createApps({ clock, random: systemRandom, keyring, protocols })
    await own.create(db, { id: 'mail', name: 'Mail', settings })
    const change = (name: string, updated_at: number) =>
      db.updateTable('apps').set({ name, updated_at }).where('id', '=', 'mail').execute()
    assert.equal((await own.findAsOf(db, 'mail', 5))?.name, 'Mail')
    await change('In the same moment', 5)
    assert.equal((await own.findAsOf(db, 'mail', 5))?.name, 'In the same moment')
    clock.time = 2000
    await change('Not looked at', 5)
    assert.equal((await own.findAsOf(db, 'mail', 5))?.name, 'In the same moment')
    await change('Later', 6)
    assert.equal((await own.findAsOf(db, 'mail', 6))?.name, 'Later')
    assert.equal(await own.findAsOf(db, 'nobody', 6), undefined)
  })

  test(`an app is found with the values with which it was created (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const made = await apps.create(db, { id: 'mail', name: ' Mail ', settings })
    assert.deepEqual(await apps.find(db, 'mail'), made.app)
    assert.equal(made.app.name, 'Mail')
    assert.equal(made.app.settings.tokenEndpointAuthMethod, 'client_secret_basic')
    assert.equal(made.app.policy.secondFactor, 'optional')
    for (const id of ['wiki', '', 'mail\0', 'Mail', '\ud800', 'a'.repeat(5000)]) {
      assert.equal(await apps.find(db, id), undefined)
    }
  })

  test(`a secret has 256 bits, is shown once and is sealed at rest (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { app, clientSecret = '' } = await apps.create(db, { name: 'Mail', settings })
    assert.equal(Buffer.from(clientSecret, 'base64url').length, 32)
    assert.equal((await apps.find(db, app.id))?.clientSecret, clientSecret)
    assert.equal((await apps.list(db))[0]?.clientSecret, undefined)
    const row = await db.selectFrom('apps').selectAll().executeTakeFirstOrThrow()
    assert.doesNotMatch(JSON.stringify(row), new RegExp(clientSecret))
  })

  test(`a sealed secret cannot be opened in the row of another app (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await apps.create(db, { id: 'mail', name: 'Mail', settings })
    await apps.create(db, { id: 'wiki', name: 'Wiki', settings })
    const { secret_sealed } = await db
      .selectFrom('apps')
      .select('secret_sealed')
      .where('id', '=', 'mail')
      .executeTakeFirstOrThrow()
    await db.updateTable('apps').set({ secret_sealed }).where('id', '=', 'wiki').execute()
    await assert.rejects(apps.find(db, 'wiki'))
  })

  test(`a public app has no secret; it gets one when it stops being public (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const open = { ...settings, tokenEndpointAuthMethod: 'none' as const }
    const made = await apps.create(db, { id: 'spa', name: 'Spa', settings: open })
    assert.equal(made.clientSecret, undefined)
    assert.equal(made.app.clientSecret, undefined)
    const closed = await apps.change(db, 'spa', { settings })
    assert.ok(closed?.clientSecret)
    const renamed = await apps.change(db, 'spa', { name: 'Renamed' })
    assert.equal(renamed?.clientSecret, undefined)
    assert.equal(renamed?.app.clientSecret, closed.clientSecret)
    const opened = await apps.change(db, 'spa', { settings: open })
    assert.equal(opened?.app.clientSecret, undefined)
  })

  test(`a change of an app changes only the given values (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const policy = { secondFactor: 'required' as const, skips: 1 }
    const { app } = await apps.create(db, { id: 'mail', name: 'Mail', settings, policy })
    const changed = await apps.change(db, 'mail', { name: 'Post' })
    assert.deepEqual(changed?.app, { ...app, name: 'Post' })
    const stricter = await apps.change(db, 'mail', { policy: { ...policy, skips: 0 } })
    assert.equal(stricter?.app.policy.skips, 0)
    assert.equal(await apps.change(db, 'wiki', { name: 'Wiki' }), undefined)
  })

  test(`a renewed secret replaces the earlier one; an app without a secret gets no new one (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { clientSecret } = await apps.create(db, { id: 'mail', name: 'Mail', settings })
    const renewed = await apps.renewSecret(db, 'mail')
    assert.match(renewed ?? '', /^[\w-]{43}$/)
    assert.notEqual(renewed, clientSecret)
    assert.equal((await apps.find(db, 'mail'))?.clientSecret, renewed)
    const open = { ...settings, tokenEndpointAuthMethod: 'none' as const }
    await apps.create(db, { id: 'spa', name: 'Spa', settings: open })
    for (const id of ['spa', 'gone']) assert.equal(await apps.renewSecret(db, id), undefined)
  })

  test(`two apps cannot have the same id, and a removed app is gone (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await apps.create(db, { id: 'mail', name: 'Mail', settings })
    await assert.rejects(apps.create(db, { id: 'mail', name: 'Other', settings }), {
      code: 'conflict',
    })
    assert.equal(await apps.remove(db, 'mail'), true)
    assert.equal(await apps.remove(db, 'mail'), false)
    assert.deepEqual(await apps.list(db), [])
  })

  for (const [protocol, first, second] of sharing) {
    test(`two apps of ${protocol} cannot share an identifier or an address (${engine.name})`, async (t) => {
      const [one, two] = await engine.openTwice(t)
      const create = (id: string, settings: AppSettings, db = one.db) =>
        transact(db, (tx) => apps.create(tx, { id, protocol, name: id, settings }))
      await create('notes', first)
      const taken = { code: 'conflict', message: /belongs to the app notes/ }
      await assert.rejects(create('alpha', first), taken)
      await create('beta', second)
      const changing = transact(one.db, (tx) => apps.change(tx, 'beta', { settings: first }))
      await assert.rejects(changing, taken)
      // An app can set its own value again, and a value that no app has any more.
      await apps.change(one.db, 'notes', { settings: first })
      await apps.remove(one.db, 'notes')
      const racing = [one.db, two.db, one.db, two.db].map((db, n) => create(`new-${n}`, first, db))
      const ended = await Promise.allSettled(racing)
      assert.equal(ended.filter(({ status }) => status === 'fulfilled').length, 1)
      for (const end of ended)
        if (end.status === 'rejected') assert.equal(end.reason.code, 'conflict')
    })
  }

  for (const [protocol, first, second] of sharing.slice(0, 2)) {
    test(`an app of ${protocol} is found by an identifier that it has now (${engine.name})`, async (t) => {
      const { db } = await engine.open(t)
      const listed = ({ entityId, realms = [entityId] }: AppSettings) => realms as string[]
      const find = async (identifier: string, of = protocol) =>
        (await apps.findByIdentifier(db, of, identifier))?.id
      await apps.create(db, { id: 'notes', protocol, name: 'Notes', settings: first })
      for (const identifier of listed(first)) assert.equal(await find(identifier), 'notes')
      const others = [...listed(second), '', 'https', `${listed(first)[0]} `, 'notes']
      for (const other of [...others, `${listed(first)[0]}\0`, '\ud800', 'a'.repeat(100_000)])
        assert.equal(await find(other), undefined)
      assert.equal(await find(listed(first)[0] ?? '', 'oidc'), undefined)
      await apps.change(db, 'notes', { settings: second })
      for (const identifier of listed(second)) assert.equal(await find(identifier), 'notes')
      for (const identifier of listed(first)) assert.equal(await find(identifier), undefined)
      await apps.remove(db, 'notes')
      for (const identifier of listed(second)) assert.equal(await find(identifier), undefined)
    })
  }

  test(`an app whose row cannot be read hides no other app (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const logged: unknown[] = []
    const log = { error: (fields: { appId?: unknown }) => void logged.push(fields.appId) }
    const own = createApps({
      clock: { now: () => 5 },
      random: systemRandom,
      keyring,
      protocols,
      log,
    })
    for (const id of ['a', 'b', 'c', 'd'])
      await own.create(db, {
        id,
        protocol: 'saml',
        name: id,
        settings: saml(`https://${id}.example`),
      })
    const damage = (id: string, values: object) =>
      db.updateTable('apps').set(values).where('id', '=', id).execute()
    await damage('a', { settings: '{"entityId":' })
    await damage('b', { policy: '{"skips":"many"}' })
    await damage('c', { secret_sealed: 'AAAA' })
    const find = (id: string) => own.findByIdentifier(db, 'saml', `https://${id}.example`)
    assert.equal((await find('d'))?.id, 'd')
    for (const id of ['a', 'b', 'c']) await assert.rejects(find(id))
    for (let times = 0; times < 2; times += 1)
      assert.deepEqual(
        (await own.listReadable(db)).map(({ id }) => id),
        ['c', 'd'],
      )
    assert.deepEqual(logged, ['a', 'b'])
    await assert.rejects(own.list(db))
  })
})

test('an app must have a name, a plain id and no unknown settings', () => {
  const [protocol] = protocols
  assert.ok(protocol)
  const appInputSchema = createAppSchema(protocol)
  const app = { name: 'Mail', settings }
  assert.ok(appInputSchema.safeParse(app).success)
  const bad = [
    { ...app, name: ' ' },
    { ...app, id: 'a b' },
    { ...app, id: '../x' },
    { ...app, id: '' },
    { ...app, extra: 1 },
    { ...app, settings: { ...settings, extra: 1 } },
    { ...app, policy: { secondFactor: 'sometimes' } },
  ]
  for (const input of bad) assert.ok(!appInputSchema.safeParse(input).success)
})
