/** Argon2 in the form of RFC 9106 libraries (PHC): hashes of Einlass itself, and imported ones. */
import { hash, verify } from '@node-rs/argon2'
import {
  createKnown,
  type HashReading,
  isDigestLength,
  isSaltLength,
  malformed,
  readBase64,
  readNumber,
  tooCostly,
} from './form.ts'

export const argon2Parameters = {
  memoryCost: 19_456,
  timeCost: 2,
  parallelism: 1,
  outputLen: 32,
}

/** KiB. As many of these can be in memory as there are cores. */
const maxMemory = 262_144
/** KiB written, over all passes: one to three seconds. */
const maxWork = 786_432
const maxLanes = 16
const minSaltLength = 8

export const hashByArgon2 = (password: string): Promise<string> => hash(password, argon2Parameters)

export function readArgon2(text: string): HashReading | undefined {
  if (!text.startsWith('$argon2')) return undefined
  const parts =
    /^\$argon2(id|i|d)(?:\$v=(16|19))?\$m=(\d+),t=(\d+),p=(\d+)\$([\w+/]+)\$([\w+/]+)$/.exec(text)
  if (parts === null) return malformed
  const [, type, version] = parts
  const [memory, passes, lanes] = parts.slice(3, 6).map(readNumber)
  const [salt, digest] = parts.slice(6).map(readBase64)
  if (!memory || !passes || !lanes || !salt || !digest) return malformed
  if (memory < 8 * lanes || salt.length < minSaltLength) return malformed
  if (!isSaltLength(salt.length) || !isDigestLength(digest.length)) return malformed
  if (memory > maxMemory || memory * passes > maxWork || lanes > maxLanes) return tooCostly
  const isSufficient =
    type === 'id' &&
    version === '19' &&
    memory >= argon2Parameters.memoryCost &&
    passes >= argon2Parameters.timeCost &&
    digest.length >= argon2Parameters.outputLen
  // Hashes of the algorithm's first version have no version number.
  const complete = version === undefined ? text.replace('$m=', '$v=16$m=') : text
  return createKnown('argon2', (password) => verify(complete, password), isSufficient)
}
