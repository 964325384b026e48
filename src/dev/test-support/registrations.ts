/** For tests: apps that register themselves at a test server. */
import {
  createRegistrationTokens,
  type NewRegistrationToken,
} from '../../identity/apps/registration-tokens.ts'
import { createRegistrationOperations } from '../../identity/operations/registrations.ts'
import { minutes, systemClock } from '../../platform/kernel/clock.ts'
import type { TestServer } from './oidc-server.ts'

const administrator = { type: 'administrator', name: 'cli:alice' } as const

export const appAddress = 'https://app.example.org/callback'

export type Registered = Readonly<Record<string, unknown>> & {
  readonly client_id: string
  readonly client_secret?: string
  readonly registration_client_uri: string
  readonly registration_access_token: string
}

export function openRegistrations(server: TestServer) {
  const { db, apps, audit, random } = server
  const tokens = createRegistrationTokens({ clock: systemClock, random })
  const operations = createRegistrationOperations({ db, apps, audit, random, tokens })
  const endpoint = `${server.origin}/oidc/register`
  const post = (secret: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(endpoint, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${secret}`,
        'content-type': 'application/json',
        ...headers,
      },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  const issue = (token: Partial<NewRegistrationToken> = {}) =>
    operations.issueToken(administrator, {
      ...{ name: 'test', uses: 1, lifetime: minutes(5), terms: {} },
      policy: { secondFactor: 'none' },
      ...token,
    })
  const register = async (
    metadata: Readonly<Record<string, unknown>> = {},
    token: Partial<NewRegistrationToken> = {},
  ): Promise<Registered> => {
    const { secret } = await issue(token)
    const answer = await post(secret, { redirect_uris: [appAddress], ...metadata })
    if (answer.status !== 201) throw new Error(`${answer.status} ${await answer.text()}`)
    return (await answer.json()) as Registered
  }
  return {
    administrator,
    operations,
    tokens,
    endpoint,
    issue,
    post,
    /** With a token of its own. */
    register,
    /** A client without a secret, and its request with what a test adds to it. */
    async registerPublic(metadata: Readonly<Record<string, unknown>> = {}) {
      const registered = await register({ token_endpoint_auth_method: 'none', ...metadata })
      const { client_id: id } = registered
      const begin = (more: Readonly<Record<string, string>> = {}) =>
        `${server.oidc.issuer}/auth?${new URLSearchParams({
          ...{ client_id: id, redirect_uri: appAddress, response_type: 'code', scope: 'openid' },
          ...{ code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM' },
          ...{ code_challenge_method: 'S256', ...more },
        })}`
      return { id, begin }
    },
    manage: (
      registered: Registered,
      method: string,
      token = registered.registration_access_token,
    ) =>
      fetch(registered.registration_client_uri, {
        method,
        headers: { authorization: `Bearer ${token}` },
      }),
  }
}
