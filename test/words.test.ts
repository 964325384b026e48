// The words that people read: one for each thing. The table is in CONTRIBUTING.md.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { english } from '../packages/authenticator/app/english.ts'
import { german } from '../packages/authenticator/app/german.ts'
import { openTerminal } from '../src/dev/test-support/cli.ts'
import type { MessageKey } from '../src/platform/ui/message.ts'
import { de } from '../src/platform/ui/messages/de.ts'
import { en } from '../src/platform/ui/messages/en.ts'

const root = resolve(import.meta.dirname, '..')
const languages = { de, en } as const
type Language = keyof typeof languages

interface DroppedWord {
  readonly language: Language
  readonly word: string
  /** The words of that row in the same language. */
  readonly instead: string
}

/** What the rows of the table no longer say: `de: Nachricht…; en: message…`. */
function readDropped(text: string): DroppedWord[] {
  const [, section = ''] = text.split('### What people read\n')
  const [table = ''] = section.split('\n## ')
  const rows = table.split('\n').filter((line) => line.startsWith('| ') && !line.includes('---'))
  return rows.slice(1).flatMap((row) => {
    const [, german = '', english = '', , not = ''] = row.split('|').map((cell) => cell.trim())
    return not.split(';').flatMap((part) => {
      const [, language, words = ''] = /^\s*(de|en): (.*)$/.exec(part) ?? []
      if (language !== 'de' && language !== 'en') return []
      const instead = language === 'de' ? german : english
      return words.split(', ').map((word) => ({ language, word: word.trim(), instead }))
    })
  })
}

/** German words are found in any case of their first letter, within a longer word too where `…` stands. */
function matchesWord(word: string): RegExp {
  const isOpen = word.endsWith('…')
  const plain = isOpen ? word.slice(0, -1) : word
  return new RegExp(`(?<![\\p{L}-])${plain}${isOpen ? '' : '(?![\\p{L}])'}`, 'iu')
}

const findDropped = (words: readonly DroppedWord[], language: Language, text: string) =>
  words.filter((one) => one.language === language && matchesWord(one.word).test(text))

const dropped = readDropped(await readFile(resolve(root, 'CONTRIBUTING.md'), 'utf8'))

/** Texts that are not words for a user, or names that are fixed elsewhere: a placeholder, code, a command. */
const names = [/\{\w+/g, /`[^`]*`/g, /„einlass mail test“|“einlass mail test”/g]
const withoutNames = (text: string) => names.reduce((left, name) => left.replace(name, ''), text)

for (const language of ['de', 'en'] as const) {
  test(`the messages in ${language} have no dropped word`, () => {
    const found = Object.entries(languages[language]).flatMap(([key, text]) =>
      findDropped(dropped, language, withoutNames(text)).map(
        ({ word, instead }) => `${key} says ${word}: ${instead}`,
      ),
    )
    assert.deepEqual(found, [])
  })
}

const appWords = { de: german, en: english } as const

for (const language of ['de', 'en'] as const) {
  test(`the phone’s app has no dropped word in ${language}`, () => {
    const texts: string[] = []
    JSON.stringify(appWords[language], (_key, said) => {
      if (typeof said !== 'object') texts.push(String(said).replace(/\$\{[^}]*\}/g, ''))
      return said
    })
    const found = texts.flatMap((text) =>
      findDropped(dropped, language, text).map(({ word }) => `${word}: ${text}`),
    )
    assert.ok(texts.length > 200)
    assert.deepEqual(found, [])
  })
}

/** Entries for which commands and docs use a word of their own, according to the table. */
const own = new Set(['sign-in, sign in, sign out', 'second factor', 'notification', 'e-mail'])

test('the help of commands and the pages for the service desk have no dropped word', async (t) => {
  const { einlass } = await openTerminal(t, { empty: true })
  const listed = (await einlass(['--help'])).stdout
  const names = [...listed.matchAll(/^ {2}(\S+(?: \S+)*) {2}/gm)].map(([, name = '']) => name)
  const help = names.map(async (name) => (await einlass([...name.split(' '), '--help'])).stdout)
  const desk = ['service-desk', 'account'].map((name) =>
    readFile(`${root}/docs/${name}.md`, 'utf8'),
  )
  const words = dropped.filter(({ instead }) => !own.has(instead))
  for (const text of await Promise.all([...help, ...desk])) {
    const found = findDropped(words, 'en', withoutNames(text)).map(
      ({ word, instead }) => `${word}: ${instead}`,
    )
    assert.deepEqual(found, [], text.slice(0, 60))
  }
})

test('a request on the phone is denied, an offer is declined', () => {
  const keys = Object.keys(en) as MessageKey[]
  const isOffer = (key: string) => /^(choice|decline|home)\.|^event\.decline/.test(key)
  for (const key of keys) {
    assert.doesNotMatch(en[key], isOffer(key) ? /\bden(y|ie[ds])\b/i : /\bdeclin/i, key)
  }
})

test('dropped words are found, and other words are not', () => {
  const find = (language: Language, text: string) =>
    findDropped(dropped, language, text).map(({ word }) => word)
  assert.deepEqual(find('en', 'Messages do not arrive'), ['message…'])
  assert.deepEqual(find('de', 'Die Nachrichten kommen an'), ['Nachricht…'])
  assert.deepEqual(find('de', 'Eine E-Mail'), [])
  assert.deepEqual(find('en', 'Try again in this account'), [])
  assert.deepEqual(find('en', 'Two wrong tries'), ['tries'])
})

test('every row of the table with dropped words has a replacement in that language', () => {
  assert.ok(dropped.length > 30)
  for (const { word, instead } of dropped) assert.notEqual(instead, '', word)
})
