/** Forms that systems write and nothing here computes. They are refused by their names, so that everybody knows why. */
import type { HashReading } from './form.ts'

const forms: readonly (readonly [RegExp, string])[] = [
  // Of Debian 11, Ubuntu 22.04, Fedora 35 and later. No maintained library computes it on Node.
  [/^\$y\$/, 'yescrypt'],
  [/^\$gy\$/, 'gost-yescrypt'],
  [/^\$7\$/, 'scrypt of crypt(3)'],
  [/^\$sm3\$/, 'sm3crypt'],
  [/^\$sha1\$/, 'sha1crypt'],
  [/^\$1\$/, 'md5crypt'],
  [/^\$apr1\$/, 'md5crypt of Apache'],
  [/^\$[PH]\$/, 'phpass'],
  [/^\$md5[,$]/, 'MD5 of Solaris'],
  // Written by a faulty program: different passwords have the same hash.
  [/^\$2x\$/, 'bcrypt of a faulty version ($2x$)'],
]

export function readUnsupported(text: string): HashReading | undefined {
  const name = forms.find(([beginning]) => beginning.test(text))?.[1]
  return name === undefined ? undefined : { type: 'refused', reason: 'unsupported', name }
}
