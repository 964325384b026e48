/**
 * Enveloped signatures of whole documents (XML Signature 1.1, SAML core section 5.4). Accepts only one form: one signature, a
 * child of the root, over the root by its id. The result is parsed from the verified bytes, so that unsigned content can never
 * be read.
 */
import type { KeyObject } from 'node:crypto'
import { decodeBase64 } from '../encoding.ts'
import { Refusal } from '../refusal.ts'
import { canonicalize } from '../xml/canonical.ts'
import { namespaces } from '../xml/namespaces.ts'
import { parseXml } from '../xml/parse.ts'
import { findAttribute, listElements, walkElements, type XmlElement } from '../xml/tree.ts'
import {
  computeDigest,
  envelopedSignature,
  exclusiveC14n,
  requireDigest,
  requireSignature,
  requireSignedBy,
} from './algorithms.ts'

/** Every attribute that some profile uses as an id: two elements with the same value make it unclear what was signed. */
const idNames = ['ID', 'Id', 'id', 'AssertionID', 'RequestID', 'ResponseID']

/**
 * The signature of the document, a child of its root; `undefined`: none. Throws Refusal when there are several, or one anywhere
 * else.
 * @param allowsInner whether parts may have signatures too, as in a response around an assertion
 */
export function findSignature(root: XmlElement, allowsInner = false): XmlElement | undefined {
  const [signature, ...others] = listElements(root).filter((one) => isDs(one, 'Signature'))
  if (others.length > 0) refuse('more than one signature')
  if (allowsInner) return signature
  for (const one of walkElements(root)) {
    if (isDs(one, 'Signature') && one !== signature)
      refuse('a signature that is no child of the root')
  }
  return signature
}

/**
 * The root of the document without its signature, parsed again from the signed bytes. Throws Refusal `bad_signature` or
 * `weak_algorithm`, and `unsigned` without a signature.
 * @param keys the keys that are pinned for the sender; keys in the document are ignored
 * @param allowsInner as for `findSignature`
 */
export function verifyDocument(
  root: XmlElement,
  keys: readonly KeyObject[],
  allowsInner = false,
): XmlElement {
  checkIds(root)
  const signature = findSignature(root, allowsInner)
  if (signature === undefined) throw new Refusal('unsigned', 'no signature')
  const { signedInfo, value } = readSignature(signature)
  const { canonicalization, algorithm, reference } = readSignedInfo(signedInfo)
  const { digest, digestAlgorithm, inclusivePrefixes } = readReference(reference, root)
  requireSignature(algorithm)
  requireDigest(digestAlgorithm)
  const bytes = canonicalize(root, { without: signature, inclusivePrefixes })
  if (computeDigest(digestAlgorithm, bytes) !== digest) refuse('another digest')
  const text = canonicalize(signedInfo, { inclusivePrefixes: canonicalization })
  requireSignedBy(keys, { algorithm, value, text })
  return parseXml(bytes)
}

function refuse(detail: string): never {
  throw new Refusal('bad_signature', detail)
}

function isDs(element: XmlElement, local: string): boolean {
  return element.namespace === namespaces.ds && element.local === local
}

/** Throws Refusal when two elements have the same id, whatever the attribute's name. */
export function checkIds(root: XmlElement): void {
  const seen = new Set<string>()
  for (const { attributes } of walkElements(root)) {
    for (const { local, value } of attributes) {
      if (!idNames.includes(local)) continue
      if (seen.has(value)) refuse('an id twice')
      seen.add(value)
    }
  }
}

/** The children of an element of XML Signature. They must be exactly these, with only white space between them. */
function readChildren(element: XmlElement, ...locals: readonly string[]): XmlElement[] {
  const children = listElements(element)
  const fits =
    children.length === locals.length && children.every((one, at) => isDs(one, locals[at] ?? ''))
  if (!fits) refuse(`unexpected content of ${element.local}`)
  checkBlank(element)
  return children
}

function checkBlank({ children, local }: XmlElement): void {
  const texts = children.filter((child) => typeof child === 'string')
  if (texts.some((text) => /[^\t\n\r ]/.test(text))) refuse(`text in ${local}`)
}

function readText(element: XmlElement): string {
  const [text, ...others] = element.children
  if (typeof text !== 'string' || others.length > 0) refuse(`${element.local} is not a text`)
  return text
}

function readAlgorithm(element: XmlElement): string {
  return findAttribute(element, 'Algorithm') ?? refuse(`${element.local} without an algorithm`)
}

function readSignature(signature: XmlElement) {
  const hasKeyInfo = listElements(signature).some((one) => isDs(one, 'KeyInfo'))
  const locals = ['SignedInfo', 'SignatureValue', ...(hasKeyInfo ? ['KeyInfo'] : [])]
  const [signedInfo, value] = readChildren(signature, ...locals)
  if (signedInfo === undefined || value === undefined) refuse('an incomplete signature')
  return { signedInfo, value: decodeBase64(readText(value), 'bad_signature') }
}

function readSignedInfo(signedInfo: XmlElement) {
  const [canonicalization, method, reference] = readChildren(
    signedInfo,
    'CanonicalizationMethod',
    'SignatureMethod',
    'Reference',
  )
  if (!canonicalization || !method || !reference) refuse('an incomplete SignedInfo')
  if (readAlgorithm(canonicalization) !== exclusiveC14n) refuse('a canonicalization not accepted')
  if (method.children.length > 0) refuse('a signature method with parameters')
  return {
    canonicalization: readInclusivePrefixes(canonicalization),
    algorithm: readAlgorithm(method),
    reference,
  }
}

function readReference(reference: XmlElement, root: XmlElement) {
  const id = findAttribute(root, 'ID') ?? findAttribute(root, 'AssertionID')
  if (id === undefined || id === '') refuse('a root without an id')
  if (findAttribute(reference, 'URI') !== `#${id}`) refuse('a reference to something else')
  const [transforms, method, value] = readChildren(
    reference,
    'Transforms',
    'DigestMethod',
    'DigestValue',
  )
  if (!transforms || !method || !value) refuse('an incomplete reference')
  const [enveloped, canonical] = readChildren(transforms, 'Transform', 'Transform')
  if (!enveloped || !canonical) refuse('other transforms than the two')
  const isUsual =
    readAlgorithm(enveloped) === envelopedSignature && readAlgorithm(canonical) === exclusiveC14n
  if (!isUsual || enveloped.children.length > 0) refuse('a transform that is not accepted')
  if (method.children.length > 0) refuse('a digest method with parameters')
  return {
    digest: decodeBase64(readText(value), 'bad_signature').toString('base64'),
    digestAlgorithm: readAlgorithm(method),
    inclusivePrefixes: readInclusivePrefixes(canonical),
  }
}

/** Far more than any app names. Each of them is looked for at every element, before it is known who has signed. */
const maxPrefixes = 64

/** Exclusive XML Canonicalization 1.0 section 3: prefixes whose declarations are part of the signed bytes. */
function readInclusivePrefixes(element: XmlElement): readonly string[] {
  checkBlank(element)
  const [list, ...others] = listElements(element)
  if (list === undefined) return []
  const isList = list.namespace === exclusiveC14n && list.local === 'InclusiveNamespaces'
  if (!isList || others.length > 0 || list.children.length > 0) {
    refuse('a canonicalization with parameters that are not accepted')
  }
  const prefixes = (findAttribute(list, 'PrefixList') ?? '').split(/[\t\n ]+/).filter(Boolean)
  if (prefixes.length > maxPrefixes) refuse('more prefixes than any app names')
  return prefixes.map((prefix) => (prefix === '#default' ? '' : prefix))
}
