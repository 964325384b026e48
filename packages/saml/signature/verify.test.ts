import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { test } from 'node:test'
import { createCertificate } from '../../../test/support/certificate.ts'
import { readLogoutRequest, receivePost } from '../index.ts'
import { documents } from '../test-support/documents.ts'
import { canonicalize } from '../xml/canonical.ts'
import { namespaces } from '../xml/namespaces.ts'
import { parseXml } from '../xml/parse.ts'
import { listElements } from '../xml/tree.ts'
import { exclusiveC14n } from './algorithms.ts'
import { signElement } from './sign.ts'
import { verifyDocument } from './verify.ts'

const keys = [createPublicKey(createCertificate('app.example', 'rsa').cert)]

interface Form {
  readonly prefixes: string
  /** The content of the root element in addition to its signature. */
  readonly content?: string
  readonly declarations?: string
}

/** Writes a message with a forged signature. */
function forge({ prefixes, content = '', declarations = '' }: Form): string {
  const list = `<InclusiveNamespaces xmlns="${exclusiveC14n}" PrefixList="${prefixes}"/>`
  const transforms = `<ds:Transform Algorithm="${namespaces.ds}enveloped-signature"/><ds:Transform Algorithm="${exclusiveC14n}">${list}</ds:Transform>`
  const reference = `<ds:Reference URI="#_a"><ds:Transforms>${transforms}</ds:Transforms><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue>AAAA</ds:DigestValue></ds:Reference>`
  const signedInfo = `<ds:SignedInfo><ds:CanonicalizationMethod Algorithm="${exclusiveC14n}"/><ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>${reference}</ds:SignedInfo>`
  const signature = `<ds:Signature xmlns:ds="${namespaces.ds}">${signedInfo}<ds:SignatureValue>AAAA</ds:SignatureValue></ds:Signature>`
  return `<p:LogoutRequest xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:a="u"${declarations} ID="_a">${signature}${content}</p:LogoutRequest>`
}

function read(xml: string) {
  const received = receivePost({ SAMLRequest: Buffer.from(xml).toString('base64') })
  assert.equal(received.type, 'ok', JSON.stringify(received))
  const outcome = readLogoutRequest(received.message, keys)
  assert.equal(outcome.type === 'refused' && outcome.reason, 'bad_signature')
  return outcome.type === 'refused' ? outcome.detail : undefined
}

test('A37: a forged signature is refused because it names too many prefixes', () => {
  const content = '<b/>'.repeat(10_000)
  for (const prefixes of ['a '.repeat(10_000), 'b '.repeat(10_000), 'a:b '.repeat(5_000)]) {
    assert.equal(read(forge({ prefixes, content })), 'more prefixes than any app names')
  }
  const names = Array.from({ length: 50 }, (_, n) => `n${n}`)
  const declarations = names.map((name) => ` xmlns:${name}="${name}"`).join('')
  const most = { prefixes: names.join(' '), declarations, content }
  assert.equal(read(forge(most)), 'another digest')
})

test('A31: what is read of a signed message is in the signed bytes', () => {
  const { key, cert } = createCertificate('app.example', 'rsa')
  const signed = signElement(
    documents.LogoutRequest,
    { privateKey: createPrivateKey(key), certificate: '' },
    1,
  )
  // Exclusive canonicalization leaves out a declaration that nothing uses, so nobody has signed this one.
  const xml = canonicalize(signed).replace(/^<[^ ]+/, '$& xmlns:other="urn:other"')
  const root = parseXml(xml)
  assert.equal(root.scope.get('other'), 'urn:other')
  const read = verifyDocument(root, [createPublicKey(cert)])
  assert.equal(read.scope.get('other'), undefined)
  assert.deepEqual(
    listElements(read).map(({ local }) => local),
    ['Issuer', 'NameID', 'SessionIndex'],
  )
})
