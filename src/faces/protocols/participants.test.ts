import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import type { Queries } from '../../platform/storage/database.ts'
import {
  forgetParticipants,
  purgeParticipants,
  saveParticipant,
  takeParticipants,
} from './participants.ts'

async function addApp(db: Queries, id: string, protocol: string): Promise<void> {
  const rest = { settings: '{}', secret_sealed: null, policy: '{}', created_at: 1, updated_at: 1 }
  await db
    .insertInto('apps')
    .values({ id, name: id, protocol, ...rest })
    .execute()
}

const enter = (db: Queries, loginSession: string, clientId: string, expiresAt = 100) =>
  saveParticipant(db, { loginSession, clientId, userId: 'usr_1' }, expiresAt)

onEachEngine((engine) => {
  test(`each protocol is given the participants of its own apps, once (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await addApp(db, 'mail', 'oidc')
    await addApp(db, 'wiki', 'echo')
    for (const app of ['mail', 'mail', 'wiki']) await enter(db, 'ses_a', app)
    await enter(db, 'ses_b', 'wiki')
    const taken = await Promise.all([
      takeParticipants(db, 'echo', ['ses_a']),
      takeParticipants(db, 'echo', ['ses_a']),
    ])
    assert.deepEqual(taken.flat(), [{ loginSession: 'ses_a', clientId: 'wiki', userId: 'usr_1' }])
    const [mail] = await takeParticipants(db, 'oidc', ['ses_a', 'ses_b'])
    assert.equal(mail?.clientId, 'mail')
    const [later] = await takeParticipants(db, 'echo', ['ses_b'])
    assert.equal(later?.loginSession, 'ses_b')
    assert.deepEqual(await takeParticipants(db, 'oidc', []), [])
  })

  test(`participants go with their app and with the time (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await enter(db, 'ses_a', 'mail', 10)
    await enter(db, 'ses_a', 'wiki', 20)
    await enter(db, 'ses_a', 'files', 20)
    assert.equal(await purgeParticipants(db, 10), 1)
    await forgetParticipants(db, 'wiki')
    const left = await takeParticipants(db, 'oidc', ['ses_a'])
    assert.deepEqual(
      left.map(({ clientId }) => clientId),
      ['files'],
    )
  })
})
