/** Every state of an account that a real Active Directory answers, over LDAPS, and what it becomes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../src/dev/test-support/on-each-engine.ts'
import { createListGroups, requireFound } from '../src/identity/users/directory-answers.ts'
import { readValue, useActiveDirectory } from './support/active-directory.ts'
import { describeActiveDirectory, openDirectories } from './support/directory-scene.ts'

const password = 'Regenschirm im Mai 7'
const disabled = '514'
const windowsTime = (at: number) => `${(BigInt(at) + 11_644_473_600_000n) * 10_000n}`

onEachEngine((engine) => {
  const say = (sentence: string) => `${sentence} (${engine.name})`

  test(say('a person is one user by every name of theirs'), async (t) => {
    const { db } = await engine.open(t)
    const corp = await useActiveDirectory(t)
    const sam = corp.name('erika')
    await corp.addPerson(sam, password, { displayName: 'Erika Mustermann', givenName: 'Erika' })
    const scene = openDirectories(t, db, [await describeActiveDirectory(t, corp)])
    const [ids, counters] = [new Set<string>(), new Set<unknown>()]
    for (const name of [
      ...[sam, sam.toUpperCase(), `${corp.netbios}\\${sam}`, `corp\\${sam}`],
      ...[`${sam}@${corp.suffix}`, `${sam}@mail.example`],
    ]) {
      const outcome = await scene.verify(name, password)
      assert.ok(outcome.type === 'right', `${name}: ${outcome.type}`)
      ids.add(outcome.user.id)
      const resolved = await scene.directory.resolveName?.(db, name)
      counters.add(resolved?.type === 'name' ? resolved.name : resolved)
    }
    assert.deepEqual([ids.size, counters.size], [1, 1])
    const { attributes } = (await scene.directory.listAttributes(db, `${[...ids][0]}`)) as {
      attributes: ReadonlyMap<string, readonly string[]>
    }
    assert.equal(attributes.get('upn')?.[0], `${sam}@${corp.suffix}`)
    assert.match(`${attributes.get('sid')?.[0]}`, /^S-1-5-21-\d+-\d+-\d+-\d+$/)
    assert.ok((attributes.get('groupSids') ?? []).some((sid) => sid.endsWith('-513')))
    const byStartTls = { ...(await describeActiveDirectory(t, corp)), servers: [corp.plainUrl] }
    assert.equal(await openDirectories(t, db, [byStartTls]).judge(sam, password), 'right')
  })

  test(
    say('each state of an account is told to whoever knows the password, and to nobody else'),
    async (t) => {
      const { db } = await engine.open(t)
      const corp = await useActiveDirectory(t)
      const scene = openDirectories(t, db, [await describeActiveDirectory(t, corp)])
      for (const [stem, values, expected] of [
        ['usual', {}, 'right'],
        ['disabled', { userAccountControl: disabled }, 'refused: disabled'],
        ['change', { pwdLastSet: '0' }, 'must_change'],
        [
          'ended',
          { accountExpires: windowsTime(Date.now() - 86_400_000) },
          'refused: account_expired',
        ],
        ['hours', { logonHours: '' }, 'refused: outside_hours'],
      ] as const) {
        const sam = corp.name(stem)
        const dn = await corp.addPerson(sam, password)
        if (stem === 'hours') await corp.forbidAllHours(dn)
        else if (Object.keys(values).length > 0) await corp.change(dn, values)
        assert.equal(await scene.judge(sam, 'wrong'), 'wrong', stem)
        assert.equal(await scene.judge(sam, password), expected, stem)
      }
      assert.equal(await scene.judge(corp.name('nobody'), password), 'unknown')
    },
  )

  test(
    say(
      'a password that must be changed is written to the directory, and the directory has its own rules',
    ),
    async (t) => {
      const { db } = await engine.open(t)
      const corp = await useActiveDirectory(t)
      const scene = openDirectories(t, db, [await describeActiveDirectory(t, corp)])
      const sam = corp.name('max')
      const dn = await corp.addPerson(sam, password)
      await corp.change(dn, { pwdLastSet: '0' })
      const outcome = await scene.verify(sam, password)
      assert.ok(outcome.type === 'must_change')
      const { user } = outcome
      const change = async (typed: string) => {
        const changed = await scene.directory.changePassword?.(db, {
          user,
          password: typed,
          at: Date.now(),
        })
        return changed?.type === 'refused' ? changed.reason : changed
      }
      assert.equal(await change('abc'), 'policy')
      const accepted = await change('Ein neuer Regenschirm 8')
      assert.ok(typeof accepted === 'object' && accepted.type === 'accepted')
      assert.equal(await accepted.write(db), true)
      assert.equal(await accepted.write(db), false)
      assert.equal(await scene.judge(sam, 'Ein neuer Regenschirm 8'), 'right')
      assert.equal(await readValue(corp, dn, 'badPwdCount'), '0')
      const after = requireFound(await scene.directory.findByName(db, sam))
      assert.equal(after?.credentialVersion, user.credentialVersion + 1)
    },
  )

  test(
    say('A19: a new password is never tried there, ends a lock-out, and its owner gets in'),
    async (t) => {
      const { db } = await engine.open(t)
      const corp = await useActiveDirectory(t)
      const settings = await describeActiveDirectory(t, corp)
      const scene = openDirectories(t, db, [settings])
      const sam = corp.name('tina')
      const dn = await corp.addPerson(sam, password)
      await corp.addPolicy(dn, { LockoutThreshold: '5', MinimumPasswordLength: '12' })
      const outcome = await scene.verify(sam, password)
      assert.ok(outcome.type === 'right')
      const change = async (typed: string) =>
        await scene.directory.changePassword?.(db, {
          ...{ user: outcome.user, password: typed, at: Date.now() },
        })
      await corp.bind(dn, 'wrong')
      const before = await readValue(corp, dn, 'badPasswordTime')
      for (let n = 0; n < 6; n += 1)
        assert.deepEqual(await change(`short ${n}`), { type: 'refused', reason: 'policy' })
      assert.equal(await readValue(corp, dn, 'badPwdCount'), '1')
      assert.equal(await readValue(corp, dn, 'badPasswordTime'), before)

      for (let n = 0; n < 5; n += 1) await corp.bind(dn, `wrong ${n}`)
      assert.match(await corp.bind(dn, password), /data 775/)
      assert.equal((await change('Ein neuer Regenschirm 8'))?.type, 'accepted')
      assert.equal(await readValue(corp, dn, 'badPwdCount'), '0')
      assert.equal(await scene.judge(sam, 'Ein neuer Regenschirm 8'), 'right')
    },
  )

  test(say('an expired password is right, and a new one is written'), async (t) => {
    const { db } = await engine.open(t)
    const corp = await useActiveDirectory(t)
    const scene = openDirectories(t, db, [await describeActiveDirectory(t, corp)])
    const sam = corp.name('old')
    const dn = await corp.addPerson(sam, password)
    await corp.addPolicy(dn, { MaximumPasswordAge: '-10000000' })
    await corp.untilExpired(dn)
    assert.equal(await scene.judge(sam, 'wrong'), 'wrong')
    const outcome = await scene.verify(sam, password)
    assert.ok(outcome.type === 'expired', outcome.type)
    const { user } = outcome
    const change = { user, password: 'Ein neuer Regenschirm 8', at: Date.now() }
    assert.equal((await scene.directory.changePassword?.(db, change))?.type, 'accepted')
  })

  test(say('a password that expires soon is said to whoever knows it'), async (t) => {
    const { db } = await engine.open(t)
    const corp = await useActiveDirectory(t)
    const scene = openDirectories(t, db, [await describeActiveDirectory(t, corp)])
    const expiry = async (days: number) => {
      const sam = corp.name(`days${days}`)
      const dn = await corp.addPerson(sam, password)
      await corp.addPolicy(dn, { MaximumPasswordAge: `${-days * 864_000_000_000}` })
      const outcome = await scene.verify(sam, password)
      assert.ok(outcome.type === 'right')
      return outcome.passwordExpiresAt
    }
    const soon = (await expiry(3)) ?? 0
    assert.ok(Math.abs(soon - Date.now() - 3 * 86_400_000) < 60_000)
    assert.equal(await expiry(30), undefined)
  })

  test(say('outsiders cannot lock an account, whose policy the directory tells'), async (t) => {
    const { db } = await engine.open(t)
    const corp = await useActiveDirectory(t)
    const settings = await describeActiveDirectory(t, corp)
    const scene = openDirectories(t, db, [settings])
    const sam = corp.name('guarded')
    const dn = await corp.addPerson(sam, password)
    await corp.addPolicy(dn, { LockoutThreshold: '5' })
    const outcomes: string[] = []
    for (let n = 0; n < 6; n += 1) outcomes.push(await scene.judge(sam, `wrong ${n}`))
    assert.deepEqual(outcomes, [...Array(3).fill('wrong'), ...Array(3).fill('locked')])
    assert.equal(await corp.bind(dn, password), '', 'the account is not locked')
    assert.equal(await scene.judge(sam, password), 'right')
    for (let n = 0; n < 5; n += 1) await corp.bind(dn, `elsewhere ${n}`)
    assert.match(await corp.bind(dn, password), /data 775/)
    const careless = openDirectories(t, db, [{ ...settings, lockout_threshold: 0 }])
    for (const typed of ['wrong', password]) {
      assert.equal(await scene.judge(sam, typed), 'locked')
      assert.equal(await careless.judge(sam, typed), 'locked')
    }
  })

  test(
    say('an account without special rights is enough to read people and their nested groups'),
    async (t) => {
      const { db } = await engine.open(t)
      const corp = await useActiveDirectory(t)
      const reader = corp.name('reader')
      await corp.addPerson(reader, 'Nur zum Lesen da 3')
      const sam = corp.name('nora')
      const dn = await corp.addPerson(sam, password)
      const [inner, outer] = [corp.name('nurses'), corp.name('ward')]
      const outerDn = await corp.addGroup(outer, [await corp.addGroup(inner, [dn])])
      const account = { bind_name: `${reader}@${corp.suffix}`, bind_password: 'Nur zum Lesen da 3' }
      const settings = { ...(await describeActiveDirectory(t, corp)), ...account }
      const scene = openDirectories(t, db, [{ ...settings, service_desk_groups: [outer] }])
      const outcome = await scene.verify(sam, password)
      assert.ok(outcome.type === 'right')
      assert.equal(outcome.user.role, 'service_desk')
      const listGroups = createListGroups(scene.directory)
      const groups = await listGroups(db, outcome.user.id)
      assert.ok(groups.includes(inner) && groups.includes(outer))
      const byDn = { ...settings, admin_groups: [outerDn.toLowerCase()] }
      const exact = await openDirectories(t, db, [byDn]).verify(sam, password)
      assert.equal(exact.type === 'right' ? exact.user.role : '', 'admin')
      const flat = openDirectories(t, db, [{ ...settings, nested_groups: false }])
      await flat.judge(sam, password)
      assert.deepEqual(await listGroups(db, outcome.user.id), [inner])
      const { user } = outcome
      const change = { user, password: 'Ein neuer Regenschirm 8', at: Date.now() }
      const refused = await scene.directory.changePassword?.(db, change)
      assert.deepEqual(refused, { type: 'refused', reason: 'elsewhere' })
      assert.match(JSON.stringify(scene.entries), /bind_name has no right to set passwords/)
    },
  )

  test(say('a person who is renamed stays the same user'), async (t) => {
    const { db } = await engine.open(t)
    const corp = await useActiveDirectory(t)
    const scene = openDirectories(t, db, [await describeActiveDirectory(t, corp)])
    const [before, after] = [corp.name('bauer'), corp.name('meier')]
    const dn = await corp.addPerson(before, password)
    const first = await scene.verify(before, password)
    await corp.change(dn, { sAMAccountName: after, userPrincipalName: `${after}@${corp.suffix}` })
    const second = await scene.verify(after, password)
    assert.ok(first.type === 'right' && second.type === 'right')
    assert.deepEqual([second.user.id, second.user.username], [first.user.id, after])
  })

  test(
    say('nobody takes the name of another person by writing it into their address'),
    async (t) => {
      const { db } = await engine.open(t)
      const corp = await useActiveDirectory(t)
      const scene = openDirectories(t, db, [await describeActiveDirectory(t, corp)])
      const [erika, mallory] = [corp.name('erika'), corp.name('mallory')]
      await corp.addPerson(erika, password)
      const dn = await corp.addPerson(mallory, 'Mallorys Regenschirm 8')
      for (const [mail, name] of [
        [erika, erika],
        [`${erika}@${corp.suffix}`, `${erika}@${corp.suffix}`],
      ] as const) {
        await corp.change(dn, { mail })
        assert.equal(await scene.judge(name, password), 'right')
        assert.equal(await scene.judge(name, 'Mallorys Regenschirm 8'), 'wrong')
      }
      assert.equal(await scene.judge(mallory, 'Mallorys Regenschirm 8'), 'right')
    },
  )

  test(say('a disabled person is refused without a password as well'), async (t) => {
    const { db } = await engine.open(t)
    const corp = await useActiveDirectory(t)
    const scene = openDirectories(t, db, [await describeActiveDirectory(t, corp)])
    const sam = corp.name('leaver')
    const dn = await corp.addPerson(sam, password)
    const outcome = await scene.verify(sam, password)
    assert.ok(outcome.type === 'right')
    const ask = () => scene.directory.checkAccount?.(db, outcome.user.id)
    assert.deepEqual(await ask(), { type: 'current' })
    await corp.change(dn, { userAccountControl: disabled })
    assert.deepEqual(await ask(), { type: 'refused', reason: 'disabled' })
    await corp.asAdministrator((client) => client.del(dn))
    assert.deepEqual(await ask(), { type: 'refused', reason: 'removed' })
  })
})
