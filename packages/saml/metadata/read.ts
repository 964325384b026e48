/** Reads an app's metadata (SAML metadata section 2.4.4), as far as login and logout use it. */
import type { KeyObject } from 'node:crypto'
import { readCertificate } from '../certificates.ts'
import {
  isNamed,
  readDuration,
  readText,
  readTime,
  readUri,
  refuse,
  requireAttribute,
} from '../messages/read.ts'
import { type Reading, Refusal, readSafely } from '../refusal.ts'
import { verifyDocument } from '../signature/verify.ts'
import type { Prefix } from '../xml/namespaces.ts'
import { parseXml } from '../xml/parse.ts'
import { findAttribute, listElements, walkElements, type XmlElement } from '../xml/tree.ts'

/** An address that accepts responses by the POST binding. */
export interface ConsumerService {
  readonly url: string
  readonly index: number
  readonly isDefault: boolean
}

export interface LogoutService {
  readonly binding: 'redirect' | 'post'
  readonly url: string
  /** The address for responses, if it is another one. */
  readonly responseUrl?: string
}

export interface ServiceProvider {
  readonly entityId: string
  readonly displayName?: string
  /** At least one. */
  readonly consumers: readonly ConsumerService[]
  readonly logoutServices: readonly LogoutService[]
  /** URIs of other bindings of logouts, such as SOAP; absent: none. */
  readonly otherLogoutBindings?: readonly string[]
  /** Base64 of DER. */
  readonly signingCertificates: readonly string[]
  /** Base64 of DER; the first one if there are several. */
  readonly encryptionCertificate?: string
  /** URIs. */
  readonly nameIdFormats: readonly string[]
  readonly signsRequests: boolean
  /** Milliseconds since the epoch. */
  readonly validUntil?: number
  /** Milliseconds after which it should be read again. */
  readonly cacheDuration?: number
}

/** Characters. */
const maxMetadataLength = 256 * 1024
const protocolUri = 'urn:oasis:names:tc:SAML:2.0:protocol'
const bindingPrefix = 'urn:oasis:names:tc:SAML:2.0:bindings:'

/**
 * Reads a metadata file. Allows comments, because people write them into such files.
 * @param keys if not empty, one of them must have signed the document as a whole
 */
export function readServiceProvider(
  xml: string,
  keys: readonly KeyObject[] = [],
): Reading<{ readonly provider: ServiceProvider }> {
  return readSafely(() => {
    if (xml.length > maxMetadataLength) throw new Refusal('too_large', 'more than 256 KiB')
    const parsed = parseXml(xml.replace(/^\ufeff/, ''), { skipsComments: true })
    const root = keys.length === 0 ? parsed : verifyDocument(parsed, keys, true)
    return { provider: readEntity(root) }
  })
}

function readEntity(root: XmlElement): ServiceProvider {
  if (isNamed(root, 'md:EntitiesDescriptor')) refuse('a list of several entities: one is needed')
  if (!isNamed(root, 'md:EntityDescriptor')) refuse('not an EntityDescriptor')
  const descriptors = list(root, 'md:SPSSODescriptor').filter((one) =>
    requireAttribute(one, 'protocolSupportEnumeration').split(/\s+/).includes(protocolUri),
  )
  const [descriptor] = descriptors
  if (descriptor === undefined || descriptors.length > 1) {
    refuse('not exactly one SPSSODescriptor for SAML 2.0')
  }
  const validUntil = readTime(root, 'validUntil') ?? readTime(descriptor, 'validUntil')
  const cacheDuration =
    readDuration(root, 'cacheDuration') ?? readDuration(descriptor, 'cacheDuration')
  return {
    entityId: requireAttribute(root, 'entityID'),
    ...readName(descriptor),
    consumers: readConsumers(descriptor),
    ...readLogoutServices(list(descriptor, 'md:SingleLogoutService')),
    ...readKeys(descriptor),
    nameIdFormats: list(descriptor, 'md:NameIDFormat').map(readUri),
    signsRequests: ['true', '1'].includes(findAttribute(descriptor, 'AuthnRequestsSigned') ?? ''),
    ...(validUntil !== undefined && { validUntil }),
    ...(cacheDuration !== undefined && { cacheDuration }),
  }
}

function list(element: XmlElement, name: `${Prefix}:${string}`): XmlElement[] {
  return listElements(element).filter((one) => isNamed(one, name))
}

/** The first of the names for people, whatever its language. */
function readName(descriptor: XmlElement): { displayName?: string } {
  const [extensions] = list(descriptor, 'md:Extensions')
  const [info] = extensions === undefined ? [] : list(extensions, 'mdui:UIInfo')
  const [own] = info === undefined ? [] : list(info, 'mdui:DisplayName')
  const [service] = list(descriptor, 'md:AttributeConsumingService')
  const name = own ?? (service && list(service, 'md:ServiceName')[0])
  const text = name && readText(name).trim()
  return text ? { displayName: text } : {}
}

function readConsumers(descriptor: XmlElement): ConsumerService[] {
  const all = list(descriptor, 'md:AssertionConsumerService').filter(
    (one) => findBinding(one) === 'post',
  )
  if (all.length === 0) refuse('no AssertionConsumerService with the POST binding')
  return all.map((one) => {
    const index = requireAttribute(one, 'index')
    if (!/^\d{1,5}$/.test(index)) refuse('an index that is no number')
    const isDefault = ['true', '1'].includes(findAttribute(one, 'isDefault') ?? '')
    return { url: requireAttribute(one, 'Location'), index: Number(index), isDefault }
  })
}

function readLogoutServices(services: readonly XmlElement[]) {
  const others = services.filter((one) => findBinding(one) === undefined)
  return {
    logoutServices: services.flatMap(readLogoutService),
    ...(others.length > 0 && {
      otherLogoutBindings: others.map((one) => requireAttribute(one, 'Binding')),
    }),
  }
}

function readLogoutService(service: XmlElement): LogoutService[] {
  const binding = findBinding(service)
  if (binding === undefined) return []
  const responseUrl = findAttribute(service, 'ResponseLocation')
  return [
    {
      binding,
      url: requireAttribute(service, 'Location'),
      ...(responseUrl !== undefined && { responseUrl }),
    },
  ]
}

function findBinding(service: XmlElement): LogoutService['binding'] | undefined {
  const binding = requireAttribute(service, 'Binding')
  if (binding === `${bindingPrefix}HTTP-Redirect`) return 'redirect'
  return binding === `${bindingPrefix}HTTP-POST` ? 'post' : undefined
}

/** A key without `use` is for signing and encryption (SAML metadata section 2.4.1.1). */
function readKeys(descriptor: XmlElement) {
  const keys = list(descriptor, 'md:KeyDescriptor').flatMap((one) => {
    const use = findAttribute(one, 'use')
    return [...walkElements(one)]
      .filter((inner) => isNamed(inner, 'ds:X509Certificate'))
      .map((inner) => ({ use, ...readCertificate(readText(inner)) }))
  })
  const signing = keys.filter(({ use }) => use !== 'encryption')
  const encryption = keys.find(
    ({ use, publicKey }) => use !== 'signing' && publicKey.asymmetricKeyType === 'rsa',
  )
  return {
    signingCertificates: [...new Set(signing.map(({ certificate }) => certificate))],
    ...(encryption && { encryptionCertificate: encryption.certificate }),
  }
}
