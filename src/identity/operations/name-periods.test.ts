import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testKeyring as keyring } from '../../dev/test-support/keyring.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { createScene, createTestClock } from '../../dev/test-support/scene.ts'
import { minutes } from '../../platform/kernel/clock.ts'
import { systemRandom as random } from '../../platform/kernel/random.ts'
import type { Database } from '../../platform/storage/database.ts'
import { transact } from '../../platform/storage/transact.ts'
import { readAudit } from '../audit/chain.ts'
import { loginEvents } from '../audit/login-events.ts'
import { savePerson } from '../users/entries.ts'
import { userEvents } from '../users/events.ts'
import type { Administrator, Provisioner } from './actor.ts'
import { createEraseUser } from './erase-user.ts'
import { exportPerson } from './export-user.ts'
import { findPerson } from './find-person.ts'
import { createProvisioning } from './provisioning.ts'
import { createUserOperations, removeFound } from './users.ts'

const root: Administrator = { type: 'administrator', name: 'cli:root' }
const entra: Provisioner = { type: 'provisioner', source: 'entra', takesOver: true }
const by = 'directory:corp'

/** Wrong attempts are known by their address. Between two acts is so much time that each attempt was written in its own. */
function setUp(db: Database) {
  const clock = createTestClock()
  const scene = createScene(db, clock)
  const { audit, users } = scene
  const parts = { ...scene, directory: {} }
  const provisioning = createProvisioning(parts)
  const operations = createUserOperations(parts)
  const wanted = (username: string) => ({
    ...{ username, displayName: 'Somebody', email: null, externalId: undefined, active: true },
    attributes: new Map(),
  })
  const afterwards = async <Result>(act: Promise<Result>): Promise<Result> => {
    const result = await act
    clock.pass(minutes(10))
    return result
  }
  return {
    ...{ clock, users, operations },
    async add(username: string): Promise<string> {
      const { user } = await afterwards(provisioning.addUser(entra, wanted(username)))
      return user.id
    },
    rename: (id: string, username: string) =>
      afterwards(provisioning.changeUser(entra, id, () => wanted(username))),
    /** As releases wrote it that did not write the names. */
    async renameSilently(id: string, username: string) {
      await users.change(db, id, { username })
      await afterwards(audit.record(db, userEvents.changed, { userId: id, what: ['username'], by }))
    },
    attempt: (username: string, address: string) =>
      afterwards(
        audit.record(db, loginEvents.failed, { username, address, reason: 'wrong_credentials' }),
      ),
    login: (entryId: string, ...usernames: readonly string[]) =>
      afterwards(
        transact(db, (tx) =>
          savePerson(
            scene,
            tx,
            {
              ...{ directory: 'corp', entryId, usernames, displayName: 'Somebody', email: null },
              ...{ groups: [], attributes: new Map(), endsLogins: [] },
              password: { changedAt: undefined, mustChange: false },
            },
            clock.now(),
          ),
        ),
      ),
    async erase(name: string, also: readonly string[] = []) {
      const eraseUser = createEraseUser({
        ...{ db, users, audit, keyring, random, eventTypes: [] },
        remove: (tx, actor, user) => removeFound(scene, tx, actor, user),
      })
      const person = await findPerson({ db, users, keyring }, name)
      return await eraseUser(root, person, { names: new Set(also), hashes: new Set() })
    },
    async exportAttempts(name: string) {
      const { stored, unclear } = await exportPerson(
        { db, users, tables: [], describe: () => undefined },
        await findPerson({ db, users }, name),
      )
      const facts = stored.flatMap(({ entries }) => entries.map((one) => one.facts))
      const addresses = (facts as { address?: string }[]).flatMap(({ address }) => address ?? [])
      return { addresses, unclear }
    },
    /** Of the attempts that the log still has with a name. */
    async listAddresses() {
      const events = await readAudit(db, { limit: 100 })
      return events
        .filter(({ type }) => type === loginEvents.failed.type)
        .flatMap(({ data }) => (typeof data.address === 'string' ? [data.address] : []))
        .sort()
    },
  }
}

onEachEngine((engine) => {
  const name = (text: string) => `${text} (${engine.name})`

  test(
    name('an erasure takes the attempts of each name in its time, after changes by SCIM'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = setUp(db)
      const first = await scene.add('erika')
      await scene.attempt('erika', 'first as erika')
      await scene.rename(first, 'emma')
      await scene.attempt('emma', 'first as emma')
      const second = await scene.add('Erika')
      await scene.attempt('Erika', 'second as erika')
      await scene.rename(second, 'erika2')
      await scene.rename(first, 'erika')
      await scene.attempt('erika', 'first as erika again')
      const own = ['first as erika', 'first as emma', 'first as erika again']
      assert.deepEqual(await scene.exportAttempts('erika'), { addresses: own, unclear: 0 })
      assert.deepEqual(await scene.exportAttempts('erika2'), {
        addresses: ['second as erika'],
        unclear: 0,
      })
      const { unclear } = await scene.erase('erika')
      assert.equal(unclear, 0)
      assert.deepEqual(await scene.listAddresses(), ['second as erika'])
      await scene.erase(second)
      assert.deepEqual(await scene.listAddresses(), [])
      assert.doesNotMatch(JSON.stringify(await readAudit(db, { limit: 100 })), /erika|emma/i)
    },
  )

  test(
    name('a name that a directory gives to another person is each one’s in its time'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = setUp(db)
      const old = await scene.login('1', 'erika')
      await scene.attempt('erika', 'old')
      // The old one was renamed in the directory, and has not logged in since.
      await scene.login('2', 'erika')
      await scene.attempt('erika', 'new')
      const freed = (await scene.users.find(db, old.id))?.username ?? ''
      await scene.attempt(freed, 'old as freed')
      await scene.login('1', 'emma')
      await scene.attempt('emma', 'old as emma')
      await scene.login('1', 'eva')
      await scene.erase('eva')
      assert.deepEqual(await scene.listAddresses(), ['new'])
    },
  )

  test(name('an id means its user, also where another one has it as a name'), async (t) => {
    const { db } = await engine.open(t)
    const { add, erase, users, operations } = setUp(db)
    const first = await add('erika')
    const second = await add(first)
    assert.equal((await findPerson({ db, users }, first)).userId, first)
    await operations.removeUser(root, 'erika')
    const removed = await findPerson({ db, users }, first)
    assert.deepEqual([removed.userId, removed.user], [first, undefined])
    await erase(first)
    assert.notEqual(await users.find(db, second), undefined)
    assert.equal((await findPerson({ db, users }, second)).userId, second)
  })

  test(
    name('where changes were written without names, only what is known to be the user’s is taken'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = setUp(db)
      const first = await scene.add('erika')
      await scene.attempt('erika', '1 erika')
      await scene.renameSilently(first, 'middle')
      await scene.attempt('middle', '2 middle')
      await scene.renameSilently(first, 'emma')
      await scene.attempt('emma', '3 emma')
      const second = await scene.add('erika')
      await scene.attempt('erika', '4 other')
      await scene.renameSilently(second, 'max')
      await scene.attempt('erika', '5 nobody knows')
      const { unclear } = await scene.erase('emma')
      assert.equal(unclear, 1)
      const left = ['2 middle', '4 other', '5 nobody knows']
      assert.deepEqual(await scene.listAddresses(), left)
      await scene.erase(first, ['middle'])
      assert.deepEqual(await scene.listAddresses(), ['4 other', '5 nobody knows'])
    },
  )

  test(name('an attempt that was written late under the name of another is left'), async (t) => {
    const { db } = await engine.open(t)
    const scene = setUp(db)
    const first = await scene.add('erika')
    await scene.attempt('erika', 'first')
    await scene.rename(first, 'emma')
    // Another one gets the name at the same time, and the attempt is written a minute later.
    scene.clock.pass(-minutes(10))
    await scene.add('erika')
    scene.clock.pass(-minutes(9))
    await scene.attempt('erika', 'either')
    const { unclear } = await scene.erase('erika')
    assert.equal(unclear, 1)
    assert.deepEqual(await scene.listAddresses(), ['either', 'first'])
  })

  test(name('a user who was renamed is not erased by the earlier name'), async (t) => {
    const { db } = await engine.open(t)
    const scene = setUp(db)
    await scene.rename(await scene.add('erika'), 'emma')
    await assert.rejects(scene.erase('erika'), { message: /"erika" is "emma" now/ })
    assert.ok(await scene.users.findByName(db, 'emma'))
  })
})
