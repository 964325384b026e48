/**
 * Makes `vectors/messages.json`: one message of each kind, signed with fixed keys. Run by hand after a change of the protocol;
 * the tests only read the file. The keys are for examples and are used nowhere else.
 */
import { createHash, createPrivateKey, sign } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { createFreshKey } from './device/keys.ts'
import { encodeBase64Url } from './protocol/base64url.ts'
import { computeChallenge } from './protocol/challenge.ts'
import { encryptText } from './protocol/jwe.ts'
import { computeMessageId, signMessage } from './protocol/jws.ts'
import { signKeyProof } from './protocol/key-proof.ts'
import { algorithm, computeThumbprint, type PublicJwk } from './protocol/keys.ts'
import { buildApproveLink, buildEnrolLink } from './protocol/links.ts'
import { types, version } from './protocol/messages.ts'

const fill = (byte: number, length: number): string =>
  encodeBase64Url(new Uint8Array(length).fill(byte))

async function createKey() {
  const pair = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const { x = '', y = '', d = '' } = await crypto.subtle.exportKey('jwk', pair.privateKey)
  const jwk: PublicJwk = { kty: 'EC', crv: 'P-256', x, y }
  return { jwk, d, sign: pair.privateKey, thumbprint: await computeThumbprint(jwk) }
}

const [server, answerKey, nextKey, reader, codes, credential] = await Promise.all([
  createKey(),
  createKey(),
  createKey(),
  createKey(),
  createKey(),
  createKey(),
])
/** The one-time codes of RFC 6238, appendix B. */
const totp = {
  secret: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ',
  algorithm: 'SHA1',
  digits: 6,
  period: 30,
}
const iss = 'https://login.example.org'
const sub = 'dev_0123456789'
const registration = 'reg_0123456789'
const iat = 1_790_000_000
const secret = fill(1, 16)
const nonce = fill(2, 32)
const scan = fill(3, 16)
const request = {
  id: 'req_0123456789',
  nonce,
  kind: 'login',
  account: 'erika.mustermann',
  app: 'Webmail',
  browser: 'Firefox auf Windows',
  place: 'Zentrale',
  at: iat,
  exp: iat + 120,
  digits: 6,
  verification: 'none',
} as const
const named = { aud: iss, sub, iat, key: answerKey.thumbprint, next: nextKey.jwk }
const prove = (type: string, jti: string) => signKeyProof(type, { ...named, jti }, reader.sign)
const answer = {
  ...{ v: version, ...named, jti: request.id, nonce, app: iss },
  proof: await prove(types.answer, request.id),
}
/** Signs like a passkey of the phone (WebAuthn Level 3 section 6.3.3): present, verified, without a counter. */
async function verify(challenge: Uint8Array) {
  const type = 'webauthn.get'
  const clientData = JSON.stringify({ type, challenge: encodeBase64Url(challenge), origin: iss })
  const rpId = createHash('sha256').update(new URL(iss).hostname).digest()
  const authenticatorData = Buffer.concat([rpId, Buffer.from([0x05, 0, 0, 0, 0])])
  const signed = Buffer.concat([
    authenticatorData,
    createHash('sha256').update(clientData).digest(),
  ])
  const key = createPrivateKey({ key: { ...credential.jwk, d: credential.d }, format: 'jwk' })
  return {
    id: fill(5, 16),
    clientDataJSON: Buffer.from(clientData).toString('base64url'),
    authenticatorData: authenticatorData.toString('base64url'),
    signature: sign('sha256', signed, key).toString('base64url'),
  }
}

const bound = { jti: request.id, nonce, next: nextKey.thumbprint }
const verification = await verify(await computeChallenge(bound))

/** Messages that the vectors have a reply for. */
const approval = { ...answer, decision: 'approve', code: '042917' }
const late = { ...answer, decision: 'deny', unanswered: [reader.thumbprint] }
const answered = {
  v: version,
  iss,
  sub,
  iat,
  jti: request.id,
  answer: await computeMessageId(await signMessage(types.answer, approval, answerKey.sign)),
  key: nextKey.thumbprint,
}
const move = {
  ...{ v: version, ...named, jti: 'm1', password: 'Regenschirm im Mai', app: iss },
  proof: await prove(types.move, 'm1'),
}
const moved = {
  ...{ v: version, iss, sub, iat, move: 'm1', key: nextKey.thumbprint },
  message: await computeMessageId(await signMessage(types.move, move, answerKey.sign)),
}
const messages: readonly [keyof typeof types, object, typeof server, PublicJwk?][] = [
  [
    'offer',
    {
      v: version,
      iss,
      sub: registration,
      iat,
      exp: iat + 300,
      issuer: 'Beispiel Versicherung',
      account: 'erika.mustermann',
      vapid: fill(4, 65),
      credential: { challenge: fill(8, 32), use: 'preferred' },
    },
    server,
    server.jwk,
  ],
  [
    'offer',
    {
      ...{ v: version, iss, sub: registration, iat, exp: iat + 300 },
      ...{ issuer: 'Beispiel Versicherung', account: 'erika.mustermann', from: 'Altes Telefon' },
    },
    server,
    server.jwk,
  ],
  [
    'enrol',
    {
      v: version,
      aud: iss,
      sub: registration,
      iat,
      secret,
      app: iss,
      name: 'Telefon',
      platform: 'android',
      reader: reader.jwk,
      codes: codes.jwk,
    },
    answerKey,
    answerKey.jwk,
  ],
  [
    'enrolled',
    {
      v: version,
      iss,
      sub,
      iat,
      registration,
      key: answerKey.thumbprint,
      totp: await encryptText(JSON.stringify(totp), codes.jwk),
    },
    server,
  ],
  ['fetch', { v: version, aud: iss, sub, iat, jti: 'f1', language: 'de' }, reader],
  [
    'pending',
    {
      v: version,
      iss,
      sub,
      iat,
      fetch: 'f1',
      state: 'active',
      issuer: 'Beispiel Versicherung',
      account: 'erika.mustermann',
      codes: 'active',
      requests: [request],
    },
    server,
  ],
  [
    'pending',
    {
      ...{ v: version, iss, sub, iat, fetch: 'f2', state: 'active' },
      issuer: 'Beispiel Versicherung',
      account: 'erika.mustermann',
      requests: [
        { ...request, id: 'req_2123456789', confirms: 'account', app: 'Ihr Konto' },
        {
          ...{ id: 'req_1123456789', nonce, kind: 'move', account: 'erika.mustermann' },
          ...{ device: 'Neues Telefon', at: iat, exp: iat + 120, digits: 6, verification: 'none' },
        },
      ],
    },
    server,
  ],
  [
    'pending',
    {
      ...{ v: version, iss, sub: 'dev_1123456789', iat, fetch: 'f3', state: 'new' },
      ...{ issuer: 'Beispiel Versicherung', account: 'erika.mustermann' },
      code: '381604',
      requests: [],
    },
    server,
  ],
  ['answer', approval, answerKey],
  ['answer', { ...answer, decision: 'approve', scan }, answerKey],
  ['answer', { ...answer, decision: 'report' }, answerKey],
  ['answer', late, answerKey],
  ['answer', { ...approval, verification }, answerKey],
  ['answered', { ...answered, outcome: 'wrong_code', left: 2 }, server],
  ['answered', { ...answered, outcome: 'approved' }, server],
  ['answer', { ...answer, decision: 'approve' }, answerKey],
  ['answered', { ...answered, outcome: 'approved', code: '480263' }, server],
  [
    'change',
    { v: version, aud: iss, sub, iat, jti: 'c1', name: 'Arbeitstelefon', subscription: 'none' },
    reader,
  ],
  ['changed', { v: version, iss, sub, iat, change: 'c1' }, server],
  ['move', move, answerKey],
  [
    'moved',
    {
      ...moved,
      exp: iat + 300,
      outcome: 'open',
      link: buildEnrolLink({ origin: iss, registration, secret, serverKey: server.thumbprint }),
    },
    server,
  ],
  ['moved', { ...moved, outcome: 'wrong_password' }, server],
  ['wake', { v: version, iss, sub, iat, exp: iat + 120, jti: request.id }, server],
]
async function wrap(secret: Uint8Array<ArrayBuffer>) {
  const { jwk, privateKey } = await (await createFreshKey()).wrap(secret)
  if (privateKey.type !== 'wrapped') throw new Error('a key that is not wrapped')
  const { iv, bytes } = privateKey
  return {
    secret: encodeBase64Url(secret),
    iv: encodeBase64Url(iv),
    bytes: encodeBase64Url(bytes),
    jwk,
  }
}

const vectors = {
  keys: Object.fromEntries(
    Object.entries({ server, answerKey, nextKey, reader, codes, credential }).map(
      ([name, { jwk, d, thumbprint }]) => [name, { jwk, d, thumbprint }],
    ),
  ),
  links: {
    enrol: buildEnrolLink({ origin: iss, registration, secret, serverKey: server.thumbprint }),
    approve: buildApproveLink({ origin: iss, request: request.id, scan }),
  },
  verification: {
    jti: request.id,
    nonce,
    next: nextKey.thumbprint,
    challenge: encodeBase64Url(
      await computeChallenge({ jti: request.id, nonce, next: nextKey.thumbprint }),
    ),
  },
  /** An answer key as a phone stores it, and the result of the PRF that opens it. */
  wrapped: await wrap(new Uint8Array(32).fill(6)),
  /** The content of `totp` in `enrolled`. */
  totp,
  messages: await Promise.all(
    messages.map(async ([type, claims, key, jwk]) => ({
      type: types[type],
      claims,
      signedBy: key.thumbprint,
      message: await signMessage(types[type], claims, key.sign, jwk),
    })),
  ),
}
const file = new URL('vectors/messages.json', import.meta.url)
await writeFile(file, `${JSON.stringify(vectors, null, 2)}\n`)
