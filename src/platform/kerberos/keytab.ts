/**
 * Lists the keys of a keytab, to report what is missing in it. Owns the file format of MIT Kerberos, version 2; only the
 * system's Kerberos reads the keys themselves.
 */

export interface KeytabEntry {
  /** For example `HTTP/login.example.org@EXAMPLE.ORG`. */
  readonly principal: string
  readonly version: number
  /** The number of the encryption type (RFC 3961, 8). */
  readonly encryption: number
}

const fileMark = 0x0502

/** `undefined`: not a keytab. */
export function readKeytab(bytes: Buffer): KeytabEntry[] | undefined {
  if (bytes.length < 2 || bytes.readUInt16BE(0) !== fileMark) return undefined
  const entries: KeytabEntry[] = []
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
function readEntry(bytes: Buffer): KeytabEntry {
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
  at += keyLength
  const version = at + 4 <= bytes.length ? readNumber(4) : 0
  return { principal: `${parts.join('/')}@${realm}`, version: version || short, encryption }
}
