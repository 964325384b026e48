/**
 * How many guesses an attacker needs who knows what passwords are made of: words, names, rows of keys, years, and
 * repetitions of these. Owns the estimate; blocklist.ts and common-passwords.ts have the words. It is a coarse power of
 * ten: it separates passwords that are guessed early from those that are never reached.
 */
import type { Blocklist } from './blocklist/blocklist.ts'
import { commonPasswords } from './common-passwords.ts'
import { isNextKey } from './keys.ts'

/** The words that `estimateGuesses` looks up. */
export interface Words {
  readonly blocklist: Pick<Blocklist, 'findRank' | 'hasStart'>
  /** Names of the person and of this server, in lower case. They are guessed first. */
  readonly names: readonly string[]
}

/** A part of a password between two positions, and the power of ten of the guesses that it takes. */
interface Part {
  readonly to: number
  readonly cost: number
}

const costs = {
  name: 1,
  common: 2,
  disguise: 0.3,
  row: 1.5,
  year: 2,
  date: 3.5,
  /** A repetition of any earlier part. */
  again: 1,
  /** A repetition of the sign before. */
  same: 0.5,
}

/** Only so many code points are estimated: if these take few guesses, the password is weak, whatever follows. */
const longest = 64

/**
 * The power of ten of the guesses, by the cheapest division of the text into parts.
 *
 * @param text in NFC
 */
export function estimateGuesses(text: string, words: Words): number {
  const typed = Array.from(text.slice(0, longest * 2)).slice(0, longest)
  const keys = typed.map(toLower)
  const plain = keys.map((key) => leet[key] ?? key)
  const isDisguised = plain.join('') !== keys.join('')
  const cheapest = [0, ...keys.map(() => Number.POSITIVE_INFINITY)]
  const known = { blocklist: words.blocklist, names: createNameTable(words.names) }
  for (const at of keys.keys()) {
    const parts = [
      { to: at + 1, cost: costOf(typed[at] ?? '') },
      ...listWordsAt(keys, at, known),
      ...(isDisguised ? listWordsAt(plain, at, known).map(disguise) : []),
      ...listRows(keys, at),
      ...listNumbers(keys, at),
      ...listRepetitions(keys, at),
    ]
    const before = cheapest[at] ?? 0
    for (const { to, cost } of parts)
      cheapest[to] = Math.min(cheapest[to] ?? Number.POSITIVE_INFINITY, before + cost)
  }
  return cheapest.at(-1) ?? 0
}

const disguise = ({ to, cost }: Part): Part => ({ to, cost: cost + costs.disguise })

/** One code point stays one, so that positions in both texts are the same. */
function toLower(key: string): string {
  const lower = key.toLowerCase()
  return Array.from(lower).length === 1 ? lower : key
}

const leet: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
}

export function withoutLeet(text: string): string {
  return text.replace(/[013457@$!]/g, (sign) => leet[sign] ?? sign)
}

/** The cost of a code point that belongs to no word. */
function costOf(key: string): number {
  if (/[a-zäöüß]/.test(key)) return 1.4
  if (/\p{L}/u.test(key)) return 1.7
  if (/\d/.test(key)) return 1
  if (/[\s._,-]/.test(key)) return 0.7
  return /[\x20-\x7e§€´°]/.test(key) ? 1.2 : 2.5
}

const listStarts = (words: Iterable<string>): ReadonlySet<string> =>
  new Set([...words].flatMap((word) => Array.from(word, (_, at) => word.slice(0, at + 1))))

const commonStarts = listStarts(commonPasswords)

interface NameTable {
  readonly words: ReadonlySet<string>
  readonly starts: ReadonlySet<string>
}

/** Made once for each password, because every part of it is looked up. */
function createNameTable(names: readonly string[]): NameTable {
  return { words: new Set(names), starts: listStarts(names) }
}

interface KnownWords extends Pick<Words, 'blocklist'> {
  readonly names: NameTable
}

function listWordsAt(
  keys: readonly string[],
  at: number,
  { blocklist, names }: KnownWords,
): Part[] {
  const parts: Part[] = []
  let word = ''
  let isOnList = true
  for (let to = at + 1; to <= keys.length; to += 1) {
    word += keys[to - 1]
    if (to - at < 3) continue
    if (names.words.has(word)) parts.push({ to, cost: costs.name })
    const listed = isOnList ? blocklist.findRank(word) : undefined
    const rank = commonPasswords.has(word) ? costs.common : listed
    if (rank !== undefined) parts.push({ to, cost: rank })
    // Searching the list is slow. If no entry begins with this word, no longer word is on the list either.
    isOnList &&= blocklist.hasStart(word)
    if (!isOnList && !commonStarts.has(word) && !names.starts.has(word)) break
  }
  return parts
}

/** Keys side by side, letters or digits one after the other: `asdf`, `4321`. */
function listRows(keys: readonly string[], at: number): Part[] {
  const parts: Part[] = []
  for (let to = at + 2; to <= keys.length && isNextKey(keys[to - 2], keys[to - 1]); to += 1)
    if (to - at >= 3) parts.push({ to, cost: costs.row })
  return parts
}

const numbers = [
  { form: /^(?:19|20)\d\d/, cost: costs.year },
  { form: /^\d{1,2}([./-])\d{1,2}\1(?:\d{4}|\d\d)/, cost: costs.date },
  {
    form: /^(?:(?:[0-2]\d|3[01])(?:0\d|1[0-2])|(?:0\d|1[0-2])(?:[0-2]\d|3[01]))(?:19|20)\d\d/,
    cost: costs.date,
  },
]

/** Years and dates. */
function listNumbers(keys: readonly string[], at: number): Part[] {
  const next = keys.slice(at, at + 10).join('')
  return numbers.flatMap(({ form, cost }) => {
    const found = form.exec(next)
    return found === null ? [] : [{ to: at + found[0].length, cost }]
  })
}

function listRepetitions(keys: readonly string[], at: number): Part[] {
  const parts: Part[] = []
  for (let start = 0; start < at; start += 1) {
    const isSame = start === at - 1
    const shortest = isSame ? 1 : 3
    for (let to = at; to < keys.length && keys[to] === keys[start + to - at]; to += 1)
      if (to - at + 1 >= shortest)
        parts.push({ to: to + 1, cost: isSame ? costs.same : costs.again })
  }
  return parts
}
