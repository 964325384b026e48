import { type Chapter, tested } from '../requirement.ts'

const jwt = 'src/faces/protocols/oidc/jwt-attacks.test.ts'

export const tokens: Chapter = {
  title: 'Self-contained tokens',
  requirements: [
    tested(
      '9.1.1',
      'nothing of a token counts before its signature does',
      `${jwt}: A32: no forged token is a hint, ends a login or opens anything`,
      `${jwt}: A32: no forged token proves who an app is, and none is active for an API`,
      "src/login/factors/authenticator/forged.test.ts: A4: an approval counts only with the signature of the phone's own key",
    ),
    tested(
      '9.1.2',
      'only listed algorithms count',
      `${jwt}: A32: no forged token is a hint, ends a login or opens anything`,
      'packages/forgerock-push/forgerock-push.test.ts: only HS256 with the known header is taken for a signature (A8)',
      'packages/saml/corpus.test.ts: A31: a … with a signature by an algorithm that is not accepted is refused, though it is right',
    ),
    tested(
      '9.1.3',
      'no token says by which key it is checked',
      `${jwt}: A32: no forged token is a hint, ends a login or opens anything`,
      'packages/authenticator/protocol/protocol.test.ts: a header that says how it is to be checked is refused',
      'packages/saml/corpus.test.ts: A31: a … that is signed by somebody else is refused, whatever it says of keys',
    ),
    tested(
      '9.2.1',
      'a token counts only in its time',
      `${jwt}: A32: no forged token proves who an app is, and none is active for an API`,
      'src/faces/protocols/saml/check-request.test.ts: a request for another address, an old one, one of tomorrow and one by another binding are refused',
      'src/faces/protocols/oidc/request-length.test.ts: A32: a client assertion that ends after more than an hour is refused, and not stored',
    ),
    tested(
      '9.2.2',
      'a token counts only for what it is',
      `${jwt}: A32: no forged token is a hint, ends a login or opens anything`,
      'packages/saml/saml.test.ts: a message is read as what it is, and not as another one',
    ),
    tested(
      '9.2.3',
      'a token counts only where it is meant for',
      "src/faces/protocols/oidc/logout.test.ts: an app cannot log out with another app's ID token",
      `${jwt}: A32: no forged token proves who an app is, and none is active for an API`,
    ),
    tested(
      '9.2.4',
      'each token names for whom it is',
      'src/faces/protocols/oidc/client-options.test.ts: a person gets an app a token for its API, with the scopes that it may have there',
      'src/faces/protocols/oidc/client-options.test.ts: a service gets a token for its API without a person, as a JWT',
      'test/forward-auth-wire.test.ts: an app that checks gets the same as a signed token, for itself alone and for five minutes',
    ),
  ],
}
