/**
 * What the nginx in front of Exchange lets through, as patterns for `$request_uri`: nothing that IIS may read otherwise than nginx.
 * Owns no location and no answer.
 */

/** The bytes of a character in UTF-8 after its first byte. */
const next = '%[89ab][0-9a-f]'

/**
 * The characters beyond ASCII in names of mailboxes and folders, in UTF-8, after the first percent sign. A list of what is allowed:
 * it has no other spelling of a slash, a dot, a space or a letter of ASCII, nothing invisible, and no encoding that is too long.
 */
const nameCharacters = [
  // Latin with accents, without U+017F, which is an s; also accents as characters of their own, as macOS writes them.
  `c3${next}|c[46-9]${next}|c5%(?:[89a][0-9a-f]|b[0-9a-e])|e1%b[89ab]${next}`,
  `cc${next}|cd%(?:8[0-9a-e]|[9a][0-9a-f])`,
  // Greek and Cyrillic.
  `ce%(?:8[689acef]|[9b][0-9a-f]|a[013-9a-f])|cf${next}|d[0-3]${next}|d4%[89a][0-9a-f]`,
  // Hebrew and Arabic.
  'd7%(?:9[0-9a-f]|a[0-9a])|d8%[ab][0-9a-f]|d9%(?:[89][0-9a-f]|a[ef]|b[0-9a-f])',
  `da${next}|db%(?:8[0-9a-f]|9[0-3])`,
  // Japanese, Chinese and Korean.
  'e3%81%(?:8[1-9a-f]|[9ab][0-9a-f])|e3%82%(?:[8ab][0-9a-f]|9[0-69ad-f])',
  `e3%83${next}|e3%[9ab][0-9a-f]${next}|e[4-9]${next}${next}`,
  `ea%b[0-9a-f]${next}|e[bc]${next}${next}|ed%(?:8[0-9a-f]|9[0-9a-d])${next}|ed%9e%(?:[89][0-9a-f]|a[0-3])`,
  // Dashes, quotation marks, the euro sign and the section sign.
  'e2%80%9[3489ac-e]|e2%82%ac|c2%a7',
].join('|')

const nameOfUser = `(?:[a-z0-9_.!$'~-]++|%(?:20|${nameCharacters}))*+`

/**
 * What a path may consist of. IIS takes a backslash for a slash, and reads `%u005c`, dots and spaces at the end of a name, short
 * names and encodings that are not UTF-8 otherwise than nginx. A list of what is allowed forgets none of them. Everything that
 * mail programs send is in it, also `%40` for an `@`.
 */
export const plainPath = `^/(?:[A-Za-z0-9_.~!$'+,=@/-]++|%(?:2[0147bcd]|3d|40|5f|7e|${nameCharacters}))*+(?:[?]|$)`

export const doubtfulPath = '^[^?]*(?://|(?:[.]|%20)(?:[/?]|$)|(?:~|%7e)[0-9])'

const guardedNames = ['owa', 'ecp', 'powershell']

/** Before the number of a character, as often as it is encoded. ASP.NET also reads `%u002f` in a query as a slash. */
const number = '%(?:u00)?(?:25(?:u00)?)*'

/**
 * In the query too: Exchange once took a later part of an address for the path behind it (CVE-2021-34473). Not meant are mailboxes
 * and users with such a name, as in `v1.0/ecp@example.org` and `User=EXAMPLE%5Cecp&`.
 */
const guardedLater = `(?:[/\\x5c]|${number}(?:2f|5c))(?:${guardedNames.join('|')})(?![a-z0-9_.!$'+=~-]*(?:@|%40|&))(?:[^a-z0-9]|$)`

/**
 * The address of a phone with a user such as `User=EXAMPLE%5Cecp`: captures what is before and after the domain and the name.
 * Those are one backslash and characters of names, so none of it is a path.
 */
export const phoneUser = `^(/Microsoft-Server-ActiveSync[^?]*[?](?:.*&)?User=)${nameOfUser}(?:\\x5c|%5c)${nameOfUser}((?:&.*)?)$`

const otherLetters: Readonly<Record<string, string>> = {
  ...{ a: '%ce%(?:91|b1)', e: '%ce%(?:95|b5)', h: '%d2%b[ab]' },
  ...{ o: '%(?:ce%a9|cf%89)', p: '%(?:ce%a0|cf%80)', s: '%(?:ce%a3|cf%8[23])' },
}

/**
 * The same name with accents, which Windows drops where it has to write a name in an older encoding. It also writes these Greek
 * letters and this Cyrillic one as letters of ASCII there.
 */
const accentedLater = `^[^?]*/(?:${guardedNames.map(spellWithAccents).join('|')})(?:[/?]|$)`

function spellWithAccents(name: string): string {
  return [...name]
    .map((letter) => {
      const other = otherLetters[letter] ?? letter
      return `(?:${letter}|${other}|%c[3-9]${next}|%e1%b[89ab]${next})(?:%c[cd]${next})*`
    })
    .join('')
}

/** A letter or a digit as a number, as in `%6fwa` and `%%32fowa`: no program has a reason to write it so. */
const encodedLetter = `${number}(?:3[0-9]|4[1-9a-f]|5[0-9a]|6[1-9a-f]|7[0-9a])`

/** An open address that names a path behind the login. */
export const namesGuarded = [guardedLater, accentedLater, encodedLetter].join('|')
