/** Nextcloud, with its app `user_oidc`. */
import { type AppTemplate, below } from './template.ts'

export const nextcloud: AppTemplate = {
  name: 'nextcloud',
  title: 'Nextcloud',
  product: 'Nextcloud',
  protocol: 'oidc',
  icon: '<path d="M7 18.5a4 4 0 0 1-.6-7.95 5.8 5.8 0 0 1 11.2-1.2A4.6 4.6 0 0 1 17.2 18.5z"/>',
  urlOf: 'Nextcloud, for example https://cloud.example.org',
  createSettings: (url) => ({
    redirectUris: [below(url, 'apps/user_oidc/code')],
    postLogoutRedirectUris: [below(url, '')],
    backchannelLogoutUri: below(url, 'apps/user_oidc/backchannel-logout/einlass'),
    startUrl: below(url, ''),
  }),
  createGuide: ({ id, secret, address }) => [
    {
      text: 'Install the app "OpenID Connect user backend" and connect it. `einlass` is the name that the logout address in Einlass ends with.',
      language: 'sh',
      code: `occ app:install user_oidc
occ user_oidc:provider einlass \\
  --clientid=${id} \\
  --clientsecret=${secret} \\
  --discoveryuri=${address('discovery')} \\
  --scope="openid profile email" \\
  --mapping-uid=preferred_username \\
  --mapping-display-name=name \\
  --mapping-email=email \\
  --unique-uid=0`,
    },
    {
      text: 'In config/config.php, let it use PKCE.',
      language: 'php',
      code: `'user_oidc' => [
  'use_pkce' => true,
],`,
    },
    {
      text: 'When all works, let the login page of Nextcloud lead straight to Einlass. An administrator of Nextcloud still gets in at /login?direct=1.',
      language: 'sh',
      code: 'occ config:app:set --value=0 user_oidc allow_multiple_user_backends',
    },
  ],
  about: `Nextcloud needs its own app *OpenID Connect user backend* (\`user_oidc\`). With \`--unique-uid=0\` a person has the same
name in Nextcloud as in Einlass, so accounts that exist there already are the same ones: only set it where names are
given by the same people. Where Einlass has a private address, Nextcloud refuses to call it until
\`allow_local_remote_servers\` is true.`,
  tried:
    'The addresses and the command were read in the sources of user_oidc. No real Nextcloud was connected yet.',
}
