/** Signs correctly, but with algorithms and forms that are not accepted here. */
import { createHash, createHmac, type KeyObject, sign } from 'node:crypto'
import {
  digestSha256,
  envelopedSignature,
  exclusiveC14n,
  signatureRsaSha256,
} from '../signature/algorithms.ts'
import { build, insertChild } from '../xml/build.ts'
import { canonicalize } from '../xml/canonical.ts'
import { findAttribute, type XmlElement } from '../xml/tree.ts'

export interface SignatureForm {
  readonly signatureMethod?: string
  /** The hash of the signature, or `hmac` with the text of the certificate as its key. */
  readonly hash?: string
  readonly digestMethod?: string
  readonly digestHash?: string
  readonly canonicalization?: string
  readonly transforms?: readonly string[]
  readonly references?: readonly string[]
  /** Changes the parts before the signature is made. */
  readonly shape?: (signedInfo: XmlElement) => XmlElement
  /** Changes the signature afterwards. */
  readonly dress?: (signature: XmlElement) => XmlElement
}

export function signWith(
  root: XmlElement,
  key: KeyObject,
  form: SignatureForm = {},
  at: number | undefined = 1,
): XmlElement {
  const { shape = keep, dress = keep } = form
  const digestHash = form.digestHash ?? 'sha256'
  const digest = createHash(digestHash).update(canonicalize(root)).digest('base64')
  const references = form.references ?? [`#${findAttribute(root, 'ID')}`]
  const signedInfo = shape(
    build('ds:SignedInfo', {}, [
      build('ds:CanonicalizationMethod', { Algorithm: form.canonicalization ?? exclusiveC14n }),
      build('ds:SignatureMethod', { Algorithm: form.signatureMethod ?? signatureRsaSha256 }),
      ...references.map((uri) => buildReference(uri, digest, form)),
    ]),
  )
  const value = signBytes(canonicalize(signedInfo), key, form.hash ?? 'sha256')
  const signature = build('ds:Signature', {}, [signedInfo, build('ds:SignatureValue', {}, [value])])
  return insertChild(root, dress(signature), at)
}

const keep = (element: XmlElement) => element

function buildReference(uri: string, digest: string, form: SignatureForm): XmlElement {
  const transforms = form.transforms ?? [envelopedSignature, exclusiveC14n]
  return build('ds:Reference', { URI: uri }, [
    build(
      'ds:Transforms',
      {},
      transforms.map((Algorithm) => build('ds:Transform', { Algorithm })),
    ),
    build('ds:DigestMethod', { Algorithm: form.digestMethod ?? digestSha256 }),
    build('ds:DigestValue', {}, [digest]),
  ])
}

function signBytes(text: string, key: KeyObject, hash: string): string {
  if (hash === 'none') return ''
  if (!hash.startsWith('hmac-')) return sign(hash, Buffer.from(text), key).toString('base64')
  // The public half, which everybody has.
  const secret = key.export({ type: 'pkcs1', format: 'pem' })
  return createHmac(hash.slice('hmac-'.length), secret).update(text).digest('base64')
}
