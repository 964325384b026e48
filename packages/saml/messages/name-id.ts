/** Names of people for one app (SAML core section 2.2.3), and their formats (section 8.3). */
import { build } from '../xml/build.ts'
import { findAttribute, type XmlElement } from '../xml/tree.ts'
import { readText } from './read.ts'

export const nameIdFormats = {
  unspecified: 'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified',
  email: 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress',
  persistent: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
  transient: 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient',
} as const

export type NameIdFormat = keyof typeof nameIdFormats

export interface NameId {
  readonly value: string
  /** A URI; absent: unspecified. */
  readonly format?: string
  readonly nameQualifier?: string
  readonly spNameQualifier?: string
}

export function readNameId(element: XmlElement): NameId {
  const format = findAttribute(element, 'Format')
  const nameQualifier = findAttribute(element, 'NameQualifier')
  const spNameQualifier = findAttribute(element, 'SPNameQualifier')
  return {
    value: readText(element),
    ...(format !== undefined && { format }),
    ...(nameQualifier !== undefined && { nameQualifier }),
    ...(spNameQualifier !== undefined && { spNameQualifier }),
  }
}

export function buildNameId(nameId: NameId): XmlElement {
  const attributes = {
    NameQualifier: nameId.nameQualifier,
    SPNameQualifier: nameId.spNameQualifier,
    Format: nameId.format,
  }
  return build('saml:NameID', attributes, [nameId.value])
}
