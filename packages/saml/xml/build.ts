/** Makes trees to be written. Nothing here is XML text, so no value can become part of the document's structure. */
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

/** Replaces characters that XML cannot contain, even escaped, by the replacement character. */
function clean(text: string): string {
  return text.replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
}

/** The element with a further child before the given index; at the end without an index. */
export function insertChild(
  element: XmlElement,
  child: XmlElement,
  at: number = element.children.length,
): XmlElement {
  return { ...element, children: element.children.toSpliced(at, 0, child) }
}
