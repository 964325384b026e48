// What follows for sessions and logins under way when something that they stand on is removed.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AccountScene, createAccountScene } from '../../dev/test-support/account.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { acrNumber, acrPossession } from '../../identity/policy/assurance.ts'
import { journeyTopic } from '../../login/engine/engine.ts'
import type { Proof } from '../../login/engine/proofs.ts'
import type { StoredJourney } from '../../login/engine/store.ts'
import { drawCodes } from '../../login/factors/recovery/codes.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import { systemRandom } from '../../platform/kernel/random.ts'
import type { Database } from '../../platform/storage/database.ts'
import { transact } from '../../platform/storage/transact.ts'

const strengths = { push: 'number', totp: 'possession', recovery: 'possession' } as const

async function setUp(db: Database) {
  const scene = await createAccountScene(db, { config: { recovery_codes: 'account' } })
  const { id: userId } = scene.erika
  /** A session that stands on a password and on this. */
  async function loggedInWith(factor: keyof typeof strengths, authenticatorId: string) {
    const one = await scene.loggedIn({ acr: factor === 'push' ? acrNumber : acrPossession })
    const proof: Proof = {
      userId,
      factor,
      strength: strengths[factor],
      amr: factor === 'push' ? ['swk', 'user'] : ['otp'],
      authenticatorId,
      provenAt: scene.clock.now(),
    }
    await scene.journeys.insertProof(db, `login of ${one.sessionId}`, proof, one.sessionId)
    return one
  }
  /** A confirmation that waits beside a session. */
  async function waitBeside(sessionId: Id<'session'>) {
    const idHash = `beside ${sessionId}`
    const journey: StoredJourney = {
      idHash,
      kind: 'step_up',
      version: 0,
      step: 'push/confirm',
      state: { request: { returnTo: '/' }, userId, sessionId, data: {}, path: [] },
      browserHash: 'browser',
      expiresAt: scene.clock.now() + 60_000,
      finishedAt: null,
      sessionId: null,
    }
    await scene.journeys.insert(db, journey, scene.clock.now())
    const woken: string[] = []
    scene.wakeUps.listen(journeyTopic(idHash), () => woken.push(idHash))
    return {
      woken,
      isOpen: async () => (await scene.journeys.find(db, idHash))?.finishedAt === null,
    }
  }
  const isLive = async ({ sessionId }: { readonly sessionId: string }) =>
    (await scene.sessions.findById(sessionId)) !== undefined
  const endReasons = async () => {
    const rows = await db
      .selectFrom('audit_events')
      .select('data')
      .where('type', '=', 'session_ended')
      .execute()
    return rows.map(({ data }) => JSON.parse(data)).map((one) => [one.sessionId, one.reason])
  }
  return { ...scene, userId, loggedInWith, waitBeside, isLive, endReasons }
}

async function addCodeApp({ factors, erika }: AccountScene, db: Database) {
  const { store } = factors.totp
  const id = store.newId()
  await store.add(db, { id, userId: erika.id, name: 'Codes' })
  await store.activate(db, id, 1)
  return id
}

async function addCodes({ factors, erika }: AccountScene, db: Database): Promise<string> {
  const { store } = factors.recovery
  const prepared = await store.prepare(drawCodes(systemRandom))
  await db.transaction().execute((tx) => store.replace(tx, erika.id, prepared))
  const { id } = await db.selectFrom('recovery_codes').select('id').executeTakeFirstOrThrow()
  await store.spend(db, id as Id<'recovery'>)
  return id
}

onEachEngine((engine) => {
  const say = (text: string) => `${text} (${engine.name})`

  test(say('a removed phone takes the other sessions with it that stand on it'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    t.after(scene.settle)
    const [phone, app] = [await scene.addPhone('Nokia'), await addCodeApp(scene, db)]
    const own = await scene.loggedInWith('push', phone)
    const other = await scene.loggedInWith('push', phone)
    const byCode = await scene.loggedInWith('totp', app)
    const beside = await scene.waitBeside(other.sessionId)
    const elsewhere = await scene.waitBeside(byCode.sessionId)

    const path = `/account/authenticators/${phone}/remove`
    const done = await own.confirm(await own.open(path), { action: 'remove' })
    assert.doesNotMatch(done.text, /Nokia/)
    assert.deepEqual(
      [await scene.isLive(own), await scene.isLive(other), await scene.isLive(byCode)],
      [true, false, true],
    )
    assert.deepEqual(scene.ended, [other.sessionId], 'apps are told')
    assert.deepEqual(await scene.endReasons(), [[other.sessionId, 'factor_removed']])
    assert.deepEqual([beside.woken.length, await beside.isOpen()], [1, false])
    assert.deepEqual([elsewhere.woken.length, await elsewhere.isOpen()], [0, true])
  })

  test(say('the session that removes it keeps its level, and counts it no more'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    t.after(scene.settle)
    const [phone] = [await scene.addPhone('Nokia'), await addCodeApp(scene, db)]
    const own = await scene.loggedInWith('push', phone)
    await own.confirm(await own.open(`/account/authenticators/${phone}/remove`), {})
    assert.equal((await scene.sessions.findById(own.sessionId))?.acr, acrNumber)
    const proofs = await scene.journeys.proofsOfSession(db, own.sessionId)
    assert.deepEqual(
      proofs.map(({ factor }) => factor),
      ['password'],
    )
  })

  test(
    say('the last one is given up by who has it, and lost to who is here by paper'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await setUp(db)
      t.after(scene.settle)
      const phone = await scene.addPhone('Nokia')
      const code = await addCodes(scene, db)
      const path = `/account/authenticators/${phone}/remove`
      const byPhone = await scene.loggedInWith('push', phone)
      assert.match((await byPhone.open(path)).text, /only your password/)
      const byCode = await scene.loggedInWith('recovery', code)
      const asked = await byCode.open(path)
      assert.match(asked.text, /sign in with a recovery code/)
      await byCode.confirm(asked, {})
      assert.equal(await scene.statusOf(phone), 'removed')
      assert.equal((await db.selectFrom('recovery_codes').select('id').execute()).length, 10)
      assert.equal((await db.selectFrom('lost_second_factors').selectAll().execute()).length, 1)
    },
  )

  test(say('a service desk that removes it ends them all'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    const phone = await scene.addPhone('Nokia')
    const sessions = [
      await scene.loggedInWith('push', phone),
      await scene.loggedInWith('push', phone),
    ]
    const { authenticators } = scene.factors
    await transact(db, async (tx) => {
      await authenticators.remove(tx, { userId: scene.userId, id: phone, by: 'cli' })
      assert.deepEqual(scene.ended, [], 'nobody is told before the commit')
    })
    assert.deepEqual(
      scene.ended.toSorted(),
      sessions.map(({ sessionId }) => sessionId as string).toSorted(),
    )
    assert.deepEqual(await Promise.all(sessions.map(scene.isLive)), [false, false])
  })

  test(say('new recovery codes end the other sessions that stand on an earlier one'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    t.after(scene.settle)
    await addCodeApp(scene, db)
    const code = await addCodes(scene, db)
    const own = await scene.loggedInWith('recovery', code)
    const other = await scene.loggedInWith('recovery', code)
    const beside = await scene.waitBeside(other.sessionId)
    const path = '/account/authenticators/add/recovery'
    const shown = await own.confirm(await own.open(path), { action: 'begin' })
    await own.answer(shown, { action: 'saved' })
    assert.deepEqual([await scene.isLive(own), await scene.isLive(other)], [true, false])
    assert.deepEqual(await scene.endReasons(), [[other.sessionId, 'codes_replaced']])
    assert.deepEqual([beside.woken.length, await beside.isOpen()], [1, false])
    assert.ok((await scene.journeys.proofsOfSession(db, own.sessionId)).length > 1)
  })

  test(say('a person who ends a session ends what waits beside it'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    const phone = await scene.addPhone('Nokia')
    const [own, one, all] = [
      await scene.loggedInWith('push', phone),
      await scene.loggedInWith('push', phone),
      await scene.loggedInWith('push', phone),
    ]
    const waiting = [await scene.waitBeside(one.sessionId), await scene.waitBeside(all.sessionId)]
    await own.open('/account/sessions')
    await own.post(`/account/sessions/${one.sessionId}/end`, {})
    assert.deepEqual(
      waiting.map(({ woken }) => woken.length),
      [1, 0],
    )
    await own.post('/account/sessions/end-others', {})
    assert.deepEqual(
      waiting.map(({ woken }) => woken.length),
      [1, 1],
    )
  })
})
