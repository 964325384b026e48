/** Libraries for Node and for apps in a browser. */
import { below } from '../templates/template.ts'
import type { AppLibrary } from './library.ts'

const sent = { type: 'sent' } as const
const inBrowser = () => ({ tokenEndpointAuthMethod: 'none' as const })

/** A text of JavaScript. */
const quote = (text: string): string => `'${text.replaceAll(/['\\]/g, '\\$&')}'`

export const openidClient: AppLibrary = {
  name: 'openid-client',
  title: 'openid-client',
  callback: 'callback',
  where: 'In the app, with openid-client 6 (5 has `Issuer.discover` instead):',
  language: 'js',
  writeLines: ({ id, secret, issuer, callback }) => `import * as client from 'openid-client'

const config = await client.discovery(new URL('${issuer}'), '${id}', '${secret}')
const verifier = client.randomPKCECodeVerifier()
const login = client.buildAuthorizationUrl(config, {
  redirect_uri: '${callback}',
  scope: 'openid profile email',
  code_challenge: await client.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
})`,
  pkce: sent,
  tried: 'tests',
}

export const passportOpenidconnect: AppLibrary = {
  name: 'passport-openidconnect',
  title: 'passport-openidconnect',
  alsoCalled: ['passport'],
  callback: 'callback',
  where: 'In the app, where `Strategy` is imported from passport-openidconnect:',
  language: 'js',
  writeLines: ({ id, secret, issuer, callback, address }) => `passport.use(
  new Strategy(
    {
      issuer: '${issuer}',
      authorizationURL: '${address('authorization')}',
      tokenURL: '${address('token')}',
      userInfoURL: '${address('userinfo')}',
      clientID: '${id}',
      clientSecret: '${secret}',
      callbackURL: '${callback}',
      scope: ['profile', 'email'],
    },
    (issuer, profile, done) => done(null, profile),
  ),
)`,
  pkce: { type: 'never' },
  tried: 'tests',
}

export const expressOpenidConnect: AppLibrary = {
  name: 'express-openid-connect',
  title: 'express-openid-connect',
  alsoCalled: ['express'],
  callback: 'callback',
  where:
    'In the app. Its default is the implicit flow, which RFC 9700 advises against, and both kinds of logout are off by default. `store` keeps its sessions, as one of express-session:',
  language: 'js',
  writeLines: ({ id, secret, issuer, url }) => `app.use(
  auth({
    issuerBaseURL: '${issuer}',
    baseURL: '${url}',
    clientID: '${id}',
    clientSecret: '${secret}',
    secret: '(a long random text)',
    authorizationParams: { response_type: 'code' },
    idpLogout: true,
    backchannelLogout: { store },
  }),
)`,
  // It sends its own address as it is configured, without a slash.
  createSettings: (url) => ({
    postLogoutRedirectUris: [url],
    backchannelLogoutUri: below(url, 'backchannel-logout'),
  }),
  pkce: sent,
  tried: 'tests',
}

export const authJs: AppLibrary = {
  name: 'auth-js',
  title: 'Auth.js',
  alsoCalled: ['authjs', 'next-auth', 'nextauth'],
  callback: 'auth/callback/einlass',
  where: 'In its configuration:',
  language: 'js',
  writeLines: ({ id, secret, brand, issuer }) => `providers: [
  {
    id: 'einlass',
    name: ${quote(brand)},
    type: 'oidc',
    issuer: '${issuer}',
    clientId: '${id}',
    clientSecret: '${secret}',
  },
]`,
  pkce: sent,
  notes: [
    {
      text: 'Its logout ends its own session alone. To log out of Einlass too, send the browser on to the logout endpoint.',
    },
  ],
  tried: 'tests',
}

export const oidcClientTs: AppLibrary = {
  name: 'oidc-client-ts',
  title: 'oidc-client-ts',
  alsoCalled: ['oidc-client', 'react-oidc-context'],
  callback: 'callback',
  where: 'In the app, which runs in the browser and has no secret:',
  language: 'js',
  writeLines: ({ id, url, issuer, callback }) => `const manager = new UserManager({
  authority: '${issuer}',
  client_id: '${id}',
  redirect_uri: '${callback}',
  post_logout_redirect_uri: '${below(url, '')}',
  scope: 'openid profile email',
})`,
  createSettings: inBrowser,
  pkce: sent,
  tried: 'tests',
}

export const angularAuthOidcClient: AppLibrary = {
  name: 'angular-auth-oidc-client',
  title: 'angular-auth-oidc-client',
  alsoCalled: ['angular'],
  callback: 'callback',
  where: 'Among the providers of the app, which runs in the browser and has no secret:',
  language: 'ts',
  writeLines: ({ id, url, issuer, callback }) => `provideAuth({
  config: {
    authority: '${issuer}',
    clientId: '${id}',
    redirectUrl: '${callback}',
    postLogoutRedirectUri: '${below(url, '')}',
    scope: 'openid profile email',
    responseType: 'code',
  },
})`,
  createSettings: inBrowser,
  pkce: sent,
  tried: 'tests',
}

export const forgerockOidcClient: AppLibrary = {
  name: 'forgerock-oidc-client',
  title: '@forgerock/oidc-client',
  alsoCalled: ['@forgerock/oidc-client'],
  callback: 'callback',
  where:
    'In the app, which runs in the browser and has no secret. Its logout is a request of a script with cookies, so the app has to be on the site of the login:',
  language: 'js',
  writeLines: ({ id, discovery, callback }) => `const client = await oidc({
  config: {
    serverConfig: { wellknown: '${discovery}' },
    clientId: '${id}',
    redirectUri: '${callback}',
    scope: 'openid profile email',
  },
})`,
  createSettings: inBrowser,
  pkce: sent,
  tried: 'tests',
}
