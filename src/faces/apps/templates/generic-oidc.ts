/** Any app that speaks OpenID Connect and has no template of its own. */
import { type AppTemplate, below } from './template.ts'

export const genericOidc: AppTemplate = {
  name: 'oidc',
  title: 'Any app with OpenID Connect',
  protocol: 'oidc',
  icon: '<rect x="3.5" y="4.5" width="17" height="15" rx="2"/><path d="M3.5 9h17M6.5 6.8h.3M9 6.8h.3"/>',
  urlOf: 'the app, for example https://wiki.example.org',
  createSettings: (url) => ({
    redirectUris: [below(url, 'callback')],
    postLogoutRedirectUris: [below(url, '')],
    startUrl: below(url, ''),
  }),
  createGuide: ({ id, url, secret, address }) => [
    {
      text: 'Enter these in the app. Most apps need the issuer alone and find the other addresses by themselves.',
      code: `Issuer:                  ${address('issuer')}
Discovery document:      ${address('discovery')}
Authorization endpoint:  ${address('authorization')}
Token endpoint:          ${address('token')}
Userinfo endpoint:       ${address('userinfo')}
Logout endpoint:         ${address('end_session')}
Client id:               ${id}
Client secret:           ${secret}
Scopes:                  openid profile email
PKCE:                    S256`,
    },
    {
      text: `Look up in the app which redirect address it uses. If it is not ${below(url, 'callback')}, change it here:`,
      language: 'sh',
      code: `einlass app change ${id} --redirect-uri ${below(url, 'the/right/path')}`,
    },
  ],
  about: `For an app without a template of its own. What its documentation calls *redirect URI*, *callback URL* or *reply URL* has
to be exactly the one that Einlass knows: no wildcard, and a slash at the end is a difference.`,
  tried: 'The apps of the demo and those of the tests are connected in this manner.',
}
