/** Makes trees to be written. Nothing here is text of XML, so no value can become a part of the document's structure. */
import { namespaces, type Prefix } from './namespaces.ts'
import { type XmlAttribute, type XmlElement, type XmlNode, xmlNamespace } from './tree.ts'

/** Absent values are left out, as attributes and as children. */
type Attributes = Readonly<Record<string, string | undefined>>
type Child = XmlNode | undefined

const scope: ReadonlyMap<string, string> = new Map([
  ['xml', xmlNamespace],
  ...Object.entries(namespaces),
])

/**
 * An element with a prefix of namespaces.ts.
 *
 *     build('saml:Issuer', {}, ['https://login.example.org/saml'])
 */
export function build(
  name: `${Prefix}:${string}`,
  attributes: Attributes = {},
  children: readonly Child[] = [],
): XmlElement {
  return {
    ...resolve(name),
    attributes: Object.entries(attributes).flatMap(([key, value]): XmlAttribute[] =>
      value === undefined ? [] : [{ ...resolve(key), value: clean(value) }],
    ),
    scope,
    children: children.flatMap((child): XmlNode[] => {
      if (child === undefined || child === '') return []
      return [typeof child === 'string' ? clean(child) : child]
    }),
  }
}

function resolve(name: string) {
  const [local = '', prefix = ''] = name.split(':').reverse()
  return { prefix, local, namespace: scope.get(prefix) ?? '' }
}

/** What XML cannot hold, even escaped, is shown as a character that is missing. */
function clean(text: string): string {
  return text.replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
}

/** The element with another child before the one at this place; at the end without a place. */
export function insertChild(
  element: XmlElement,
  child: XmlElement,
  at: number = element.children.length,
): XmlElement {
  return { ...element, children: element.children.toSpliced(at, 0, child) }
}
