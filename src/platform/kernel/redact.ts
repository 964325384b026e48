/**
 * Takes secrets out of what is logged, at every depth. Owns which names of members carry one. Does not look into texts: a
 * message that holds a secret is a mistake of the code that wrote it.
 */
import { stdSerializers } from 'pino'
import { withoutNodeHint } from './tls-error.ts'

const redacted = '[Redacted]'

/** Names that end so, in any spelling: `newPassword`, `set-cookie`, `client_secret`, `id_token_hint`. */
const secretName =
  /(?:pass[-_]?(?:word|phrase|code)s?|(?:password|token|secret)[-_]?hash|tokens?|token[-_]?hint|cookies?|authorization|secrets?|credentials?|(?:private|api|signing|shared)[-_]?keys?|jwt|jws|jwe|assertion|verifier|seed|otp|totp|(?:recovery|one[-_]?time|authori[sz]ation|auth|device|user|verification)[-_]?codes?)$/i

/** A code may be one that a person types, or one that says what went wrong. */
const codeName = /^codes?$/i

/** A word (`not_found`), a name of the system (`ECONNREFUSED`, `ERR_HTTP2_ERROR`) or an SQLSTATE (`40P01`). */
const errorCode = /^(?:[a-z]+(?:_[a-z]+)*|E[A-Z]{2,14}|ERR_[A-Z0-9_]+|[0-9A-Z]{5})$/

/** What is nested deeper is left out; the log would not show it either. */
const maxDepth = 12

/**
 * The same entry with `[Redacted]` in place of each secret. Copies only what contains a secret. An error becomes an object
 * of its type, message, stack and own members; its message includes the messages of its causes.
 *
 *   redact({ user: 'erika', form: { password: 'x' } })   // { user: 'erika', form: { password: '[Redacted]' } }
 */
export function redact(entry: object): object {
  return redactMembers(entry, [entry])
}

function redactBelow(value: unknown, above: readonly object[]): unknown {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value
  if (above.includes(value)) return '[Circular]'
  if (above.length === maxDepth) return '[Object]'
  const path = [...above, value]
  if (value instanceof Error) return redactMembers(readError(value), path)
  if (hasJson(value)) return redactBelow(value.toJSON(), path)
  return Array.isArray(value) ? redactItems(value, path) : redactMembers(value, path)
}

function readError(error: Error): object {
  const read = stdSerializers.err(error)
  return Object.assign(read, { message: cutHint(read.message), stack: cutHint(read.stack) })
}

/** A library may give its error anything as the message, and the log must not fail for that. */
const cutHint = (value: unknown): unknown =>
  typeof value === 'string' ? withoutNodeHint(value) : value

function hasJson(value: object): value is { toJSON(): unknown } {
  return 'toJSON' in value && typeof value.toJSON === 'function'
}

function redactItems(items: readonly unknown[], path: readonly object[]): readonly unknown[] {
  const clean = items.map((item) => redactBelow(item, path))
  return clean.some((item, index) => item !== items[index]) ? clean : items
}

function redactMembers(value: object, path: readonly object[]): object {
  let copy: Record<string, unknown> | undefined
  for (const [name, member] of Object.entries(value)) {
    const clean = isSecret(name, member) ? redacted : redactBelow(member, path)
    if (clean === member) continue
    copy ??= { ...value }
    copy[name] = clean
  }
  return copy ?? value
}

function isSecret(name: string, value: unknown): boolean {
  // Whether a secret is there is no secret.
  if (value === undefined || value === null || typeof value === 'boolean') return false
  return secretName.test(name) || (codeName.test(name) && !isErrorCode(value))
}

function isErrorCode(value: unknown): boolean {
  return typeof value === 'number'
    ? value < 1000
    : typeof value === 'string' && errorCode.test(value)
}
