import assert from 'node:assert/strict'
import { createPublicKey } from 'node:crypto'
import { test } from 'node:test'
import { createCertificate } from '../../../test/support/certificate.ts'
import { readLogoutRequest, receivePost } from '../index.ts'
import { namespaces } from '../xml/namespaces.ts'
import { exclusiveC14n } from './algorithms.ts'

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
  const from = performance.now()
  const outcome = readLogoutRequest(received.message, keys)
  assert.equal(outcome.type === 'refused' && outcome.reason, 'bad_signature')
  return { detail: outcome.type === 'refused' && outcome.detail, ms: performance.now() - from }
}

test('A37: the signature of a forged message cannot keep the server busy for long', () => {
  const content = '<b/>'.repeat(10_000)
  for (const prefixes of ['a '.repeat(10_000), 'b '.repeat(10_000), 'a:b '.repeat(5_000)]) {
    const { detail, ms } = read(forge({ prefixes, content }))
    assert.equal(detail, 'more prefixes than any app names')
    assert.ok(ms < 250, `${ms}`)
  }
  const names = Array.from({ length: 50 }, (_, n) => `n${n}`)
  const declarations = names.map((name) => ` xmlns:${name}="${name}"`).join('')
  const most = { prefixes: names.join(' '), declarations, content }
  const { detail, ms } = read(forge(most))
  assert.equal(detail, 'another digest')
  assert.ok(ms < 1000, `${ms}`)
})
