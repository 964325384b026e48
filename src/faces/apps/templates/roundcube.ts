/** Roundcube, with its own OAuth. */
import { type AppTemplate, below } from './template.ts'

export const roundcube: AppTemplate = {
  name: 'roundcube',
  title: 'Roundcube',
  product: 'Roundcube',
  protocol: 'oidc',
  icon: '<rect x="3.5" y="5.5" width="17" height="13" rx="2"/><path d="M4 7l8 6 8-6"/>',
  urlOf: 'Roundcube, for example https://webmail.example.org',
  createSettings: (url) => ({
    redirectUris: [below(url, 'index.php/login/oauth')],
    postLogoutRedirectUris: [below(url, '')],
    backchannelLogoutUri: below(url, 'index.php/login/backchannel'),
    startUrl: below(url, 'index.php/login/oauth'),
    tokenEndpointAuthMethod: 'client_secret_post',
  }),
  createGuide: ({ id, brand, secret, address }) => [
    {
      text: 'In config/config.inc.php (Roundcube 1.7; version 1.6 has no back-channel logout, and wants each address for itself instead of `oauth_config_uri`).',
      language: 'php',
      code: `$config['oauth_provider'] = 'generic';
$config['oauth_provider_name'] = '${brand.replaceAll("'", "\\'")}';
$config['oauth_client_id'] = '${id}';
$config['oauth_client_secret'] = '${secret}';
$config['oauth_issuer'] = '${address('issuer')}';
$config['oauth_config_uri'] = '${address('discovery')}';
$config['oauth_scope'] = 'openid profile email';
$config['oauth_pkce'] = 'S256';
$config['oauth_identity_fields'] = ['email'];
$config['oauth_cache'] = 'db';
$config['oauth_login_redirect'] = true;`,
    },
    {
      text: 'Let the mail server accept the token, for example Dovecot by its passdb `oauth2`, which asks here whose it is:',
      code: `tokeninfo_url =
introspection_url = ${address('userinfo')}
introspection_mode = auth
username_attribute = email`,
      language: 'ini',
    },
  ],
  about: `Roundcube logs in to the mail server as its user, so **the mail server has to accept the access token** (XOAUTH2 or
OAUTHBEARER). With one that wants a password, Roundcube cannot use a central login; then put it behind forward-auth, or
leave it as it is.`,
  tried:
    'The settings were read in the sources of Roundcube 1.7; those of Dovecot in its documentation. No real Roundcube or Dovecot was connected yet.',
}
