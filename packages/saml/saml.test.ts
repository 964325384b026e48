import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey, randomBytes, X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { createCertificate, type TestCertificate } from '../../test/support/certificate.ts'
import {
  buildPostFields,
  buildRedirect,
  findClaimedIssuer,
  type NewAuthnRequest,
  nameIdFormats,
  type ReceivedMessage,
  type Refused,
  readAuthnRequest,
  readLogoutRequest,
  readLogoutResponse,
  readResponse,
  readServiceProvider,
  receivePost,
  receiveRedirect,
  type SigningKey,
  type SuccessResponse,
  writeAuthnRequest,
  writeErrorResponse,
  writeIdentityProvider,
  writeLogoutRequest,
  writeLogoutResponse,
  writeResponse,
  writeServiceProvider,
} from './index.ts'
import { verifyDocument } from './signature/verify.ts'
import { parseXml } from './xml/parse.ts'

const toKey = ({ key, cert }: TestCertificate): SigningKey => ({
  privateKey: createPrivateKey(key),
  certificate: new X509Certificate(cert).raw.toString('base64'),
})

const app = createCertificate('app.example', 'rsa')
const appKey = toKey(app)
const appKeys = [createPublicKey(app.cert)]
const provider = createCertificate('login.example', 'rsa')
const providerKey = toKey(provider)
const providerKeys = [createPublicKey(provider.cert)]
const signed = { keys: appKeys, mustBeSigned: true }
const unsigned = { keys: [], mustBeSigned: false }

const now = Date.UTC(2026, 10, 27, 12)
const head = {
  id: '_request',
  issuer: 'https://app.example/metadata',
  issuedAt: now,
  destination: 'https://login.example/saml/sso',
}
const request: NewAuthnRequest = {
  ...head,
  consumerUrl: 'https://app.example/acs',
  isForced: true,
  nameIdFormat: nameIdFormats.persistent,
  context: { comparison: 'minimum', classes: ['urn:einlass:acr:number'] },
}

function opened<Value extends { readonly type: 'ok' }>(reading: Value | Refused): Value {
  assert.equal(reading.type, 'ok', JSON.stringify(reading))
  return reading as Value
}

function overPost(xml: string, parameter: ReceivedMessage['parameter'] = 'SAMLRequest') {
  return opened(receivePost(buildPostFields({ parameter, xml }))).message
}

function overRedirect(xml: string, key?: SigningKey, relayState?: string): ReceivedMessage {
  const sent = { parameter: 'SAMLRequest' as const, xml, relayState, ...(key && { key }) }
  return opened(receiveRedirect(new URL(buildRedirect(head.destination, sent)).search.slice(1)))
    .message
}

test('an authentication request is read back with everything that it asks for', () => {
  const message = overPost(writeAuthnRequest(request, appKey))
  assert.equal(findClaimedIssuer(message), head.issuer)
  const { request: read } = opened(readAuthnRequest(message, signed))
  assert.deepEqual(read, {
    ...head,
    isSigned: true,
    isForced: true,
    isPassive: false,
    consumer: { url: 'https://app.example/acs' },
    nameIdFormat: nameIdFormats.persistent,
    context: request.context,
    namesSubject: false,
  })
})

test('the signature of a query covers its exact octets and the RelayState', () => {
  const xml = writeAuthnRequest(request)
  const message = overRedirect(xml, appKey, 'a b&c=ä+/')
  assert.equal(message.relayState, 'a b&c=ä+/')
  assert.equal(opened(readAuthnRequest(message, signed)).request.isSigned, true)
  const url = buildRedirect(head.destination, { parameter: 'SAMLRequest', xml, key: appKey })
  const query = new URL(url).search.slice(1)
  const lower = query.replace(/%[0-9A-F]{2}/, (part) => part.toLowerCase())
  assert.equal(readBack(query).type, 'ok')
  assert.notEqual(lower, query)
  assert.equal(readBack(lower).type, 'refused')
  assert.equal(readBack(`${query}&RelayState=x`).type, 'refused')
  assert.equal(readBack(`${query}&other=x`).type, 'ok')
  for (const double of ['SAMLRequest=x', 'SigAlg=x', 'Signature=x'])
    assert.equal(receiveRedirect(`${query}&${double}`).type, 'refused', double)
})

const readBack = (query: string) => {
  const received = receiveRedirect(query)
  return received.type === 'refused' ? received : readAuthnRequest(received.message, signed)
}

test('a browser does not change the signed query of a redirect', () => {
  const relayState = `'"<>()!*~ ä\u2028`
  const xml = writeAuthnRequest(request)
  const sent = { parameter: 'SAMLRequest' as const, xml, relayState, key: appKey }
  const url = buildRedirect(head.destination, sent)
  assert.equal(new URL(url).href, url)
})

test('an incomplete signature or two signatures on one message are refused', () => {
  const xml = writeAuthnRequest(request)
  const parts = new URLSearchParams(
    new URL(buildRedirect(head.destination, { parameter: 'SAMLRequest', xml, key: appKey })).search,
  )
  for (const name of ['SigAlg', 'Signature']) {
    const less = new URLSearchParams(parts)
    less.delete(name)
    assert.equal(receiveRedirect(`${less}`).type, 'refused', name)
  }
  const both = overRedirect(writeAuthnRequest(request, appKey), appKey)
  const outcome = readAuthnRequest(both, signed)
  assert.equal(outcome.type === 'refused' && outcome.reason, 'bad_signature')
})

test('an unsigned request is accepted only if no signature is required', () => {
  const xml = writeAuthnRequest(request)
  for (const message of [overPost(xml), overRedirect(xml)]) {
    assert.equal(opened(readAuthnRequest(message, unsigned)).request.isSigned, false)
    const outcome = readAuthnRequest(message, signed)
    assert.equal(outcome.type === 'refused' && outcome.reason, 'unsigned')
  }
})

test('a signature that cannot be verified is refused, even if no signature is required', () => {
  for (const message of [
    overPost(writeAuthnRequest(request, appKey)),
    overRedirect(writeAuthnRequest(request), appKey),
  ]) {
    const outcome = readAuthnRequest(message, unsigned)
    assert.equal(outcome.type === 'refused' && outcome.reason, 'bad_signature')
  }
})

test('a message of one type is refused by the reader of another type', () => {
  const logout = writeLogoutRequest({ ...head, nameId: { value: 'erika' } }, appKey)
  assert.equal(readAuthnRequest(overPost(logout), signed).type, 'refused')
  assert.equal(
    readLogoutRequest(overPost(writeAuthnRequest(request, appKey)), appKeys).type,
    'refused',
  )
  const asResponse = overPost(logout, 'SAMLResponse')
  assert.equal(readLogoutRequest(asResponse, appKeys).type, 'refused')
})

test('a request that violates the standard is refused', () => {
  const xml = writeAuthnRequest(request)
  const changes: [string, string | RegExp, string][] = [
    ['another version', 'Version="2.0"', 'Version="2.1"'],
    ['no id', 'ID="_request"', ''],
    ['an id that is none', 'ID="_request"', 'ID="1 2"'],
    ['no time', /IssueInstant="[^"]*"/, ''],
    ['a time of another zone', /(IssueInstant="[^"]*)Z"/, '$1+01:00"'],
    ['no time at all', /IssueInstant="[^"]*"/, 'IssueInstant="yesterday"'],
    ['no day', /IssueInstant="[^"]*"/, 'IssueInstant="2026-02-30T99:00:00Z"'],
    ['neither true nor false', 'ForceAuthn="true"', 'ForceAuthn="yes"'],
    ['another comparison', 'Comparison="minimum"', 'Comparison="most"'],
    ['no sender', /<saml:Issuer.*<\/saml:Issuer>/, ''],
    ['two senders', /(<saml:Issuer.*<\/saml:Issuer>)/, '$1$1'],
    ['a sender with an element', '</saml:Issuer>', '<x/></saml:Issuer>'],
    ['something unknown', '</samlp:AuthnRequest>', '<samlp:Evil/></samlp:AuthnRequest>'],
    ['text between', '</samlp:AuthnRequest>', 'x</samlp:AuthnRequest>'],
    ['an index and an address', 'Version=', 'AssertionConsumerServiceIndex="1" Version='],
    ['another namespace', 'SAML:2.0:protocol', 'SAML:2.0:protokoll'],
  ]
  for (const [name, from, to] of changes) {
    const changed = xml.replace(from, to)
    assert.notEqual(changed, xml, name)
    const outcome = readAuthnRequest(overPost(changed), unsigned)
    assert.equal(outcome.type === 'refused' && outcome.reason, 'bad_message', name)
  }
})

test('a logout request and its response are read back as they were written', () => {
  const nameId = {
    value: 'x<y>&"z"',
    format: nameIdFormats.persistent,
    nameQualifier: 'https://login.example/saml/metadata',
    spNameQualifier: head.issuer,
  }
  const written = writeLogoutRequest(
    { ...head, nameId, sessionIndex: '_1', notOnOrAfter: now + 1 },
    appKey,
  )
  const { request: read } = opened(readLogoutRequest(overPost(written), appKeys))
  assert.deepEqual(read, { ...head, nameId, sessionIndexes: ['_1'], notOnOrAfter: now + 1 })
  const answer = writeLogoutResponse(
    { ...head, inResponseTo: '_asked', status: { code: 'Responder', reason: 'PartialLogout' } },
    appKey,
  )
  const { response } = opened(readLogoutResponse(overPost(answer, 'SAMLResponse'), appKeys))
  assert.equal(response.inResponseTo, '_asked')
  assert.equal(response.status.isSuccess, false)
  assert.match(response.status.reason ?? '', /:PartialLogout$/)
})

test('a logout request without a signature is refused', () => {
  const xml = writeLogoutRequest({ ...head, nameId: { value: 'erika' } })
  const outcome = readLogoutRequest(overRedirect(xml), appKeys)
  assert.equal(outcome.type === 'refused' && outcome.reason, 'unsigned')
})

const success: SuccessResponse = {
  head: {
    id: '_response',
    issuer: 'https://login.example/saml/metadata',
    issuedAt: now,
    destination: 'https://app.example/acs',
    inResponseTo: '_request',
  },
  key: providerKey,
  assertion: {
    id: '_assertion',
    issuer: 'https://login.example/saml/metadata',
    issuedAt: now,
    notOnOrAfter: now + 300_000,
    audience: head.issuer,
    subject: {
      nameId: { value: 'pairwise', format: nameIdFormats.persistent },
      recipient: 'https://app.example/acs',
      inResponseTo: '_request',
    },
    login: { at: now - 5, sessionIndex: '_session', contextClass: 'urn:einlass:acr:number' },
    attributes: [
      { name: 'urn:oid:0.9.2342.19200300.100.1.3', friendlyName: 'mail', values: ['e@x.test'] },
      { name: 'groups', values: ['a & b', '<c>', 'ÄÖÜ "d"'] },
    ],
  },
}

test('an app reads a response with everything that was asserted', () => {
  const message = overPost(writeResponse(success), 'SAMLResponse')
  const { response } = opened(readResponse(message, { keys: providerKeys }))
  assert.equal(response.status.isSuccess, true)
  assert.equal(response.inResponseTo, '_request')
  assert.deepEqual(response.assertion, {
    issuer: success.head.issuer,
    nameId: success.assertion.subject.nameId,
    recipient: 'https://app.example/acs',
    inResponseTo: '_request',
    notOnOrAfter: now + 300_000,
    audience: head.issuer,
    sessionIndex: '_session',
    contextClass: 'urn:einlass:acr:number',
    attributes: {
      'urn:oid:0.9.2342.19200300.100.1.3': ['e@x.test'],
      groups: ['a & b', '<c>', 'ÄÖÜ "d"'],
    },
  })
})

test('only the app can read an encrypted assertion', () => {
  const { publicKey } = new X509Certificate(app.cert)
  const encryption = { key: { publicKey, certificate: appKey.certificate }, randomBytes }
  const xml = writeResponse({ ...success, encryption })
  assert.doesNotMatch(xml, /pairwise|e@x\.test/)
  const message = overPost(xml, 'SAMLResponse')
  const { privateKey } = appKey
  const { response } = opened(readResponse(message, { keys: providerKeys, privateKey }))
  assert.equal(response.assertion?.nameId.value, 'pairwise')
  assert.equal(readResponse(message, { keys: providerKeys }).type, 'refused')
  const other = { keys: providerKeys, privateKey: providerKey.privateKey }
  assert.equal(readResponse(message, other).type, 'refused')
})

test('an error response has the status code of the responsible side, the reason and a message', () => {
  const status = { code: 'Responder', reason: 'NoPassive', message: 'nobody is here' } as const
  const message = overPost(writeErrorResponse(success.head, status, providerKey), 'SAMLResponse')
  const { response } = opened(readResponse(message, { keys: providerKeys }))
  assert.equal(response.assertion, undefined)
  assert.match(response.status.code, /:Responder$/)
  assert.match(response.status.reason ?? '', /:NoPassive$/)
  assert.equal(response.status.message, 'nobody is here')
})

test('the metadata of an app is read with its addresses and keys', () => {
  const xml = writeServiceProvider({
    entityId: head.issuer,
    consumerUrls: ['https://app.example/acs', 'https://app.example/acs2'],
    logoutUrl: 'https://app.example/slo',
    signingCertificate: appKey.certificate,
    encryptionCertificate: providerKey.certificate,
    signsRequests: true,
  })
  const { provider: read } = opened(readServiceProvider(`\ufeff<!-- by hand -->\n${xml}`))
  assert.deepEqual(read, {
    entityId: head.issuer,
    consumers: [
      { url: 'https://app.example/acs', index: 0, isDefault: false },
      { url: 'https://app.example/acs2', index: 1, isDefault: false },
    ],
    logoutServices: [
      { binding: 'redirect', url: 'https://app.example/slo' },
      { binding: 'post', url: 'https://app.example/slo' },
    ],
    signingCertificates: [appKey.certificate],
    encryptionCertificate: providerKey.certificate,
    nameIdFormats: [],
    signsRequests: true,
  })
})

test('app metadata with a bad certificate, without a usable address, or for another role is refused', () => {
  const xml = writeServiceProvider({
    entityId: head.issuer,
    consumerUrls: ['https://app.example/acs'],
    signingCertificate: appKey.certificate,
  })
  const broken = [
    xml.replace(/<ds:X509Certificate>[^<]{20}/, '<ds:X509Certificate>AAAA'),
    xml.replace('HTTP-POST', 'HTTP-Artifact'),
    xml.replaceAll('SPSSODescriptor', 'IDPSSODescriptor'),
    xml.replaceAll('EntityDescriptor', 'EntitiesDescriptor'),
    xml.replace('index="0"', 'index="first"'),
    xml.replace(/entityID="[^"]*"/, ''),
    '<html></html>',
    'x'.repeat(300_000),
  ]
  for (const one of broken) assert.equal(readServiceProvider(one).type, 'refused', one.slice(0, 50))
})

test('the metadata of the server is signed with its key, and a changed one does not verify', () => {
  const xml = writeIdentityProvider(
    {
      id: '_metadata',
      entityId: success.head.issuer,
      certificates: [providerKey.certificate],
      singleSignOnUrl: head.destination,
      singleLogoutUrl: 'https://login.example/saml/slo',
    },
    providerKey,
  )
  const verify = (text: string, keys = providerKeys) => verifyDocument(parseXml(text), keys)
  assert.equal(verify(xml).local, 'EntityDescriptor')
  assert.throws(() => verify(xml, appKeys), /not signed by a key of the sender/)
  const changed = xml.replace(head.destination, 'https://evil.example/saml/sso')
  assert.throws(() => verify(changed), /another digest/)
})

test('the metadata of the server names all signing keys and both bindings', () => {
  const xml = writeIdentityProvider(
    {
      id: '_metadata',
      entityId: success.head.issuer,
      certificates: [providerKey.certificate, appKey.certificate],
      singleSignOnUrl: head.destination,
      singleLogoutUrl: 'https://login.example/saml/slo',
    },
    providerKey,
  )
  assert.equal(xml.match(/<md:KeyDescriptor/g)?.length, 2)
  assert.equal(xml.match(/<md:SingleSignOnService/g)?.length, 2)
  assert.equal(xml.match(/<md:SingleLogoutService/g)?.length, 2)
})

test('property: any RelayState is read back unchanged over both bindings', () => {
  const xml = writeAuthnRequest(request)
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (relayState) => {
      assert.equal(overRedirect(xml, undefined, relayState).relayState, relayState)
      const fields = buildPostFields({ parameter: 'SAMLRequest', xml, relayState })
      assert.equal(opened(receivePost(fields)).message.relayState, relayState)
    }),
  )
})

test('property: any query and any form is read or refused, without an exception', () => {
  fc.assert(
    fc.property(fc.string(), fc.base64String(), (text, base64) => {
      for (const query of [text, `SAMLRequest=${base64}`, `SAMLRequest=${text}&RelayState=${text}`])
        assert.ok(['ok', 'refused'].includes(receiveRedirect(query).type))
      for (const SAMLRequest of [text, base64])
        assert.ok(['ok', 'refused'].includes(receivePost({ SAMLRequest }).type))
    }),
  )
})
