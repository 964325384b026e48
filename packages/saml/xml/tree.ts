/**
 * A document as a tree of elements, attributes and text: the only parts of XML that are accepted here. Read by parse.ts, made
 * by build.ts, written by canonical.ts.
 */

export interface XmlAttribute {
  readonly prefix: string
  readonly local: string
  readonly namespace: string
  readonly value: string
}

export interface XmlElement {
  readonly prefix: string
  readonly local: string
  readonly namespace: string
  /** Without declarations of namespaces. */
  readonly attributes: readonly XmlAttribute[]
  /** The namespaces that are in scope, by prefix; the empty prefix is the default one. */
  readonly scope: ReadonlyMap<string, string>
  /** Never has two adjacent texts. */
  readonly children: readonly XmlNode[]
}

export type XmlNode = XmlElement | string

export const xmlNamespace = 'http://www.w3.org/XML/1998/namespace'

export function listElements(element: XmlElement): XmlElement[] {
  return element.children.filter((child) => typeof child !== 'string')
}

/** The value of an attribute without a prefix. */
export function findAttribute(element: XmlElement, local: string): string | undefined {
  return element.attributes.find((one) => one.namespace === '' && one.local === local)?.value
}

/** The element and all below it, in the order of the document. */
export function* walkElements(element: XmlElement): Generator<XmlElement> {
  yield element
  for (const child of listElements(element)) yield* walkElements(child)
}
