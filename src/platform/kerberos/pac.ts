/**
 * The certificate that a domain of Windows puts into a ticket (PAC, [MS-PAC]): whose account it is, by its security identifier,
 * which no other account ever gets, unlike a name. Owns its signature and its format.
 */
import { isSame, keyUsage, makeChecksum } from './encryption.ts'

export class MalformedPac extends Error {}

const bufferTypes = { logonInfo: 1, serverSignature: 6, domainSignature: 7 } as const

interface Part {
  readonly at: number
  readonly bytes: Buffer
}

/**
 * The security identifier of the account, such as `S-1-5-21-…-1107`; undefined: it has none, or `key` has not signed it. Its
 * signature is checked, as a client can have data of its own put into a ticket. Throws MalformedPac.
 */
export function readAccountSid(pac: Buffer, key: Buffer): string | undefined {
  try {
    const parts = listParts(pac)
    const logon = parts.get(bufferTypes.logonInfo)
    if (logon === undefined || !isSigned(pac, parts, key)) return undefined
    return readLogonInfo(logon.bytes)
  } catch (error) {
    if (error instanceof RangeError) throw new MalformedPac('it ends early')
    throw error
  }
}

/** [MS-PAC] 2.3. */
function listParts(pac: Buffer): ReadonlyMap<number, Part> {
  const parts = new Map<number, Part>()
  const count = pac.readUInt32LE(0)
  if (count > 100) throw new MalformedPac('more parts than any has')
  for (let number = 0; number < count; number += 1) {
    const header = 8 + 16 * number
    const type = pac.readUInt32LE(header)
    const length = pac.readUInt32LE(header + 4)
    const at = Number(pac.readBigUInt64LE(header + 8))
    const bytes = pac.subarray(at, at + length)
    if (bytes.length !== length) throw new MalformedPac('a part that ends early')
    if (parts.has(type)) throw new MalformedPac('a part twice')
    parts.set(type, { at, bytes })
  }
  return parts
}

/**
 * [MS-PAC] 2.8.1: over the whole, with both signatures as zeros. What a read-only domain controller puts behind its signature
 * is no part of it, and some implementations blank it too.
 */
function isSigned(pac: Buffer, parts: ReadonlyMap<number, Part>, key: Buffer): boolean {
  const own = parts.get(bufferTypes.serverSignature)
  const domain = parts.get(bufferTypes.domainSignature)
  if (own === undefined || domain === undefined) return false
  const type = own.bytes.readInt32LE(0)
  return [true, false].some((isWhole) => {
    const data = Buffer.from(pac)
    for (const { at, bytes } of [own, domain]) {
      const length = isWhole ? bytes.length - 4 : findLength(bytes.readInt32LE(0))
      data.fill(0, at + 4, Math.min(at + 4 + length, at + bytes.length))
    }
    const wanted = makeChecksum(type, { key, usage: keyUsage.pac, data })
    return wanted !== undefined && isSame(wanted, own.bytes.subarray(4, 4 + wanted.length))
  })
}

/** Of a signature, by the type of its checksum. */
const findLength = (type: number): number =>
  ({ 15: 12, 16: 12, 19: 16, 20: 24, [-138]: 16 })[type] ?? 0

/** Before the structure: two headers of NDR and the reference to it ([MS-RPCE] 2.2.6). */
const headerLength = 20
/** Where members of KERB_VALIDATION_INFO are ([MS-PAC] 2.5). */
const members = {
  names: { at: 48, count: 6 },
  userId: 100,
  groupIds: 112,
  server: 136,
  domainName: 144,
  domainId: 152,
  end: 216,
} as const

function readLogonInfo(bytes: Buffer): string | undefined {
  const fixed = bytes.subarray(headerLength, headerLength + members.end)
  if (fixed.length < members.end) throw new MalformedPac('it ends early')
  const userId = fixed.readUInt32LE(members.userId)
  // Then the account is of another domain, and so are its names.
  if (userId === 0 || fixed.readUInt32LE(members.domainId) === 0) return undefined
  const read = createReader(bytes.subarray(headerLength + members.end))
  for (let number = 0; number < members.names.count; number += 1) {
    // Length, room, and the reference to the text.
    if (fixed.readUInt32LE(members.names.at + 8 * number + 4) !== 0) read.skipText()
  }
  if (fixed.readUInt32LE(members.groupIds) !== 0) read.skip(8 * read.takeNumber())
  for (const at of [members.server, members.domainName]) {
    if (fixed.readUInt32LE(at + 4) !== 0) read.skipText()
  }
  read.takeNumber()
  const [revision, count] = read.take(2)
  if (revision !== 1 || count === undefined || count > 14) throw new MalformedPac('no domain')
  const authority = read.take(6).readUIntBE(0, 6)
  const parts = Array.from({ length: count }, () => read.takeNumber())
  return ['S', 1, authority, ...parts, userId].join('-')
}

/** Reads one value after another; texts and lists are behind the structure, in the order of the references. */
function createReader(bytes: Buffer) {
  let at = 0
  const take = (length: number): Buffer => {
    const taken = bytes.subarray(at, at + length)
    if (taken.length !== length) throw new MalformedPac('it ends early')
    at += length
    return taken
  }
  const takeNumber = () => take(4).readUInt32LE(0)
  const skip = (length: number): void => void take(length)
  return {
    take,
    takeNumber,
    skip,
    /** Its room, where it begins, its length in characters of two bytes; then padding. */
    skipText() {
      skip(8)
      skip(2 * takeNumber())
      skip((4 - (at % 4)) % 4)
    },
  }
}
