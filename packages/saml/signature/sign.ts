/** Signs an element in the form that verify.ts reads. */
import type { KeyObject } from 'node:crypto'
import { build, insertChild } from '../xml/build.ts'
import { canonicalize } from '../xml/canonical.ts'
import { findAttribute, type XmlElement } from '../xml/tree.ts'
import {
  computeDigest,
  digestSha256,
  envelopedSignature,
  exclusiveC14n,
  signatureRsaSha256,
  signText,
} from './algorithms.ts'

export interface SigningKey {
  /** An RSA key. */
  readonly privateKey: KeyObject
  /** Base64 of the DER encoding. */
  readonly certificate: string
}

/**
 * The element with its signature: `RSA-SHA256` over its exclusive canonical form.
 * @param at the index among the children where the schema requires the signature; absent: at the end
 */
export function signElement(element: XmlElement, key: SigningKey, at?: number): XmlElement {
  const id = findAttribute(element, 'ID') ?? findAttribute(element, 'AssertionID')
  if (id === undefined) throw new TypeError('an element without an id cannot be signed')
  const signedInfo = build('ds:SignedInfo', {}, [
    build('ds:CanonicalizationMethod', { Algorithm: exclusiveC14n }),
    build('ds:SignatureMethod', { Algorithm: signatureRsaSha256 }),
    build('ds:Reference', { URI: `#${id}` }, [
      build('ds:Transforms', {}, [
        build('ds:Transform', { Algorithm: envelopedSignature }),
        build('ds:Transform', { Algorithm: exclusiveC14n }),
      ]),
      build('ds:DigestMethod', { Algorithm: digestSha256 }),
      build('ds:DigestValue', {}, [computeDigest(digestSha256, canonicalize(element))]),
    ]),
  ])
  const signature = build('ds:Signature', {}, [
    signedInfo,
    build('ds:SignatureValue', {}, [signText(key.privateKey, canonicalize(signedInfo))]),
    buildKeyInfo(key.certificate),
  ])
  return insertChild(element, signature, at)
}

/** @param certificate base64 of the DER encoding */
export function buildKeyInfo(certificate: string): XmlElement {
  return build('ds:KeyInfo', {}, [
    build('ds:X509Data', {}, [build('ds:X509Certificate', {}, [certificate])]),
  ])
}
