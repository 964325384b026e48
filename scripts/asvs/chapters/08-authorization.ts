import { type Chapter, documented, excluded, tested } from '../requirement.ts'

export const authorization: Chapter = {
  title: 'Authorization',
  requirements: [
    documented(
      '8.1.1',
      'rules for access to functions and data are documented',
      'docs/account.md#who-can-open-the-pages',
    ),
    documented(
      '8.1.2',
      'rules for reading and writing fields are documented',
      'docs/claims.md#scopes',
    ),
    tested(
      '8.2.1',
      'functions are available only with explicit permission',
      'src/faces/scim/routes.test.ts: without a valid token every address gives the same answer',
      'src/faces/account/routes.test.ts: without a session the start page and the account pages lead to the login',
      'src/login/decision/gate.test.ts: a user in no allowed group is refused at any level, and the refusal is recorded',
      'src/cli/two-people.test.ts: A53: one operator alone cannot set the password or reset the factors of a member of a two-people group',
    ),
    tested(
      '8.2.2',
      'an id gives no access to data of others (IDOR)',
      'src/faces/account/sessions.test.ts: a session of another user is answered like an unknown one',
      'src/login/factors/totp/steps.test.ts: a user lists, renames and removes only their own apps',
      'src/faces/scim/routes.test.ts: a token sees and changes no users of another system, and none of a directory',
      "src/faces/protocols/oidc/tokens.test.ts: an app cannot revoke another app's token",
    ),
    tested(
      '8.2.3',
      'fields can be read and written only with permission',
      'src/faces/protocols/release.test.ts: an app gets only the values that its settings name',
      'src/faces/protocols/oidc/claims.test.ts: each scope gives its claims and no others, in the ID token and at the userinfo endpoint',
      'src/faces/scim/routes.test.ts: an administrator is neither made nor taken over, and the last one stays',
    ),
    tested(
      '8.3.1',
      'the server enforces permissions, not the page',
      'src/login/engine/engine.test.ts: another browser has no part in a journey',
      'src/login/journeys/second-factor/steps.test.ts: A10: skip and decline are neither shown nor accepted where the rule is …',
      'test/forward-auth-corpus.test.ts: A36: of 4,000 requests through … none reaches the app without a user or as another user, and none fails',
    ),
    excluded(
      '8.4.1',
      'tenants are isolated from each other',
      'An installation serves one organisation. A provisioning system sees only its own users (8.2.2).',
    ),
  ],
}
