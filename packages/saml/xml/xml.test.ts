import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { build } from './build.ts'
import { canonicalize } from './canonical.ts'
import type { Prefix } from './namespaces.ts'
import { parseXml } from './parse.ts'
import type { XmlElement } from './tree.ts'

const canonical = (xml: string, options = {}) => canonicalize(parseXml(xml), options)

test('different spellings of the same XML have one canonical form', () => {
  const forms = [
    `<a b="1" c="2"></a>`,
    `<a c='2' b='1'/>`,
    `<?xml version="1.0" encoding="UTF-8"?>\n<a\n  c="2"\n  b="1"\n/>\n`,
    `<a xmlns:unused="urn:x" b="&#49;" c="2"></a >`,
    `<a c="2" xmlns:unused="urn:x" b="1"  ></a>`,
  ]
  for (const form of forms) assert.equal(canonical(form), '<a b="1" c="2"></a>')
})

test('line breaks, references and white space in attributes are normalized as the standard requires', () => {
  assert.equal(canonical('<a>x\r\ny\rz&#13;</a>'), '<a>x\ny\nz&#xD;</a>')
  assert.equal(canonical('<a b="1\n2\t3&#10;4"/>'), '<a b="1 2 3&#xA;4"></a>')
  assert.equal(canonical('<a>&lt;&amp;&gt;&quot;&apos;</a>'), `<a>&lt;&amp;&gt;"'</a>`)
  assert.equal(canonical(`<a b='"&lt;&gt;'/>`), '<a b="&quot;&lt;>"></a>')
  assert.equal(canonical('<a>&#x1F511;</a>'), '<a>🔑</a>')
})

test('a namespace is declared at its first use on each path from the root', () => {
  const xml = '<a xmlns="urn:1" xmlns:p="urn:p"><b><p:c p:d="1"/></b><p:c/><e xmlns=""/></a>'
  assert.equal(
    canonical(xml),
    '<a xmlns="urn:1"><b><p:c xmlns:p="urn:p" p:d="1"></p:c></b><p:c xmlns:p="urn:p"></p:c><e xmlns=""></e></a>',
  )
  assert.equal(
    canonical(xml, { inclusivePrefixes: ['p'] }),
    '<a xmlns="urn:1" xmlns:p="urn:p"><b><p:c p:d="1"></p:c></b><p:c></p:c><e xmlns=""></e></a>',
  )
})

test('attributes are sorted by namespace, and attributes without a namespace come first', () => {
  const xml = '<a xmlns:x="urn:2" xmlns:y="urn:1" x:a="1" y:b="2" c="3" xml:lang="de"/>'
  assert.equal(
    canonical(xml),
    '<a xmlns:x="urn:2" xmlns:y="urn:1" c="3" xml:lang="de" y:b="2" x:a="1"></a>',
  )
})

test('an element is canonicalized alone, with the namespaces that it inherits', () => {
  const root = parseXml('<p:a xmlns:p="urn:p"><p:b>x</p:b></p:a>')
  const [child] = root.children
  assert.ok(typeof child === 'object')
  assert.equal(canonicalize(child), '<p:b xmlns:p="urn:p">x</p:b>')
  assert.equal(canonicalize(root, { without: child }), '<p:a xmlns:p="urn:p"></p:a>')
})

test('comments are skipped only if an option allows it, and never split a text', () => {
  const xml = '<!-- a --><a>admin<!-- b -->@evil</a><!-- c -->'
  assert.throws(() => parseXml(xml), { reason: 'bad_xml' })
  assert.deepEqual(parseXml(xml, { skipsComments: true }).children, ['admin@evil'])
  for (const broken of ['<a><!-- -- --></a>', '<a><!----->', '<a><!-', '<!--'])
    assert.throws(() => parseXml(broken, { skipsComments: true }), { reason: 'bad_xml' })
})

test('characters that XML forbids become U+FFFD, and all others stay unchanged', () => {
  const text = `<&>"'\u0001\t\n\r\ud800 ]]> <!-- --> <?x?> ä🔑`
  const xml = canonicalize(build('saml:Issuer', { a: text }, [text]))
  const read = parseXml(xml)
  const cleaned = text.replace('\u0001', '\ufffd').replace('\ud800', '\ufffd')
  assert.deepEqual(read.children, [cleaned])
  assert.equal(read.attributes[0]?.value, cleaned)
})

const names = fc.constantFrom<`${Prefix}:${string}`>('saml:A', 'saml:B', 'samlp:C', 'ds:D')
const attributes = fc.dictionary(fc.constantFrom('x', 'y', 'xml:lang', 'ds:z'), fc.string())
const { tree } = fc.letrec<{ tree: XmlElement }>((tie) => ({
  tree: fc
    .tuple(
      names,
      attributes,
      fc.array(fc.oneof({ depthSize: 'small' }, fc.string({ unit: 'binary' }), tie('tree')), {
        maxLength: 4,
      }),
    )
    .map(([name, values, children]) => build(name, values, children)),
}))

test('property: any built element is read back with the same canonical form', () => {
  fc.assert(
    fc.property(tree, (element) => {
      const xml = canonicalize(element)
      assert.equal(canonicalize(parseXml(xml)), xml)
    }),
  )
})

test('property: any text is refused or read, and its canonical form is stable', () => {
  const pieces = fc.constantFrom(
    '<a',
    '<b',
    '/>',
    '>',
    '</a>',
    '&',
    ';',
    '"',
    "'",
    '=',
    ' ',
    'x',
    ':',
  )
  fc.assert(
    fc.property(fc.array(fc.oneof(pieces, fc.string()), { maxLength: 30 }), (parts) => {
      let xml: string
      try {
        xml = canonicalize(parseXml(parts.join('')))
      } catch (error) {
        assert.equal((error as { reason?: string }).reason, 'bad_xml')
        return
      }
      assert.equal(canonicalize(parseXml(xml)), xml)
    }),
    { numRuns: 2000 },
  )
})
