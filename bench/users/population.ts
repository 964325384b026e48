// Any number of made-up people, the same each time. Each has a name, an address, a password, six attributes, two to five
// groups, and one or two second factors. Everything is derived from the number of the person.

import { createHash } from 'node:crypto'

/** A random-looking value between zero and one, derived from the number and the purpose. */
const draw = (index: number, purpose: number): number => {
  let mixed = Math.imul(index + 1, 0x9e3779b1) ^ Math.imul(purpose + 1, 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
  return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32
}

const pick = <Item>(items: readonly Item[], index: number, purpose: number): Item =>
  items[Math.floor(draw(index, purpose) * items.length)] as Item

const beginnings = [
  'An',
  'Ben',
  'Cla',
  'Da',
  'El',
  'Fe',
  'Ger',
  'Han',
  'In',
  'Jo',
  'Ka',
  'Lu',
  'Ma',
  'No',
  'Ol',
  'Pe',
]
const endings = [
  'a',
  'ja',
  'ra',
  'ne',
  'lix',
  'hard',
  'nes',
  'grid',
  'nas',
  'rin',
  'kas',
  'ria',
  'ah',
  'ga',
  'ter',
  'nathan',
]
const firstParts = [
  'Acker',
  'Berg',
  'Buch',
  'Dorn',
  'Eber',
  'Feld',
  'Gärt',
  'Hof',
  'Kirch',
  'Linden',
  'Mühl',
  'Neu',
  'Ober',
  'Reich',
  'Stein',
  'Wald',
]
const middleParts = ['', 'en', 'er', 'es', 'el', 'ing', 'lein', 'chen']
const lastParts = [
  'mann',
  'bauer',
  'berger',
  'hofer',
  'meier',
  'ner',
  'stein',
  'schmidt',
  'wald',
  'haus',
  'ler',
  'vogt',
  'beck',
  'fels',
  'graf',
  'reuter',
]
const towns = [
  'Aachen',
  'Bremen',
  'Chemnitz',
  'Dresden',
  'Erfurt',
  'Fulda',
  'Gera',
  'Halle',
  'Jena',
  'Kassel',
]
const departments = [
  'Einkauf',
  'Vertrieb',
  'Entwicklung',
  'Personal',
  'Recht',
  'Werk 1',
  'Werk 2',
  'Lager',
]
const titles = ['Leitung', 'Sachbearbeitung', 'Ingenieurin', 'Meister', 'Auszubildende']

export type Person = {
  id: string
  username: string
  displayName: string
  email: string
  groups: string[]
  attributes: [name: string, value: string][]
  hasPhone: boolean
  hasPasskey: boolean
}

/** As with real people, ids do not follow the order of the numbers. */
export const makeId = (prefix: string, index: number): string =>
  `${prefix}_${createHash('sha1').update(`${prefix} ${index}`).digest('base64url')}`

/** The user name; unique, because it contains the number. */
export const namePerson = (index: number): string => describe(index).username

const fold = (text: string): string =>
  text.toLowerCase().replaceAll('ä', 'ae').replaceAll('ü', 'ue')

const describe = (index: number) => {
  const given = `${pick(beginnings, index, 1)}${pick(endings, index, 2)}`
  const family = `${pick(firstParts, index, 3)}${pick(middleParts, index, 4)}${pick(lastParts, index, 5)}`
  return { given, family, username: `${fold(given)}.${fold(family)}${index}` }
}

/** Large and small groups: one contains everybody, and the last ones have a dozen members in a thousand people. */
const listGroups = (index: number): string[] => {
  const count = 2 + Math.floor(draw(index, 6) * 4)
  const further = Array.from({ length: count - 1 }, (_, at) => {
    const size = draw(index, 7 + at) ** 2
    return `group-${Math.floor(size * 400)}`
  })
  return [...new Set(['staff', ...further])]
}

export const makePerson = (index: number): Person => {
  const { given, family, username } = describe(index)
  return {
    id: makeId('usr', index),
    username,
    displayName: `${given} ${family}`,
    email: `${username}@example.org`,
    groups: listGroups(index),
    attributes: [
      ['department', pick(departments, index, 20)],
      ['employeeNumber', `${100_000 + index}`],
      ['familyName', family],
      ['givenName', given],
      ['locality', pick(towns, index, 21)],
      ['title', pick(titles, index, 22)],
    ],
    hasPhone: draw(index, 23) < 0.6,
    hasPasskey: draw(index, 24) < 0.5,
  }
}

/** Numbers of people in a random-looking order, so that logins come from anywhere in the base. */
export const drawPerson = (turn: number, count: number): number =>
  Math.floor(draw(turn, 25) * count)
