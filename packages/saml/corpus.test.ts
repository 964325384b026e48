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
import { envelopedSignature, exclusiveC14n } from './signature/algorithms.ts'
import { buildKeyInfo } from './signature/sign.ts'
import { listBroken, listDocumentTypes } from './test-support/broken.ts'
import { assertion, type DocumentKind, documents } from './test-support/documents.ts'
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

let count = 0
function assertRefused(kind: DocumentKind, xml: string, name: string): void {
  count++
  assert.equal(read(kind, xml).type, 'refused', `${kind}: ${name}`)
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
    for (const { name, xml } of attacks) assertRefused(kind, xml, name)
  })

  test(`A31: a ${kind} with a correct signature by an algorithm that is not allowed is refused`, () => {
    for (const [name, form] of Object.entries(listWeakForms())) {
      assertRefused(kind, canonicalize(sign(kind, form)), name)
    }
  })

  test(`A31: a ${kind} that is unsigned or signed with a foreign key is refused, also with a certificate in it`, () => {
    const dress = (signature: XmlElement) => insertChild(signature, attackerInfo)
    assertRefused(kind, canonicalize(sign(kind, {}, attackerKey)), 'foreign key')
    assertRefused(kind, canonicalize(sign(kind, { dress }, attackerKey)), 'foreign certificate')
    assertRefused(kind, canonicalize(readyDocument(kind)), 'no signature')
    assertRefused(kind, canonicalize(forge(sign(kind))), 'signature taken away')
  })

  test(`A31: a ${kind} whose signature has an unexpected structure is refused`, () => {
    for (const [name, form] of Object.entries(listShapes(kind))) {
      assertRefused(kind, canonicalize(sign(kind, form)), name)
    }
    const signed = sign(kind)
    const [signature] = listElements(signed).filter(({ local }) => local === 'Signature')
    assert.ok(signature)
    assertRefused(kind, canonicalize(insertChild(signed, signature)), 'two signatures')
    assertRefused(kind, canonicalize(insertChild(signed, signature, 0)), 'two signatures, first')
  })

  test(`A31: a ${kind} with a duplicate id is refused`, () => {
    for (const name of ['ID', 'Id', 'id', 'AssertionID', 'xml:id']) {
      const id = kind === 'Response' ? '_assertion' : '_4f1c0a7d9e'
      const twin = build('samlp:Extensions', { [name]: id })
      assertRefused(kind, canonicalize(signTwin(kind, twin)), name)
    }
  })

  test(`A31: a processing instruction, a CDATA section and, in messages, a comment are refused anywhere in a ${kind}`, () => {
    const xml = canonicalize(sign(kind))
    const allowsComments = kind === 'EntityDescriptor'
    for (const at of listGaps(xml)) {
      const insert = (text: string) => xml.slice(0, at) + text + xml.slice(at)
      assertRefused(kind, insert('<?x y?>'), `an instruction at ${at}`)
      assertRefused(kind, insert('<![CDATA[x]]>'), `a section at ${at}`)
      if (!allowsComments) assertRefused(kind, insert('<!-- x -->'), `a comment at ${at}`)
    }
  })

  test(`A30: a ${kind} with a document type declaration is refused`, () => {
    const xml = canonicalize(sign(kind))
    for (const type of listDocumentTypes()) assertRefused(kind, `${type}${xml}`, type.slice(0, 60))
  })

  test(`A31: a ${kind} that is not well-formed is refused`, () => {
    const xml = canonicalize(sign(kind))
    for (const [name, broken] of Object.entries(listBroken(xml))) assertRefused(kind, broken, name)
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

function listWeakForms(): Record<string, SignatureForm> {
  const ds = 'http://www.w3.org/2000/09/xmldsig#'
  const more = 'http://www.w3.org/2001/04/xmldsig-more#'
  const methods: [string, string][] = [
    [`${ds}rsa-sha1`, 'sha1'],
    [`${ds}dsa-sha1`, 'sha1'],
    [`${ds}hmac-sha1`, 'hmac-sha1'],
    [`${more}hmac-sha256`, 'hmac-sha256'],
    [`${more}hmac-sha384`, 'hmac-sha384'],
    [`${more}hmac-sha512`, 'hmac-sha512'],
    [`${more}rsa-md5`, 'md5'],
    [`${more}rsa-ripemd160`, 'sha256'],
    [`${more}rsa-sha224`, 'sha224'],
    [`${more}ecdsa-sha1`, 'sha1'],
    [`${more}ecdsa-sha256`, 'sha256'],
    ['http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1', 'sha256'],
    ['http://www.w3.org/2001/04/xmlenc#sha256', 'sha256'],
    [`${more}RSA-SHA256`, 'sha256'],
    [`${more}rsa-sha256 `, 'sha256'],
    ['__proto__', 'sha256'],
    ['constructor', 'sha256'],
    ['', 'sha256'],
    ['none', 'none'],
  ]
  const digests: [string, string][] = [
    [`${ds}sha1`, 'sha1'],
    [`${more}md5`, 'md5'],
    [`${more}sha224`, 'sha224'],
    ['http://www.w3.org/2001/04/xmlenc#ripemd160', 'ripemd160'],
    ['toString', 'sha256'],
    ['', 'sha256'],
  ]
  return {
    ...Object.fromEntries(
      methods.map(([signatureMethod, hash]) => [signatureMethod, { signatureMethod, hash }]),
    ),
    ...Object.fromEntries(
      digests.map(([digestMethod, digestHash]) => [
        `digest ${digestMethod}`,
        { digestMethod, digestHash },
      ]),
    ),
    ...Object.fromEntries(
      listForeignTransforms().map((transforms) => [`transforms ${transforms}`, { transforms }]),
    ),
    ...Object.fromEntries(
      listForeignCanonicalizations().map((canonicalization) => [
        `canonicalization ${canonicalization}`,
        { canonicalization },
      ]),
    ),
  }
}

function listForeignCanonicalizations(): string[] {
  return [
    'http://www.w3.org/TR/2001/REC-xml-c14n-20010315',
    'http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments',
    'http://www.w3.org/2001/10/xml-exc-c14n#WithComments',
    'http://www.w3.org/2006/12/xml-c14n11',
    'http://www.w3.org/2010/10/xml-c14n2',
    '',
  ]
}

function listForeignTransforms(): string[][] {
  const foreign = [
    'http://www.w3.org/TR/1999/REC-xslt-19991116',
    'http://www.w3.org/TR/1999/REC-xpath-19991116',
    'http://www.w3.org/2002/06/xmldsig-filter2',
    'http://www.w3.org/2000/09/xmldsig#base64',
    ...listForeignCanonicalizations(),
  ]
  return [
    [],
    [envelopedSignature],
    [exclusiveC14n],
    [exclusiveC14n, envelopedSignature],
    [envelopedSignature, exclusiveC14n, exclusiveC14n],
    [envelopedSignature, envelopedSignature, exclusiveC14n],
    ...foreign.flatMap((one) => [
      [one],
      [envelopedSignature, one],
      [one, exclusiveC14n],
      [envelopedSignature, one, exclusiveC14n],
    ]),
  ]
}

function listShapes(kind: DocumentKind): Record<string, SignatureForm> {
  const id = `#${documents[kind].attributes.find(({ local }) => local === 'ID')?.value}`
  const add = (child: XmlElement, at?: number) => (element: XmlElement) =>
    insertChild(element, child, at)
  const object = build('ds:Object', {}, ['x'])
  const other = build('ds:SignedInfo', {}, [])
  const changeEach =
    (local: string, change: (element: XmlElement) => XmlElement) =>
    (element: XmlElement): XmlElement => {
      const children = element.children.map((child) =>
        typeof child === 'string' ? child : changeEach(local, change)(child),
      )
      const inner = { ...element, children }
      return element.local === local ? change(inner) : inner
    }
  return {
    'two references': { references: [id, id] },
    'no reference': { references: [] },
    'a reference to a part': { references: ['#_assertion'] },
    'an XPointer': { references: [`#xpointer(id('${id.slice(1)}'))`] },
    'an address': { references: ['https://evil.example/x.xml'] },
    'an object': { dress: add(object) },
    'an object first': { dress: add(object, 0) },
    'two SignedInfo': { dress: add(other) },
    'an empty SignedInfo first': { dress: add(other, 0) },
    'two values': { dress: add(build('ds:SignatureValue', {}, ['AAAA'])) },
    'two KeyInfo': { dress: (one) => add(attackerInfo)(add(attackerInfo)(one)) },
    'text in the signature': { dress: (one) => ({ ...one, children: [...one.children, 'x'] }) },
    'text in SignedInfo': { shape: (one) => ({ ...one, children: [...one.children, 'x'] }) },
    'an element in the digest': {
      shape: changeEach('DigestValue', add(build('ds:Object'))),
    },
    'a digest in two places': {
      shape: changeEach('Reference', add(build('ds:DigestValue', {}, ['AAAA']))),
    },
    'text behind the digest': {
      shape: changeEach('DigestValue', (one) => ({ ...one, children: [...one.children, '!'] })),
    },
    'an output length': {
      shape: changeEach('SignatureMethod', add(build('ds:HMACOutputLength', {}, ['1']))),
    },
    'a transform with a program': {
      shape: changeEach('Transform', add(build('ds:XPath', {}, ['not(.)']))),
    },
  }
}

test('A30: a compressed message that is too large or malformed is refused', () => {
  const bomb = deflateRawSync(Buffer.alloc(10_000_000), { level: 9 })
  assert.ok(bomb.length < 12_000)
  const good = Buffer.from(canonicalize(sign('AuthnRequest')))
  const packed = {
    bomb,
    'one byte too much': deflateRawSync(Buffer.alloc(64 * 1024 + 1, 'x')),
    'a header of zlib': deflateSync(good),
    'something behind': Buffer.concat([deflateRawSync(good), Buffer.from('x')]),
    'two parts': Buffer.concat([deflateRawSync(good), deflateRawSync(good)]),
    'half of it': deflateRawSync(good).subarray(0, 100),
    'not packed': good,
    nothing: Buffer.alloc(0),
    noise: Buffer.from('ff'.repeat(300), 'hex'),
  }
  for (const [name, bytes] of Object.entries(packed)) {
    count++
    const query = `SAMLRequest=${encodeURIComponent(bytes.toString('base64'))}`
    assert.equal(receiveRedirect(query).type, 'refused', name)
  }
  assert.equal(receiveRedirect(`SAMLRequest=${'A'.repeat(1_000_000)}`).type, 'refused')
  assert.equal(receivePost({ SAMLRequest: 'A'.repeat(1_000_000) }).type, 'refused')
})

test('A31: bytes that are not UTF-8 or not base64 are refused', () => {
  const xml = canonicalize(sign('AuthnRequest'))
  const raw = Buffer.from(xml)
  const broken = [
    Buffer.concat([raw, Buffer.from([0xc0, 0xaf])]),
    Buffer.concat([raw, Buffer.from([0xed, 0xa0, 0x80])]),
    Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(xml, 'utf16le')]),
    Buffer.from(xml, 'utf16le'),
    Buffer.concat([raw, Buffer.from([0])]),
  ]
  const texts = [
    ...broken.map((bytes) => bytes.toString('base64')),
    `${raw.toString('base64')}!`,
    raw.toString('base64').replace(/.$/, ''),
    `${raw.toString('base64')}=`,
    raw.toString('base64url').replaceAll('=', '-_'),
    '',
    '====',
  ]
  for (const text of texts) {
    count++
    assert.equal(receivePost({ SAMLRequest: text }).type, 'refused', text.slice(-20))
  }
})
