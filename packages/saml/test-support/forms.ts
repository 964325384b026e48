/** Forms of signatures that are refused, each with the reason. */
import { envelopedSignature, exclusiveC14n } from '../signature/algorithms.ts'
import { build, insertChild } from '../xml/build.ts'
import { findAttribute, type XmlElement } from '../xml/tree.ts'
import type { SignatureForm } from './weak-signature.ts'

/** Correct signatures by algorithms that are not accepted. */
export function listWeakForms(): Record<string, SignatureForm> {
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

/** Each form is wrong in one respect, and has to be refused for this one. */
export function expectedOfWeak({
  signatureMethod,
  digestMethod,
  transforms,
}: SignatureForm): RegExp {
  if (signatureMethod === 'none') return /SignatureValue is not a text/
  // An algorithm that is accepted, for keys of another type.
  if (signatureMethod?.endsWith('ecdsa-sha256')) return /^bad_signature: not signed by a key of/
  if (signatureMethod?.endsWith('#rsa-sha1'))
    return /^weak_algorithm: rsa-sha1 is not accepted; rsa-/
  if (signatureMethod !== undefined) return /^weak_algorithm: .+ is not accepted; rsa-sha256 is$/
  if (digestMethod !== undefined) return /^weak_algorithm: .+ is not accepted; sha256 is$/
  if (transforms === undefined) return /a canonicalization not accepted/
  return transforms.length === 2 ? /a transform that is not accepted/ : /unexpected content of Tr/
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

/** Signatures with another structure than the usual one, each with the reason for which it has to be refused. */
export function listShapes(
  document: XmlElement,
  keyInfo: XmlElement,
): Record<string, [RegExp, SignatureForm]> {
  const id = `#${findAttribute(document, 'ID')}`
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
    'two references': [/unexpected content of SignedInfo/, { references: [id, id] }],
    'no reference': [/unexpected content of SignedInfo/, { references: [] }],
    'a reference to a part': [/a reference to something else/, { references: ['#_assertion'] }],
    'an XPointer': [
      /a reference to something else/,
      { references: [`#xpointer(id('${id.slice(1)}'))`] },
    ],
    'an address': [/a reference to something else/, { references: ['https://evil.example/x.xml'] }],
    'an object': [/unexpected content of Signature$/, { dress: add(object) }],
    'an object first': [/unexpected content of Signature$/, { dress: add(object, 0) }],
    'two SignedInfo': [/unexpected content of Signature$/, { dress: add(other) }],
    'an empty SignedInfo first': [/unexpected content of Signature$/, { dress: add(other, 0) }],
    'two values': [
      /unexpected content of Signature$/,
      { dress: add(build('ds:SignatureValue', {}, ['AAAA'])) },
    ],
    'two KeyInfo': [
      /unexpected content of Signature$/,
      { dress: (one) => add(keyInfo)(add(keyInfo)(one)) },
    ],
    'text in the signature': [
      /text in Signature$/,
      { dress: (one) => ({ ...one, children: [...one.children, 'x'] }) },
    ],
    'text in SignedInfo': [
      /text in SignedInfo/,
      { shape: (one) => ({ ...one, children: [...one.children, 'x'] }) },
    ],
    'an element in the digest': [
      /DigestValue is not a text/,
      {
        shape: changeEach('DigestValue', add(build('ds:Object'))),
      },
    ],
    'a digest in two places': [
      /unexpected content of Reference/,
      {
        shape: changeEach('Reference', add(build('ds:DigestValue', {}, ['AAAA']))),
      },
    ],
    'text behind the digest': [
      /not base64/,
      {
        shape: changeEach('DigestValue', (one) => ({ ...one, children: [...one.children, '!'] })),
      },
    ],
    'an output length': [
      /a signature method with parameters/,
      {
        shape: changeEach('SignatureMethod', add(build('ds:HMACOutputLength', {}, ['1']))),
      },
    ],
    'a transform with a program': [
      /a transform that is not accepted/,
      {
        shape: changeEach('Transform', add(build('ds:XPath', {}, ['not(.)']))),
      },
    ],
  }
}
