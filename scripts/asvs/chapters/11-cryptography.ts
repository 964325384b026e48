import { type Chapter, documented, excluded, tested, unmet, untested } from '../requirement.ts'

const noWeak =
  'test/dangerous-calls.test.ts: only known source files build SQL, code, HTML or commands from text, or use weak cryptography'
const keyring = 'src/platform/kernel/keyring.test.ts'

export const cryptography: Chapter = {
  title: 'Cryptography',
  requirements: [
    documented(
      '11.1.1',
      'key management is documented and follows a standard',
      'docs/cryptography.md#the-life-of-a-key',
    ),
    documented(
      '11.1.2',
      'an inventory lists all keys, algorithms and certificates',
      'docs/cryptography.md#keys-that-einlass-makes',
    ),
    untested(
      '11.2.1',
      'cryptography uses industry-validated implementations',
      'Einlass uses OpenSSL through Node, WebCrypto in browsers, `jose`, and `@node-rs/argon2`. Our own code for XML signatures selects what is hashed and signed; in the tests, `xmlsec1` checks the result.',
    ),
    tested(
      '11.2.2',
      'keys and algorithms can be replaced',
      'src/identity/operations/sealing-keys.test.ts: a rotation replaces the sealing key, and the earlier key can be retired',
      'src/faces/protocols/signing-keys.test.ts: a key is published a day before it signs, and then until everything that it signed has expired',
      'src/identity/users/hasher.test.ts: weaker and older hashes still match and are rehashed',
    ),
    unmet(
      '11.2.3',
      'all cryptography has at least 128 bits of strength',
      'RS256 keys of OpenID Connect have 2048 bits, which is about 112 bits of strength. Apps can use ES256 (P-256) instead. SAML keys have 3072 bits.',
    ),
    unmet(
      '11.3.1',
      'no insecure modes (ECB) or weak padding (PKCS #1 v1.5)',
      'Device profiles of ForgeRock AM are encrypted with PKCS #1 v1.5, and `einlass import am-devices` decrypts them. The server never does.',
      noWeak,
    ),
    tested('11.3.2', 'only approved ciphers and modes are used, like AES-GCM', noWeak),
    tested(
      '11.3.3',
      'encrypted data is protected against changes',
      `${keyring}: a sealed value with any flipped bit does not open`,
      `${keyring}: a sealed value that was moved to another row does not open`,
      'packages/authenticator/protocol/protocol.test.ts: only the device for which a text was encrypted can decrypt it, and only without a change',
    ),
    unmet(
      '11.4.1',
      'only approved hash functions are used, never MD5',
      'Imported password hashes can be MD5 or SHA-1 until the first login replaces them. Einlass also uses SHA-1 in a few places ([list](cryptography.md#what-is-older-than-it-should-be)). Signatures use SHA-256 or more.',
      'src/identity/users/hasher.test.ts: a hash of another program is verified and replaced, and a hash of the empty password never matches',
    ),
    tested(
      '11.4.2',
      'passwords are stored with a slow, currently recommended hash',
      'src/identity/users/password-hashes/password-hash.test.ts: only an argon2id hash with the current cost is sufficient',
      'src/identity/users/local/directory.test.ts: a weaker hash is replaced with the login, unless it changed meanwhile',
    ),
    tested(
      '11.4.3',
      'hashes in signatures have at least 256 bits',
      'packages/saml/corpus.test.ts: A31: a … with a correct signature by an algorithm that is not allowed is refused',
      'src/identity/audit/chain.test.ts: the hash is the HMAC-SHA256 of the previous hash and the canonical event, with a key of the key file',
    ),
    excluded(
      '11.4.4',
      'keys derived from passwords are stretched',
      'No key is derived from a password.',
    ),
    unmet(
      '11.5.1',
      'unguessable values have at least 128 random bits',
      'The id of a message to a phone is a UUID, as the protocol requires, and has 122 random bits. An answer also requires a signature by the phone’s key. Tokens have 256 bits.',
      'src/login/factors/push/challenges.test.ts: A5: message ids have 122 random bits, and a challenge has three different numbers',
      'src/identity/sessions/sessions.test.ts: a token finds its session and the user it stands for',
      noWeak,
    ),
    tested(
      '11.6.1',
      'keys and signatures use approved algorithms',
      'src/faces/protocols/oidc/requests.test.ts: the published keys are one for ES256 and one for RS256, without private parts',
      'src/faces/protocols/oidc/client-keys.test.ts: A37: the server limits the number of keys of an app, and refuses weak and slow keys',
      'packages/saml/saml.test.ts: app metadata with a bad certificate, without a usable address, or for another role is refused',
    ),
  ],
}
