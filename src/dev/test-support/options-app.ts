/** For tests: an app with options beyond a code flow with a secret, and a relying party that uses them. */
import type { TestContext } from 'node:test'
import * as client from 'openid-client'
import { startSignedIn, type TestServer } from './oidc-server.ts'

export const redirectUri = 'http://127.0.0.1:1/app'

/** An app with these settings, and its relying party. */
export async function addOptionsApp(
  { apps, db, oidc }: TestServer,
  settings: object,
  authenticate?: client.ClientAuth,
) {
  const { app, clientSecret } = await apps.create(db, {
    id: 'app',
    name: 'App',
    settings: { redirectUris: [redirectUri], ...settings } as never,
    policy: { secondFactor: 'none' },
  })
  const config = await client.discovery(
    new URL(oidc.issuer),
    app.id,
    {},
    authenticate ?? client.ClientSecretBasic(clientSecret),
    { execute: [client.allowInsecureRequests] },
  )
  return { config, clientSecret }
}

/** The same with Erika, who has a session in a browser. */
export async function openOptionsApp(
  t: TestContext,
  settings: object,
  authenticate?: client.ClientAuth,
) {
  const signedIn = await startSignedIn(t)
  const { config, clientSecret } = await addOptionsApp(signedIn.server, settings, authenticate)
  const { browser } = signedIn
  /** A code flow, by a pushed request where that is asked for. */
  async function signIn(
    options: {
      readonly isPushed?: boolean
      readonly extra?: Record<string, string>
      readonly DPoP?: client.DPoPHandle
    } = {},
  ) {
    const { isPushed, extra, DPoP } = options
    const pkceCodeVerifier = client.randomPKCECodeVerifier()
    const parameters = {
      redirect_uri: redirectUri,
      scope: 'openid profile',
      code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
      ...extra,
    }
    const url = isPushed
      ? await client.buildAuthorizationUrlWithPAR(config, parameters)
      : client.buildAuthorizationUrl(config, parameters)
    const end = await browser.open(url, redirectUri)
    return await client.authorizationCodeGrant(
      config,
      end.url,
      { pkceCodeVerifier },
      undefined,
      DPoP === undefined ? {} : { DPoP },
    )
  }
  return { ...signedIn, config, clientSecret, signIn }
}
