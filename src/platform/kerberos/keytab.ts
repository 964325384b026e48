/**
 * Lists the keys of a keytab: to report what is missing in it, and to read what a ticket says beside a name. Owns the file format
 * of MIT Kerberos, version 2.
 */

export interface KeytabEntry {
  /** For example `HTTP/login.example.org@EXAMPLE.ORG`. */
  readonly principal: string
  readonly version: number
  /** The number of the encryption type (RFC 3961, 8). */
  readonly encryption: number
}

export interface KeytabKey extends KeytabEntry {
  readonly key: Buffer
}

const fileMark = 0x0502

/** Without the keys. `undefined`: not a keytab. */
export function readKeytab(bytes: Buffer): KeytabEntry[] | undefined {
  return readKeys(bytes)?.map(({ key: _, ...entry }) => entry)
}

/** `undefined`: not a keytab. */
export function readKeys(bytes: Buffer): KeytabKey[] | undefined {
  if (bytes.length < 2 || bytes.readUInt16BE(0) !== fileMark) return undefined
  const entries: KeytabKey[] = []
  let at = 2
  try {
    while (at + 4 <= bytes.length) {
      const size = bytes.readInt32BE(at)
      const entry = bytes.subarray(at + 4, at + 4 + Math.abs(size))
      // A negative size marks a removed entry.
      if (size > 0) entries.push(readEntry(entry))
      if (size === 0) break
      at += 4 + Math.abs(size)
    }
    return entries
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return undefined
  }
}

/** Throws RangeError when the entry ends early. */
function readEntry(bytes: Buffer): KeytabKey {
  let at = 0
  const readNumber = (length: 1 | 2 | 4): number => {
    at += length
    return bytes.readUIntBE(at - length, length)
  }
  const readText = (): string => {
    const length = readNumber(2)
    at += length
    if (at > bytes.length) throw new RangeError('a text that ends early')
    return bytes.toString('latin1', at - length, at)
  }
  const count = readNumber(2)
  const realm = readText()
  const parts = Array.from({ length: count }, readText)
  // Skips the type of the name, and when the key was added.
  readNumber(4)
  readNumber(4)
  const short = readNumber(1)
  const encryption = readNumber(2)
  const keyLength = readNumber(2)
  const key = bytes.subarray(at, at + keyLength)
  at += keyLength
  const version = at + 4 <= bytes.length ? readNumber(4) : 0
  return { principal: `${parts.join('/')}@${realm}`, version: version || short, encryption, key }
}
