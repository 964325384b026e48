/**
 * Password hashes in the forms that directories and products store. Owns which forms are known, how strictly each is
 * read, and how much a login with one may cost. Does not own the queue for hashes, nor their replacement at a login
 * (hasher.ts).
 *
 *   const reading = parsePasswordHash('{SSHA256}…')
 *   if (reading.type === 'known') await reading.hash.verify(typed)
 */
import { readArgon2 } from './argon2.ts'
import { readBcrypt } from './bcrypt.ts'
import { readDigest } from './digest.ts'
import type { HashReading } from './form.ts'
import { readPbkdf2 } from './pbkdf2.ts'
import { readScrypt } from './scrypt.ts'
import { readShaCrypt } from './sha-crypt.ts'
import { readUnsupported } from './unsupported.ts'

/** Longer than any hash of a known form. */
const maxLength = 1024

const readers = [
  readArgon2,
  readBcrypt,
  readScrypt,
  readPbkdf2,
  readShaCrypt,
  readDigest,
  readUnsupported,
]

/** Marks of LDAP directories and Django; the text after a mark is a hash in a known form. */
const marks: readonly [RegExp, RegExp][] = [
  [/^\{crypt\}/i, /^\$/],
  [/^\{(?:bcrypt|blf-crypt)\}/i, /^\$2/],
  [/^\{sha256-crypt\}/i, /^\$5\$/],
  [/^\{sha512-crypt\}/i, /^\$6\$/],
  [/^\{argon2(?:i|d|id)?\}/i, /^\$argon2/],
  [/^argon2(?=\$argon2)/, /^\$argon2/],
]

/** Never throws, whatever `text` is. `known`: a login can verify the hash, and then replaces it with argon2id. */
export function parsePasswordHash(text: string): HashReading {
  if (text.length > maxLength) return { type: 'refused', reason: 'unknown_form' }
  const marked = marks.find(([mark]) => mark.test(text))
  const unmarked = marked === undefined ? text : text.replace(marked[0], '')
  if (marked !== undefined && !marked[1].test(unmarked)) {
    return { type: 'refused', reason: 'unknown_form' }
  }
  for (const read of readers) {
    const reading = read(unmarked)
    if (reading !== undefined) return reading
  }
  return { type: 'refused', reason: 'unknown_form' }
}
