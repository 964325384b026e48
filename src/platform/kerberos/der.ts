/** Reads DER (X.690) as far as Kerberos tokens need it: definite lengths, tags of one byte. Everything else is malformed. */

export class MalformedDer extends Error {}

export interface DerElement {
  readonly tag: number
  readonly content: Buffer
  /** The bytes after the element. */
  readonly rest: Buffer
}

/** Throws MalformedDer. */
export function readElement(bytes: Buffer): DerElement {
  const [tag, first] = bytes
  if (tag === undefined || first === undefined) throw new MalformedDer('it ends early')
  const { length, at } = first < 0x80 ? { length: first, at: 2 } : readLength(bytes, first & 0x7f)
  const content = bytes.subarray(at, at + length)
  if (content.length !== length) throw new MalformedDer('it ends early')
  return { tag, content, rest: bytes.subarray(at + length) }
}

/** The long form of a length, with as few bytes as possible. */
function readLength(bytes: Buffer, count: number): { length: number; at: number } {
  if (count === 0 || count > 3 || bytes.length < 2 + count) {
    throw new MalformedDer('a length that no token has')
  }
  const length = bytes.readUIntBE(2, count)
  if (length < 0x80 || length < 2 ** (8 * (count - 1))) {
    throw new MalformedDer('a length of too many bytes')
  }
  return { length, at: 2 + count }
}

/** The content of bytes that are exactly one element. Throws MalformedDer. */
export function readOnly(bytes: Buffer, tag: number): Buffer {
  const element = readElement(bytes)
  if (element.tag !== tag || element.rest.length > 0) {
    throw new MalformedDer(`not one element of the tag ${tag}`)
  }
  return element.content
}

/** All elements, one after another. Throws MalformedDer. */
export function readAll(bytes: Buffer): DerElement[] {
  const elements: DerElement[] = []
  for (let left = bytes; left.length > 0; ) {
    const element = readElement(left)
    elements.push(element)
    left = element.rest
  }
  return elements
}

/** The fields of a sequence by their tags, which must be in ascending order. Throws MalformedDer. */
export function readFields(bytes: Buffer): ReadonlyMap<number, Buffer> {
  const fields = new Map<number, Buffer>()
  let last = -1
  for (const { tag, content } of readAll(bytes)) {
    if (tag <= last) throw new MalformedDer('fields out of order')
    fields.set(tag, content)
    last = tag
  }
  return fields
}
