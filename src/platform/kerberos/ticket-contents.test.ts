// The account of a ticket that a real domain controller has made, and what an attacker changes in it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { domainTicket } from '../../dev/test-support/domain-ticket.ts'
import { field, sequence, tlv } from '../../dev/test-support/ticket-token.ts'
import { readAll, readFields, readOnly } from './der.ts'
import { decrypt, keyUsage } from './encryption.ts'
import { readKeys } from './keytab.ts'
import { MalformedPac, readAccountSid } from './pac.ts'
import { findAccountSid, readTicketPart } from './ticket-contents.ts'
import { readToken } from './token.ts'

const { principal, sid, token, keytab } = domainTicket

/** What the service reads in the ticket: its decrypted part, and the certificate in it. */
function open() {
  const read = readToken(token)
  const [first] = readKeys(keytab) ?? []
  assert.ok(read.type === 'ticket' && first !== undefined)
  const { key } = first
  const plain = decrypt(18, { key, usage: keyUsage.ticket, data: read.ticket.cipher })
  assert.ok(plain !== undefined)
  const fields = readFields(readOnly(readOnly(plain, 0x63), 0x30))
  const inner = (list: Buffer) => {
    const [only] = readAll(readOnly(list, 0x30))
    return readOnly(readFields(only?.content ?? Buffer.alloc(0)).get(0xa1) ?? list, 0x04)
  }
  return { key, plain, fields, pac: inner(inner(fields.get(0xaa) ?? Buffer.alloc(0))) }
}

test('the security identifier of the account is read from the ticket of a domain', () => {
  assert.equal(findAccountSid({ token, principal, keytab }), sid)
})

test('A32: a ticket of another name, or without a key that opens it, gives no identifier', () => {
  assert.equal(findAccountSid({ token, principal: 'erika@CORP.EXAMPLE', keytab }), undefined)
  const other = Buffer.from(keytab)
  const { key } = open()
  other[keytab.indexOf(key)] = (key[0] ?? 0) ^ 1
  assert.equal(findAccountSid({ token, principal, keytab: other }), undefined)
  assert.equal(findAccountSid({ token, principal, keytab: Buffer.from('x') }), undefined)
})

test('A32: a certificate of which any byte was changed gives no identifier', () => {
  const { key, pac } = open()
  assert.equal(readAccountSid(pac, key), sid)
  const signatures = [852, 868]
  for (let at = 0; at < pac.length; at += 1) {
    const changed = Buffer.from(pac)
    changed[at] = (changed[at] ?? 0) ^ 0x10
    let found: string | undefined
    try {
      found = readAccountSid(changed, key)
    } catch (error) {
      assert.ok(error instanceof MalformedPac, `${at}`)
    }
    // The signature of the domain itself is not covered by that of the service's key.
    const isOwnOfDomain = at >= (signatures[1] ?? 0) && at < (signatures[1] ?? 0) + 12
    assert.equal(found, isOwnOfDomain ? sid : undefined, `${at}`)
  }
})

test('A32: a certificate that the client had put beside that of the domain makes both worthless', () => {
  const { key, plain, fields, pac } = open()
  assert.equal(readTicketPart(plain, principal, key), sid)
  const entry = (type: number, data: Buffer) =>
    sequence(field(0, tlv(0x02, Buffer.from([0, type]))), field(1, tlv(0x04, data)))
  const rebuild = (...entries: readonly Buffer[]) => {
    const others = [...fields].filter(([tag]) => tag !== 0xaa)
    const last = field(10, sequence(...entries))
    return tlv(0x63, sequence(...others.map(([tag, content]) => tlv(tag, content)), last))
  }
  const own = entry(1, sequence(entry(128, pac)))
  assert.equal(readTicketPart(rebuild(own), principal, key), sid)
  assert.equal(readTicketPart(rebuild(own, own), principal, key), undefined)
  assert.equal(
    readTicketPart(rebuild(own, entry(128, Buffer.from('x'))), principal, key),
    undefined,
  )
  assert.equal(readTicketPart(rebuild(), principal, key), undefined)
  let deep = own
  for (let depth = 0; depth < 8; depth += 1) deep = entry(1, sequence(deep))
  assert.equal(readTicketPart(rebuild(deep), principal, key), undefined)
})

test('A38: no bytes in a ticket cause an exception', () => {
  const { key, plain } = open()
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(plain.length - 1), fc.nat(255)), { maxLength: 4 }),
      fc.nat(plain.length),
      (changes, length) => {
        const bytes = Buffer.from(plain)
        for (const [at, value] of changes) bytes[at] = value
        readTicketPart(bytes, principal, key)
        readTicketPart(bytes.subarray(0, length), principal, key)
      },
    ),
    { numRuns: 2000 },
  )
})
