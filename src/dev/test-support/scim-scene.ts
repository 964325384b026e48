/** For tests: a system that provisions users, over a database and without a socket. */
import { scimPath } from '../../faces/scim/path.ts'
import { createScimFace } from '../../faces/scim/routes.ts'
import { createProvisioningTokenOperations } from '../../identity/operations/provisioning-tokens.ts'
import {
  createProvisioningTokens,
  type NewProvisioningToken,
} from '../../identity/provisioning/tokens.ts'
import type { Directory } from '../../identity/users/directory.ts'
import { configSchema } from '../../platform/config/schema.ts'
import type { Database } from '../../platform/storage/database.ts'
import { createScene, createTestClock } from './scene.ts'
import { listOwnGroups } from './two-people.ts'

const administrator = { type: 'administrator', name: 'cli:alice' } as const

export interface ScimAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  // biome-ignore lint/suspicious/noExplicitAny: tests look at whatever was answered
  readonly json: any
}

export interface SendOptions {
  readonly token?: string | null
  readonly headers?: Readonly<Record<string, string>>
  readonly peer?: string
}

export type ScimScene = Awaited<ReturnType<typeof createScimScene>>

export async function createScimScene(
  db: Database,
  token: Partial<NewProvisioningToken> = {},
  directory: Pick<Directory, 'findNamesElsewhere'> = {},
  settings: object = {},
) {
  const scene = createScene(db, createTestClock())
  const tokens = createProvisioningTokens(scene)
  const config = configSchema.parse({ trusted_proxies: ['10.0.0.1/32'], ...settings })
  const publicUrl = 'https://login.example.org'
  const face = createScimFace({
    ...{ ...scene, config, publicUrl },
    directory: { listGroups: listOwnGroups, ...directory },
  })
  const tokenOperations = createProvisioningTokenOperations({ ...scene, tokens })
  const createToken = (more: Partial<NewProvisioningToken> = {}) =>
    tokenOperations.createToken(administrator, {
      ...{ source: 'entra', networks: [], takesOver: false },
      ...{ verifiedMailDomains: [], verifiesPhoneNumbers: false },
      ...more,
    })
  const { secret, token: own } = await createToken(token)
  const ended: string[] = []
  scene.sessions.onEnd(async (ids) => void ended.push(...ids))

  /** @param body as text it is sent as it is */
  async function send(
    method: string,
    path: string,
    body?: unknown,
    { token = secret, headers = {}, peer = '203.0.113.9' }: SendOptions = {},
  ): Promise<ScimAnswer> {
    const sent: Record<string, string> = {
      ...(token !== null && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/scim+json' }),
      ...headers,
    }
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const reply = await face.answer({
      ...{ method, url: `http://localhost${scimPath}${path}`, peer },
      headers: { get: (name) => sent[name] ?? null },
      body: body === undefined ? null : new Blob([text]).stream(),
    })
    const { status } = reply
    const json = reply.body === null ? undefined : JSON.parse(String(reply.body))
    return { status, headers: reply.headers, json }
  }

  return {
    ...scene,
    ...{ administrator, tokens, tokenOperations, createToken, own, secret, send, ended },
    /** A user who was added. */
    async addErika(more: object = {}) {
      const { status, json } = await send('POST', '/Users', { ...erika, ...more })
      if (status !== 201) throw new Error(JSON.stringify(json))
      return json
    },
  }
}

export const erika = {
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
  ...{ userName: 'erika', externalId: '701984', displayName: 'Erika Mustermann' },
  name: { givenName: 'Erika', familyName: 'Mustermann' },
  emails: [{ value: 'erika@example.org', type: 'work', primary: true }],
  active: true,
}

export const patchOf = (...Operations: readonly object[]) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations,
})
