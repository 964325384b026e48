import { type Chapter, excluded, tested, unmet } from '../requirement.ts'

const oidc = 'src/faces/protocols/oidc'
const noClient = 'Einlass logs nobody in at another server: it is no client.'

export const oauth: Chapter = {
  title: 'OAuth and OpenID Connect',
  requirements: [
    tested(
      '10.1.1',
      'only who needs a token gets it',
      `${oidc}/tokens.test.ts: only the code flow is offered`,
      `${oidc}/browser-attacks.test.ts: A33: answers with a code, a token or user data have no-store`,
    ),
    excluded('10.1.2', 'clients take only what they asked for', noClient),
    excluded('10.2.1', 'clients use PKCE or state', noClient),
    excluded('10.2.2', 'clients know which server answers', noClient),
    tested(
      '10.3.1',
      'an API takes only tokens that are for it',
      `${oidc}/client-options.test.ts: the userinfo endpoint refuses a token for an API`,
      `${oidc}/jwt-attacks.test.ts: A32: the server refuses a forged token as a hint, at logout and at the userinfo endpoint`,
      `${oidc}/client-options.test.ts: an API can introspect every token, and an app only its own tokens (RFC 7662)`,
    ),
    tested(
      '10.3.2',
      'an API gives what the token allows',
      `${oidc}/claims.test.ts: each scope gives its claims and no others, in the ID token and at the userinfo endpoint`,
      `${oidc}/direct/same-answers.test.ts: A33: a scope that an app loses has no effect in issued tokens, and works again when the app gets it back`,
    ),
    tested(
      '10.3.3',
      'users are known by what is never given on',
      'test/openldap-sessions.test.ts: a person who is renamed stays the same user, and the name brings nothing to the next who has it',
      `${oidc}/client-options.test.ts: a pairwise app gets its own id of the user, also at introspection and in hints`,
    ),
    excluded(
      '10.3.4',
      'an API checks how the user logged in',
      'The only API with such tokens is userinfo, which needs no level.',
    ),
    tested(
      '10.4.1',
      'redirect addresses are compared exactly',
      'src/identity/apps/match-address.test.ts: A27: more than a thousand addresses that only resemble a registered one are refused',
      `${oidc}/address-attacks.test.ts: A27, CVE-2024-8883, CVE-2026-3872, CVE-2026-7504, CVE-2026-9086, CVE-2024-52289: a login ends at an address of the app and nowhere else`,
    ),
    tested(
      '10.4.2',
      'a code counts once, and a second use revokes',
      `${oidc}/tokens.test.ts: a second use of a code is refused and revokes its tokens (A33)`,
      `${oidc}/tokens.test.ts: of simultaneous uses of a code at most one succeeds, and its tokens are revoked (A33)`,
    ),
    tested(
      '10.4.3',
      'a code lives for at most ten minutes',
      `${oidc}/configuration.test.ts: a code is valid for a minute, and its tokens no longer than the session (A33)`,
    ),
    tested(
      '10.4.4',
      'apps have only the grants that they need',
      `${oidc}/client-options.test.ts: an app cannot use a grant type that it does not have`,
      `${oidc}/requests.test.ts: every address in the discovery document is of this server, also with forged headers`,
      `${oidc}/tokens.test.ts: only the code flow is offered`,
    ),
    tested(
      '10.4.5',
      'a refresh token counts once, and a second use revokes',
      `${oidc}/tokens.test.ts: a second use of a refresh token is refused and revokes its family (A33)`,
      `${oidc}/tokens.test.ts: of simultaneous uses of a refresh token at most one succeeds, and the family is revoked (A33)`,
    ),
    unmet(
      '10.4.6',
      'PKCE is required, with S256',
      'An administrator can let an app with a secret do without it, for apps that cannot; the list of apps shows that.',
      `${oidc}/tokens.test.ts: a request without PKCE, or with the plain method, is refused (A33)`,
      `${oidc}/tokens.test.ts: CVE-2023-48228: a code with a challenge gets no token without its verifier, also where PKCE is optional`,
      'src/cli/app-oidc.test.ts: PKCE can be optional for an app with a secret, as the list shows, but not for a public app',
    ),
    excluded(
      '10.4.7',
      'apps that register without a token are harmless',
      'Registration is off by default, and needs a token of an administrator.',
    ),
    tested(
      '10.4.8',
      'refresh tokens end in any case',
      `${oidc}/configuration.test.ts: a code is valid for a minute, and its tokens no longer than the session (A33)`,
      `${oidc}/tokens.test.ts: a refresh is activity of the session, and does not change its end`,
    ),
    tested(
      '10.4.9',
      'users can revoke what an app has',
      'test/ciba.test.ts: a till asks the phone and gets a token, which ends when the user ends its session',
      `${oidc}/tokens.test.ts: after the end of a login its tokens and codes are refused`,
    ),
    tested(
      '10.4.10',
      'apps with a secret prove who they are',
      `${oidc}/client-options.test.ts: an app authenticates by its key, and is refused without a key or with another one`,
      `${oidc}/ciba-attacks.test.ts: A33: an app without client authentication cannot ask a phone`,
    ),
    tested(
      '10.4.11',
      'apps have only the scopes that they need',
      `${oidc}/claims.test.ts: an app without a scope is refused, and gets no claims of this scope by the claims parameter`,
    ),
    excluded('10.5.1', 'clients take an ID token once', noClient),
    excluded('10.5.2', 'clients know users by sub', noClient),
    excluded('10.5.3', 'clients check who issues metadata', noClient),
    excluded('10.5.4', 'clients check for whom an ID token is', noClient),
    excluded('10.5.5', 'clients check logout tokens', noClient),
    tested(
      '10.6.1',
      'only safe response types are offered',
      `${oidc}/tokens.test.ts: only the code flow is offered`,
    ),
    tested(
      '10.6.2',
      'nobody logs a user out against their will',
      `${oidc}/logout.test.ts: without a hint the user is asked, and only the form with its token ends the login`,
      `${oidc}/logout.test.ts: the ID token of another user does not log out this user without a question`,
      'test/saml-requests.test.ts: a logout request that names another user, or is not signed, ends nothing',
    ),
    unmet(
      '10.7.1',
      'users consent to each app',
      'Only apps that registered themselves are asked about; apps of an administrator belong to the organisation ([decisions](decisions.md#decisions)).',
      `${oidc}/registration.test.ts: …: a user gives consent to an app that registered itself once in each session`,
    ),
    tested(
      '10.7.2',
      'the question says what is consented to',
      'test/registration.test.ts: a user consents to an app that registered itself, … scripts',
      `${oidc}/allowed-places.test.ts: A27: consent for an app at one host is not consent for it at another host`,
    ),
    unmet(
      '10.7.3',
      'users see and revoke their consents',
      'A consent ends with its session, which users can end; no page lists consents.',
    ),
  ],
}
