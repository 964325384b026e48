/**
 * Reads the security identifier of the account from a ticket that the system's Kerberos has accepted, and of which it shows only
 * the name. Runs in the process that decrypts tickets, where the keys are. Decides nothing.
 */
import { MalformedDer, readAll, readFields, readOnly } from './der.ts'
import { decrypt, keyUsage } from './encryption.ts'
import { readKeys } from './keytab.ts'
import { MalformedPac, readAccountSid } from './pac.ts'
import { readToken } from './token.ts'

export interface AcceptedToken {
  readonly token: Buffer
  /** As the system's Kerberos has read it. What is read here must be of the same account. */
  readonly principal: string
  readonly keytab: Buffer
}

const tags = { sequence: 0x30, octets: 0x04, integer: 0x02, text: 0x1b, ticketPart: 0x63 } as const
const field = (number: number) => 0xa0 + number
/** Types of authorization data (RFC 4120, 5.2.6.1; [MS-KILE] 2.2.3). */
const dataTypes = { ifRelevant: 1, pac: 128 } as const
/** Lists of authorization data in one another. */
const deepest = 4

/** `undefined`: the ticket names none that the domain has signed. Never throws. */
export function findAccountSid({ token, principal, keytab }: AcceptedToken): string | undefined {
  const read = readToken(token)
  if (read.type !== 'ticket') return undefined
  const { cipher, key } = read.ticket
  for (const entry of readKeys(keytab) ?? []) {
    if (entry.encryption !== key.encryption) continue
    const given = { key: entry.key, usage: keyUsage.ticket, data: cipher }
    const plain = decrypt(key.encryption, given)
    if (plain !== undefined) return readTicketPart(plain, principal, entry.key)
  }
  return undefined
}

/** @param plain the decrypted part of the ticket (RFC 4120, 5.3) */
export function readTicketPart(plain: Buffer, principal: string, key: Buffer): string | undefined {
  try {
    const fields = readFields(readOnly(readOnly(plain, tags.ticketPart), tags.sequence))
    const realm = readOnly(take(fields, 2), tags.text).toString()
    const name = readFields(readOnly(take(fields, 3), tags.sequence))
    const parts = readAll(readOnly(take(name, 1), tags.sequence)).map(({ content }) => `${content}`)
    if (`${parts.join('/')}@${realm}` !== principal) return undefined
    const [pac, ...others] = listPacs(fields.get(field(10)))
    // A domain makes one. With a second one, it is unclear which of them others go by.
    return pac === undefined || others.length > 0 ? undefined : readAccountSid(pac, key)
  } catch (error) {
    if (!(error instanceof MalformedDer || error instanceof MalformedPac)) throw error
    return undefined
  }
}

/** RFC 4120, 5.2.6. */
function listPacs(data: Buffer | undefined, depth = 0): Buffer[] {
  if (data === undefined) return []
  if (depth > deepest) throw new MalformedDer('authorization data that is too deep')
  return readAll(readOnly(data, tags.sequence)).flatMap(({ content }) => {
    const entry = readFields(content)
    const type = readOnly(take(entry, 0), tags.integer)
    const value = readOnly(take(entry, 1), tags.octets)
    const number = type.readIntBE(0, Math.min(type.length, 4))
    if (number === dataTypes.pac) return [value]
    return number === dataTypes.ifRelevant ? listPacs(value, depth + 1) : []
  })
}

function take(fields: ReadonlyMap<number, Buffer>, number: number): Buffer {
  const found = fields.get(field(number))
  if (found === undefined) throw new MalformedDer(`no field ${number}`)
  return found
}
