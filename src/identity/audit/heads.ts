/**
 * Signed heads of the audit trail: the number and the hash of the newest event at a time, for a place outside of the
 * database. If the log ends before an exported head, or has another hash at its place, it is not the exported log. So
 * removed events at the end and a whole new log are found, even if they were written with the key. Like the signed tree
 * heads of RFC 6962 section 3.5, for a chain. Owns the form of a head; export-heads.ts exports them.
 */
import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { z } from 'zod'
import { Fault } from '../../platform/kernel/fault.ts'
import type { KeySource } from './keys.ts'

export interface Head {
  readonly seq: number
  readonly hash: string
}

export interface SignedHead extends Head {
  /** When it was signed, in ISO 8601. */
  readonly at: string
  /** Ed25519 (RFC 8032) in base64url, over the text of `signedText`. */
  readonly signature: string
}

const shape = z.object({
  seq: z.int().min(0),
  hash: z.string(),
  at: z.string(),
  signature: z.string(),
})

export function signHead(keyring: KeySource, { seq, hash }: Head, at: string): SignedHead {
  const text = signedText({ seq, hash, at })
  return { seq, hash, at, signature: sign(null, text, deriveKey(keyring)).toString('base64url') }
}

/**
 * The heads in a file: a JSON object a line, with or without the words that a syslog server puts before it. Throws Fault
 * `bad_request` for a line with a head that was not signed with this key, and for a file without any.
 */
export function readHeads(text: string, keyring: KeySource): Head[] {
  const publicKey = createPublicKey(deriveKey(keyring))
  const heads = text.split('\n').flatMap((line, index) => {
    const head = readLine(line)
    if (head === undefined) return []
    const signature = Buffer.from(head.signature, 'base64url')
    if (verify(null, signedText(head), publicKey, signature)) return [head]
    throw new Fault('bad_request', `Line ${index + 1} is not signed with the key of this log.`)
  })
  if (heads.length > 0) return heads
  throw new Fault('bad_request', 'The file has no head of an audit log.')
}

/** `undefined`: the line has something else, for example another event of the same receiver. */
function readLine(line: string): SignedHead | undefined {
  const begin = line.indexOf('{')
  if (begin === -1 || !line.includes('"signature"')) return undefined
  try {
    return shape.parse(JSON.parse(line.slice(begin)))
  } catch {
    return undefined
  }
}

function signedText({ seq, hash, at }: Omit<SignedHead, 'signature'>): Buffer {
  return Buffer.from(`einlass audit head\n${JSON.stringify({ at, hash, seq })}`)
}

/** What stands before the 32 bytes of a key in PKCS #8 (RFC 8410 section 7). */
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex')

function deriveKey(keyring: KeySource): KeyObject {
  const key = Buffer.concat([pkcs8Prefix, keyring.derive('audit/heads')])
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' })
}
