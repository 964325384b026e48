// A node ends while an app fetches what a person has approved.
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
import type { Database, EngineName } from '../../../platform/storage/database.ts'

/** From now on no grant can be stored. Returns how it can be stored again. */
async function refuseGrants(db: Database, engine: EngineName): Promise<() => Promise<void>> {
  const [refuse, accept] =
    engine === 'sqlite'
      ? [
          `create trigger no_grant before insert on oidc_records when new.model = 'Grant'
            begin select raise(abort, 'no_grant'); end`,
          'drop trigger no_grant',
        ]
      : [
          `alter table oidc_records add constraint no_grant check (model <> 'Grant') not valid`,
          'alter table oidc_records drop constraint no_grant',
        ]
  await sql.raw(refuse).execute(db)
  return async () => void (await sql.raw(accept).execute(db))
}

async function isValid({ server }: CibaStage, token: string): Promise<boolean> {
  const headers = { authorization: `Bearer ${token}` }
  return (await fetch(`${server.oidc.issuer}/me`, { headers })).status === 200
}

onEachEngine(({ name, open }) => {
  test(`an approval stays usable when its grant cannot be stored (${name})`, async (t) => {
    const stage = await openCibaStage(t, { database: await open(t) })
    const { begin, answer, fetchTokens, server, erika } = stage
    const begun = await begin()
    await answer(signApproval)
    const accept = await refuseGrants(server.db, name)
    assert.equal((await fetchTokens(begun)).status, 500)
    assert.deepEqual(await server.sessions.listOf(erika.id), [])
    await accept()
    const next = await addCibaNode(t, stage, server)
    assert.equal((await next.fetchTokens(begun)).status, 200)
    assert.equal((await server.sessions.listOf(erika.id)).length, 1)
  })

  test(`A33: an app whose node ended before the answer gets its tokens once more, and only the new ones are valid (${name})`, async (t) => {
    const stage = await openCibaStage(t, { database: await open(t) })
    const { begin, answer, fetchTokens, server, erika } = stage
    const begun = await begin({ scope: 'openid offline_access' })
    await answer(signApproval)
    const lost = (await fetchTokens(begun)).body
    const next = await addNextNode(t, stage)
    const { status, body } = await next.fetchTokens(begun)
    assert.equal(status, 200)
    assert.deepEqual(
      [await isValid(stage, lost.access_token), await isValid(stage, body.access_token)],
      [false, true],
    )
    const refresh = { grant_type: 'refresh_token', refresh_token: lost.refresh_token }
    assert.equal((await next.post('/token', refresh)).body.error, 'invalid_grant')
    assert.equal((await server.sessions.listOf(erika.id)).length, 1)
    // The node that gave these still runs.
    const last = await addNextNode(t, stage)
    assert.equal((await last.fetchTokens(begun)).body.error, 'invalid_grant')
    assert.equal(await isValid(stage, body.access_token), false)
  })

  test(`A33: a request is not valid again after the app has used its refresh token (${name})`, async (t) => {
    const stage = await openCibaStage(t, { database: await open(t) })
    const { begin, answer, fetchTokens, post } = stage
    const begun = await begin({ scope: 'openid offline_access' })
    await answer(signApproval)
    const { body } = await fetchTokens(begun)
    const refresh = { grant_type: 'refresh_token', refresh_token: body.refresh_token }
    assert.equal((await post('/token', refresh)).status, 200)
    const next = await addNextNode(t, stage)
    assert.equal((await next.fetchTokens(begun)).body.error, 'invalid_grant')
    assert.equal(await isValid(stage, body.access_token), false)
  })
})
