/**
 * Reads XML 1.0 with namespaces, only as far as SAML needs it: elements, attributes, text, the five named references and
 * numeric ones. Refuses a document type, a processing instruction, a CDATA section or a name with other than ASCII letters,
 * because each of them has been used to bypass some verifier. Its time is proportional to the length.
 */
import { Refusal } from '../refusal.ts'
import { type XmlAttribute, type XmlElement, type XmlNode, xmlNamespace } from './tree.ts'

export interface ParseOptions {
  /** Comments are removed instead of refused, for files that people write. The text on both sides is joined. */
  readonly skipsComments?: boolean
}

const maxDepth = 40
const maxNamespaces = 64
const xmlnsNamespace = 'http://www.w3.org/2000/xmlns/'

const name = '[A-Za-z_][A-Za-z0-9_.-]*'
const qualifiedName = `(?:${name}:)?${name}`
const space = '[\\t\\n ]'
const patterns = {
  declaration: new RegExp(
    `<\\?xml${space}+version${space}*=${space}*(?:"1\\.0"|'1\\.0')(?:${space}+encoding${space}*=${space}*(?:"utf-8"|'utf-8'))?(?:${space}+standalone${space}*=${space}*(?:"(?:yes|no)"|'(?:yes|no)'))?${space}*\\?>`,
    'iy',
  ),
  space: new RegExp(`${space}*`, 'y'),
  open: new RegExp(`<(${qualifiedName})`, 'y'),
  attribute: new RegExp(`${space}+(${qualifiedName})${space}*=${space}*("[^"<]*"|'[^'<]*')`, 'y'),
  openEnd: new RegExp(`${space}*(/?)>`, 'y'),
  close: new RegExp(`</(${qualifiedName})${space}*>`, 'y'),
}

/** Everything but the characters of XML 1.0 section 2.2. */
const forbidden = /[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u

interface Cursor {
  readonly text: string
  readonly skipsComments: boolean
  at: number
}

type Scope = ReadonlyMap<string, string>

/** The root element. Throws Refusal `bad_xml`. */
export function parseXml(source: string, options: ParseOptions = {}): XmlElement {
  if (forbidden.test(source)) refuse('a character that XML does not have')
  const text = source.replace(/\r\n?/g, '\n')
  const cursor: Cursor = { text, skipsComments: options.skipsComments === true, at: 0 }
  take(cursor, patterns.declaration)
  skipMisc(cursor)
  const root = readElement(cursor, new Map([['xml', xmlNamespace]]), 1)
  skipMisc(cursor)
  if (cursor.at !== text.length) refuse('something follows the root element')
  return root
}

function refuse(detail: string): never {
  throw new Refusal('bad_xml', detail)
}

function take(cursor: Cursor, pattern: RegExp): RegExpExecArray | undefined {
  pattern.lastIndex = cursor.at
  const found = pattern.exec(cursor.text)
  if (found === null) return undefined
  cursor.at = pattern.lastIndex
  return found
}

function startsWith({ text, at }: Cursor, start: string): boolean {
  return text.startsWith(start, at)
}

/** Skips what may be before and after the root element. */
function skipMisc(cursor: Cursor): void {
  take(cursor, patterns.space)
  while (startsWith(cursor, '<!--')) {
    skipComment(cursor)
    take(cursor, patterns.space)
  }
}

function skipComment(cursor: Cursor): void {
  if (!cursor.skipsComments) refuse('a comment')
  const end = cursor.text.indexOf('--', cursor.at + 4)
  if (end < 0 || cursor.text[end + 2] !== '>') refuse('a comment without an end')
  cursor.at = end + 3
}

function readElement(cursor: Cursor, outer: Scope, depth: number): XmlElement {
  if (depth > maxDepth) refuse('elements too deep in one another')
  const qualified = take(cursor, patterns.open)?.[1] ?? refuse(describeMarkup(cursor))
  const written = readAttributes(cursor)
  const scope = readScope(written, outer)
  const attributes = resolveAttributes(written, scope)
  const end = take(cursor, patterns.openEnd) ?? refuse('a start tag without an end')
  const children = end[1] === '/' ? [] : readContent(cursor, { qualified, scope, depth })
  return { ...resolve(qualified, scope, true), attributes, scope, children }
}

function describeMarkup(cursor: Cursor): string {
  if (startsWith(cursor, '<!DOCTYPE')) return 'a document type'
  if (startsWith(cursor, '<![CDATA[')) return 'a CDATA section'
  if (startsWith(cursor, '<?')) return 'a processing instruction'
  return 'something that is no element'
}

type Written = ReadonlyMap<string, string>

function readAttributes(cursor: Cursor): Written {
  const written = new Map<string, string>()
  for (;;) {
    const found = take(cursor, patterns.attribute)
    if (found === undefined) return written
    const [, qualified = '', quoted = ''] = found
    if (written.has(qualified)) refuse('an attribute twice')
    // XML 1.0 section 3.3.3: literal white space becomes a space; as a character reference it stays.
    written.set(qualified, decode(quoted.slice(1, -1).replace(/[\t\n]/g, ' ')))
  }
}

function readScope(written: Written, outer: Scope): Scope {
  const declared = [...written].filter(([qualified]) => isDeclaration(qualified))
  if (declared.length === 0) return outer
  const scope = new Map(outer)
  for (const [qualified, uri] of declared) {
    const prefix = qualified === 'xmlns' ? '' : qualified.slice('xmlns:'.length)
    checkDeclaration(prefix, uri)
    scope.set(prefix, uri)
  }
  if (scope.size > maxNamespaces) refuse('too many namespaces')
  return scope
}

function isDeclaration(qualified: string): boolean {
  return qualified === 'xmlns' || qualified.startsWith('xmlns:')
}

function checkDeclaration(prefix: string, uri: string): void {
  if (prefix === 'xmlns') refuse('a prefix that cannot be declared')
  if ((prefix === 'xml') !== (uri === xmlNamespace)) refuse('another meaning of the prefix xml')
  if (uri === xmlnsNamespace) refuse('a namespace that cannot be declared')
  if (prefix !== '' && uri === '') refuse('a prefix without a namespace')
  if (!/^[\x21-\x7e]*$/.test(uri)) refuse('a namespace with other than ASCII characters')
}

function resolveAttributes(written: Written, scope: Scope): XmlAttribute[] {
  const expanded = new Set<string>()
  return [...written]
    .filter(([qualified]) => !isDeclaration(qualified))
    .map(([qualified, value]) => {
      const resolved = resolve(qualified, scope, false)
      const full = `${resolved.namespace} ${resolved.local}`
      if (expanded.has(full)) refuse('an attribute twice')
      expanded.add(full)
      return { ...resolved, value }
    })
}

/** The default namespace applies only to elements (Namespaces in XML 1.0 section 6.2). */
function resolve(qualified: string, scope: Scope, isElement: boolean) {
  const [local = '', prefix = ''] = qualified.split(':').reverse()
  if (prefix === '') return { prefix, local, namespace: isElement ? (scope.get('') ?? '') : '' }
  return { prefix, local, namespace: scope.get(prefix) ?? refuse('a prefix without a namespace') }
}

interface OpenElement {
  readonly qualified: string
  readonly scope: Scope
  readonly depth: number
}

function readContent(cursor: Cursor, { qualified, scope, depth }: OpenElement): XmlNode[] {
  const children: XmlNode[] = []
  for (;;) {
    const next = cursor.text.indexOf('<', cursor.at)
    if (next < 0) refuse('an element without an end')
    if (next > cursor.at) addText(children, decodeContent(cursor.text.slice(cursor.at, next)))
    cursor.at = next
    if (startsWith(cursor, '</')) {
      if (take(cursor, patterns.close)?.[1] !== qualified) refuse('an end tag of another element')
      return children
    }
    if (startsWith(cursor, '<!--')) skipComment(cursor)
    else children.push(readElement(cursor, scope, depth + 1))
  }
}

function addText(children: XmlNode[], text: string): void {
  const last = children.at(-1)
  if (typeof last === 'string') children[children.length - 1] = last + text
  else children.push(text)
}

function decodeContent(text: string): string {
  if (text.includes(']]>')) refuse('the end of a CDATA section')
  return decode(text)
}

const named: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
}

function decode(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&([a-z]{2,4}|#\d{1,7}|#x[\da-fA-F]{1,6})?(;)?/g, (_all, reference, end) => {
    if (reference === undefined || end === undefined) refuse('a reference without a name or an end')
    return resolveReference(reference)
  })
}

function resolveReference(reference: string): string {
  if (!reference.startsWith('#')) {
    const known = Object.hasOwn(named, reference) ? named[reference] : undefined
    return known ?? refuse('a reference to an entity')
  }
  const isHex = reference.startsWith('#x')
  const code = Number.parseInt(reference.slice(isHex ? 2 : 1), isHex ? 16 : 10)
  const character = code <= 0x10ffff ? String.fromCodePoint(code) : '\0'
  if (forbidden.test(character)) refuse('a character that XML does not have')
  return character
}
