import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { fromBase64, toBase64, toBase64Url } from './base64.ts'
import {
  acceptableAccountName,
  acceptableIssuer,
  answerBody,
  apnsPayload,
  buildNotification,
  buildRegistrationUri,
  drawNumbers,
  type ExpectedAnswer,
  fcmData,
  fcmV1Body,
  makeMessageId,
  notificationText,
  parseMessageId,
  parseNotification,
  parseRegistrationUri,
  randomChallenge,
  randomSecret,
  readAnswer,
  readDeviceProfile,
  readMechanism,
  readMessageBody,
  readRefresh,
  readRefreshBody,
  readRegistration,
  responseTo,
  signJwt,
  verifyJwt,
} from './index.ts'
import { asciiJson, readObject } from './json.ts'

const secret = new Uint8Array(32).fill(7)
const challenge = toBase64(new Uint8Array(32).fill(9))
const uuid = '78ac2c15-2856-4f9c-b249-63a15916004e'
const registerUrl = 'https://login.example.test/json/push/sns/message?_action=register'
const authenticateUrl = 'https://login.example.test/json/push/sns/message?_action=authenticate'
const registration = {
  brand: { issuer: 'Beispiel AG' },
  account: { name: 'max.muster' },
  endpoints: { registerUrl, authenticateUrl },
  messageId: makeMessageId('REGISTER', uuid, 1764061200000),
  sharedSecret: secret,
  challenge,
}
const notification = {
  messageId: makeMessageId('AUTHENTICATE', uuid, 1764061260000),
  phone: { mechanismUid: '348355ab-d2c8-464f-85f8-8e48165a3956', secret },
  challenge,
  lifetime: { createdAt: 1764061260000, ttlSeconds: 120 },
  text: 'Anmeldung bei Beispiel AG',
  kind: { type: 'default' },
} as const

const anyText = fc.string({ unit: 'binary' })
const key = fc.uint8Array({ minLength: 32, maxLength: 32 })

test('any issuer and account name can be read back from a registration URI', () => {
  fc.assert(
    fc.property(anyText, anyText, key, key, (issuer, accountName, sharedSecret, bytes) => {
      const check = acceptableIssuer(issuer)
      fc.pre(check.type === 'ok')
      const names = { brand: { issuer }, account: { name: accountName } }
      const keys = { sharedSecret, challenge: toBase64(bytes) }
      const uri = buildRegistrationUri({ ...registration, ...names, ...keys })
      const reading = parseRegistrationUri(uri)
      assert.ok(reading.type === 'ok')
      assert.equal(reading.registration.issuer, check.issuer)
      assert.equal(reading.registration.accountName, acceptableAccountName(accountName))
      assert.deepEqual(Buffer.from(reading.registration.sharedSecret), Buffer.from(sharedSecret))
      assert.equal(reading.registration.challenge, toBase64(bytes))
      assert.equal(reading.registration.registerUrl, registerUrl)
    }),
  )
})

test('a registration URI contains nothing that any client misreads', () => {
  const policy = fc.dictionary(fc.string({ unit: 'grapheme', maxLength: 3 }), fc.constant({}), {
    maxKeys: 2,
  })
  fc.assert(
    fc.property(anyText, anyText, policy, fc.boolean(), (issuer, accountName, policies, both) => {
      fc.pre(acceptableIssuer(issuer).type === 'ok')
      const oath = { kind: 'totp', secret: 'U7UM4RRNF4L37QG6SD2MFDO7ZSBOWCOP', digits: 6 } as const
      const imageUrl = 'https://login.example.test/logo.png'
      const brand = { issuer, backgroundColor: '#003781', imageUrl }
      const account = { name: accountName, userId: 'usr.1', profileId: uuid }
      const input = { ...registration, brand, account, policies }
      const uri = buildRegistrationUri(both ? { ...input, oath } : input)
      const match = /^(pushauth:\/\/push|mfauth:\/\/totp)\/([^:/]+):([^:/]+)\?(.+)$/.exec(uri)
      assert.ok(match, uri)
      assert.match(uri, /^[\x21-\x7e]+$/)
      assert.ok(uri.length <= 4096)
      const parameters = new Map(
        (match[4] ?? '').split('&').map((pair) => pair.split('=') as [string, string]),
      )
      for (const value of parameters.values()) {
        assert.match(value, /^[^+=/]+$/)
        assert.ok(value.length <= 256)
      }
      for (const name of ['l', 'issuer', 'uid', 'pid', 'policies'])
        assert.doesNotMatch(parameters.get(name) ?? '', /[-_]/)
      if (!both) assert.doesNotMatch(parameters.get('image') ?? '', /[-_]/)
      assert.ok(!parameters.has('version') && !parameters.has('d'))
      const label = decodeURIComponent(match[2] ?? '')
      assert.equal(parameters.get('issuer'), toBase64Url(label))
    }),
  )
})

test('a code period outside the range that clients support is refused', () => {
  const oath = { kind: 'totp', secret: 'U7UM4RRNF4L37QG6SD2MFDO7ZSBOWCOP', digits: 6 } as const
  for (const period of [0, 301]) {
    const uri = buildRegistrationUri({ ...registration, oath: { ...oath, period } })
    const expected = { type: 'refused', reason: 'unreadable', parameter: 'period' }
    assert.deepEqual(parseRegistrationUri(uri), expected)
  }
})

test('a value that some client would misread is refused with an error that names it', () => {
  const refused = (change: object, name: RegExp) =>
    assert.throws(() => buildRegistrationUri({ ...registration, ...change }), name)
  const { brand, account, endpoints } = registration
  refused({ brand: { issuer: ' ' } }, /issuer/)
  refused({ account: { ...account, profileId: 'ab?' } }, /profileId/)
  refused({ endpoints: { ...endpoints, cookie: 'a=~~~' } }, /cookie/)
  refused({ sharedSecret: new Uint8Array(31) }, /sharedSecret/)
  refused({ challenge: 'AAAA' }, /challenge/)
  refused({ brand: { ...brand, backgroundColor: 'red' } }, /backgroundColor/)
  const refusedAt = (change: object, name: RegExp) =>
    refused({ endpoints: { ...endpoints, ...change } }, name)
  refusedAt({ registerUrl: `${registerUrl}&realm=a` }, /registerUrl/)
  refusedAt({ registerUrl: 'https://a.test/m?realm=a&_action=register' }, /registerUrl/)
  refusedAt({ authenticateUrl: 'https://other.test/m?_action=authenticate' }, /authenticateUrl/)
  const long = `https://login.example.test/${'p'.repeat(150)}?_action=`
  refusedAt({ registerUrl: `${long}register`, authenticateUrl: `${long}authenticate` }, /192/)
})

test('a user id that some client would misread is omitted; such a logo address gets another encoding', () => {
  const imageUrl = 'https://login.example.test/logo.png?size=1'
  const brand = { ...registration.brand, imageUrl }
  const account = { ...registration.account, userId: 'ab?' }
  const uri = buildRegistrationUri({ ...registration, brand, account })
  assert.doesNotMatch(uri, /[&?]uid=/)
  assert.match(uri, /&image=[A-Za-z0-9%]+$/)
  const reading = parseRegistrationUri(uri)
  assert.ok(reading.type === 'ok')
  assert.equal(reading.registration.imageUrl, imageUrl)
})

test('a registration URI is refused if the strictest client would refuse it', () => {
  const uri = buildRegistrationUri(registration)
  const reasonOf = (text: string) => {
    const reading = parseRegistrationUri(text)
    return reading.type === 'ok'
      ? 'ok'
      : 'parameter' in reading
        ? reading.parameter
        : reading.reason
  }
  assert.equal(reasonOf(uri), 'ok')
  for (const name of ['l', 'issuer', 'm', 's', 'c', 'r', 'a'])
    assert.equal(reasonOf(uri.replace(new RegExp(`([?&])${name}=[^&]*`), '$1')), name)
  assert.equal(reasonOf(uri.replace('Beispiel%20AG', 'Andere%20AG')), 'issuer')
  assert.equal(reasonOf(uri.replace('max.muster', '')), 'label')
  assert.equal(reasonOf(`${uri}&l=YQ`), 'l')
  assert.equal(reasonOf(uri.replace('pushauth', 'PUSHAUTH')), 'not_a_registration')
  assert.equal(reasonOf('https://login.example.test'), 'not_a_registration')
})

test('an issuer name without visible characters is refused; an account name gets a default instead', () => {
  for (const name of ['', '  ', '\u202e', '<>']) {
    assert.deepEqual(acceptableIssuer(name), { type: 'refused', reason: 'empty' })
    assert.equal(acceptableAccountName(name), 'account')
  }
  assert.equal(acceptableAccountName('DOMAIN/max:muster'), 'DOMAIN-max-muster')
})

test('an issuer name in any script is accepted: in its own letters where every client decodes them, else in Latin ones', () => {
  const shown = (name: string) => {
    const check = acceptableIssuer(name)
    return check.type === 'ok' ? check.issuer : check.reason
  }
  for (const name of ['Банк', 'Фирма Пример ООО', 'Τράπεζα', '日本', '한국 보험', 'שירות דוגמה'])
    assert.equal(shown(name), name)
  assert.equal(shown('Пример'), 'Primer')
  assert.equal(shown('Страхование'), 'Strakhovanie')
  assert.equal(shown('Ασφάλεια'), 'Asfaleia')
  assert.equal(shown('保険サンプル'), 'BaoXiansanpuru')
  assert.equal(shown('👩‍👩‍👧'), 'woman woman girl')
  assert.equal(shown('🇩🇪'), 'DE')
  assert.equal(shown('?\u{fffff}?'), 'not_encodable')
})

test('an issuer name that is too long is cut between characters', () => {
  const shown = (name: string) => {
    const check = acceptableIssuer(name)
    assert.ok(check.type === 'ok')
    return check.issuer
  }
  assert.equal(shown('ü'.repeat(200)), 'ü'.repeat(64))
  assert.equal(shown('n'.repeat(300)), 'n'.repeat(192))
  assert.equal(shown(`${'n'.repeat(190)}🦊🦊`), 'n'.repeat(190))
})

test('every text with a letter or a digit of a script in use is an acceptable issuer name', () => {
  const letter = fc.constantFrom(...'aZ9äßяЖωΩあア漢字한مשדกअ🦊🔐🇩🇪')
  fc.assert(
    fc.property(fc.string({ unit: letter, minLength: 1, maxLength: 80 }), (name) => {
      const check = acceptableIssuer(name)
      assert.ok(check.type === 'ok')
      assert.ok(Buffer.byteLength(check.issuer) <= 192)
      assert.doesNotMatch(toBase64(Buffer.from(check.issuer)), /[+/]/)
    }),
    { numRuns: 500 },
  )
})

test('an accepted issuer name stays unchanged when it is checked again', () => {
  fc.assert(
    fc.property(anyText, (name) => {
      const check = acceptableIssuer(name)
      if (check.type === 'ok') assert.deepEqual(acceptableIssuer(check.issuer), check)
    }),
  )
})

test('a notification with any text fits the size limits of the push services', () => {
  const kind = { type: 'challenge', numbers: [17, 42, 88] } as const
  fc.assert(
    fc.property(anyText, anyText, (text, userAgent) => {
      const context = { remoteIp: '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff', userAgent }
      const phone = { ...notification.phone, username: 'erika' }
      const input = { ...notification, phone, text: text.repeat(20), kind, context }
      const delivery = {
        ...buildNotification({ ...input, attributes: { app: text.repeat(20) } }),
        text: notificationText(input.text),
        kind: kind.type,
        ttlSeconds: 120,
      }
      assert.ok(Buffer.byteLength(JSON.stringify(apnsPayload(delivery))) <= 4096)
      assert.ok(Buffer.byteLength(JSON.stringify(fcmData(delivery))) <= 4096)
      assert.deepEqual(fcmV1Body('token', delivery).message.data, fcmData(delivery))
    }),
  )
})

test('any text can be read back from a notification', () => {
  const attributes = fc.dictionary(fc.string({ maxLength: 8 }), fc.string({ unit: 'binary' }), {
    maxKeys: 3,
  })
  fc.assert(
    fc.property(anyText, fc.string({ unit: 'grapheme' }), attributes, (text, username, extra) => {
      const context = { remoteIp: '203.0.113.7', userAgent: text.toWellFormed() }
      const phone = { ...notification.phone, username }
      const input = { ...notification, phone, text, context, attributes: extra }
      const { message } = buildNotification(input)
      assert.ok(message.length <= 3000)
      const [, payload = ''] = message.split('.')
      assert.doesNotMatch(payload, /[-_]/)
      for (const value of Object.values(verifyJwt(message, secret) ?? {}))
        assert.equal(typeof value, 'string')
      assert.equal(readMechanism(message), notification.phone.mechanismUid)
      const reading = parseNotification(message, secret)
      assert.ok(reading.type === 'ok')
      assert.equal(reading.notification.text, notificationText(text))
      assert.equal(reading.notification.username, username)
      assert.equal(reading.notification.challenge, challenge)
      assert.deepEqual(reading.notification.context, context)
    }),
  )
})

test('a notification that is too long drops its details before its text', () => {
  const long = '😀'.repeat(200)
  const context = { remoteIp: '203.0.113.7', userAgent: long }
  const reading = parseNotification(
    buildNotification({ ...notification, context, attributes: { app: long } }).message,
    secret,
  )
  assert.ok(reading.type === 'ok')
  assert.deepEqual(reading.notification.attributes, {})
  assert.equal(reading.notification.text, notification.text)
  const short = parseNotification(
    buildNotification({ ...notification, text: long, context }).message,
    secret,
  )
  assert.ok(short.type === 'ok')
  assert.deepEqual(short.notification.context, {})
})

test('a notification text is one line that no client mistakes for a number', () => {
  assert.equal(notificationText('sign in\nto "A\\B"'), "sign in to 'A/B'")
  for (const text of ['42', '-1.5e3', 'true', 'null', ''])
    assert.equal(notificationText(text), `${text}.`)
})

test('a notification is refused if the strictest client would refuse it', () => {
  const claims = { u: 'uid', c: challenge, l: '', t: '120' }
  const reasonOf = (change: object) => {
    const reading = parseNotification(signJwt({ ...claims, ...change }, secret), secret)
    return reading.type === 'ok' ? 'ok' : 'claim' in reading ? reading.claim : reading.reason
  }
  assert.equal(reasonOf({}), 'ok')
  assert.equal(reasonOf({ t: undefined }), 't')
  assert.equal(reasonOf({ t: 120 }), 't')
  assert.equal(reasonOf({ l: undefined }), 'l')
  assert.equal(reasonOf({ c: 'a-_b' }), 'c')
  assert.equal(reasonOf({ u: undefined }), 'u')
  assert.equal(reasonOf({ i: 'now' }), 'i')
  assert.equal(reasonOf({ k: 'challenge', n: '1, 2, 3' }), 'n')
  assert.equal(reasonOf({ x: {} }), 'x')
  assert.equal(reasonOf({ k: 'new', n: 'anything' }), 'ok')
  const foreign = signJwt(claims, new Uint8Array(32))
  assert.deepEqual(parseNotification(foreign, secret), { type: 'refused', reason: 'bad_signature' })
})

test('no reader throws on any text or JSON', () => {
  const body = fc.record({
    messageId: fc.oneof(fc.constant(notification.messageId), fc.anything()),
    mechanismUid: fc.oneof(fc.constant('uid'), fc.anything()),
    username: fc.anything(),
    jwt: fc.oneof(fc.string(), fc.anything()),
  })
  const json = fc.oneof(body, fc.anything()).map((value) => {
    try {
      return `${JSON.stringify(value)}`
    } catch {
      return '{'
    }
  })
  fc.assert(
    fc.property(fc.oneof(anyText, fc.json(), json), (text) => {
      const answer = { type: 'default' } as const
      const expected = { secret, challenge, answer, mechanismUid: 'uid' }
      for (const jwt of [text, `${toBase64Url(text)}.${toBase64Url(text)}.${'A'.repeat(43)}`]) {
        assert.equal(readRegistration(jwt, expected).type, 'refused')
        assert.equal(readAnswer(jwt, expected).type, 'refused')
        assert.equal(readRefresh(jwt, expected).type, 'refused')
        assert.equal(parseNotification(jwt, secret).type, 'refused')
        readMechanism(jwt)
      }
      readMessageBody(text, 'REGISTER')
      readMessageBody(text, 'AUTHENTICATE')
      readRefreshBody(text)
      parseRegistrationUri(text)
      parseRegistrationUri(`pushauth://push/a:b?${text}`)
      parseRegistrationUri(`mfauth://totp/${text}?r=${text}`)
      readDeviceProfile(text)
      parseMessageId(text)
    }),
  )
})

test('no reader throws on any signed claims, and unexpected claims never approve', () => {
  const claims = fc.dictionary(
    fc.constantFrom(
      'deny',
      'challengeResponse',
      'deviceId',
      'deviceType',
      'mechanismUid',
      'u',
      't',
    ),
    fc.oneof(fc.jsonValue(), fc.constantFrom('android', 'ios', '120')),
  )
  const response = responseTo(challenge, secret)
  fc.assert(
    fc.property(claims, (odd) => {
      const jwt = signJwt({ ...odd, response }, secret)
      const answer = { type: 'challenge', rightNumber: 42 } as const
      const reading = readAnswer(jwt, { secret, challenge, answer })
      assert.equal(reading.type, 'deny' in odd ? 'denied' : 'wrong_number')
      readRegistration(jwt, { secret, challenge })
      readRefresh(jwt, { secret, mechanismUid: 'uid' })
      parseNotification(jwt, secret)
    }),
  )
})

test('a number challenge is approved only with the right number in its exact form (A8)', () => {
  const answer: ExpectedAnswer = { type: 'challenge', rightNumber: 42 }
  const outcome = (claims: object) => {
    const signed = signJwt({ response: responseTo(challenge, secret), ...claims }, secret)
    return readAnswer(signed, { secret, challenge, answer }).type
  }
  for (const value of [
    undefined,
    null,
    '',
    [],
    ['42'],
    [42],
    { 0: 42 },
    '42 ',
    '042',
    '4.2e1',
    42.5,
    true,
  ])
    assert.equal(outcome({ challengeResponse: value }), 'wrong_number')
  for (const value of ['42', 42]) assert.equal(outcome({ challengeResponse: value }), 'approved')
  for (const deny of [true, false, 'false', 0, '', null, []])
    assert.equal(outcome({ deny, challengeResponse: '42' }), 'denied')
})

test('a denial of a number challenge carries the response and no number', () => {
  const body = answerBody({
    client: 'ios',
    messageId: notification.messageId,
    challenge,
    secret,
    answer: { type: 'deny', challenge: true },
  })
  const read = readMessageBody(body, 'AUTHENTICATE')
  assert.ok(read.type === 'ok')
  assert.deepEqual(verifyJwt(read.jwt, secret), {
    response: responseTo(challenge, secret),
    deny: true,
    challengeResponse: null,
  })
})

test('JSON with a duplicate member is refused (A8)', () => {
  const id = notification.messageId
  assert.equal(readMessageBody(`{"messageId":"${id}","jwt":"a"}`, 'AUTHENTICATE').type, 'ok')
  assert.equal(
    readMessageBody(`{"messageId":"${id}","jwt":"a","jwt":"b"}`, 'AUTHENTICATE').type,
    'refused',
  )
  assert.equal(readObject('{"deny":true,"d\\u0065ny":null}'), undefined)
  assert.deepEqual(readObject('{"a":{"x":1,"y":{"x":[{"x":":"}]}},"b":"}{:"}'), {
    a: { x: 1, y: { x: [{ x: ':' }] } },
    b: '}{:',
  })
})

test('a JWT signature is accepted only with HS256 and the expected header (A8)', () => {
  const payload = toBase64Url('{"response":"x"}')
  const signed = (header: string) => {
    const input = `${toBase64Url(header)}.${payload}`
    return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
  }
  assert.ok(verifyJwt(signed('{"alg":"HS256","typ":"JWT"}'), secret))
  for (const header of [
    '{"alg":"none","typ":"JWT"}',
    '{"alg":"HS512","typ":"JWT"}',
    '{"alg":"RS256","typ":"JWT"}',
    '{"alg":"hs256","typ":"JWT"}',
    '{"alg":"none","alg":"HS256","typ":"JWT"}',
    '{"alg":"HS256","typ":"JWT","crit":["exp"]}',
    '{"alg":"HS256","typ":"JWT","kid":"1"}',
    '{"alg":"HS256"}',
    '[]',
  ])
    assert.equal(verifyJwt(signed(header), secret), undefined, header)
  const valid = signed('{"typ":"JWT","alg":"HS256"}')
  assert.equal(verifyJwt(valid.replace(/\.[^.]*$/, '.'), secret), undefined)
  assert.equal(verifyJwt(`${valid}=`, secret), undefined)
  assert.equal(verifyJwt(valid, new Uint8Array(32)), undefined)
})

test('a response to another challenge is refused', () => {
  const other = toBase64(new Uint8Array(32).fill(1))
  const jwt = signJwt({ response: responseTo(other, secret) }, secret)
  const refused = { type: 'refused', reason: 'wrong_response' }
  assert.deepEqual(readAnswer(jwt, { secret, challenge, answer: { type: 'default' } }), refused)
  assert.deepEqual(readRegistration(jwt, { secret, challenge }), refused)
  const echoed = buildNotification(notification).message
  assert.deepEqual(readAnswer(echoed, { secret, challenge, answer: { type: 'default' } }), refused)
})

test('a refresh for another mechanism is refused', () => {
  const device = { deviceId: 'token', deviceType: 'ios', communicationType: 'apns' }
  const read = (claims: object) =>
    readRefresh(signJwt({ ...device, ...claims }, secret), { secret, mechanismUid: 'A' }).type
  assert.equal(read({}), 'ok')
  assert.equal(read({ mechanismUid: 'A' }), 'ok')
  assert.equal(read({ mechanismUid: 'a' }), 'refused')
})

test('a message id of another type than the action is refused', () => {
  const body = JSON.stringify({ messageId: notification.messageId, jwt: 'a' })
  assert.deepEqual(readMessageBody(body, 'REGISTER'), {
    type: 'refused',
    reason: 'wrong_message_type',
  })
})

test('a message id is read back, and other texts are refused', () => {
  fc.assert(
    fc.property(
      fc.uuid(),
      fc.nat(),
      fc.constantFrom('REGISTER', 'AUTHENTICATE'),
      (id, at, type) => {
        const read = parseMessageId(makeMessageId(type, id, at))
        assert.deepEqual(read, { type, uuid: id, createdAt: at })
      },
    ),
  )
  for (const text of [
    '',
    ':',
    `PUSH:${uuid}1`,
    `${uuid}1`,
    `REGISTER:${uuid}`,
    `REGISTER:${uuid}1\n`,
  ])
    assert.equal(parseMessageId(text), undefined)
})

test('three different two-digit numbers are drawn, and one of them is the right one', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(), { minLength: 1 }), (stream) => {
      let at = 0
      // It also counts up, so that the loop ends if all values of the stream are equal.
      const int = (min: number, max: number) => {
        at += 1
        return min + (((stream[at % stream.length] ?? 0) + at) % (max - min))
      }
      const { numbers, right } = drawNumbers({ int, bytes: () => secret, uuid: () => uuid })
      assert.equal(new Set(numbers).size, 3)
      assert.deepEqual(
        [...numbers].sort((a, b) => a - b),
        [...numbers],
      )
      assert.ok(numbers.every((number) => number >= 10 && number <= 99))
      assert.ok(numbers.includes(right))
    }),
  )
})

test('secrets and challenges have 32 bytes', () => {
  const random = { bytes: (n: number) => new Uint8Array(n), int: () => 0, uuid: () => uuid }
  assert.equal(randomSecret(random).length, 32)
  assert.equal(fromBase64(randomChallenge(random))?.length, 32)
})

test('base64 and base64url are read, and other texts are refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1 }), (bytes) => {
      for (const text of [toBase64(bytes), toBase64Url(bytes), toBase64(bytes).replace(/=+$/, '')])
        assert.deepEqual(fromBase64(text), Buffer.from(bytes))
    }),
  )
  for (const text of ['', 'A', 'AB', 'AA===', 'A A=', 'AAé='])
    assert.equal(fromBase64(text), undefined)
})

test('JSON is written in ASCII and is read back as the same value', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = asciiJson(value)
      assert.match(text, /^[ -=@-}]*$/)
      assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)))
    }),
  )
})
