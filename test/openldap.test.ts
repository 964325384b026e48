/** Users of a real OpenLDAP, asked over LDAPS and StartTLS. */
import assert from 'node:assert/strict'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import fc from 'fast-check'
import { onEachEngine, type Scope } from '../src/dev/test-support/on-each-engine.ts'
import { resolveAccount } from '../src/identity/users/resolve-account.ts'
import { createAuthority } from './support/certificate.ts'
import { describeSlapd, openDirectories, writeAuthority } from './support/directory-scene.ts'
import { startSlapd } from './support/slapd.ts'

const password = 'Regenschirm im Mai'
const local = { name: 'local', kind: 'local' }

onEachEngine((engine) => {
  const say = (sentence: string) => `${sentence} (${engine.name})`

  async function setUp(t: Scope, settings = {}) {
    const { db } = await engine.open(t)
    const slapd = await startSlapd(t)
    const dn = await slapd.addPerson('erika', password, { displayName: 'Erika Mustermann' })
    const described = { ...(await describeSlapd(t, slapd)), ...settings }
    return { slapd, dn, ...openDirectories(t, db, [local, described]) }
  }

  test(say('a person is one user by every name, made at the first right password'), async (t) => {
    const { db, ...scene } = await setUp(t)
    assert.equal(await scene.judge('erika', 'wrong'), 'wrong')
    assert.equal(await scene.users.count(db), 0)
    const [ids, counters] = [new Set<string>(), new Set<unknown>()]
    for (const name of [
      ...['erika', ' ERIKA ', 'erika@example.org', 'STAFF\\erika', 'staff\\Erika'],
      'erika@staff.example',
    ]) {
      const outcome = await scene.verify(name, password)
      assert.ok(outcome.type === 'right', name)
      ids.add(outcome.user.id)
      const resolved = await scene.directory.resolveName?.(db, name)
      counters.add(resolved?.type === 'name' ? resolved.name : resolved)
    }
    assert.deepEqual([ids.size, counters.size], [1, 1])
    const [user] = await scene.users.list(db)
    assert.deepEqual(
      [user?.username, user?.displayName, user?.email],
      ['erika', 'Erika Mustermann', 'erika@example.org'],
    )
    assert.equal(user?.managedBy, 'directory:staff')
    assert.deepEqual(await scene.listAuditTypes(), ['user_created'])
  })

  test(
    say('beside it, users of the own store log in with their address, and have one name'),
    async (t) => {
      const { db } = await engine.open(t)
      const slapd = await startSlapd(t)
      await slapd.addPerson('erika', password)
      const byMail = { ...local, login_attributes: ['username', 'mail'] }
      const scene = openDirectories(t, db, [byMail, await describeSlapd(t, slapd)])
      const passwordHash = await scene.hasher.hash(password)
      const max = { username: 'max', displayName: 'Max', email: 'max@example.net', passwordHash }
      await scene.users.create(db, max)
      assert.equal(await scene.judge('Max@example.net', password), 'right')
      assert.equal(await scene.judge('erika@example.org', password), 'right')
      const resolve = async (name: string) => (await resolveAccount(scene.directory, db, name)).name
      assert.equal(await resolve('max@example.net'), 'max')
      assert.equal(await resolve('erika@example.org'), await resolve('STAFF\\erika'))
      assert.equal(await resolve('nobody@example.net'), 'nobody@example.net')
      // In the own store only its own users have addresses.
      await scene.users.create(db, { ...max, username: 'moritz', email: 'erika@example.org' })
      assert.equal(await scene.judge('erika@example.org', password), 'right')
      const found = await scene.directory.findByName(db, 'erika@example.org')
      assert.equal(found.type === 'found' ? found.user.username : '', 'moritz')
    },
  )

  test(say('first logins at the same moment make one user'), async (t) => {
    const { db, ...scene } = await setUp(t)
    const outcomes = await Promise.all(
      Array.from({ length: 6 }, () => scene.judge('erika', password)),
    )
    assert.deepEqual(new Set(outcomes), new Set(['right']))
    assert.equal(await scene.users.count(db), 1)
  })

  test(
    say('StartTLS comes before anything else is said, and a plain server is never spoken to'),
    async (t) => {
      const { slapd, ...scene } = await setUp(t)
      const settings = { ...(await describeSlapd(t, slapd)), servers: [slapd.plainUrl] }
      const byStartTls = openDirectories(t, scene.db, [settings])
      assert.equal(await byStartTls.judge('erika', password), 'right')
      const heard: string[] = []
      const port = await listen(t, (socket) => {
        socket.on('data', (bytes) => {
          heard.push(bytes.toString('latin1'))
          // An answer to any request: unwilling to perform.
          socket.end(Buffer.from('300c02010178070a013504000400', 'hex'))
        })
      })
      const plain = { ...settings, servers: [`ldap://127.0.0.1:${port}`] }
      const refused = openDirectories(t, scene.db, [plain])
      assert.equal(await refused.judge('erika', password), 'unavailable')
      assert.match(JSON.stringify(refused.entries), /the server refuses StartTLS with the code 53/)
      assert.equal(heard.length, 1)
      assert.ok(!heard.join('').includes(slapd.bindAccount.password))
    },
  )

  test(say('a certificate of another authority or for another name is no directory'), async (t) => {
    const { db, slapd } = await setUp(t)
    const described = await describeSlapd(t, slapd)
    const other = { ...described, ca_file: await writeAuthority(t, createAuthority().cert) }
    assert.equal(await openDirectories(t, db, [other]).judge('erika', password), 'unavailable')
    const renamed = { ...described, servers: [slapd.url.replace('127.0.0.1', '127.0.0.2')] }
    assert.equal(await openDirectories(t, db, [renamed]).judge('erika', password), 'unavailable')
  })

  test(
    say('a bind account that is not let in is an outage, and its password is not in the log'),
    async (t) => {
      const scene = await setUp(t, { bind_password: 'another-bind-password' })
      assert.equal(await scene.judge('erika', password), 'unavailable')
      const [entry] = scene.entries
      assert.match(JSON.stringify(entry), /127\.0\.0\.1 does not let bind_name in/)
      assert.ok(!JSON.stringify(scene.entries).includes('another-bind-password'))
    },
  )

  test(
    say('a server that is down or silent is passed over, and one that restarts is used again'),
    async (t) => {
      const silent = await listen(t, () => {})
      const closed = await listen(t, (socket) => socket.destroy())
      const { db, slapd } = await setUp(t)
      const servers = [`ldaps://127.0.0.1:${silent}`, `ldaps://127.0.0.1:${closed}`, slapd.url]
      const described = { ...(await describeSlapd(t, slapd)), servers, time_limit: '2s' }
      const scene = openDirectories(t, db, [described])
      assert.equal(await scene.judge('erika', password), 'right')
      await slapd.stop()
      await slapd.start()
      assert.equal(await scene.judge('erika', password), 'right')
    },
  )

  test(
    say('a directory that is down is neither a wrong password nor an unknown name'),
    async (t) => {
      const { db, slapd, ...scene } = await setUp(t)
      assert.equal(await scene.judge('erika', password), 'right')
      const passwordHash = await scene.hasher.hash('Kaffee um halb acht')
      await scene.users.create(db, { username: 'max', displayName: 'Max', passwordHash })
      await slapd.stop()
      assert.equal(await scene.judge('erika', password), 'unavailable')
      assert.equal((await scene.directory.resolveName?.(db, 'erika'))?.type, 'unavailable')
      assert.equal((await scene.directory.findByName(db, 'erika')).type, 'unavailable')
      assert.equal(await scene.judge('max', 'Kaffee um halb acht'), 'right')
    },
  )

  test(
    say('a directory that is down keeps out nobody who is known from a later one, and is named'),
    async (t) => {
      const { db, slapd } = await setUp(t)
      const office = await startSlapd(t)
      await office.addPerson('max', password)
      const described = { ...(await describeSlapd(t, slapd)), servers: [slapd.url] }
      const first = { ...(await describeSlapd(t, office)), name: 'office', domain: 'OFFICE' }
      const scene = openDirectories(t, db, [{ ...first, upn_suffixes: [] }, described])
      assert.equal(await scene.judge('erika', password), 'right')
      assert.equal(await scene.judge('max', password), 'right')
      await slapd.addPerson('nora', password)
      await office.stop()
      for (let n = 0; n < 3; n += 1) {
        assert.equal(await scene.judge('erika', password), 'right')
        assert.equal(await scene.judge('max', password), 'unavailable')
        // The name may be one of the office, too.
        assert.equal(await scene.judge('nora', password), 'unavailable')
      }
      const lines = scene.entries.map(({ level, entry, message }) => [
        ...[level, message, (entry as { directory?: string }).directory],
      ])
      assert.deepEqual(lines, [['warn', 'a directory of users does not answer', 'office']])
    },
  )

  test(
    say(
      'a name belongs to the first directory that has it, and a second one gets a name of its own',
    ),
    async (t) => {
      const { db, ...scene } = await setUp(t)
      const passwordHash = await scene.hasher.hash('Kaffee um halb acht')
      const own = await scene.users.create(db, {
        username: 'erika',
        displayName: 'E',
        passwordHash,
      })
      assert.equal(await scene.judge('erika', password), 'wrong')
      assert.equal(await scene.judge('erika', 'Kaffee um halb acht'), 'right')
      const there = await scene.verify('STAFF\\erika', password)
      assert.ok(there.type === 'right')
      assert.notEqual(there.user.id, own.id)
      assert.equal(there.user.username, 'staff\\erika')
      assert.equal(await scene.judge('staff\\erika', password), 'right')
    },
  )

  test(say('a name of two people lets neither in'), async (t) => {
    const { slapd, ...scene } = await setUp(t)
    await slapd.addPerson('max', password, { mail: 'erika@example.org' })
    assert.equal(await scene.judge('erika@example.org', password), 'unknown')
    assert.equal(await scene.judge('max', password), 'right')
  })

  test(
    say('nobody takes the name of another person by writing it into their address'),
    async (t) => {
      const { slapd, ...scene } = await setUp(t)
      const mallory = await slapd.addPerson('mallory', 'Mallorys Regenschirm', { mail: 'erika' })
      assert.equal(await scene.judge('erika', password), 'right')
      assert.equal(await scene.judge('erika', 'Mallorys Regenschirm'), 'wrong')
      await slapd.change(mallory, { mail: 'erika@staff.example' })
      assert.equal(await scene.judge('erika@staff.example', password), 'right')
      assert.equal(await scene.judge('erika@staff.example', 'Mallorys Regenschirm'), 'wrong')
      assert.equal(await scene.judge('mallory', 'Mallorys Regenschirm'), 'right')
    },
  )

  test(say('each state of an account leads to its outcome'), async (t) => {
    const { slapd, dn, ...scene } = await setUp(t)
    await slapd.change(dn, { pwdReset: 'TRUE' })
    assert.equal(await scene.judge('erika', 'wrong'), 'wrong')
    assert.equal(await scene.judge('erika', password), 'must_change')
    await slapd.change(dn, { pwdReset: [], pwdAccountLockedTime: '000001010000Z' })
    assert.equal(await scene.judge('erika', password), 'locked')
    assert.equal(await scene.judge('erika', 'wrong'), 'locked')
  })

  test(
    say('a password that was reset is changed on the spot, by the rules of the directory'),
    async (t) => {
      const { db, slapd, dn, ...scene } = await setUp(t)
      await slapd.change(dn, { pwdReset: 'TRUE' })
      const outcome = await scene.verify('erika', password)
      assert.ok(outcome.type === 'must_change')
      const change = async (typed: string) => {
        const { user } = outcome
        const at = Date.now()
        const changed = await scene.directory.changePassword?.(db, { user, password: typed, at })
        return changed?.type === 'refused' ? changed.reason : changed
      }
      // In the history of the directory; without one, a login compares the two itself.
      assert.equal(await change(password), 'history')
      assert.equal(await change('kurz'), 'policy')
      const [entry] = await slapd.asRoot(
        async (client) =>
          (await client.search(dn, { scope: 'base', attributes: ['pwdFailureTime'] }))
            .searchEntries,
      )
      assert.deepEqual(entry?.pwdFailureTime, [], 'no password was tried there')
      const accepted = await change('Ein neuer Regenschirm')
      assert.ok(typeof accepted === 'object' && accepted.type === 'accepted')
      assert.equal(await accepted.write(db), true)
      assert.equal(await scene.judge('erika', 'Ein neuer Regenschirm'), 'right')
      assert.equal(await scene.judge('erika', password), 'wrong')
      assert.equal(await change(password), 'history')
    },
  )

  test(say('an expired password is right, and a new one is written'), async (t) => {
    const { db, slapd, dn, ...scene } = await setUp(t)
    await slapd.change(`cn=default,ou=policies,${slapd.baseDn}`, { pwdMaxAge: '1000' })
    await slapd.asRoot((client) => client.del(dn))
    await slapd.addPerson('erika', password)
    await slapd.expirePassword(dn)
    assert.equal(await scene.judge('erika', 'wrong'), 'wrong')
    const outcome = await scene.verify('erika', password)
    assert.ok(outcome.type === 'expired')
    const { user } = outcome
    const change = { user, password: 'Ein neuer Regenschirm', at: Date.now() }
    assert.equal((await scene.directory.changePassword?.(db, change))?.type, 'accepted')
    assert.equal(await scene.judge('erika', 'Ein neuer Regenschirm'), 'right')
  })

  test(say('outsiders cannot lock an account in the directory'), async (t) => {
    const { slapd, dn, ...scene } = await setUp(t, { lockout_threshold: 5, lockout_window: '10m' })
    const outcomes: string[] = []
    for (let n = 0; n < 8; n += 1) outcomes.push(await scene.judge('erika', `wrong ${n}`))
    assert.deepEqual(outcomes, [...Array(3).fill('wrong'), ...Array(5).fill('locked')])
    const known = { isKnownBrowser: true }
    const own = await scene.directory.verifyPassword(scene.db, 'erika', password, known)
    assert.equal(own.type, 'right', 'the owner has one attempt left')
    assert.equal(await scene.judge('erika', password), 'right')
    const [entry] = await slapd.asRoot(
      async (client) =>
        (await client.search(dn, { scope: 'base', attributes: ['pwdAccountLockedTime'] }))
          .searchEntries,
    )
    assert.deepEqual(entry?.pwdAccountLockedTime, [])
  })

  test(
    say(
      'A19: where OpenLDAP forgets no wrong password, an owner waits no longer than a lock of it lasts',
    ),
    async (t) => {
      const { db } = await engine.open(t)
      const slapd = await startSlapd(t)
      const dn = await slapd.addPerson('erika', password)
      const policy = `cn=strict,ou=policies,${slapd.baseDn}`
      await slapd.add(policy, {
        ...{ objectClass: ['device', 'pwdPolicy'], cn: 'strict', pwdAttribute: 'userPassword' },
        ...{ pwdLockout: 'TRUE', pwdMaxFailure: '3', pwdLockoutDuration: '600' },
      })
      await slapd.change(dn, { pwdPolicySubentry: policy })
      let passed = 0
      const clock = { now: () => Date.now() + passed }
      const described = await describeSlapd(t, slapd)
      const scene = openDirectories(t, db, [described], clock)
      assert.equal(await scene.judge('erika', 'wrong 1'), 'wrong')
      assert.equal(await scene.judge('erika', password), 'locked')
      passed = 601_000
      assert.equal(await scene.judge('erika', 'wrong 2'), 'wrong', 'others have one attempt')
      passed = 0
      assert.equal(await scene.judge('erika', password), 'locked')
      passed = 601_000
      assert.equal(await scene.judge('erika', password), 'right')
      // Without a time for which a lock lasts, the one of the configuration.
      await slapd.change(policy, { pwdLockoutDuration: '0' })
      const endless = openDirectories(t, db, [{ ...described, lockout_window: '10m' }], clock)
      passed = 0
      assert.equal(await endless.judge('erika', 'wrong 3'), 'wrong')
      assert.equal(await endless.judge('erika', password), 'locked')
      passed = 601_000
      assert.equal(await endless.judge('erika', password), 'right')
    },
  )

  test(
    say(
      'A29: no text that is typed means anything but itself, and an empty password lets nobody in',
    ),
    async (t) => {
      const { slapd, dn, db, ...scene } = await setUp(t)
      assert.equal(await scene.judge('erika', ''), 'unknown')
      const filters = [
        '*',
        '*)(uid=*',
        'erika)(|(uid=*',
        'e*',
        '\\2a',
        '(uid=erika)',
        `${dn}`,
        '\u0000',
      ]
      for (const name of filters) assert.equal(await scene.judge(name, password), 'unknown', name)
      const part = fc.constantFrom(
        '*',
        '(',
        ')',
        '\\',
        '&',
        '|',
        '!',
        '=',
        'uid',
        'erika',
        '\u0000',
        'é',
        ' ',
      )
      await fc.assert(
        fc.asyncProperty(fc.array(part, { maxLength: 6 }), async (parts) => {
          const name = parts.join('')
          fc.pre(name.trim().toLowerCase() !== 'erika')
          assert.equal((await scene.directory.findByName(db, name)).type, 'unknown')
        }),
        { numRuns: 150, endOnFailure: true },
      )
      assert.equal(await scene.judge('erika', password), 'right')
    },
  )
})

async function listen(t: Scope, onConnection: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    onConnection(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}
