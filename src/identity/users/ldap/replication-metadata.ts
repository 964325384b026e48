/**
 * What Active Directory writes down of an entry for its other servers: how often each attribute got a value, the same on all of
 * them (`replPropertyMetaData`, [MS-ADA3] 2.192). Owns its bytes: a head of 16, and 48 for each attribute, with its id and version.
 */

const headLength = 16
const attributeLength = 48

/** `undefined`: nothing is known of the attribute, or the bytes are of another form. */
export function readVersion(bytes: Buffer | undefined, attributeId: number): number | undefined {
  if (bytes === undefined || bytes.length < headLength || bytes.readUInt32LE(0) !== 1)
    return undefined
  const count = bytes.readUInt32LE(8)
  if (bytes.length < headLength + count * attributeLength) return undefined
  for (let at = headLength; at < headLength + count * attributeLength; at += attributeLength) {
    if (bytes.readUInt32LE(at) === attributeId) return bytes.readUInt32LE(at + 4)
  }
  return undefined
}
