/** One round of a digest, with or without a salt after the password, as LDAP directories store it. */
import { createHash } from 'node:crypto'
import {
  areEqual,
  createKnown,
  type HashReading,
  isSaltLength,
  malformed,
  readBase64,
} from './form.ts'

const lengths: Readonly<Record<string, number>> = {
  md5: 16,
  sha: 20,
  sha256: 32,
  sha384: 48,
  sha512: 64,
}
/** RFC 2307 writes `{SHA}` and `{SSHA}`, others the number. */
const names: Readonly<Record<string, string>> = { sha: 'sha1' }

export function readDigest(text: string): HashReading | undefined {
  const parts = /^\{(s?)(md5|sha(?:256|384|512)?)\}(.*)$/i.exec(text)
  if (parts === null) return undefined
  const isSalted = parts[1] !== ''
  const name = (parts[2] ?? '').toLowerCase()
  const bytes = readBase64(parts[3])
  const length = lengths[name]
  if (bytes === undefined || length === undefined) return malformed
  const [digest, salt] = [bytes.subarray(0, length), bytes.subarray(length)]
  if (digest.length < length || isSaltLength(salt.length) !== isSalted) return malformed
  if (!isSalted && salt.length > 0) return malformed
  return createKnown('digest', async (password) =>
    areEqual(
      createHash(names[name] ?? name)
        .update(password)
        .update(salt)
        .digest(),
      digest,
    ),
  )
}
