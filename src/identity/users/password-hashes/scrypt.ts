/** scrypt in the form of PHC, of Django and of Werkzeug. */
import { scrypt } from 'node:crypto'
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

const derive = promisify(
  (
    password: string,
    salt: Uint8Array,
    { length, ...options }: { length: number; N: number; r: number; p: number; maxmem: number },
    done: (error: Error | null, digest: Buffer) => void,
  ) => scrypt(password, salt, length, options, done),
)

/** Bytes. As many of these can be in memory as there are cores. */
const maxMemory = 256 * 1024 * 1024
/** The limit of N * r * p: one to three seconds. */
const maxWork = 2 ** 21
/**
 * The fixed cost of a block beside its N mixings, as a number of mixings. Without it, a small N would hide a large number
 * of blocks.
 */
const leastMixings = 16

interface ScryptParts {
  readonly n: number | undefined
  readonly r: number | undefined
  readonly p: number | undefined
  readonly salt: Uint8Array | undefined
  readonly digest: Uint8Array | undefined
}

export function readScrypt(text: string): HashReading | undefined {
  if (text.startsWith('$scrypt$')) return read(readPhc(text))
  if (text.startsWith('scrypt$')) return read(readDjango(text))
  if (text.startsWith('scrypt:')) return read(readWerkzeug(text))
  return undefined
}

function readPhc(text: string): ScryptParts | undefined {
  const parts = /^\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([^$]+)\$([^$]+)$/.exec(text)
  const exponent = readNumber(parts?.[1])
  if (parts === null || exponent === undefined || exponent > 30) return undefined
  const [r, p] = parts.slice(2, 4).map(readNumber)
  const [salt, digest] = parts.slice(4).map(readBase64)
  return { n: 2 ** exponent, r, p, salt, digest }
}

/** `scrypt$N$salt$r$p$digest`: the salt is text. */
function readDjango(text: string): ScryptParts | undefined {
  const [, n, salt, r, p, digest, ...more] = text.split('$')
  if (salt === undefined || more.length > 0) return undefined
  return {
    ...{ n: readNumber(n), r: readNumber(r), p: readNumber(p) },
    ...{ salt: Buffer.from(salt), digest: readBase64(digest) },
  }
}

/** `scrypt:N:r:p$salt$digest`: the salt is text, the digest in hexadecimal. */
function readWerkzeug(text: string): ScryptParts | undefined {
  const parts = /^scrypt:(\d+):(\d+):(\d+)\$([^$]+)\$((?:[\da-f]{2})+)$/.exec(text)
  if (parts === null) return undefined
  const [n, r, p] = parts.slice(1, 4).map(readNumber)
  const [salt, digest] = [Buffer.from(parts[4] ?? ''), Buffer.from(parts[5] ?? '', 'hex')]
  return { n, r, p, salt, digest }
}

function read(parts: ScryptParts | undefined): HashReading {
  if (parts === undefined) return malformed
  const { n, r, p, salt, digest } = parts
  if (!n || !r || !p || !salt || !digest) return malformed
  // RFC 7914, section 2.
  if (n < 2 || !Number.isInteger(Math.log2(n)) || Math.log2(n) >= 16 * r) return malformed
  if (!isSaltLength(salt.length) || !isDigestLength(digest.length)) return malformed
  const memory = 128 * r * (n + p)
  const work = Math.max(n, leastMixings) * r * p
  if (memory > maxMemory || work > maxWork) return tooCostly
  const options = { length: digest.length, N: n, r, p, maxmem: memory + 1024 * 1024 }
  return createKnown('scrypt', async (password) =>
    areEqual(await derive(password, salt, options), digest),
  )
}
