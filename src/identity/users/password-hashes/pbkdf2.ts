/**
 * PBKDF2 in the forms of PHC, passlib, OpenLDAP (pw-pbkdf2), 389 Directory Server, OpenDJ, Atlassian, Django and
 * Werkzeug.
 */
import { pbkdf2 } from 'node:crypto'
import { promisify } from 'node:util'
import {
  areEqual,
  createKnown,
  type HashReading,
  isDigestLength,
  isSaltLength,
  malformed,
  readBase64,
  readNumber,
  tooCostly,
} from './form.ts'

const derive = promisify(pbkdf2)

/** Rounds: one to three seconds. */
const maxWork = 2_000_000
const blockLengths = { sha1: 20, sha256: 32, sha512: 64 } as const

type Digest = keyof typeof blockLengths

interface Pbkdf2Parts {
  readonly algorithm: string | undefined
  readonly iterations: number | undefined
  readonly salt: Uint8Array | undefined
  readonly digest: Uint8Array | undefined
}

const readers: readonly [RegExp, (text: string) => Pbkdf2Parts | undefined][] = [
  [/^\$pbkdf2(?:-|\$)/, readModular],
  [/^\{pbkdf2[^}]*\}\d+:/i, readOpenDj],
  [/^\{pbkdf2[^}]*\}/i, readLdap],
  [/^\{pkcs5s2\}/i, readAtlassian],
  [/^pbkdf2_/, readDjango],
  [/^pbkdf2:/, readWerkzeug],
]

export function readPbkdf2(text: string): HashReading | undefined {
  const reader = readers.find(([beginning]) => beginning.test(text))?.[1]
  return reader && read(reader(text))
}

/** `$pbkdf2-sha256$29000$salt$digest` of passlib, `$pbkdf2-sha256$i=29000,l=32$salt$digest` of PHC. */
function readModular(text: string): Pbkdf2Parts | undefined {
  const parts =
    /^\$pbkdf2(?:-(sha1|sha256|sha512))?\$(?:i=)?(\d+)(?:,l=(\d+))?\$([^$]+)\$([^$]+)$/.exec(text)
  if (parts === null) return undefined
  const [, algorithm = 'sha1', iterations, length] = parts
  const [salt, digest] = parts.slice(4).map(readBase64)
  if (length !== undefined && readNumber(length) !== digest?.length) return undefined
  return { algorithm, iterations: readNumber(iterations), salt, digest }
}

/** `{PBKDF2-SHA256}10000$salt$digest`. */
function readLdap(text: string): Pbkdf2Parts | undefined {
  const parts = /^\{pbkdf2(?:[-_](sha1|sha256|sha512))?\}(\d+)\$([^$]+)\$([^$]+)$/i.exec(text)
  if (parts === null) return undefined
  const [, algorithm = 'sha1', iterations] = parts
  const [salt, digest] = parts.slice(3).map(readBase64)
  return { algorithm: algorithm.toLowerCase(), iterations: readNumber(iterations), salt, digest }
}

/** `{PBKDF2-HMAC-SHA256}10000:digest and salt`. */
function readOpenDj(text: string): Pbkdf2Parts | undefined {
  const parts = /^\{pbkdf2(?:-hmac-(sha256|sha512))?\}(\d+):(.+)$/i.exec(text)
  const bytes = readBase64(parts?.[3])
  if (parts === null || bytes === undefined) return undefined
  const algorithm = (parts[1] ?? 'sha1').toLowerCase()
  const length = isKnownDigest(algorithm) ? blockLengths[algorithm] : 0
  const [digest, salt] = [bytes.subarray(0, length), bytes.subarray(length)]
  return { algorithm, iterations: readNumber(parts[2]), salt, digest }
}

/** `{PKCS5S2}`, 16 bytes of salt and 32 of the digest, always with the same number of rounds. */
function readAtlassian(text: string): Pbkdf2Parts | undefined {
  const bytes = readBase64(text.slice('{PKCS5S2}'.length))
  if (bytes?.length !== 48) return undefined
  const [salt, digest] = [bytes.subarray(0, 16), bytes.subarray(16)]
  return { algorithm: 'sha1', iterations: 10_000, salt, digest }
}

/** `pbkdf2_sha256$600000$salt$digest`: the salt is text. */
function readDjango(text: string): Pbkdf2Parts | undefined {
  const parts = /^pbkdf2_(sha1|sha256)\$(\d+)\$([^$]+)\$([^$]+)$/.exec(text)
  if (parts === null) return undefined
  const [, algorithm, iterations, salt = '', digest] = parts
  const bytes = { salt: Buffer.from(salt), digest: readBase64(digest) }
  return { algorithm, iterations: readNumber(iterations), ...bytes }
}

/** `pbkdf2:sha256:600000$salt$digest`: the salt is text, the digest in hexadecimal. */
function readWerkzeug(text: string): Pbkdf2Parts | undefined {
  const parts = /^pbkdf2:(sha1|sha256|sha512):(\d+)\$([^$]+)\$((?:[\da-f]{2})+)$/.exec(text)
  if (parts === null) return undefined
  const [, algorithm, iterations, salt = '', digest = ''] = parts
  const bytes = { salt: Buffer.from(salt), digest: Buffer.from(digest, 'hex') }
  return { algorithm, iterations: readNumber(iterations), ...bytes }
}

function isKnownDigest(name: string | undefined): name is Digest {
  return name !== undefined && Object.hasOwn(blockLengths, name)
}

function read(parts: Pbkdf2Parts | undefined): HashReading {
  if (parts === undefined) return malformed
  const { algorithm, iterations, salt, digest } = parts
  if (!isKnownDigest(algorithm) || !iterations || !salt || !digest) return malformed
  if (!isSaltLength(salt.length) || !isDigestLength(digest.length)) return malformed
  if (iterations > maxWork) return tooCostly
  // Each block costs all rounds, and the first one alone is at least 128 bits long: the others would prove nothing more.
  const start = digest.subarray(0, blockLengths[algorithm])
  return createKnown('pbkdf2', async (password) =>
    areEqual(await derive(password, salt, iterations, start.length, algorithm), start),
  )
}
