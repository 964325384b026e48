import assert from 'node:assert/strict'
import { createPrivateKey } from 'node:crypto'
import { test } from 'node:test'
import { fromBase64, toBase64, toBase64Url } from './base64.ts'
import {
  acceptableIssuer,
  answerBody,
  buildNotification,
  buildRegistrationUri,
  isResponseTo,
  parseNotification,
  parseRegistrationUri,
  readAnswer,
  readDeviceProfile,
  readMessageBody,
  readRefresh,
  readRefreshBody,
  readRegistration,
  refreshBody,
  registerBody,
  responseTo,
  snsMessage,
  verifyJwt,
} from './index.ts'
import { asciiJson } from './json.ts'
import { signJwt, signPayload } from './jwt.ts'
import file from './vectors/vectors.json' with { type: 'json' }

const v = file.vectors
const secret = bytes(v.V1_challenge_response.secret_b64)

function bytes(base64: string): Uint8Array {
  const decoded = fromBase64(base64)
  assert.ok(decoded)
  return decoded
}

const decoded = v.V2_pushauth_uri.decoded
const registrationInput = {
  brand: {
    issuer: decoded.issuer,
    backgroundColor: `#${decoded.b}`,
    imageUrl: decoded.image,
  },
  account: { name: decoded.account, userId: decoded.uid, profileId: decoded.pid },
  endpoints: { registerUrl: decoded.r, authenticateUrl: decoded.a },
  messageId: decoded.m,
  sharedSecret: secret,
  challenge: decoded.c_b64,
}

test('V1: the response is the HMAC of the challenge', () => {
  const { challenge_b64, response_b64 } = v.V1_challenge_response
  assert.equal(responseTo(challenge_b64, secret), response_b64)
  assert.ok(isResponseTo(challenge_b64, secret, response_b64))
  assert.ok(!isResponseTo(challenge_b64, secret, response_b64.replace('0T', '1T')))
})

test('V2: the push URI is built exactly like the vector and read back', () => {
  assert.equal(buildRegistrationUri(registrationInput), v.V2_pushauth_uri.uri)
  assert.deepEqual(parseRegistrationUri(v.V2_pushauth_uri.uri), {
    type: 'ok',
    registration: {
      issuer: decoded.issuer,
      accountName: decoded.account,
      registerUrl: decoded.r,
      authenticateUrl: decoded.a,
      sharedSecret: Buffer.from(secret),
      challenge: decoded.c_b64,
      messageId: decoded.m,
      cookie: decoded.l,
      userId: decoded.uid,
      profileId: decoded.pid,
      backgroundColor: decoded.b,
      imageUrl: decoded.image,
    },
  })
})

test('V3: the registrations of both clients are read, and their tokens match the vectors exactly', () => {
  const { challenge_b64: challenge, android, ios_forgerock_sdk: ios } = v.V3_registration
  for (const recorded of [android, ios]) {
    const body = readMessageBody(recorded.body, 'REGISTER')
    assert.ok(body.type === 'ok')
    const reading = readRegistration(body.jwt, { secret, challenge })
    const { response: _, ...phone } = recorded.claims
    assert.deepEqual(reading, { type: 'ok', phone })
    assert.equal(signPayloadAs(recorded), recorded.jwt)
  }
})

test('V3: the server side reads a registration that the phone side builds', () => {
  const { challenge_b64: challenge, android } = v.V3_registration
  const { response: _, ...claims } = android.claims
  const phone = { ...claims, deviceType: 'android', communicationType: 'gcm' } as const
  const body = readMessageBody(
    registerBody({ messageId: decoded.m, challenge, secret, phone }),
    'REGISTER',
  )
  assert.ok(body.type === 'ok')
  assert.deepEqual(readRegistration(body.jwt, { secret, challenge }), { type: 'ok', phone })
  assert.equal(verifyJwt(body.jwt, secret)?.response, v.V3_registration.expected_response_claim)
})

/** Signs a recorded payload under its recorded header order. */
function signPayloadAs(recorded: { header_json: string; payload_json: string; jwt: string }) {
  if (recorded.header_json === '{"typ":"JWT","alg":"HS256"}')
    return signPayload(recorded.payload_json, secret)
  assert.ok(verifyJwt(recorded.jwt, secret))
  return recorded.jwt
}

test('V4: a notification is signed exactly like the vector and read back', () => {
  const { claims, jwt } = v.V4_notification_default
  assert.equal(signJwt(claims, secret), jwt)
  const reading = parseNotification(jwt, secret)
  assert.ok(reading.type === 'ok')
  assert.deepEqual(reading.notification, {
    mechanismUid: claims.u,
    challenge: claims.c,
    cookie: 'amlbcookie=01',
    text: claims.m,
    kind: { type: 'default' },
    createdAt: 1764061260000,
    ttlSeconds: 120,
    username: 'max.muster',
    context: {},
    attributes: {},
  })
})

test('V5: a number challenge and both its SNS bodies are built exactly like the vectors', () => {
  const vector = v.V5_notification_challenge
  const built = buildNotification({
    messageId: vector.message_id,
    phone: { mechanismUid: vector.claims.u, secret, username: 'max.muster' },
    challenge: vector.claims.c,
    lifetime: { createdAt: 1764061260000, ttlSeconds: 120 },
    text: vector.claims.m,
    kind: { type: 'challenge', numbers: [17, 42, 88] },
    context: { remoteIp: '203.0.113.7', userAgent: 'Mozilla/5.0' },
  })
  assert.equal(built.message, vector.jwt)
  const delivery = { ...built, text: vector.claims.m, kind: 'challenge', ttlSeconds: 120 } as const
  assert.equal(snsMessage(delivery, 'legacy'), vector.sns_message_legacy)
  assert.equal(snsMessage(delivery, 'v1'), vector.sns_message_fcm_v1)
})

test('V6: an approval, a denial and an approval with a number are read, and written like the vectors', () => {
  const { challenge_b64: challenge, approve, deny, challenge_42 } = v.V6_authentication
  const messageId = v.V4_notification_default.message_id
  const common = { client: 'android', messageId, challenge, secret } as const
  assert.deepEqual(answerOf(approve.body, { type: 'default' }), { type: 'approved' })
  assert.deepEqual(answerOf(deny.body, { type: 'default' }), { type: 'denied' })
  const expected = { type: 'challenge', rightNumber: 42 } as const
  assert.deepEqual(answerOf(challenge_42.body, expected), { type: 'approved' })
  assert.deepEqual(answerOf(challenge_42.body, { ...expected, rightNumber: 17 }), {
    type: 'wrong_number',
    number: 42,
  })
  assert.deepEqual(
    readClaims(answerBody({ ...common, answer: { type: 'approve' } })),
    approve.claims,
  )
  assert.deepEqual(
    readClaims(answerBody({ ...common, answer: { type: 'approve', number: 42 } })),
    challenge_42.claims,
  )
  assert.deepEqual(
    readClaims(answerBody({ ...common, answer: { type: 'deny', challenge: false } })),
    deny.claims,
  )

  function answerOf(text: string, answer: Parameters<typeof readAnswer>[1]['answer']) {
    const body = readMessageBody(text, 'AUTHENTICATE')
    assert.ok(body.type === 'ok')
    return readAnswer(body.jwt, { secret, challenge, answer })
  }
})

test('V7: the refreshes of both clients are read, and the third spelling of the user name member is accepted', () => {
  const { android, ios_forgerock_sdk: ios, ios_ping_sdk_body_shape: ping } = v.V7_refresh
  for (const recorded of [android, ios]) {
    const body = readRefreshBody(recorded.body)
    assert.ok(body.type === 'ok')
    assert.equal(body.username, 'max.muster')
    const reading = readRefresh(body.jwt, { secret, mechanismUid: body.mechanismUid })
    assert.ok(reading.type === 'ok')
    assert.equal(reading.device.deviceId, recorded.claims.deviceId)
  }
  const body = readRefreshBody(JSON.stringify({ ...ping, jwt: android.jwt }))
  assert.deepEqual(body, {
    type: 'ok',
    mechanismUid: ping.mechanismUid,
    username: 'max.muster',
    jwt: android.jwt,
  })
  const phone = {
    ...android.claims,
    mechanismUid: '348355ab-d2c8-464f-85f8-8e48165a3956',
    deviceType: 'android',
    communicationType: 'gcm',
  } as const
  const built = refreshBody({ client: 'android', secret, username: 'max.muster', phone })
  assert.equal(built, android.body)
})

test('V8: a URI only for one-time codes is refused as a push registration', () => {
  for (const uri of [v.V8_oath.uri_totp, v.V8_oath.uri_hotp])
    assert.deepEqual(parseRegistrationUri(uri), { type: 'refused', reason: 'not_a_registration' })
})

test('V9: the combined URI is built exactly like the vector and read back', () => {
  const oath = {
    kind: 'totp',
    secret: v.V8_oath.base32,
    digits: 6,
    period: 30,
    profileId: '67dc6ccd-177a-4b30-a5c3-163f237d41ba',
  } as const
  const policies: unknown = JSON.parse(v.V9_mfauth_uri.policies_json)
  assert.ok(typeof policies === 'object' && policies !== null)
  const input = { ...registrationInput, oath, policies: { ...policies } }
  assert.equal(buildRegistrationUri(input), v.V9_mfauth_uri.uri)
  const reading = parseRegistrationUri(v.V9_mfauth_uri.uri)
  assert.ok(reading.type === 'ok')
  assert.deepEqual(reading.registration.oath, oath)
  assert.deepEqual(reading.registration.policies, policies)
  assert.equal(reading.registration.imageUrl, decoded.image)
})

test('V10: plain and encrypted device profiles are read', () => {
  const vector = v.V10_am_profiles
  const plain = readDeviceProfile(vector.push_plain)
  assert.ok(plain.type === 'ok' && plain.profile.type === 'push')
  assert.deepEqual(plain.profile.sharedSecret, Buffer.from(secret))
  assert.equal(plain.profile.mechanismUid, '348355ab-d2c8-464f-85f8-8e48165a3956')
  const key = createPrivateKey(vector.rsa_private_key_pkcs8_pem)
  assert.deepEqual(readDeviceProfile(vector.jwe, [key]), plain)
  assert.deepEqual(readDeviceProfile(vector.jwe), { type: 'refused', reason: 'key_missing' })
  const damaged = `${vector.jwe.slice(0, -4)}AAAA`
  assert.deepEqual(readDeviceProfile(damaged, [key]), { type: 'refused', reason: 'not_decrypted' })
  const oath = readDeviceProfile(vector.oath_plain)
  assert.ok(oath.type === 'ok' && oath.profile.type === 'oath')
  assert.equal(
    toBase64(oath.profile.sharedSecret),
    toBase64(Buffer.from(v.V8_oath.am_profile_sharedSecret_hex_upper, 'hex')),
  )
})

test('V11: a JWT header with an additional member is refused, and the header that is written has 27 bytes', () => {
  const vector = v.V11_ios_header_padding
  assert.ok(verifyJwt(vector.ok_jwt, secret))
  assert.equal(verifyJwt(vector.rejected_by_forgerock_ios_sdk_jwt, secret), undefined)
  const [header = ''] = signJwt({}, secret).split('.')
  assert.equal(fromBase64(header)?.length, 27)
})

test('V12: the payload is escaped as the 2.x iOS app requires', () => {
  const vector = v.V12_old_ios_alphabet
  const claims = verifyJwt(vector.unescaped_jwt, secret)
  assert.ok(claims)
  assert.equal(signJwt(claims, secret), vector.escaped_jwt)
  assert.doesNotMatch(toBase64Url(asciiJson(claims)), /[-_]/)
})

test('V13: an issuer name is accepted in a form that no client misreads', () => {
  for (const { issuer, base64url, has_minus_or_underscore } of v.V13_issuer_encoding) {
    assert.equal(toBase64Url(issuer), base64url)
    const check = acceptableIssuer(issuer)
    assert.ok(check.type === 'ok')
    assert.equal(check.issuer === issuer, !has_minus_or_underscore)
    assert.doesNotMatch(toBase64Url(check.issuer), /[-_]/)
  }
  assert.deepEqual(acceptableIssuer('Recht?'), { type: 'ok', issuer: 'Recht' })
  assert.deepEqual(acceptableIssuer('Zoë AG'), { type: 'ok', issuer: 'Zoë AG'.normalize('NFD') })
})

function readClaims(bodyText: string) {
  const body = readMessageBody(bodyText, 'AUTHENTICATE')
  assert.ok(body.type === 'ok')
  return verifyJwt(body.jwt, secret)
}
