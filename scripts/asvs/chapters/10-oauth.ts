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
      `${oidc}/browser-attacks.test.ts: A33: no answer with a code, a token or a person in it is kept by a browser or a proxy`,
    ),
    excluded('10.1.2', 'clients take only what they asked for', noClient),
    excluded('10.2.1', 'clients use PKCE or state', noClient),
    excluded('10.2.2', 'clients know which server answers', noClient),
    tested(
      '10.3.1',
      'an API takes only tokens that are for it',
      `${oidc}/client-options.test.ts: a token for an API opens nothing at the userinfo endpoint`,
      `${oidc}/jwt-attacks.test.ts: A32: no forged token is a hint, ends a login or opens anything`,
      `${oidc}/client-options.test.ts: an API learns what a token is worth, and an app only of its own (RFC 7662)`,
    ),
    tested(
      '10.3.2',
      'an API gives what the token allows',
      `${oidc}/claims.test.ts: each scope opens its claims and no others, in the ID token as at the userinfo endpoint`,
      `${oidc}/direct/same-answers.test.ts: A33: a scope that is taken from an app opens nothing any more, also by tokens that are out, and comes back with the app`,
    ),
    tested(
      '10.3.3',
      'users are known by what is never given on',
      'test/openldap-sessions.test.ts: a person who is renamed stays the same user, and the name brings nothing to the next who has it',
      `${oidc}/client-options.test.ts: a pairwise app knows a person by an id of its own, also where it is asked about`,
    ),
    excluded(
      '10.3.4',
      'an API checks how the user logged in',
      'The only API with such tokens is userinfo, which needs no level.',
    ),
    tested(
      '10.4.1',
      'redirect addresses are compared exactly',
      'src/identity/apps/match-address.test.ts: A27: an address that is not exactly a registered one is none, over a thousand and more',
      `${oidc}/address-attacks.test.ts: A27, CVE-2024-8883, CVE-2026-3872, CVE-2026-7504, CVE-2026-9086, CVE-2024-52289: a login ends at an address of the app and nowhere else`,
    ),
    tested(
      '10.4.2',
      'a code counts once, and a second use revokes',
      `${oidc}/tokens.test.ts: a code that is used twice is refused and takes its tokens down (A33)`,
      `${oidc}/tokens.test.ts: of many uses of a code at once one wins, and its tokens are taken down (A33)`,
    ),
    tested(
      '10.4.3',
      'a code lives for at most ten minutes',
      `${oidc}/configuration.test.ts: a code lives for a minute, and nothing that it gives longer than a login (A33)`,
    ),
    tested(
      '10.4.4',
      'apps have only the grants that they need',
      `${oidc}/client-options.test.ts: an app without a grant may not use it`,
      `${oidc}/requests.test.ts: every address that is printed is ours, whatever the headers say`,
      `${oidc}/tokens.test.ts: only the code flow is offered`,
    ),
    tested(
      '10.4.5',
      'a refresh token counts once, and a second use revokes',
      `${oidc}/tokens.test.ts: a refresh token that is used twice takes its family down (A33)`,
      `${oidc}/tokens.test.ts: of many uses of a refresh token at once one wins at most, and the family is revoked (A33)`,
    ),
    unmet(
      '10.4.6',
      'PKCE is required, with S256',
      'An administrator can let an app with a secret do without it, for apps that cannot; the list of apps shows that.',
      `${oidc}/tokens.test.ts: a request without PKCE, or with the plain method, is refused (A33)`,
      `${oidc}/tokens.test.ts: CVE-2023-48228: a code with a challenge gets no token without its verifier, also where PKCE is optional`,
      'src/cli/app-oidc.test.ts: an app with a secret may do without PKCE, which the list shows; a public one may not',
    ),
    excluded(
      '10.4.7',
      'apps that register without a token are harmless',
      'Registration is off by default, and needs a token of an administrator.',
    ),
    tested(
      '10.4.8',
      'refresh tokens end in any case',
      `${oidc}/configuration.test.ts: a code lives for a minute, and nothing that it gives longer than a login (A33)`,
      `${oidc}/tokens.test.ts: a refresh counts as use of the session, and does not move its end`,
    ),
    tested(
      '10.4.9',
      'users can revoke what an app has',
      'test/ciba.test.ts: a till asks the phone, waits for it, and what it got ends with the session in the list of the user',
      `${oidc}/tokens.test.ts: when the login ends, nothing that came from it works any more`,
    ),
    tested(
      '10.4.10',
      'apps with a secret prove who they are',
      `${oidc}/client-options.test.ts: an app proves who it is by a key; without, with another one or with a used proof it is nobody`,
      `${oidc}/ciba-attacks.test.ts: A33: an app that does not prove who it is asks nobody`,
    ),
    tested(
      '10.4.11',
      'apps have only the scopes that they need',
      `${oidc}/claims.test.ts: an app that may not ask for a scope is refused, and gets nothing of it by the claims parameter`,
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
      `${oidc}/logout.test.ts: without a hint the person is asked, and only the form with its token ends the login`,
      `${oidc}/logout.test.ts: another person's hint does not log this person out unasked`,
      'test/saml-requests.test.ts: a logout that names another person, or is not signed, ends nothing',
    ),
    unmet(
      '10.7.1',
      'users consent to each app',
      'Only apps that registered themselves are asked about; apps of an administrator belong to the organisation ([decisions](decisions.md#decisions)).',
      `${oidc}/registration.test.ts: …: a person lets in an app that registered itself, once in each session`,
    ),
    tested(
      '10.7.2',
      'the question says what is consented to',
      'test/registration.test.ts: a person lets in an app that registered itself, … scripts',
      `${oidc}/allowed-places.test.ts: A27: who lets in an app at one host has not let it in at another one`,
    ),
    unmet(
      '10.7.3',
      'users see and revoke their consents',
      'A consent ends with its session, which users can end; no page lists consents.',
    ),
  ],
}
