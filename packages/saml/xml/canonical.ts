/**
 * Writes a tree as Exclusive XML Canonicalization 1.0, without comments. All XML here is written by it, so that the signed,
 * verified and sent bytes are the same.
 */
import type { XmlAttribute, XmlElement } from './tree.ts'

export interface CanonicalOptions {
  /** An element that is left out with everything below it: the enveloped signature. */
  readonly without?: XmlElement
  /** Prefixes whose declarations are written wherever they are in scope (`InclusiveNamespaces`), without `#default`. */
  readonly inclusivePrefixes?: readonly string[]
}

type Rendered = ReadonlyMap<string, string>

export function canonicalize(element: XmlElement, options: CanonicalOptions = {}): string {
  const parts: string[] = []
  write(parts, element, new Map([['xml', '']]), options)
  return parts.join('')
}

function write(
  parts: string[],
  element: XmlElement,
  rendered: Rendered,
  options: CanonicalOptions,
): void {
  if (element === options.without) return
  const fresh = findFresh(element, rendered, options.inclusivePrefixes ?? [])
  const name = join(element)
  parts.push(`<${name}`)
  for (const [prefix, uri] of fresh) {
    parts.push(` ${prefix === '' ? 'xmlns' : `xmlns:${prefix}`}="${escapeAttribute(uri)}"`)
  }
  for (const attribute of element.attributes.toSorted(compareAttributes)) {
    parts.push(` ${join(attribute)}="${escapeAttribute(attribute.value)}"`)
  }
  parts.push('>')
  const inner = fresh.length === 0 ? rendered : new Map([...rendered, ...fresh])
  for (const child of element.children) {
    if (typeof child === 'string') parts.push(escapeText(child))
    else write(parts, child, inner, options)
  }
  parts.push(`</${name}>`)
}

/** The declarations that this element needs and that no surrounding element has written, by prefix. */
function findFresh(
  { prefix, attributes, scope }: XmlElement,
  rendered: Rendered,
  inclusive: readonly string[],
): [string, string][] {
  const fresh = new Map<string, string>()
  const use = (one: string) => {
    const uri = scope.get(one) ?? ''
    if (one !== 'xml' && (rendered.get(one) ?? '') !== uri) fresh.set(one, uri)
  }
  use(prefix)
  for (const attribute of attributes) if (attribute.prefix !== '') use(attribute.prefix)
  for (const one of inclusive) if (scope.has(one)) use(one)
  return [...fresh].sort(([a], [b]) => compare(a, b))
}

function compareAttributes(a: XmlAttribute, b: XmlAttribute): number {
  return compare(a.namespace, b.namespace) || compare(a.local, b.local)
}

/** Names and namespaces are ASCII, so this is the order of their code points. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function join({ prefix, local }: { readonly prefix: string; readonly local: string }): string {
  return prefix === '' ? local : `${prefix}:${local}`
}

const textEscapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '\r': '&#xD;',
}

const attributeEscapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '"': '&quot;',
  '\t': '&#x9;',
  '\n': '&#xA;',
  '\r': '&#xD;',
}

function escapeText(text: string): string {
  return text.replace(/[&<>\r]/g, (character) => textEscapes[character] ?? '')
}

function escapeAttribute(text: string): string {
  return text.replace(/[&<"\t\n\r]/g, (character) => attributeEscapes[character] ?? '')
}
