/**
 * What is refused looks the same and is the same work, whether there is such a user or not. How long it takes is measured by
 * bench/measure/timing.ts.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { instantHasher } from '../../dev/test-support/login.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { createResetScene } from '../../dev/test-support/reset-scene.ts'
import { openTab } from '../../dev/test-support/tab.ts'
import type { Hasher } from '../../identity/users/hasher.ts'
import { hours } from '../../platform/kernel/clock.ts'
import { sha256 } from '../../platform/kernel/crypto.ts'

onEachEngine((engine) => {
  const say = (sentence: string) => `${sentence} (${engine.name})`

  async function setUp(t: Parameters<typeof engine.open>[0]) {
    const done: string[] = []
    const { db } = await engine.open(t, ({ sql }) => done.push(sql))
    const hasher: Hasher = {
      ...instantHasher,
      verify: (...given) => {
        done.push('verify a hash')
        return instantHasher.verify(...given)
      },
    }
    const scene = await createResetScene(db, { hasher })
    const { users, erika } = scene
    const { id } = await scene.addUser('disabled')
    await users.disable(db, id)
    await users.create(db, { username: 'passwordless', displayName: 'No Password' })
    const imported = '{SSHA}W6ph5Mm5Pz8GgiULbPgzG37mj9gAAAAA'
    await users.create(db, { username: 'imported', displayName: 'I', passwordHash: imported })
    return {
      ...{ db, erika, scene },
      /** What was done for it, in no order: PostgreSQL is asked several things at once. */
      async listWork<Answer>(work: () => Promise<Answer>) {
        done.length = 0
        const answer = await work()
        return { answer, work: done.toSorted() }
      },
    }
  }

  test(say('A15: each refused login is the same work and the same page'), async (t) => {
    const { scene, listWork } = await setUp(t)
    const attempt = async (username: string, password: string) => {
      // Each is the first one that is written down.
      await scene.flushTries({ all: true })
      return await listWork(async () => {
        const view = await openTab(scene).begin({ username, password })
        // Each page has a challenge of its own for passkeys.
        return JSON.stringify(view)
          .replaceAll(username, 'NAME')
          .replace(/[\w-]{43,}/g, 'CHALLENGE')
      })
    }
    const wrong = await attempt('erika', 'wrong')
    assert.equal(wrong.work.filter((one) => one === 'verify a hash').length, 1)
    const others = {
      'an unknown name': await attempt('nobody', 'wrong'),
      'another unknown name': await attempt('somebody else', 'wrong'),
      'a disabled user': await attempt('disabled', 'wrong'),
      'a user without a password': await attempt('passwordless', 'wrong'),
      'an imported hash': await attempt('imported', 'wrong'),
      'another spelling': await attempt('ERIKA', 'wrong'),
    }
    for (const [name, other] of Object.entries(others)) assert.deepEqual(other, wrong, name)
    const right = await attempt('disabled', 'password of disabled')
    assert.deepEqual(right.work, wrong.work)
    assert.match(right.answer, /login\.refused\./)
    assert.doesNotMatch(wrong.answer, /login\.refused\./)
  })

  test(say('A15: a name that has to wait is no other work where nobody has it'), async (t) => {
    const { db, scene, listWork } = await setUp(t)
    for (const name of ['erika', 'nobody', 'disabled']) {
      const key = `user:${sha256(`user:${name}`)}`
      const blocked_until = scene.clock.now() + hours(1)
      const row = { key, failures: 20, last_failure_at: scene.clock.now(), blocked_until }
      await db.insertInto('throttles').values(row).execute()
    }
    const attempt = (username: string) =>
      listWork(() => openTab(scene).begin({ username, password: `password of ${username}` }))
    const [known, unknown, disabled] = [
      await attempt('erika'),
      await attempt('nobody'),
      await attempt('disabled'),
    ]
    assert.ok(!known.work.includes('verify a hash'), 'it was not looked at')
    assert.deepEqual(unknown.work, known.work)
    assert.deepEqual(disabled.work, known.work)
  })

  test(say('A15: until its answer a request for a new password is the same work'), async (t) => {
    const { scene, listWork } = await setUp(t)
    const request = async (username: string) => {
      const browser = scene.open()
      await browser.get('/forgot-password')
      const form_token = browser.formToken()
      return await listWork(async () => {
        const reply = await browser.post('/forgot-password', {
          ...{ username, action: 'request', form_token },
        })
        return [reply.status, reply.headers.get('location')]
      })
    }
    const known = await request('erika')
    assert.equal(known.work.length, 1)
    for (const name of ['nobody', 'disabled', 'passwordless'])
      assert.deepEqual(await request(name), known, name)
    assert.equal((await scene.links()).length, 1)
  })

  test(say('A15: this test finds a look-up that is done for some names only'), async (t) => {
    const { db, erika, scene, listWork } = await setUp(t)
    const { findByName } = scene.directory
    Object.assign(scene.directory, {
      async findByName(...asked: Parameters<typeof findByName>) {
        const found = await findByName(...asked)
        if (found.type === 'found') await scene.users.find(db, erika.id)
        return found
      },
    })
    const attempt = (username: string) =>
      listWork(() => openTab(scene).begin({ username, password: 'wrong' }))
    assert.notDeepEqual((await attempt('erika')).work, (await attempt('nobody')).work)
  })
})
