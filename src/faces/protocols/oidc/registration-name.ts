/**
 * Which names an app that registers itself may have. Phones and mails show only its name, so it must not pretend to be an app
 * that an administrator has named, the organisation, this login, or the people who help.
 */
import { isLoopbackHost } from '../../../identity/apps/app-address.ts'
import type { App } from '../../../identity/apps/apps.ts'
import { defaultBrand } from '../../../platform/ui/brand.ts'

export interface KnownNames {
  readonly brandName: string
  readonly publicUrl: string
  readonly apps: readonly Pick<App, 'name' | 'registration'>[]
}

/** Returns a sentence; `undefined`: the name is allowed. */
export function findNameProblem(
  name: string,
  { brandName, publicUrl, apps }: KnownNames,
): string | undefined {
  const looks = foldWords(name)
  const named = apps.filter(({ registration }) => registration === undefined)
  if (named.some((app) => foldWords(app.name).join('') === looks.join(''))) {
    return 'client_name: that of another app'
  }
  // Also if it is the host of an address: it is not proven that the host belongs to the app.
  const isIn = (own: string) => hasRun(looks, foldWords(own).join(''))
  if (listOwnNames(brandName, publicUrl).some(isIn)) {
    return 'client_name: not with the name of the organisation'
  }
  if (deskNames.some(isIn)) return 'client_name: not with a name of the service desk'
  return undefined
}

/** What people call those who help them at work. A phone that asks for them would be believed. */
const deskNames = [
  'Service Desk',
  'Help Desk',
  'IT Support',
  'IT Service',
  'Support Team',
  'Hotline',
]

function listOwnNames(brandName: string, publicUrl: string): string[] {
  const names = [brandName, defaultBrand.name]
  const url = new URL(publicUrl)
  return isLoopbackHost(url) ? names : [...names, url.hostname]
}

/** Whether a sequence of words, joined, is `wanted`: also if it is split into letters or halves. */
function hasRun(words: readonly string[], wanted: string): boolean {
  return words.some((_, first) => {
    let run = ''
    for (let next = first; next < words.length && run.length < wanted.length; next += 1) {
      run += words[next]
    }
    return run === wanted
  })
}

/**
 * The words of a text by their appearance, in lower case: without accents, and with one letter in place of similar ones (a few
 * of Unicode TS 39). A word ends where a small letter is followed by a capital or a digit.
 */
function foldWords(text: string): string[] {
  const plain = text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/(?<=\p{Ll})(?=\p{Lu})|(?<=\p{L})(?=\p{N})|(?<=\p{N})(?=\p{L})/gu, ' ')
  const folded = Array.from(plain, (sign) => {
    const small = (lookAlikes.get(sign) ?? sign).toLowerCase()
    return lookAlikes.get(small) ?? pairs.get(small) ?? small
  })
  return folded
    .join('')
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean)
}

/** Pairs of texts: the letters of the first look like those of the second. */
const lookAlikes: ReadonlyMap<string, string> = new Map(
  [
    // Letters that plain-name.ts allows: Cyrillic, Greek with its capitals, and Latin letters that have no accent to remove.
    ['\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455', 'aeopcyxljs'],
    ['\u043a\u043c\u0442\u043d\u0432\u0433\u044c\u043f', 'kmthbrbn'],
    [
      '\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7',
      'abezhlkmnoptyx',
    ],
    [
      '\u03b1\u03b2\u03b5\u03b6\u03b7\u03b9\u03ba\u03bc\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7\u03b3\u03c9',
      'abeznlkuvoptuxyw',
    ],
    ['\u0131\u0142\u00f8\u0111\u00f0\u0127\u0167\u00fe\u014b', 'lloddhtpn'],
    // Capital i, small L and the digit 1; other digits that replace letters.
    ['i1034578', 'lloeastb'],
  ].flatMap(([from = '', to = '']) =>
    Array.from(from, (sign, at) => [sign, to[at] ?? ''] as const),
  ),
)

/** Letters that are often written as two. */
const pairs: ReadonlyMap<string, string> = new Map([
  ['\u00df', 'ss'],
  ['\u00e6', 'ae'],
  ['\u0153', 'oe'],
])
