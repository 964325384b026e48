/**
 * Clients that register themselves, as the suite's `OIDCCCreateDynamicClientRegistrationRequest` has them: each with a key of
 * its own for `private_key_jwt`. Owns the documents that the server loads from a client, over HTTPS.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { TestCertificate } from '../support/certificate.ts'
import type { Reply } from './browser.ts'
import { type Client, randomText, type Suite } from './suite.ts'

export type Metadata = Readonly<Record<string, unknown>>

/** What a dynamic plan needs beside a provider. */
export interface Registration {
  /** The suite's `initial_access_token`. */
  readonly token: string
  readonly documents: Documents
  /** Has an administrator adopt a client: of others no keys are loaded on the machine of the suite. */
  adopt(id: string): Promise<void>
  /** Has the provider rotate its keys. */
  rotateKeys(): Promise<void>
}

export type DynamicSuite = Suite & { readonly registration: Registration }

export interface DynamicModule {
  readonly name: string
  run(suite: DynamicSuite): Promise<void>
}

export interface Documents {
  /** From now on there is this at the path; gives its address. */
  publish(path: string, content: unknown): string
  close(): void
}

export async function publishDocuments(certificate: TestCertificate): Promise<Documents> {
  const contents = new Map<string, unknown>()
  const server = createServer(certificate, ({ url = '' }, response) => {
    const content = contents.get(url)
    response.writeHead(content === undefined ? 404 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(content))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `https://localhost:${(server.address() as AddressInfo).port}`
  return {
    publish(path, content) {
      contents.set(path, content)
      return `${origin}${path}`
    },
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** A pair of RS256 with a name of its own; `sign` makes a client assertion. */
export async function createClientKey() {
  const { publicKey, privateKey } = await generateKeyPair('RS256')
  const kid = randomText(12)
  const jwk = { ...(await exportJWK(publicKey)), kid, use: 'sig', alg: 'RS256' }
  const sign: NonNullable<Client['sign']> = (id, audience) =>
    new SignJWT({ jti: randomText(20) })
      .setProtectedHeader({ alg: 'RS256', kid })
      .setIssuer(id)
      .setSubject(id)
      .setAudience(audience)
      .setNotBefore('0s')
      .setIssuedAt()
      .setExpirationTime('60s')
      .sign(privateKey)
  return { jwks: { keys: [jwk] }, sign }
}

export type ClientKey = Awaited<ReturnType<typeof createClientKey>>

function createMetadata(suite: Suite, { jwks }: ClientKey, changes: Metadata): Metadata {
  const all = {
    client_name: `client ${randomText()}`,
    grant_types: ['authorization_code'],
    jwks,
    token_endpoint_auth_method: 'private_key_jwt',
    response_types: ['code'],
    redirect_uris: [suite.redirectUri],
    contacts: ['certification@oidf.org'],
    ...changes,
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

/** One request; a change to `undefined` leaves a member out. */
export async function postRegistration(
  suite: DynamicSuite,
  key: ClientKey,
  changes: Metadata = {},
): Promise<Reply> {
  const headers = {
    accept: 'application/json',
    authorization: `Bearer ${suite.registration.token}`,
  }
  const json = createMetadata(suite, key, changes)
  const reply = await suite.send(suite.endpoint('registration_endpoint'), {
    ...{ method: 'POST', headers, json },
  })
  assert.match(reply.headers.get('content-type') ?? '', /^application\/json/)
  return reply
}

/** With the checks of the suite's `CallDynamicRegistrationEndpointAndVerifySuccessfulResponse`. */
export async function register(
  suite: DynamicSuite,
  changes: Metadata = {},
  key?: ClientKey,
): Promise<Client> {
  const ownKey = key ?? (await createClientKey())
  const reply = await postRegistration(suite, ownKey, changes)
  assert.equal(reply.status, 201, reply.body)
  const registered = JSON.parse(reply.body)
  assert.equal(registered.error, undefined)
  assert.equal(typeof registered.client_id, 'string')
  const { registration_client_uri: uri, registration_access_token: access } = registered
  assert.equal(new URL(uri).protocol, 'https:')
  assert.ok(typeof access === 'string' && access !== '')
  if (registered.client_secret !== undefined) {
    assert.ok(Number.isInteger(registered.client_secret_expires_at))
  }
  const { sign } = ownKey
  const client = { id: registered.client_id, secret: '', auth: 'private_key_jwt', sign } as const
  // One that was adopted can no longer take itself back.
  if (changes.jwks_uri !== undefined) await suite.registration.adopt(client.id)
  else suite.atEnd(() => unregister(suite, uri, access))
  return client
}

/** The suite warns when a client cannot be taken back. */
async function unregister(suite: Suite, uri: string, access: string): Promise<void> {
  const headers = { accept: 'application/json', authorization: `Bearer ${access}` }
  const { status } = await suite.send(new URL(uri), { method: 'DELETE', headers })
  suite.warnUnless(status === 204, `DELETE of a client is answered with ${status}`)
}

/** Checks a refusal; gives its error code. */
export function readRegistrationError({ status, body }: Reply): string {
  assert.equal(status, 400, body)
  return JSON.parse(body).error
}
