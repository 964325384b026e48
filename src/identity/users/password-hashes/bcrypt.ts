/** bcrypt as crypt(3) writes it, and Django's two forms of it. `$2x$` comes from a faulty program and is not read. */
import { hash } from 'node:crypto'
import { createKnown, type HashReading, malformed, readNumber, tooCostly } from './form.ts'

/** 2^14 rounds take one to three seconds. */
const maxCost = 14
/** In the last character of salt and digest, the unused bits are zero. */
const bcrypt = /^\$2[aby]\$(\d\d)\$[./\dA-Za-z]{21}[.Oeu][./\dA-Za-z]{30}[.CGKOSWaeimquy26]$/

export function readBcrypt(text: string): HashReading | undefined {
  if (text.startsWith('bcrypt_sha256$')) {
    // Django hashes the SHA-256 in hexadecimal, so that the whole password matters.
    const digest = (password: string) => hash('sha256', password, 'hex')
    return read(text.slice('bcrypt_sha256$'.length), digest)
  }
  if (text.startsWith('bcrypt$')) return read(text.slice('bcrypt$'.length))
  return /^\$2[aby]\$/.test(text) ? read(text) : undefined
}

function read(text: string, prepare = (password: string) => password): HashReading {
  const cost = readNumber(bcrypt.exec(text)?.[1]?.replace(/^0/, ''))
  if (cost === undefined || cost < 4 || cost > 31) return malformed
  if (cost > maxCost) return tooCostly
  return createKnown('bcrypt', async (password) => {
    const library = await import('@node-rs/bcrypt')
    return await library.verify(prepare(password), text)
  })
}
