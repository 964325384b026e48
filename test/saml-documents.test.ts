/** What we write of SAML against the schemas of OASIS and against xmlsec1, which was written by others; and what it writes. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createPrivateKey, createPublicKey, randomBytes, X509Certificate } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import {
  buildPostFields,
  nameIdFormats,
  readAuthnRequest,
  receivePost,
  type SuccessResponse,
  writeAuthnRequest,
  writeErrorResponse,
  writeIdentityProvider,
  writeLogoutRequest,
  writeLogoutResponse,
  writeResponse,
  writeServiceProvider,
  writeTokenResponse,
} from '#saml'
import { createCertificate } from './support/certificate.ts'

const run = promisify(execFile)
const schemas = '/usr/share/xml'
const pair = createCertificate('login.example', 'rsa')
const key = {
  privateKey: createPrivateKey(pair.key),
  certificate: new X509Certificate(pair.cert).raw.toString('base64'),
}
const now = Date.UTC(2026, 10, 27, 12)
const issuer = 'https://login.example/saml/metadata'

let folder = ''
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'einlass-saml-'))
  await writeFile(join(folder, 'key.pem'), pair.key)
  await writeFile(join(folder, 'cert.pem'), pair.cert)
  await writeFile(join(folder, 'all.xsd'), describeSchemas())
})
after(() => rm(folder, { recursive: true, force: true }))

function describeSchemas(): string {
  const imports = Object.entries({
    'http://www.w3.org/XML/1998/namespace': 'xmltooling/xml.xsd',
    'http://www.w3.org/2000/09/xmldsig#': 'xmltooling/xmldsig-core-schema.xsd',
    'http://www.w3.org/2001/04/xmlenc#': 'xmltooling/xenc-schema.xsd',
    'urn:oasis:names:tc:SAML:2.0:assertion': 'opensaml/saml-schema-assertion-2.0.xsd',
    'urn:oasis:names:tc:SAML:2.0:protocol': 'opensaml/saml-schema-protocol-2.0.xsd',
    'urn:oasis:names:tc:SAML:2.0:metadata': 'opensaml/saml-schema-metadata-2.0.xsd',
    'urn:oasis:names:tc:SAML:1.0:assertion': 'opensaml/cs-sstc-schema-assertion-1.1.xsd',
  }).map(
    ([namespace, file]) =>
      `<xs:import namespace="${namespace}" schemaLocation="${schemas}/${file}"/>`,
  )
  return `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">${imports.join('')}</xs:schema>`
}

async function write(name: string, xml: string): Promise<string> {
  const file = join(folder, name)
  await writeFile(file, xml)
  return file
}

async function checkSchema(xml: string): Promise<void> {
  const catalogs = [
    'opensaml/saml20-catalog.xml',
    'opensaml/saml11-catalog.xml',
    'xmltooling/catalog.xml',
  ]
  const env = {
    ...process.env,
    XML_CATALOG_FILES: catalogs.map((one) => `${schemas}/${one}`).join(' '),
  }
  const file = await write('document.xml', xml)
  const args = ['--nonet', '--noout', '--schema', join(folder, 'all.xsd'), file]
  await run('xmllint', args, { env })
}

const protocol = 'urn:oasis:names:tc:SAML:2.0:protocol'
const assertion = 'urn:oasis:names:tc:SAML:2.0:assertion'
const assertion1 = 'urn:oasis:names:tc:SAML:1.0:assertion'
const metadata = 'urn:oasis:names:tc:SAML:2.0:metadata'

/** Throws unless xmlsec1 finds the signature of this element right. */
async function checkSignature(xml: string, local: string, idAttribute = 'ID'): Promise<void> {
  const file = await write('signed.xml', xml)
  const namespaces = { Assertion: idAttribute === 'ID' ? assertion : assertion1 }
  const ids = [
    ...['Response', 'AuthnRequest', 'LogoutRequest', 'LogoutResponse'].map((one) => [
      one,
      protocol,
    ]),
    ...Object.entries(namespaces),
    ['EntityDescriptor', metadata],
  ].flatMap(([name, namespace]) => [`--id-attr:${idAttribute}`, `${namespace}:${name}`])
  const place = `//*[local-name()='${local}']/*[local-name()='Signature']`
  const trust = ['--enabled-key-data', 'x509', '--trusted-pem', join(folder, 'cert.pem')]
  await run('xmlsec1', ['--verify', ...trust, ...ids, '--node-xpath', place, file])
}

const head = {
  id: '_message',
  issuer,
  issuedAt: now,
  destination: 'https://app.example/acs',
  inResponseTo: '_asked',
}
const response: SuccessResponse = {
  head,
  key,
  assertion: {
    id: '_assertion',
    issuer,
    issuedAt: now,
    notOnOrAfter: now + 300_000,
    audience: 'https://app.example/metadata',
    subject: {
      nameId: {
        value: 'x<y>&"z" ÄÖÜ',
        format: nameIdFormats.persistent,
        nameQualifier: issuer,
        spNameQualifier: 'https://app.example/metadata',
      },
      recipient: 'https://app.example/acs',
      inResponseTo: '_asked',
    },
    login: {
      at: now,
      sessionIndex: '_session',
      sessionNotOnOrAfter: now + 3_600_000,
      contextClass: 'urn:einlass:acr:number',
    },
    attributes: [
      { name: 'urn:oid:0.9.2342.19200300.100.1.3', friendlyName: 'mail', values: ['e@x.test'] },
      { name: 'groups', values: ['a & b\r\n\t', '<c> 🔑', ']]>'] },
    ],
  },
}

test('a response matches the schema, and xmlsec1 accepts both of its signatures', async () => {
  const xml = writeResponse(response)
  await checkSchema(xml)
  await checkSignature(xml, 'Response')
  await checkSignature(xml, 'Assertion')
  const forged = xml.replace('e@x.test', 'f@x.test')
  await assert.rejects(checkSignature(forged, 'Response'))
  await assert.rejects(checkSignature(forged, 'Assertion'))
})

test('an encrypted assertion matches the schema, and xmlsec1 decrypts it', async () => {
  const { publicKey } = new X509Certificate(pair.cert)
  const encryption = { key: { publicKey, certificate: key.certificate }, randomBytes }
  const xml = writeResponse({ ...response, encryption })
  await checkSchema(xml)
  await checkSignature(xml, 'Response')
  const file = await write('encrypted.xml', xml)
  const args = ['--decrypt', '--privkey-pem', join(folder, 'key.pem'), file]
  const { stdout } = await run('xmlsec1', args)
  await checkSignature(stdout, 'Assertion')
  assert.match(stdout, /e@x\.test/)
})

test('errors, requests, logouts and metadata match the schema and have valid signatures', async () => {
  const request = { ...head, inResponseTo: undefined }
  const nameId = { value: 'erika', format: nameIdFormats.transient }
  const written = {
    Response: writeErrorResponse(
      head,
      { code: 'Responder', reason: 'NoPassive', message: 'x' },
      key,
    ),
    AuthnRequest: writeAuthnRequest(
      {
        ...request,
        consumerUrl: 'https://app.example/acs',
        isForced: true,
        isPassive: true,
        nameIdFormat: nameIdFormats.email,
        context: { comparison: 'minimum', classes: ['urn:einlass:acr:number'] },
      },
      key,
    ),
    LogoutRequest: writeLogoutRequest(
      { ...request, nameId, sessionIndex: '_1', notOnOrAfter: now },
      key,
    ),
    LogoutResponse: writeLogoutResponse({ ...head, status: { code: 'Success' } }, key),
    EntityDescriptor: writeIdentityProvider(
      {
        id: '_metadata',
        entityId: issuer,
        certificates: [key.certificate, key.certificate],
        singleSignOnUrl: 'https://login.example/saml/sso',
        singleLogoutUrl: 'https://login.example/saml/slo',
      },
      key,
    ),
  }
  for (const [local, xml] of Object.entries(written)) {
    await checkSchema(xml)
    await checkSignature(xml, local)
  }
  const provider = writeServiceProvider({
    entityId: 'https://app.example/metadata',
    consumerUrls: ['https://app.example/acs'],
    logoutUrl: 'https://app.example/slo',
    signingCertificate: key.certificate,
    encryptionCertificate: key.certificate,
  })
  await checkSchema(provider)
})

test('a SAML 1.1 token matches the schema and has a valid signature', async () => {
  const xml = writeTokenResponse(
    {
      id: '_token',
      issuer: 'https://login.example/adfs/services/trust',
      audience: 'https://mail.example/owa/',
      issuedAt: now,
      notOnOrAfter: now + 3_600_000,
      claims: [
        {
          type: 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn',
          values: ['erika@corp.example'],
        },
      ],
      login: { at: now, method: 'urn:oasis:names:tc:SAML:1.0:am:password' },
    },
    key,
  )
  const [token = ''] = /<saml1:Assertion.*<\/saml1:Assertion>/s.exec(xml) ?? []
  await checkSchema(token)
  await checkSignature(token, 'Assertion', 'AssertionID')
  await checkSignature(xml, 'Assertion', 'AssertionID')
})

test('Einlass accepts a request that xmlsec1 has signed', async () => {
  const unsigned = writeAuthnRequest({ ...head, inResponseTo: undefined })
  const template = `<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#">
    <ds:SignedInfo>
      <ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>
      <ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha512"/>
      <ds:Reference URI="#_message">
        <ds:Transforms>
          <ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>
          <ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#">
            <ec:InclusiveNamespaces xmlns:ec="http://www.w3.org/2001/10/xml-exc-c14n#" PrefixList="xs #default"/>
          </ds:Transform>
        </ds:Transforms>
        <ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#sha384"/>
        <ds:DigestValue/>
      </ds:Reference>
    </ds:SignedInfo>
    <ds:SignatureValue/>
    <ds:KeyInfo><ds:X509Data/></ds:KeyInfo>
  </ds:Signature>`
  const xml = unsigned
    .replace('<samlp:AuthnRequest ', '<samlp:AuthnRequest xmlns:xs="urn:xs" xmlns="urn:default" ')
    .replace('</saml:Issuer>', `</saml:Issuer>\n${template}`)
  const file = await write('template.xml', xml)
  const args = ['--sign', '--id-attr:ID', `${protocol}:AuthnRequest`, '--privkey-pem']
  const { stdout } = await run('xmlsec1', [
    ...args,
    `${join(folder, 'key.pem')},${join(folder, 'cert.pem')}`,
    file,
  ])
  const received = receivePost(buildPostFields({ parameter: 'SAMLRequest', xml: stdout }))
  assert.equal(received.type, 'ok')
  if (received.type !== 'ok') return
  const trust = { keys: [createPublicKey(pair.cert)], mustBeSigned: true }
  const outcome = readAuthnRequest(received.message, trust)
  assert.equal(outcome.type, 'ok', JSON.stringify(outcome))
})

test('the canonical form equals that of xmllint, with many kinds of namespaces and spaces', async () => {
  const { canonicalize } = await import('../packages/saml/xml/canonical.ts')
  const { parseXml } = await import('../packages/saml/xml/parse.ts')
  const documents = [
    '<a xmlns="urn:1" xmlns:p="urn:p"><b><p:c p:d="1"/></b><p:c/><e xmlns=""><f/></e></a>',
    '<x:a xmlns:x="urn:2" xmlns:y="urn:1" x:a="1" y:b="2" c="3" xml:lang="de" b="&#9;&#10;&#13;&quot;&lt;"/>',
    '<a b="1\n2\t3" a="\'">x\r\ny &#13; &lt;&amp;&gt;"\' ÄÖÜ 🔑</a>',
    '<a xmlns:p="urn:1"><p:b xmlns:p="urn:2"><p:c xmlns:p="urn:1"/></p:b></a>',
    '<a xmlns:p="urn:1" xmlns:q="urn:1"><q:b p:x="1" q:y="2"/></a>',
    writeResponse(response),
  ]
  for (const xml of documents) {
    const file = await write('canonical.xml', xml)
    const { stdout } = await run('xmllint', ['--exc-c14n', file])
    assert.equal(canonicalize(parseXml(xml)), stdout.replace(/\n$/, ''), xml.slice(0, 60))
  }
})
