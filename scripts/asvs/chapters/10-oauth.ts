import { type Chapter, excluded, tested, unmet } from '../requirement.ts'

const oidc = 'src/faces/protocols/oidc'
const noClient = 'Einlass is no OAuth client: it logs nobody in at another authorization server.'

export const oauth: Chapter = {
  title: 'OAuth and OpenID Connect',
  requirements: [
    tested(
      '10.1.1',
      'tokens go only to components that need them',
      `${oidc}/tokens.test.ts: only the code flow is offered`,
      `${oidc}/browser-attacks.test.ts: A33: answers with a code, a token or user data have no-store`,
    ),
    excluded('10.1.2', 'a client accepts only answers to its own requests', noClient),
    excluded('10.2.1', 'clients use PKCE or check `state` (CSRF)', noClient),
    excluded('10.2.2', 'clients know which server answered (mix-up attacks)', noClient),
    tested(
      '10.3.1',
      'an API accepts only tokens meant for it',
      `${oidc}/client-options.test.ts: the userinfo endpoint refuses a token for an API`,
      `${oidc}/jwt-attacks.test.ts: A32: the server refuses a forged token as a hint, at logout and at the userinfo endpoint`,
      `${oidc}/client-options.test.ts: an API can introspect every token, and an app only its own tokens (RFC 7662)`,
    ),
    tested(
      '10.3.2',
      'an API allows only what the token permits',
      `${oidc}/claims.test.ts: each scope gives its claims and no others, in the ID token and at the userinfo endpoint`,
      `${oidc}/direct/same-answers.test.ts: A33: a scope that an app loses has no effect in issued tokens, and works again when the app gets it back`,
    ),
    tested(
      '10.3.3',
      'users are identified by values that are never reassigned',
      'test/openldap-sessions.test.ts: a person who is renamed stays the same user, and the name brings nothing to the next who has it',
      `${oidc}/client-options.test.ts: a pairwise app gets its own id of the user, also at introspection and in hints`,
    ),
    excluded(
      '10.3.4',
      'an API verifies the required strength and age of logins',
      'The only API with such tokens is userinfo, and it requires no level.',
    ),
    tested(
      '10.4.1',
      'redirect URIs are compared exactly with a registered list',
      'src/identity/apps/match-address.test.ts: A27: more than a thousand addresses that only resemble a registered one are refused',
      `${oidc}/address-attacks.test.ts: A27, CVE-2024-8883, CVE-2026-3872, CVE-2026-7504, CVE-2026-9086, CVE-2024-52289: a login ends at an address of the app and nowhere else`,
    ),
    tested(
      '10.4.2',
      'a code works once; a second use revokes its tokens',
      `${oidc}/tokens.test.ts: a second use of a code is refused and revokes its tokens (A33)`,
      `${oidc}/tokens.test.ts: of simultaneous uses of a code at most one succeeds, and its tokens are revoked (A33)`,
    ),
    tested(
      '10.4.3',
      'authorization codes are valid for at most ten minutes',
      `${oidc}/configuration.test.ts: a code is valid for a minute, and its tokens no longer than the session (A33)`,
    ),
    tested(
      '10.4.4',
      'apps can use only the grants that they need',
      `${oidc}/client-options.test.ts: an app cannot use a grant type that it does not have`,
      `${oidc}/requests.test.ts: every address in the discovery document is of this server, also with forged headers`,
      `${oidc}/tokens.test.ts: only the code flow is offered`,
    ),
    tested(
      '10.4.5',
      'refresh tokens of public clients are sender-constrained or rotated',
      `${oidc}/repeated-refresh.test.ts: a public app with DPoP keeps its refresh token, which only its own key can use`,
      `${oidc}/repeated-refresh.test.ts: A33: a refresh token that is used a third time revokes its family, also within a minute`,
      `${oidc}/repeated-refresh.test.ts: A33: a stolen refresh token is refused after a minute, and revokes its family`,
      `${oidc}/repeated-refresh.test.ts: A33: a stolen refresh token is refused once its successor was used, and revokes its family`,
      `${oidc}/tokens.test.ts: of simultaneous uses of a refresh token at most two get the same token, and the family is revoked (A33)`,
    ),
    unmet(
      '10.4.6',
      'PKCE is required, with S256',
      'An administrator can make PKCE optional for an app that has a secret and does not support PKCE. The list of apps shows this.',
      `${oidc}/tokens.test.ts: a request without PKCE, or with the plain method, is refused (A33)`,
      `${oidc}/tokens.test.ts: CVE-2023-48228: a code with a challenge gets no token without its verifier, also where PKCE is optional`,
      'src/cli/app-oidc.test.ts: PKCE can be optional for an app with a secret, as the list shows, but not for a public app',
    ),
    excluded(
      '10.4.7',
      'risks of app registration without authentication are limited',
      'Registration is off by default, and requires a token that an administrator has issued.',
    ),
    tested(
      '10.4.8',
      'refresh tokens have an absolute expiry',
      `${oidc}/configuration.test.ts: a code is valid for a minute, and its tokens no longer than the session (A33)`,
      `${oidc}/tokens.test.ts: a refresh is activity of the session, and does not change its end`,
    ),
    tested(
      '10.4.9',
      'users can revoke the tokens of apps',
      'test/ciba.test.ts: a till asks the phone and gets a token, which ends when the user ends its session',
      `${oidc}/tokens.test.ts: after the end of a login its tokens and codes are refused`,
    ),
    tested(
      '10.4.10',
      'confidential clients authenticate their requests to the server',
      `${oidc}/client-options.test.ts: an app authenticates by its key, and is refused without a key or with another one`,
      `${oidc}/ciba-attacks.test.ts: A33: an app without client authentication cannot ask a phone`,
    ),
    tested(
      '10.4.11',
      'apps get only the scopes that they need',
      `${oidc}/claims.test.ts: an app without a scope is refused, and gets no claims of this scope by the claims parameter`,
    ),
    excluded('10.5.1', 'clients detect replayed ID tokens', noClient),
    excluded('10.5.2', 'clients identify users by `sub`', noClient),
    excluded('10.5.3', 'clients check the issuer in server metadata', noClient),
    excluded('10.5.4', 'clients check the audience of an ID token', noClient),
    excluded('10.5.5', 'clients validate logout tokens', noClient),
    tested(
      '10.6.1',
      'only safe response types are offered',
      `${oidc}/tokens.test.ts: only the code flow is offered`,
    ),
    tested(
      '10.6.2',
      'nobody can force a user to log out',
      `${oidc}/logout.test.ts: without a hint the user is asked, and only the form with its token ends the login`,
      `${oidc}/logout.test.ts: the ID token of another user does not log out this user without a question`,
      'test/saml-requests.test.ts: a logout request that names another user, or is not signed, ends nothing',
    ),
    unmet(
      '10.7.1',
      'users consent to each authorization request',
      'Einlass asks for consent only for apps that registered themselves. Apps that an administrator has added belong to the organisation ([decisions](decisions.md#decisions)).',
      `${oidc}/registration.test.ts: …: a user gives consent to an app that registered itself once in each session`,
    ),
    tested(
      '10.7.2',
      'the consent page clearly says what the user allows',
      'test/registration.test.ts: a user consents to an app that registered itself, … scripts',
      `${oidc}/allowed-places.test.ts: A27: consent for an app at one host is not consent for it at another host`,
    ),
    unmet(
      '10.7.3',
      'users can see, change and revoke their consents',
      'A consent ends with its session, and users can end their sessions. No page lists consents.',
    ),
  ],
}
