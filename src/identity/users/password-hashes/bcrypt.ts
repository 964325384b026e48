/** bcrypt as crypt(3) writes it, and two forms of it each by Django and passlib. */
import { createHmac, hash } from 'node:crypto'
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
  if (text.startsWith('$bcrypt-sha256$')) return readPasslib(text)
  return /^\$2[aby]\$/.test(text) ? read(text) : undefined
}

/** `$bcrypt-sha256$v=2,t=2b,r=12$salt$digest`, or `$bcrypt-sha256$2b,12$salt$digest` of the first version. */
function readPasslib(text: string): HashReading {
  const parts =
    /^\$bcrypt-sha256\$(?:v=(2),t=(2b),r=|(2[aby]),)(\d{1,2})\$([./\dA-Za-z]{22})\$([./\dA-Za-z]{31})$/.exec(
      text,
    )
  if (parts === null || readNumber(parts[4]) === undefined) return malformed
  const [, version, ident = parts[3], , cost = '', salt = '', digest = ''] = parts
  // Base64, so that the whole password matters, and no byte of the digest ends the text. Only the second version has a key.
  const prepare = (password: string) =>
    version === undefined
      ? hash('sha256', password, 'base64')
      : createHmac('sha256', salt).update(password).digest('base64')
  return read(`$${ident}$${cost.padStart(2, '0')}$${salt}${digest}`, prepare)
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
