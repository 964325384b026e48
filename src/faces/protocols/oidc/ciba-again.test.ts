// A phone that was not asked, because the attempt failed or its node ended.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import {
  addCibaNode,
  addNextNode,
  type CibaStage,
  openCibaStage,
} from '../../../dev/test-support/ciba-scene.ts'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { signApproval } from '../../../dev/test-support/push-scene.ts'
import type { AppRequests } from '../../../login/factors/app-requests.ts'
import { seconds } from '../../../platform/kernel/clock.ts'
import type { Database, EngineName } from '../../../platform/storage/database.ts'

type Ask = AppRequests['ask']

/** From now on, `ask` runs in place of the phones of this node. */
function replaceAsk(
  { server: { factors } }: Pick<CibaStage, 'server'>,
  replace: (ask: Ask) => Ask,
): void {
  for (const [index, factor] of factors.entries()) {
    const { appRequests } = factor
    if (appRequests === undefined) continue
    factors[index] = { ...factor, appRequests: { ...appRequests, ask: replace(appRequests.ask) } }
  }
}

/** The next attempts of this node to ask a phone fail. */
function failToAsk(
  stage: Parameters<typeof replaceAsk>[0],
  times: number,
): { readonly count: () => number } {
  let asked = 0
  replaceAsk(stage, (ask) => async (id, request) => {
    asked += 1
    if (asked <= times) throw new Error('the database is away')
    return await ask(id, request)
  })
  return { count: () => asked }
}

const beginFields = { scope: 'openid profile', login_hint: 'erika', binding_message: 'Beleg 4711' }

/** The node asks no phone until `release`, as if it had ended; its app has its answer. */
async function beginAtEndingNode(stage: CibaStage, login_hint = 'erika') {
  const { promise: isOver, resolve: release } = Promise.withResolvers<void>()
  replaceAsk(stage, () => async () => {
    await isOver
    throw new Error('the node has ended')
  })
  const { body } = await stage.post('/backchannel', { ...beginFields, login_hint })
  return { begun: body as { auth_req_id: string; einlass_code: string }, release }
}

/** From now on no request can be stored for later. Returns how it can be stored again. */
async function refuseHeld(db: Database, engine: EngineName): Promise<() => Promise<void>> {
  const [refuse, accept] =
    engine === 'sqlite'
      ? [
          `create trigger no_held before update on oidc_records when new.payload like '%"held"%'
            begin select raise(abort, 'no_held'); end`,
          'drop trigger no_held',
        ]
      : [
          `alter table oidc_records add constraint no_held check (payload not like '%"held"%') not valid`,
          'alter table oidc_records drop constraint no_held',
        ]
  await sql.raw(refuse).execute(db)
  return async () => void (await sql.raw(accept).execute(db))
}

async function listStored({ server: { db } }: CibaStage) {
  const rows = await db
    .selectFrom('oidc_records')
    .select('payload')
    .where('model', '=', 'BackchannelAuthenticationRequest')
    .execute()
  return rows.map(({ payload }) => Object.keys(JSON.parse(payload)).sort())
}

onEachEngine(({ name, open }) => {
  test(`a phone is asked at the next poll if the first attempt failed (${name})`, async (t) => {
    const stage = await openCibaStage(t, { database: await open(t) })
    const { begin, fetchTokens, listAsked, answer, server } = stage
    failToAsk(stage, 1)
    const begun = await begin({ binding_message: 'Beleg 4711' })
    assert.deepEqual(await listAsked(), [])
    assert.equal((await fetchTokens(begun)).body.error, 'authorization_pending')
    await server.oidc.settled()
    const [asked, ...others] = await listAsked()
    assert.deepEqual(others, [])
    assert.equal(asked?.numbers.right, Number(`${begun.einlass_code}`.slice(-2)))
    assert.deepEqual(asked?.about, { app: 'Till', byApp: { message: 'Beleg 4711' } })
    await answer(signApproval)
    const next = await addNextNode(t, stage)
    assert.equal((await next.fetchTokens(begun)).status, 200)
  })

  test(`a phone is asked at the next poll if the failure could not be stored (${name})`, async (t) => {
    const stage = await openCibaStage(t, { database: await open(t) })
    const { begin, fetchTokens, listAsked, server } = stage
    failToAsk(stage, 1)
    const accept = await refuseHeld(server.db, name)
    const begun = await begin()
    await accept()
    assert.deepEqual(await listAsked(), [])
    assert.equal((await fetchTokens(begun)).body.error, 'authorization_pending')
    await server.oidc.settled()
    assert.equal((await listAsked()).length, 1)
  })

  test(`another node asks the phone if the failure could be stored only later (${name})`, async (t) => {
    const stage = await openCibaStage(t, { database: await open(t) })
    const { begin, listAsked, server } = stage
    const next = await addCibaNode(t, stage, server)
    next.server.nodes.isGone = async () => false
    failToAsk(stage, 1)
    const accept = await refuseHeld(server.db, name)
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const begun = await begin()
    t.mock.timers.tick(seconds(5))
    await server.oidc.settled()
    await accept()
    const early = await addCibaNode(t, stage, server)
    early.server.nodes.isGone = async () => false
    assert.equal((await early.fetchTokens(begun)).body.error, 'authorization_pending')
    await early.server.oidc.settled()
    assert.deepEqual(await listAsked(), [])
    t.mock.timers.tick(seconds(5))
    await server.oidc.settled()
    assert.equal((await next.fetchTokens(begun)).body.error, 'authorization_pending')
    await next.server.oidc.settled()
    assert.equal((await listAsked()).length, 1)
  })

  test(`a phone is not asked a third time after two attempts failed (${name})`, async (t) => {
    const stage = await openCibaStage(t, { database: await open(t) })
    const { begin, fetchTokens, listAsked, server } = stage
    const attempts = failToAsk(stage, 2)
    const begun = await begin()
    assert.equal((await fetchTokens(begun)).body.error, 'authorization_pending')
    await server.oidc.settled()
    const next = await addNextNode(t, stage)
    assert.equal((await next.fetchTokens(begun)).body.error, 'authorization_pending')
    await next.server.oidc.settled()
    assert.equal(attempts.count(), 2)
    assert.deepEqual(await listAsked(), [])
  })

  test(`a phone is asked at the next poll if the node ended before it asked (${name})`, async (t) => {
    const stage = await openCibaStage(t, { database: await open(t) })
    const { listAsked, server } = stage
    const { begun, release } = await beginAtEndingNode(stage)
    try {
      const next = await addNextNode(t, stage)
      const stored = JSON.stringify(
        await server.db.selectFrom('oidc_records').select('payload').execute(),
      )
      assert.doesNotMatch(stored, new RegExp(begun.einlass_code))
      assert.equal((await next.fetchTokens(begun)).body.error, 'authorization_pending')
      await next.server.oidc.settled()
      const [asked, ...others] = await listAsked()
      assert.deepEqual(others, [])
      assert.equal(asked?.numbers.right, Number(begun.einlass_code.slice(-2)))
      await stage.answer(signApproval)
      const last = await addNextNode(t, stage)
      assert.equal((await last.fetchTokens(begun)).status, 200)
    } finally {
      release()
    }
  })

  test(`a phone that a node has asked before its end is not asked again (${name})`, async (t) => {
    const stage = await openCibaStage(t, { database: await open(t) })
    const { begin, listAsked, server } = stage
    const begun = await begin()
    const next = await addNextNode(t, stage)
    const attempts = failToAsk(next, 0)
    assert.equal((await next.fetchTokens(begun)).body.error, 'authorization_pending')
    await next.server.oidc.settled()
    assert.equal(attempts.count(), 0)
    assert.equal((await listAsked()).length, 1)
    assert.equal((await server.listAudit('oidc_phone_asked')).length, 1)
  })

  test(`A14: what is stored is the same for an unknown user, also after the node ended (${name})`, async (t) => {
    const stage = await openCibaStage(t, { database: await open(t) })
    const { begun, release } = await beginAtEndingNode(stage)
    try {
      const { body: other } = await stage.post('/backchannel', {
        ...beginFields,
        login_hint: 'nobody',
      })
      const [before, ...same] = await listStored(stage)
      assert.ok(before?.includes('asking') && before.includes('asker'), `${before}`)
      assert.deepEqual(same, [before])
      const next = await addNextNode(t, stage)
      for (const one of [begun, other]) {
        assert.equal((await next.fetchTokens(one)).body.error, 'authorization_pending')
      }
      await next.server.oidc.settled()
      assert.deepEqual(await listStored(stage), [before, before])
    } finally {
      release()
    }
  })

  test(`A1: a request above the limit of a user is not asked by the next node (${name})`, async (t) => {
    const stage = await openCibaStage(t, { database: await open(t) })
    const { begin, post, fetchTokens, answer, server } = stage
    const begun = await begin()
    await answer(signApproval)
    const id_token_hint = `${(await fetchTokens(begun)).body.id_token}`
    for (let time = 1; time < 6; time += 1) await begin()
    const { body } = await post('/backchannel', { scope: 'openid', id_token_hint })
    const withoutAsker = (await listStored(stage)).filter(
      (members) => members.includes('asking') && !members.includes('asker'),
    )
    assert.equal(withoutAsker.length, 1)
    await server.oidc.settled()
    const before = await server.listAudit('oidc_phone_asked')
    const next = await addNextNode(t, stage)
    assert.equal((await next.fetchTokens(body)).body.error, 'authorization_pending')
    await next.server.oidc.settled()
    assert.deepEqual(next.server.entries, [])
    assert.deepEqual(await server.listAudit('oidc_phone_asked'), before)
  })
})
