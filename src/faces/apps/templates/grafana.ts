/** Grafana, with its generic OAuth. */
import { type AppTemplate, below } from './template.ts'

export const grafana: AppTemplate = {
  name: 'grafana',
  title: 'Grafana',
  product: 'Grafana',
  protocol: 'oidc',
  icon: '<path d="M4 4v16h16"/><path d="M7.5 15.5l3.5-4.5 3 2.5 5-7"/>',
  urlOf: 'Grafana (its `root_url`), for example https://grafana.example.org',
  createSettings: (url) => ({
    redirectUris: [below(url, 'login/generic_oauth')],
    postLogoutRedirectUris: [below(url, 'login')],
    startUrl: below(url, 'login/generic_oauth'),
  }),
  createGuide: ({ id, url, brand, secret, address }) => [
    {
      text: 'In grafana.ini, then restart Grafana. `root_url` has to be the address that browsers use.',
      language: 'ini',
      code: `[server]
root_url = ${url}/

[auth.generic_oauth]
enabled = true
name = ${brand}
client_id = ${id}
client_secret = ${secret}
scopes = openid profile email
auth_url = ${address('authorization')}
token_url = ${address('token')}
api_url = ${address('userinfo')}
use_pkce = true
login_attribute_path = preferred_username
name_attribute_path = name
email_attribute_path = email
allow_sign_up = true
signout_redirect_url = ${address('end_session')}?post_logout_redirect_uri=${encodeURIComponent(below(url, 'login'))}`,
    },
    {
      text: 'Roles: without `role_attribute_path`, new users get the role of `auto_assign_org_role`, which is Viewer.',
    },
  ],
  about: `Grafana logs in by *generic OAuth*. It knows no back-channel logout: a session in Grafana lasts until Grafana ends
it, and a person who logs out there is logged out of Einlass as well.`,
  tried:
    'The settings were read in the documentation of Grafana 12 and 13. No real Grafana was connected yet.',
}
