/** A self-hosted GitLab, with OmniAuth. */
import { type AppTemplate, below } from './template.ts'

export const gitlab: AppTemplate = {
  name: 'gitlab',
  title: 'GitLab',
  product: 'GitLab',
  protocol: 'oidc',
  icon: '<circle cx="7" cy="5.5" r="2.2"/><circle cx="7" cy="18.5" r="2.2"/><circle cx="17" cy="8.5" r="2.2"/><path d="M7 7.7v8.6M17 10.7c0 3.3-3.4 4.3-8.2 4.9"/>',
  urlOf: 'GitLab (its `external_url`), for example https://gitlab.example.org',
  createSettings: (url) => ({
    redirectUris: [below(url, 'users/auth/openid_connect/callback')],
    postLogoutRedirectUris: [below(url, '')],
    startUrl: below(url, ''),
  }),
  createGuide: ({ id, url, brand, secret, address }) => [
    {
      text: 'In /etc/gitlab/gitlab.rb, then `gitlab-ctl reconfigure`.',
      language: 'ruby',
      code: `gitlab_rails['omniauth_allow_single_sign_on'] = ['openid_connect']
gitlab_rails['omniauth_block_auto_created_users'] = false
gitlab_rails['omniauth_providers'] = [
  {
    name: 'openid_connect',
    label: '${brand.replaceAll("'", "\\'")}',
    args: {
      name: 'openid_connect',
      scope: ['openid', 'profile', 'email'],
      response_type: 'code',
      issuer: '${address('issuer')}',
      discovery: true,
      client_auth_method: 'basic',
      uid_field: 'preferred_username',
      pkce: true,
      client_options: {
        identifier: '${id}',
        secret: '${secret}',
        redirect_uri: '${below(url, 'users/auth/openid_connect/callback')}'
      }
    }
  }
]`,
    },
    {
      text: 'People who have an account in GitLab already connect it once: Preferences, Account, Service sign-in.',
    },
  ],
  about: `For a GitLab that you run yourself (Linux package). \`omniauth_block_auto_created_users = false\` lets new people in
at once; leave it out when an administrator of GitLab is to approve each.`,
  tried: "The settings were read in GitLab's documentation. No real GitLab was connected yet.",
}
