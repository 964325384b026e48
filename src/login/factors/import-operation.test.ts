import assert from 'node:assert/strict'
import { createPrivateKey } from 'node:crypto'
import { test } from 'node:test'
import { amProfiles } from '../../dev/test-support/am-profiles.ts'
import { instantHasher } from '../../dev/test-support/login.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { createScene, createTestClock } from '../../dev/test-support/scene.ts'
import { trailEvents } from '../../identity/audit/events.ts'
import { createRetention } from '../../identity/audit/retention.ts'
import { verifyAudit } from '../../identity/audit/verify.ts'
import type { Administrator } from '../../identity/operations/actor.ts'
import type { Directory } from '../../identity/users/directory.ts'
import { configSchema } from '../../platform/config/schema.ts'
import { hours } from '../../platform/kernel/clock.ts'
import { silentLog } from '../../platform/kernel/log.ts'
import type { Database } from '../../platform/storage/database.ts'
import { transact } from '../../platform/storage/transact.ts'
import { createAllAuthenticators } from './authenticators.ts'
import { createImportAuthenticators, type ForeignOfKind } from './import-operation.ts'
import type { ImportReadingOptions } from './imports.ts'
import { type FactorKind, listFactors } from './index.ts'
import { noteFactorsLost } from './lost-factors.ts'
import { readForeignCode } from './recovery/codes.ts'
import { createRecoveryStore } from './recovery/store.ts'
import { createRememberImports } from './remember-imports.ts'

const { phone: phoneProfile, codes: codesProfile, encryptedPhone, key: amKey } = amProfiles
const operator: Administrator = { type: 'administrator', name: 'cli:alice' }

function setUp(db: Database, directory: Pick<Directory, 'findElsewhere'> = {}) {
  const scene = createScene(db, createTestClock())
  const parts = { ...scene, config: configSchema.parse({}), hasher: instantHasher }
  const authenticators = createAllAuthenticators({
    ...scene,
    kinds: listFactors().map((one) => one.openAuthenticators(parts)),
    findLockedKinds: scene.lockout.findLockedKinds,
  })
  const sources = listFactors().flatMap(({ kind, openImportSources }) =>
    (openImportSources?.(parts) ?? []).map((source) => ({ kind, source })),
  )
  const readText = (
    name: string,
    text: string,
    options: ImportReadingOptions = {},
    of?: FactorKind,
  ) => {
    const found = sources.find(
      ({ kind, source }) => source.name === name && (of === undefined || kind === of),
    )
    assert.ok(found)
    return { kind: found.kind, reading: found.source.read(text, options) }
  }
  return {
    ...scene,
    ...createImportAuthenticators({ ...scene, authenticators, directory }),
    authenticators,
    explain(name: string, text: string, options?: ImportReadingOptions): string {
      const { reading } = readText(name, text, options)
      return reading.type === 'refused' ? reading.reason : 'ok'
    },
    read(
      name: string,
      text: string,
      options?: ImportReadingOptions,
      of?: FactorKind,
    ): ForeignOfKind {
      const { kind, reading } = readText(name, text, options, of)
      assert.ok(reading.type === 'ok')
      return { kind, credential: reading.credential }
    },
  }
}

const change = (text: string, fields: object): string =>
  JSON.stringify({ ...(JSON.parse(text) as object), ...fields })

onEachEngine((engine) => {
  const say = (sentence: string) => `${sentence} (${engine.name})`

  test(
    say('a person of a directory who never logged in gets a row with the first device'),
    async (t) => {
      const { db } = await engine.open(t)
      let rows = 0
      const scene = setUp(db, {
        async findElsewhere(_queries, name, { addsRow }) {
          if (name === 'away') return { type: 'unavailable', retryAfter: 10 }
          if (name !== 'lisa') return { type: 'unknown' }
          const known = await scene.users.findByName(db, name)
          if (known !== undefined || !addsRow) return { type: 'found', user: known }
          rows += 1
          await scene.addUser('lisa')
          return { type: 'found', user: await scene.users.findByName(db, name) }
        },
      })
      const lisa = {
        username: 'lisa',
        credentials: [scene.read('oathdeviceprofiles', codesProfile)],
      }
      const nobody = { ...lisa, username: 'nobody' }
      const reason = 'there is no user with this name'
      const outcomes = [{ type: 'new' }, { type: 'refused', reason }]
      assert.deepEqual(await scene.plan([lisa, nobody]), outcomes)
      assert.equal(rows, 0)
      assert.deepEqual(await scene.write(operator, [lisa, nobody]), outcomes)
      assert.deepEqual(await scene.write(operator, [lisa]), [{ type: 'unchanged' }])
      assert.equal(rows, 1)
      const user = await scene.users.findByName(db, 'lisa')
      assert.ok(user)
      const own = await scene.authenticators.list(db, user.id)
      assert.deepEqual(
        own.map(({ kind }) => kind),
        ['totp'],
      )
      // Otherwise the devices of everybody would be refused as if nobody had the name.
      await assert.rejects(scene.plan([{ ...lisa, username: 'away' }]), { code: 'unavailable' })
    },
  )

  test(say('a phone and a code app of AM are usable at once, each with an event'), async (t) => {
    const { db } = await engine.open(t)
    const scene = setUp(db)
    const userId = await scene.addUser()
    const privateKeys = [createPrivateKey(amKey)]
    const credentials = [
      scene.read('pushdeviceprofiles', encryptedPhone, { privateKeys }),
      scene.read('oathdeviceprofiles', codesProfile),
    ]
    const batch = [{ username: 'ERIKA', credentials }]
    assert.deepEqual(await scene.plan(batch), [{ type: 'new' }])
    assert.deepEqual(await scene.authenticators.list(db, userId), [])
    assert.deepEqual(await scene.write(operator, batch), [{ type: 'new' }])
    const own = await scene.authenticators.list(db, userId)
    assert.deepEqual(own.map(({ kind, state }) => `${kind} ${state}`).toSorted(), [
      'push usable',
      'totp usable',
    ])
    const events = await scene.listAudit('authenticator_imported')
    assert.deepEqual(
      events.map(({ userId: whose, by, kind }) => [whose, by, kind]),
      [
        [userId, 'cli:alice', 'push'],
        [userId, 'cli:alice', 'totp'],
      ],
    )
    assert.ok(!JSON.stringify(events).includes('WkppIl0P'))
    assert.deepEqual(await scene.write(operator, batch), [{ type: 'unchanged' }])
  })

  test(say('what was removed here does not come back with the same file'), async (t) => {
    const { db } = await engine.open(t)
    const scene = setUp(db)
    const userId = await scene.addUser()
    const credentials = [
      scene.read('pushdeviceprofiles', phoneProfile),
      scene.read('oathdeviceprofiles', codesProfile),
    ]
    const batch = [{ username: 'erika', credentials }]
    await scene.write(operator, batch)
    for (const { id } of await scene.authenticators.list(db, userId))
      await transact(db, (tx) => scene.authenticators.remove(tx, { userId, id }))
    for (const outcomes of [await scene.plan(batch), await scene.write(operator, batch)])
      assert.deepEqual(outcomes, [{ type: 'unchanged' }])
    assert.deepEqual(await scene.authenticators.list(db, userId), [])
  })

  test(
    say('a phone of another user, an unknown user and one phone too many are refused'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = setUp(db)
      await scene.addUser('erika')
      await scene.addUser('max')
      const phone = (uid: string) =>
        scene.read('pushdeviceprofiles', change(phoneProfile, { deviceMechanismUID: uid }))
      const many = Array.from({ length: 11 }, (_, index) => phone(`m${index}`))
      await scene.write(operator, [{ username: 'erika', credentials: [phone('one')] }])
      const outcomes = await scene.write(operator, [
        { username: 'nobody', credentials: [phone('two')] },
        { username: 'max', credentials: many },
      ])
      assert.deepEqual(outcomes, [
        { type: 'refused', reason: 'there is no user with this name' },
        { type: 'refused', reason: 'the user would have more than 10 of its kind' },
      ])
      const taken = await scene.write(operator, [{ username: 'max', credentials: [phone('one')] }])
      assert.deepEqual(taken, [{ type: 'refused', reason: 'another user has it' }])
    },
  )

  test(
    say('what was removed here does not come back when its events were deleted for their age'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = setUp(db)
      const userId = await scene.addUser()
      const credentials = [scene.read('pushdeviceprofiles', phoneProfile)]
      const batch = [{ username: 'erika', credentials }]
      assert.deepEqual(await scene.write(operator, batch), [{ type: 'new' }])
      const [own] = await scene.authenticators.list(db, userId)
      assert.ok(own)
      await transact(db, (tx) =>
        scene.authenticators.remove(tx, {
          ...{ userId, id: own.id, by: 'cli:alice' },
          ...{ isLost: false, isAnnounced: true },
        }),
      )
      const retention = createRetention({
        ...{ ...scene, log: silentLog, maxAge: hours(24 * 100), isClockRight: () => true },
        beforeDeletion: createRememberImports(scene.audit),
      })
      for (let times = 0; times < 3; times += 1) {
        scene.clock.time += hours(24 * 98)
        // By which the clock is believed.
        await scene.audit.record(db, trailEvents.keyed, { events: 0 })
        scene.clock.time += hours(24 * 4)
        await retention.purge()
        assert.equal((await scene.listAudit('authenticator_imported')).length, 0)
        assert.equal((await scene.listAudit('authenticator_import_remembered')).length, 1)
        assert.deepEqual(await scene.write(operator, batch), [{ type: 'unchanged' }])
      }
      await scene.users.remove(db, userId)
      scene.clock.time += hours(24 * 98)
      await scene.audit.record(db, trailEvents.keyed, { events: 0 })
      scene.clock.time += hours(24 * 4)
      await retention.purge()
      assert.equal((await scene.listAudit('authenticator_import_remembered')).length, 0)
      assert.equal((await verifyAudit(db, scene.keyring)).type, 'intact')
    },
  )

  test(
    say('an imported factor ends that all were lost, and codes that the password alone made'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = setUp(db)
      const userId = await scene.addUser()
      await noteFactorsLost(db, userId, 1)
      await db
        .insertInto('recovery_codes')
        .values({
          id: 'r',
          user_id: userId,
          prefix: 'AB',
          code_hash: 'h',
          created_at: 1,
          used_at: null,
        })
        .execute()
      const credentials = [scene.read('oathdeviceprofiles', codesProfile)]
      await scene.write(operator, [{ username: 'erika', credentials }])
      const own = await scene.authenticators.list(db, userId)
      assert.deepEqual(
        own.map(({ kind }) => kind),
        ['totp'],
      )
      assert.deepEqual(await db.selectFrom('lost_second_factors').selectAll().execute(), [])
    },
  )

  test(say('a code that was used at AM is not valid again here'), async (t) => {
    const { db } = await engine.open(t)
    const scene = setUp(db)
    await scene.addUser()
    const lastLogin = 1_764_061_200
    const text = change(codesProfile, { lastLogin })
    const codes = { algorithm: 'SHA256', digits: 8, period: 60 } as const
    const credentials = [scene.read('oathdeviceprofiles', text, { codes, name: ' Pixel ' })]
    await scene.write(operator, [{ username: 'erika', credentials }])
    const row = await db.selectFrom('totp_authenticators').selectAll().executeTakeFirstOrThrow()
    const { algorithm, digits, period, last_counter, name } = row
    assert.deepEqual(
      [algorithm, digits, period, last_counter, name],
      ['SHA256', 8, 60, lastLogin / 60, 'Pixel'],
    )
  })

  test(say('the same phone twice at the same time is added once'), async (t) => {
    const [one, other] = await engine.openTwice(t)
    const scenes = [setUp(one.db), setUp(other.db)]
    const userId = await scenes[0]?.addUser()
    assert.ok(userId)
    const written = await Promise.all(
      scenes.map((scene) => {
        const credentials = [
          scene.read('pushdeviceprofiles', phoneProfile),
          scene.read('oathdeviceprofiles', codesProfile),
        ]
        return scene.write(operator, [{ username: 'erika', credentials }])
      }),
    )
    assert.deepEqual(
      written
        .flat()
        .map(({ type }) => type)
        .toSorted(),
      ['new', 'unchanged'],
    )
    assert.equal((await scenes[0]?.authenticators.list(one.db, userId))?.length, 2)
  })

  test(say('recovery codes in the clear come with a device, and none comes back'), async (t) => {
    const { db } = await engine.open(t)
    const scene = setUp(db)
    const userId = await scene.addUser()
    const recoveryCodes = ['aBcdefgh12', 'aBzzzzzz99', 'Zy0OIl1234', '{SSHA-512}abcdefgh']
    const profile = change(phoneProfile, { recoveryCodes })
    const codes = scene.read('pushdeviceprofiles', profile, {}, 'recovery')
    const alone = [{ username: 'erika', credentials: [codes] }]
    assert.deepEqual(await scene.write(operator, alone), [{ type: 'unchanged' }])
    const phone = scene.read('pushdeviceprofiles', profile)
    const batch = [{ username: 'erika', credentials: [phone, codes] }]
    assert.deepEqual(await scene.write(operator, batch), [{ type: 'new' }])
    const store = createRecoveryStore({ ...scene, hasher: instantHasher })
    assert.equal((await store.findLeft(db, userId))?.left, 2)
    const id = await store.find(db, userId, readForeignCode(' Zy0OI l1234 ') ?? '')
    assert.ok(id !== undefined && (await store.spend(db, id)))
    assert.equal(await store.find(db, userId, 'zy0oil1234'), undefined)
    assert.deepEqual(await scene.write(operator, batch), [{ type: 'unchanged' }])
    assert.equal((await store.findLeft(db, userId))?.left, 1)
  })

  test(
    say('a phone whose app is old is one that shows no numbers, unless it has sent a name'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = setUp(db)
      await scene.addUser()
      const phone = (uid: string, deviceName: string, isOldApp: boolean) =>
        scene.read(
          'pushdeviceprofiles',
          change(phoneProfile, { deviceMechanismUID: uid, deviceName }),
          { isOldApp },
        )
      const credentials = [
        phone('a', 'Push Device', false),
        phone('b', 'Push Device', true),
        phone('c', 'Pixel', true),
      ]
      await scene.write(operator, [{ username: 'erika', credentials }])
      const rows = await db
        .selectFrom('push_devices')
        .select(['device_name', 'shows_numbers'])
        .orderBy('mechanism_uid')
        .execute()
      assert.deepEqual(
        rows.map(({ device_name, shows_numbers }) => [device_name, Number(shows_numbers)]),
        [
          [null, 1],
          [null, 0],
          ['Pixel', 1],
        ],
      )
    },
  )

  test(
    say('profiles and addresses that cannot work are refused, each with its reason'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = setUp(db)
      const phone = (fields: object) =>
        scene.explain('pushdeviceprofiles', change(phoneProfile, fields))
      assert.equal(
        phone({ deviceId: 'http://10.0.0.1/' }),
        'its deviceId is no token of Google or Apple',
      )
      assert.equal(phone({ sharedSecret: 'AAAA' }), 'its secret has 3 bytes')
      assert.equal(phone({ deviceMechanismUID: 'a\nb' }), 'its deviceMechanismUID cannot be one')
      assert.equal(scene.explain('pushdeviceprofiles', codesProfile), 'it is no profile of a phone')
      assert.equal(
        scene.explain('pushdeviceprofiles', encryptedPhone),
        'it is encrypted, and no --key was given',
      )
      assert.equal(
        scene.explain('oathdeviceprofiles', phoneProfile),
        'it is no profile of a code app',
      )
      const hotp = change(codesProfile, { counter: 3 })
      const counted = 'its codes are counted and not timed (HOTP)'
      assert.equal(scene.explain('oathdeviceprofiles', hotp), counted)
      const address = (query: string, type = 'totp') =>
        scene.explain('otpauth', `otpauth://${type}/Issuer:erika?${query}`)
      assert.equal(address('secret=JBSWY3DPEHPK3PXP&issuer=Issuer'), 'ok')
      assert.equal(address('secret=JBSWY3DP'), 'its secret has 5 bytes; 10 to 128 are allowed')
      assert.equal(address('secret=JBSWY3DPEHPK3PXP&counter=0', 'hotp'), counted)
      assert.match(address('secret=JBSWY3DPEHPK3PXP&digits=7'), /of another kind/)
      assert.match(address('secret=JBSWY3DPEHPK3PXP&algorithm=SHA224'), /of another kind/)
      for (const query of ['', 'secret=', 'secret=1890', 'secret=JBSWY3DPEHPK3PXP&period=-1'])
        assert.match(address(query), /no otpauth address/)
    },
  )
})
