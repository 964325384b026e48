/**
 * The replication metadata of an entry in Active Directory: how often each attribute got a value, the same on all servers
 * (`replPropertyMetaData`, [MS-ADA3] 2.192). Owns the byte format: a head of 16 bytes, and 48 bytes for each attribute,
 * with its id and version.
 */

const headLength = 16
const attributeLength = 48

/** `undefined`: the bytes do not contain the attribute, or have another form. */
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
