/** Documents that must be refused: each is an attack or a fault that some other reader has accepted. */
import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'
import { after, test } from 'node:test'
import { deflateRawSync, deflateSync } from 'node:zlib'
import { createCertificate } from '../../test/support/certificate.ts'
import { receivePost, receiveRedirect } from './bindings.ts'
import { readAuthnRequest } from './messages/authn-request.ts'
import { readLogoutRequest, readLogoutResponse } from './messages/logout.ts'
import { readResponse } from './messages/response.ts'
import { readServiceProvider } from './metadata/read.ts'
import { buildKeyInfo } from './signature/sign.ts'
import { listBroken, listDocumentTypes, listLarge } from './test-support/broken.ts'
import { assertion, type DocumentKind, documents } from './test-support/documents.ts'
import { expectedOfWeak, listShapes, listWeakForms } from './test-support/forms.ts'
import { type SignatureForm, signWith } from './test-support/weak-signature.ts'
import { forge, listWrappings } from './test-support/wrapping.ts'
import { build, insertChild } from './xml/build.ts'
import { canonicalize } from './xml/canonical.ts'
import { listElements, type XmlElement } from './xml/tree.ts'

const trusted = createCertificate('app.example', 'rsa')
const key = createPrivateKey(trusted.key)
const keys = [createPublicKey(trusted.cert)]
const attacker = createCertificate('evil.example', 'rsa')
const attackerKey = createPrivateKey(attacker.key)
const attackerInfo = buildKeyInfo(new X509Certificate(attacker.cert).raw.toString('base64'))

const kinds = Object.keys(documents) as DocumentKind[]
const place: Readonly<Record<DocumentKind, number>> = {
  AuthnRequest: 1,
  LogoutRequest: 1,
  LogoutResponse: 1,
  Response: 1,
  EntityDescriptor: 0,
}

/** The document before its own signature; a Response already contains a signed assertion. */
function readyDocument(kind: DocumentKind): XmlElement {
  if (kind !== 'Response') return documents[kind]
  return insertChild(documents.Response, signWith(assertion, key))
}

const sign = (kind: DocumentKind, form: SignatureForm = {}, by = key) =>
  signWith(readyDocument(kind), by, form, place[kind])

/** Reads as the server does if a signature is required. */
function read(kind: DocumentKind, xml: string) {
  if (kind === 'EntityDescriptor') return readServiceProvider(xml, keys)
  const parameter = kind.endsWith('Request') ? 'SAMLRequest' : 'SAMLResponse'
  const received = receivePost({ [parameter]: Buffer.from(xml).toString('base64') })
  if (received.type === 'refused') return received
  const { message } = received
  if (kind === 'AuthnRequest') return readAuthnRequest(message, { keys, mustBeSigned: true })
  if (kind === 'LogoutRequest') return readLogoutRequest(message, keys)
  if (kind === 'LogoutResponse') return readLogoutResponse(message, keys)
  return readResponse(message, { keys })
}

function describe(outcome: ReturnType<typeof read> | ReturnType<typeof receivePost>): string {
  return outcome.type === 'refused' ? `${outcome.reason}: ${outcome.detail}` : outcome.type
}

let count = 0
/** @param expected the reason, because another check than the meant one may refuse the document as well */
function assertRefused(
  kind: DocumentKind,
  xml: string,
  { name, expected }: { readonly name: string; readonly expected?: RegExp | undefined },
): void {
  count++
  const outcome = read(kind, xml)
  assert.equal(outcome.type, 'refused', `${kind}: ${name}`)
  if (expected !== undefined) assert.match(describe(outcome), expected, `${kind}: ${name}`)
}

after(() => {
  assert.ok(count >= 2000, `${count} cases`)
})

for (const kind of kinds) {
  test(`A31: a valid ${kind} is accepted, so that a refusal of a changed one is meaningful`, () => {
    assert.deepEqual({ ...read(kind, canonicalize(sign(kind))), detail: undefined }.type, 'ok')
  })

  test(`A31: a ${kind} with signature wrapping is refused, in every arrangement of the parts`, () => {
    const attacks = listWrappings(sign(kind))
    assert.ok(attacks.length >= 384)
    for (const { name, xml } of attacks) assertRefused(kind, xml, { name })
  })

  test(`A31: a ${kind} with a correct signature by an algorithm that is not allowed is refused`, () => {
    for (const [name, form] of Object.entries(listWeakForms())) {
      const expected = expectedOfWeak(form)
      assertRefused(kind, canonicalize(sign(kind, form)), { name, expected })
    }
  })

  test(`A31: a ${kind} that is unsigned or signed with a foreign key is refused, also with a certificate in it`, () => {
    const dress = (signature: XmlElement) => insertChild(signature, attackerInfo)
    const foreign = /^bad_signature: not signed by a key of the sender$/
    const unsigned = /^unsigned: (?:no signature|\w+ without a signature)$/
    const cases: [string, RegExp, XmlElement][] = [
      ['foreign key', foreign, sign(kind, {}, attackerKey)],
      ['foreign certificate', foreign, sign(kind, { dress }, attackerKey)],
      ['no signature', unsigned, readyDocument(kind)],
      ['signature taken away', unsigned, forge(sign(kind))],
    ]
    for (const [name, expected, document] of cases)
      assertRefused(kind, canonicalize(document), { name, expected })
  })

  test(`A31: a ${kind} whose signature has an unexpected structure is refused`, () => {
    for (const [name, [expected, form]] of Object.entries(
      listShapes(documents[kind], attackerInfo),
    )) {
      assertRefused(kind, canonicalize(sign(kind, form)), { name, expected })
    }
    const signed = sign(kind)
    const [signature] = listElements(signed).filter(({ local }) => local === 'Signature')
    assert.ok(signature)
    const expected = /more than one signature/
    for (const at of [undefined, 0]) {
      const name = `two signatures, the second at ${at}`
      assertRefused(kind, canonicalize(insertChild(signed, signature, at)), { name, expected })
    }
  })

  test(`A31: a ${kind} with a duplicate id is refused`, () => {
    for (const name of ['ID', 'Id', 'id', 'AssertionID', 'xml:id']) {
      const id = kind === 'Response' ? '_assertion' : '_4f1c0a7d9e'
      const twin = build('samlp:Extensions', { [name]: id })
      assertRefused(kind, canonicalize(signTwin(kind, twin)), { name, expected: /an id twice/ })
    }
  })

  test(`A31: a processing instruction, a CDATA section and, in messages, a comment are refused anywhere in a ${kind}`, () => {
    const xml = canonicalize(sign(kind))
    const allowsComments = kind === 'EntityDescriptor'
    for (const at of listGaps(xml)) {
      const insert = (text: string) => xml.slice(0, at) + text + xml.slice(at)
      const name = `at ${at}`
      const instruction = /^bad_xml: a processing instruction$/
      assertRefused(kind, insert('<?x y?>'), { name, expected: instruction })
      const section = /^bad_xml: a CDATA section$/
      assertRefused(kind, insert('<![CDATA[x]]>'), { name, expected: section })
      if (allowsComments) continue
      assertRefused(kind, insert('<!-- x -->'), { name, expected: /^bad_xml: a comment$/ })
    }
  })

  test(`A30: a ${kind} with a document type declaration is refused`, () => {
    const xml = canonicalize(sign(kind))
    for (const type of listDocumentTypes()) {
      // Only the declaration in capitals is one.
      const expected = type.includes('DOCTYPE')
        ? /^bad_xml: a document type$/
        : /^bad_xml: something that is no element$/
      assertRefused(kind, `${type}${xml}`, { name: type.slice(0, 60), expected })
    }
  })

  test(`A31: a ${kind} that is not well-formed is refused`, () => {
    const xml = canonicalize(sign(kind))
    for (const [name, broken] of Object.entries(listBroken(xml)))
      assertRefused(kind, broken, { name, expected: /^bad_xml: / })
  })

  test(`A31: a ${kind} to which much was added is refused`, () => {
    const xml = canonicalize(sign(kind))
    for (const [name, changed] of Object.entries(listLarge(xml))) {
      const expected = name === 'too much text' ? /^too_large: / : /^bad_signature: another digest$/
      assertRefused(kind, changed, { name, expected })
    }
  })

  test(`A31: a ${kind} with one changed character is refused or read with the same content`, () => {
    const xml = canonicalize(sign(kind))
    const good = read(kind, xml)
    for (let at = 0; at < xml.length; at += 7) {
      const changed = `${xml.slice(0, at)}${xml[at] === 'a' ? 'b' : 'a'}${xml.slice(at + 1)}`
      const outcome = read(kind, changed)
      if (outcome.type === 'ok') assert.deepEqual(outcome, good, `${at}`)
      else count++
    }
  })
}

for (const kind of ['AuthnRequest', 'LogoutRequest', 'LogoutResponse'] as const) {
  test(`A31: a signature inside of another part of a ${kind} is refused`, () => {
    const [signature] = listElements(sign(kind)).filter(({ local }) => local === 'Signature')
    assert.ok(signature)
    const xml = canonicalize(
      insertChild(documents[kind], build('samlp:Extensions', {}, [signature]), 1),
    )
    const expected = /^bad_signature: a signature that is no child of the root$/
    assertRefused(kind, xml, { name: 'in the extensions', expected })
    if (kind !== 'AuthnRequest') return
    // Also where the app need not sign.
    const received = receivePost({ SAMLRequest: Buffer.from(xml).toString('base64') })
    assert.ok(received.type === 'ok')
    const outcome = readAuthnRequest(received.message, { keys, mustBeSigned: false })
    assert.match(describe(outcome), expected)
  })
}

test('A31: a comment anywhere in signed metadata does not change what is read', () => {
  const xml = canonicalize(sign('EntityDescriptor'))
  const good = read('EntityDescriptor', xml)
  for (const at of listGaps(xml)) {
    const outcome = read('EntityDescriptor', `${xml.slice(0, at)}<!-- x -->${xml.slice(at)}`)
    assert.deepEqual(outcome, good, `${at}`)
  }
})

function signTwin(kind: DocumentKind, twin: XmlElement): XmlElement {
  return signWith(insertChild(readyDocument(kind), twin), key, {}, place[kind])
}

/** Between any two parts of the markup, and in the middle of every text. */
function listGaps(xml: string): number[] {
  const gaps = new Set<number>()
  for (let at = xml.indexOf('>'); at >= 0; at = xml.indexOf('>', at + 1)) {
    const next = xml.indexOf('<', at)
    if (next < 0) break
    gaps.add(at + 1).add(at + 1 + Math.floor((next - at - 1) / 2))
  }
  return [...gaps]
}

test('A30: a compressed message that is too large or malformed is refused', () => {
  const bomb = deflateRawSync(Buffer.alloc(10_000_000), { level: 9 })
  assert.ok(bomb.length < 12_000)
  const good = Buffer.from(canonicalize(sign('AuthnRequest')))
  const large = 'too_large: cannot be unpacked'
  const malformed = 'bad_encoding: cannot be unpacked'
  const packed: Record<string, [string, Buffer]> = {
    bomb: [large, bomb],
    'one byte too much': [large, deflateRawSync(Buffer.alloc(64 * 1024 + 1, 'x'))],
    'a header of zlib': [malformed, deflateSync(good)],
    'something behind': [
      'bad_encoding: more than one part',
      Buffer.concat([deflateRawSync(good), Buffer.from('x')]),
    ],
    'two parts': [
      'bad_encoding: more than one part',
      Buffer.concat([deflateRawSync(good), deflateRawSync(good)]),
    ],
    'half of it': [malformed, deflateRawSync(good).subarray(0, 100)],
    'not packed': [malformed, good],
    nothing: [malformed, Buffer.alloc(0)],
    noise: [malformed, Buffer.from('ff'.repeat(300), 'hex')],
  }
  for (const [name, [expected, bytes]] of Object.entries(packed)) {
    count++
    const query = `SAMLRequest=${encodeURIComponent(bytes.toString('base64'))}`
    assert.equal(describe(receiveRedirect(query)), expected, name)
  }
  const long = 'A'.repeat(1_000_000)
  assert.equal(describe(receiveRedirect(`SAMLRequest=${long}`)), 'too_large: a query too long')
  assert.equal(describe(receivePost({ SAMLRequest: long })), 'too_large: a field too long')
})

test('A31: bytes that are not UTF-8 or not base64 are refused', () => {
  const xml = canonicalize(sign('AuthnRequest'))
  const raw = Buffer.from(xml)
  const broken = [
    Buffer.concat([raw, Buffer.from([0xc0, 0xaf])]),
    Buffer.concat([raw, Buffer.from([0xed, 0xa0, 0x80])]),
    Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(xml, 'utf16le')]),
    Buffer.from(xml.replace('app', 'äpp'), 'latin1'),
  ]
  const texts = [
    `${raw.toString('base64')}!`,
    raw.toString('base64').replace(/.$/, ''),
    `${raw.toString('base64')}=`,
    raw.toString('base64url').replaceAll('=', '-_'),
    '====',
  ]
  const expected: [string, string][] = [
    ...broken.map((bytes): [string, string] => [
      bytes.toString('base64'),
      'bad_encoding: not UTF-8',
    ]),
    ...texts.map((text): [string, string] => [text, 'bad_encoding: not base64']),
    // These are UTF-8, but no XML.
    [Buffer.from(xml, 'utf16le').toString('base64'), 'bad_xml: a character that XML does not have'],
    [
      Buffer.concat([raw, Buffer.from([0])]).toString('base64'),
      'bad_xml: a character that XML does not have',
    ],
    ['', 'bad_xml: something that is no element'],
  ]
  for (const [text, reason] of expected) {
    count++
    assert.equal(describe(receivePost({ SAMLRequest: text })), reason, text.slice(-20))
  }
})
