/** Libraries for other languages, and programs that log people in before an app. */
import { below } from '../templates/template.ts'
import type { AppLibrary } from './library.ts'

export const spring: AppLibrary = {
  name: 'spring',
  title: 'Spring Security (Spring Boot)',
  alsoCalled: ['spring-security', 'spring-boot', 'java'],
  callback: 'login/oauth2/code/einlass',
  where: 'In application.yaml, with spring-boot-starter-oauth2-client:',
  language: 'yaml',
  writeLines: ({ id, secret, issuer }) => `spring.security.oauth2.client:
  registration:
    einlass:
      client-id: ${id}
      client-secret: ${secret}
      scope: openid, profile, email
  provider:
    einlass:
      issuer-uri: ${issuer}
      user-name-attribute: preferred_username`,
  // OidcClientInitiatedLogoutSuccessHandler with {baseUrl} sends the address without a slash.
  createSettings: (url) => ({ postLogoutRedirectUris: [below(url, ''), url] }),
  pkce: {
    type: 'off',
    text: 'Up to Spring Security 6.5 it sends no PKCE when it has a secret; version 7 sends it by itself.',
    language: 'java',
    code: `@Bean
OAuth2AuthorizationRequestResolver withPkce(ClientRegistrationRepository registrations) {
  var resolver = new DefaultOAuth2AuthorizationRequestResolver(registrations, "/oauth2/authorization");
  resolver.setAuthorizationRequestCustomizer(OAuth2AuthorizationRequestCustomizers.withPkce());
  return resolver;
}`,
  },
  notes: [
    {
      text: 'Its logout ends its own session alone, unless the app has an OidcClientInitiatedLogoutSuccessHandler. Before 6.5, name the bean of PKCE in `oauth2Login` as its authorizationRequestResolver.',
    },
  ],
  tried: {
    read: 'the source of its request resolver in version 6, and the notes and issues of the project on 6.5 and 7',
  },
}

export const goOidc: AppLibrary = {
  name: 'go-oidc',
  title: 'coreos/go-oidc with golang.org/x/oauth2',
  alsoCalled: ['coreos-go-oidc', 'golang', 'go'],
  callback: 'callback',
  where: 'In the app:',
  language: 'go',
  writeLines: ({
    id,
    secret,
    issuer,
    callback,
  }) => `provider, err := oidc.NewProvider(ctx, "${issuer}")
config := oauth2.Config{
	ClientID:     "${id}",
	ClientSecret: "${secret}",
	Endpoint:     provider.Endpoint(),
	RedirectURL:  "${callback}",
	Scopes:       []string{oidc.ScopeOpenID, "profile", "email"},
}`,
  pkce: {
    type: 'off',
    text: 'By itself it sends no PKCE.',
    code: `verifier := oauth2.GenerateVerifier() // one for each login
url := config.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier))
token, err := config.Exchange(ctx, code, oauth2.VerifierOption(verifier))`,
  },
  tried: 'tests',
}

export const rubyOpenidConnect: AppLibrary = {
  name: 'openid_connect',
  title: 'The gem openid_connect',
  alsoCalled: ['ruby', 'rails', 'ruby-openid-connect'],
  callback: 'callback',
  where: 'In the app:',
  language: 'ruby',
  writeLines: ({
    id,
    secret,
    issuer,
    callback,
  }) => `metadata = OpenIDConnect::Discovery::Provider::Config.discover!('${issuer}')
client = OpenIDConnect::Client.new(
  identifier: '${id}',
  secret: '${secret}',
  redirect_uri: '${callback}',
  authorization_endpoint: metadata.authorization_endpoint,
  token_endpoint: metadata.token_endpoint,
  userinfo_endpoint: metadata.userinfo_endpoint
)`,
  pkce: {
    type: 'off',
    text: 'By itself it sends no PKCE.',
    code: `verifier = SecureRandom.urlsafe_base64(32) # one for each login
challenge = Base64.urlsafe_encode64(Digest::SHA256.digest(verifier), padding: false)
client.authorization_uri(code_challenge: challenge, code_challenge_method: 'S256')
client.access_token!(code_verifier: verifier)`,
  },
  tried: 'tests',
}

export const modAuthOpenidc: AppLibrary = {
  name: 'mod_auth_openidc',
  title: 'Apache with mod_auth_openidc',
  alsoCalled: ['apache', 'httpd', 'libapache2-mod-auth-openidc'],
  callback: 'callback',
  where: 'In the configuration of Apache:',
  language: 'apache',
  writeLines: ({ id, secret, discovery, callback }) => `OIDCProviderMetadataURL ${discovery}
OIDCClientID ${id}
OIDCClientSecret ${secret}
OIDCRedirectURI ${callback}
OIDCCryptoPassphrase "(a long random text)"
OIDCScope "openid profile email"
OIDCRemoteUserClaim preferred_username`,
  createSettings: (url) => ({
    backchannelLogoutUri: below(url, 'callback?logout=backchannel'),
    // It takes an answer with `iss` and without a code for a login that another site begins: it fails, or begins one.
    errorsWithoutIssuer: true,
  }),
  pkce: {
    type: 'off',
    text: 'Before version 2.4.15 it sends no PKCE by default; newer ones send it by themselves.',
    code: 'OIDCPKCEMethod S256',
  },
  notes: [
    {
      text: 'What it protects. The address of the callback has to be below it, and no file or app may be there:',
      language: 'apache',
      code: `<Location />
  AuthType openid-connect
  Require valid-user
</Location>`,
    },
  ],
  tried: 'tests',
}

export const oauth2Proxy: AppLibrary = {
  name: 'oauth2-proxy',
  title: 'oauth2-proxy',
  callback: 'oauth2/callback',
  where: 'In its configuration file:',
  language: 'toml',
  writeLines: ({ id, secret, issuer, callback }) => `provider = "oidc"
oidc_issuer_url = "${issuer}"
client_id = "${id}"
client_secret = "${secret}"
redirect_url = "${callback}"
scope = "openid profile email"
email_domains = ["*"]
cookie_secret = "(32 random bytes in base64)"
upstreams = ["http://127.0.0.1:8080"]`,
  pkce: {
    type: 'off',
    text: 'By default it sends no PKCE.',
    code: 'code_challenge_method = "S256"',
  },
  notes: [
    {
      text: 'It refuses people whose address nobody answers for (`email_verified` is false, see *Verified addresses* in docs/claims.md). Or let it name people by their username: `oidc_email_claim = "preferred_username"`.',
    },
  ],
  tried: { read: 'the source and the documentation of 7.15' },
}
