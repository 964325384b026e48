/** For tests of CIBA: a server with the app `till`, Erika with a phone, and what both say to one another. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import * as client from 'openid-client'
import { cibaGrant } from '../../faces/protocols/oidc/client-options.ts'
import type { OwnPolicy } from '../../identity/policy/policy.ts'
import { createPushAppRequests } from '../../login/factors/push/app-requests.ts'
import type { OpenDatabase } from '../../platform/storage/database.ts'
import { start, startTestServer, type TestServer } from './oidc-server.ts'
import { createPushScene, type PushScene, type signApproval } from './push-scene.ts'
import { createTestClock } from './scene.ts'

interface StageOptions {
  readonly policy?: OwnPolicy
  /** Absent: one in memory. */
  readonly database?: OpenDatabase
}

export type CibaStage = Awaited<ReturnType<typeof openCibaStage>>

/** The phones have a clock that is set by hand, and stands at the time of the server at first. */
export async function openCibaStage(
  t: TestContext,
  { policy = { secondFactor: 'none' }, database }: StageOptions = {},
) {
  const server = database === undefined ? await start(t) : await startTestServer(t, database)
  const clock = createTestClock()
  clock.time = Date.now()
  const phones = openPhones(t, server, clock)
  const erika = await server.addUser('erika')
  const phone = await phones.addDevice(erika.id)
  /** What phones were asked for so far, the latest first. */
  const listAsked = async () => {
    const select = server.db.selectFrom('push_challenges').select('message_id')
    const rows = await select.orderBy('created_at', 'desc').execute()
    return await Promise.all(rows.map(({ message_id: id }) => phones.challengeNow(id)))
  }
  return {
    server,
    clock,
    phones,
    erika,
    phone,
    listAsked,
    ...(await addTill(server, 'till', policy)),

    /** Erika's phone answers what it was asked last. */
    async answer(sign: typeof signApproval): Promise<void> {
      const [asked] = await listAsked()
      assert.ok(asked, 'no phone was asked')
      assert.deepEqual(await phones.requests.authenticate(sign(asked, phone)), { type: 'ok' })
    },
  }
}

function openPhones(
  t: TestContext,
  server: TestServer,
  clock: ReturnType<typeof createTestClock>,
): PushScene {
  const phones = createPushScene(server.db, clock)
  server.factors.push({
    kind: 'push',
    isAvailable: true,
    appRequests: createPushAppRequests(phones.send),
  })
  t.after(() => phones.delivery.settle())
  return phones
}

/** Another node of the same installation, as its app `till` reaches it. */
export async function addCibaNode(
  t: TestContext,
  { clock, till }: Pick<CibaStage, 'clock' | 'till'>,
  database: Pick<OpenDatabase, 'db'>,
) {
  const server = await startTestServer(t, database)
  openPhones(t, server, clock)
  return { server, ...(await connectTill(server.oidc, till)) }
}

/** The node that takes over after the first one has ended. */
export async function addNextNode(t: TestContext, stage: CibaStage) {
  const next = await addCibaNode(t, stage, stage.server)
  next.server.nodes.restart()
  return next
}

/** An app that asks phones, by openid-client. */
export async function addTill(
  { apps, db, oidc }: Pick<TestServer, 'apps' | 'db' | 'oidc'>,
  id: string,
  policy: OwnPolicy = { secondFactor: 'none' },
) {
  const { clientSecret = '' } = await apps.create(db, {
    id,
    name: 'Till',
    settings: { redirectUris: [], ciba: true },
    policy,
  })
  return await connectTill(oidc, { id, clientSecret })
}

async function connectTill(
  oidc: TestServer['oidc'],
  till: { readonly id: string; readonly clientSecret: string },
) {
  const { id, clientSecret } = till
  const auth = client.ClientSecretBasic(clientSecret)
  const config = await client.discovery(new URL(oidc.issuer), id, {}, auth, {
    execute: [client.allowInsecureRequests],
  })
  const authorization = `Basic ${Buffer.from(`${id}:${clientSecret}`).toString('base64')}`
  const post = async (path: string, fields: Readonly<Record<string, string>>) => {
    const body = new URLSearchParams(fields)
    const sent = { method: 'POST', headers: { authorization }, body }
    const answer = await fetch(`${oidc.issuer}${path}`, sent)
    const { status, headers } = answer
    const text = await answer.text()
    return { status, headers, body: text === '' ? {} : JSON.parse(text) }
  }
  return {
    till,
    config,
    /** With its secret, to a path below the issuer. */
    post,
    /** Resolves when the phone was asked. */
    async begin(parameters: Readonly<Record<string, string>> = {}) {
      const asked = { scope: 'openid profile', login_hint: 'erika', ...parameters }
      const begun = await client.initiateBackchannelAuthentication(config, asked)
      await oidc.settled()
      return begun
    },
    /** The same, with whatever comes of it. */
    async tryToBegin(parameters: Readonly<Record<string, string>> = {}) {
      const asked = { scope: 'openid', login_hint: 'erika', ...parameters }
      const answer = await post('/backchannel', asked)
      await oidc.settled()
      return answer
    },
    /** Asks for the tokens, once. */
    fetchTokens: ({ auth_req_id }: { readonly auth_req_id: string }) =>
      post('/token', { grant_type: cibaGrant, auth_req_id }),
  }
}
