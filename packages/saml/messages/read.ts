/** Common parts of reading SAML 2.0 messages: who sent the message, and the parts of an element. */
import type { KeyObject } from 'node:crypto'
import type { ReceivedMessage } from '../bindings.ts'
import { Refusal } from '../refusal.ts'
import { requireSignedBy } from '../signature/algorithms.ts'
import { findSignature, verifyDocument } from '../signature/verify.ts'
import { namespaces, type Prefix } from '../xml/namespaces.ts'
import { findAttribute, listElements, type XmlElement } from '../xml/tree.ts'

export interface Trust {
  /** The keys that are pinned for the sender. */
  readonly keys: readonly KeyObject[]
  /** Whether a message without a signature is refused. A signature that is present always has to be valid. */
  readonly mustBeSigned: boolean
}

export interface OpenedMessage {
  readonly root: XmlElement
  readonly isSigned: boolean
}

/** The claimed sender. Use it only to find the keys. */
export function findClaimedIssuer({ root }: ReceivedMessage): string | undefined {
  const [issuer, ...others] = listElements(root).filter((one) => isNamed(one, 'saml:Issuer'))
  if (issuer === undefined || others.length > 0) return undefined
  const [text, ...more] = issuer.children
  return typeof text === 'string' && more.length === 0 ? text : undefined
}

/** The id that the message claims to have; `undefined`: it has none, and is no message. */
export function findClaimedId({ root }: ReceivedMessage): string | undefined {
  return findAttribute(root, 'ID')
}

/** Checks the signature of a message. Throws Refusal. */
export function openMessage(
  message: ReceivedMessage,
  local: 'AuthnRequest' | 'LogoutRequest' | 'LogoutResponse' | 'Response',
  { keys, mustBeSigned }: Trust,
): OpenedMessage {
  const { root, parameter, binding, detached } = message
  const isRequest = parameter === 'SAMLRequest'
  if (!isNamed(root, `samlp:${local}`) || isRequest !== local.endsWith('Request')) {
    refuse(`not a ${local}`)
  }
  const allowsInner = local === 'Response'
  const embedded = findSignature(root, allowsInner)
  if (embedded !== undefined && binding === 'redirect') {
    throw new Refusal('bad_signature', 'a signature inside of a query')
  }
  if (detached !== undefined) requireSignedBy(keys, detached)
  if (embedded !== undefined) {
    return { root: verifyDocument(root, keys, allowsInner), isSigned: true }
  }
  if (detached === undefined && mustBeSigned) {
    throw new Refusal('unsigned', `${local} without a signature`)
  }
  return { root, isSigned: detached !== undefined }
}

export function refuse(detail: string): never {
  throw new Refusal('bad_message', detail)
}

type Name = `${Prefix}:${string}`

export function isNamed({ namespace, local }: XmlElement, name: Name): boolean {
  const [prefix = '', wanted] = name.split(':')
  return namespace === namespaces[prefix as Prefix] && local === wanted
}

/**
 * The children of an element by name. Throws Refusal for a child of another name, a repeated child, and text.
 * @param names with `*` after a name that may occur several times
 */
export function readParts(element: XmlElement, names: readonly Name[]) {
  checkNoText(element)
  const children = listElements(element)
  const known = names.map((name) => ({
    name: name.replace('*', '') as Name,
    isMany: name.endsWith('*'),
  }))
  for (const child of children) {
    if (!known.some(({ name }) => isNamed(child, name))) refuse(`${child.local} is unexpected`)
  }
  for (const { name, isMany } of known) {
    const count = children.filter((child) => isNamed(child, name)).length
    if (!isMany && count > 1) refuse(`${name} is there twice`)
  }
  const list = (name: Name) => children.filter((child) => isNamed(child, name))
  return {
    list,
    find: (name: Name): XmlElement | undefined => list(name)[0],
    require: (name: Name): XmlElement => list(name)[0] ?? refuse(`${name} is missing`),
  }
}

function checkNoText({ children, local }: XmlElement): void {
  if (children.some((child) => typeof child === 'string' && /[^\t\n\r ]/.test(child))) {
    refuse(`text in ${local}`)
  }
}

/** The text of an element that contains only text. */
export function readText(element: XmlElement): string {
  const [text = '', ...others] = element.children
  if (typeof text !== 'string' || others.length > 0) refuse(`${element.local} is not a text`)
  return text
}

/** A text whose surrounding white space is ignored, as in `xs:anyURI`. */
export function readUri(element: XmlElement): string {
  return readText(element).trim()
}

export function requireAttribute(element: XmlElement, name: string): string {
  return findAttribute(element, name) ?? refuse(`${name} is missing`)
}

export function readBoolean(element: XmlElement, name: string): boolean {
  const value = findAttribute(element, name) ?? 'false'
  if (!['true', 'false', '1', '0'].includes(value)) refuse(`${name} is neither true nor false`)
  return value === 'true' || value === '1'
}

/** Milliseconds since the epoch (`xs:dateTime`, in UTC, as SAML core section 1.3.3 requires). */
export function readTime(element: XmlElement, name: string): number | undefined {
  const text = findAttribute(element, name)
  if (text === undefined) return undefined
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,12})?Z$/.test(text)
  // Drops the digits of a second that JavaScript cannot read.
  const time = isTime ? Date.parse(text.replace(/(\.\d{3})\d+/, '$1')) : Number.NaN
  if (Number.isNaN(time)) refuse(`${name} is not a time in UTC`)
  return time
}

const second = 1000
const day = 24 * 60 * 60 * second
/** The lengths of the parts of a duration, in order. A year has 365 days, a month 30. */
const partLengths = [365 * day, 30 * day, day, 60 * 60 * second, 60 * second, second]

/** Milliseconds (`xs:duration`, without a sign). */
export function readDuration(element: XmlElement, name: string): number | undefined {
  const text = findAttribute(element, name)
  if (text === undefined) return undefined
  const parts =
    /^P(?:(\d{1,6})Y)?(?:(\d{1,6})M)?(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,9}(?:\.\d{1,9})?)S)?)?$/.exec(
      text,
    )
  const numbers = parts?.slice(1).map((part) => (part === undefined ? undefined : Number(part)))
  if (numbers?.every((one) => one === undefined) !== false) refuse(`${name} is no duration`)
  return numbers.reduce<number>(
    (sum, one, index) => sum + (one ?? 0) * (partLengths[index] ?? 0),
    0,
  )
}

export function requireTime(element: XmlElement, name: string): number {
  return readTime(element, name) ?? refuse(`${name} is missing`)
}

/** What all requests and responses begin with (SAML core sections 3.2.1 and 3.2.2). */
export interface MessageHead {
  readonly id: string
  readonly issuer: string
  /** Milliseconds since the epoch. */
  readonly issuedAt: number
  readonly destination?: string
}

export function readHead(root: XmlElement, issuer: XmlElement): MessageHead {
  if (requireAttribute(root, 'Version') !== '2.0') refuse('another version')
  const destination = findAttribute(root, 'Destination')
  return {
    id: readId(root, 'ID'),
    issuer: readText(issuer),
    issuedAt: requireTime(root, 'IssueInstant'),
    ...(destination !== undefined && { destination }),
  }
}

export function readId(element: XmlElement, name: string): string {
  const id = requireAttribute(element, name)
  if (!/^[A-Za-z_][A-Za-z0-9_.-]{0,255}$/.test(id)) refuse(`${name} is no id`)
  return id
}
