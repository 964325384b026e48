import { type Chapter, tested } from '../requirement.ts'

const jwt = 'src/faces/protocols/oidc/jwt-attacks.test.ts'

export const tokens: Chapter = {
  title: 'Self-contained tokens',
  requirements: [
    tested(
      '9.1.1',
      'a token’s signature is verified before its content is used',
      `${jwt}: A32: the server refuses a forged token as a hint, at logout and at the userinfo endpoint`,
      `${jwt}: A32: the server refuses a forged token as a client assertion, and never introspects it as active`,
      'src/login/factors/authenticator/forged.test.ts: A4: an approval is accepted only with a signature by the key of the phone',
    ),
    tested(
      '9.1.2',
      'only listed algorithms create and verify tokens',
      `${jwt}: A32: the server refuses a forged token as a hint, at logout and at the userinfo endpoint`,
      'packages/forgerock-push/forgerock-push.test.ts: a JWT signature is accepted only with HS256 and the expected header (A8)',
      'packages/saml/corpus.test.ts: A31: a … with a correct signature by an algorithm that is not allowed is refused',
    ),
    tested(
      '9.1.3',
      'a token cannot choose the key that verifies it',
      `${jwt}: A32: the server refuses a forged token as a hint, at logout and at the userinfo endpoint`,
      'packages/authenticator/protocol/protocol.test.ts: a message is refused if its header names a key, a content type or another algorithm',
      'packages/saml/corpus.test.ts: A31: a … that is unsigned or signed with a foreign key is refused, also with a certificate in it',
    ),
    tested(
      '9.2.1',
      'a token is accepted only within its validity period',
      `${jwt}: A32: the server refuses a forged token as a client assertion, and never introspects it as active`,
      'src/faces/protocols/saml/check-request.test.ts: the server refuses a request with a wrong destination, time or binding, or a too long relay state',
      'src/faces/protocols/oidc/request-length.test.ts: A32: a client assertion that is valid for more than an hour is refused and not stored',
    ),
    tested(
      '9.2.2',
      'a token is accepted only for its type and purpose',
      `${jwt}: A32: the server refuses a forged token as a hint, at logout and at the userinfo endpoint`,
      'packages/saml/saml.test.ts: a message of one type is refused by the reader of another type',
    ),
    tested(
      '9.2.3',
      'a token is accepted only by its audience',
      "src/faces/protocols/oidc/logout.test.ts: an app cannot log out with another app's ID token",
      `${jwt}: A32: the server refuses a forged token as a client assertion, and never introspects it as active`,
    ),
    tested(
      '9.2.4',
      'each token names its audience',
      'src/faces/protocols/oidc/client-options.test.ts: a login gives an app a token for its API, with only the scopes that are allowed there',
      'src/faces/protocols/oidc/client-options.test.ts: a service gets a token for its API without a user, as a JWT',
      'test/forward-auth-wire.test.ts: an app can get the identity as a signed token, only for itself and valid for five minutes',
    ),
  ],
}
