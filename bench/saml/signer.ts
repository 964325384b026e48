// The smallest answer to an app: the product's documents, signed by xml-crypto, and nothing else.
// Argument: {"documents": by protocol, without signatures}.

import { createPrivateKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { SignedXml } from 'xml-crypto'
import { listen } from '../control.ts'
import { answers, type Kind } from './apps.ts'

const { documents }: { documents: Record<Kind, string> } = JSON.parse(process.argv[2] ?? '{}')
// A key as long as the product's.
const pair = generateKeyPairSync('rsa', { modulusLength: 3072 })
const privateKey = createPrivateKey(pair.privateKey.export({ type: 'pkcs8', format: 'pem' }))

const c14n = 'http://www.w3.org/2001/10/xml-exc-c14n#'
const enveloped = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature'

type Place = { idAttribute: string; id: string; location: 'Issuer' | 'end' }

const sign = (xml: string, { idAttribute, id, location }: Place): string => {
  const element = `//*[@${idAttribute}='${id}']`
  const signed = new SignedXml({
    privateKey,
    idAttribute,
    signatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    canonicalizationAlgorithm: c14n,
  })
  signed.addReference({
    xpath: element,
    digestAlgorithm: 'http://www.w3.org/2001/04/xmlenc#sha256',
    transforms: [enveloped, c14n],
  })
  signed.computeSignature(xml, {
    prefix: 'ds',
    location:
      location === 'end'
        ? { reference: element, action: 'append' }
        : { reference: `${element}/*[local-name()='${location}']`, action: 'after' },
  })
  return signed.getSignedXml()
}

const listIds = (xml: string, idAttribute: string): string[] =>
  [...xml.matchAll(new RegExp(`\\s${idAttribute}="([^"]+)"`, 'g'))].flatMap(([, id]) => id ?? [])

/** Signs each element that has an id, the inner ones first. */
const createSigner = (kind: Kind): (() => string) => {
  const idAttribute = kind === 'saml' ? 'ID' : 'AssertionID'
  const location = kind === 'saml' ? 'Issuer' : 'end'
  const ids = listIds(documents[kind], idAttribute)
  if (ids.length !== (kind === 'saml' ? 2 : 1)) throw new Error(`${kind} has ${ids.length} ids`)
  return () => {
    let xml = documents[kind]
    for (const known of ids.toReversed()) {
      const id = `_${randomBytes(20).toString('hex')}`
      xml = sign(xml.replace(known, id), { idAttribute, id, location })
    }
    return xml
  }
}

const signers = { saml: createSigner('saml'), wsfed: createSigner('wsfed') }

const writeForm = (kind: Kind): string => {
  const value = Buffer.from(signers[kind]()).toString('base64')
  return `<form method="post"><input name="${answers[kind].field}" value="${value}"></form>`
}

const server = createServer((request, response) => {
  response.setHeader('content-type', 'text/html')
  response.end(writeForm(request.url?.startsWith('/saml/') ? 'saml' : 'wsfed'))
})
console.log(`ready ${JSON.stringify({ url: await listen(server), control: '' })}`)
