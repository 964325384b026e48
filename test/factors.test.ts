import assert from 'node:assert/strict'
import { glob, readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { factorKinds, listFactors } from '../src/login/factors/index.ts'
import { configSchema } from '../src/platform/config/schema.ts'
import { findFactorNames } from './support/factor-names.ts'

const root = resolve(import.meta.dirname, '..')

/** What names factors by its nature: a new kind adds its words, settings, tables, and its line in the list. */
const open = [
  'src/dev/',
  'src/login/factors/index.ts',
  'src/platform/config/',
  'src/platform/ui/messages/',
  'src/platform/storage/migrations/',
  'src/platform/storage/migrate.ts',
  'src/platform/storage/tables.ts',
  'src/platform/storage/user-tables.ts',
  'src/platform/storage/factor-tables.ts',
  ...factorKinds.map((kind) => `src/login/factors/${kind}/`),
]

/** What stays, each with its reason. This list only gets shorter. */
const known: Readonly<Record<string, string>> = {
  'src/platform/kernel/ids.ts': 'prefixes of ids are stored, and one list keeps them apart',
  'src/identity/users/rows.ts': 'the column users.push_blocked_until',
  'src/identity/users/user.ts': 'the column users.push_blocked_until',
  'src/identity/users/users.ts': 'the column users.push_blocked_until',
  'src/login/factors/unlock-operation.ts': 'the same column, cleared',
  'src/login/report/report.ts': 'the setting not_me.block_push, and the same column',
  'src/login/report/events.ts': 'the fact pushBlockedUntil is in the audit log',
  'src/login/report/alerts.ts': 'the fact pushBlockedUntil is in alerts',
  'src/faces/report/routes.ts': 'the setting not_me.block_push, as a page announces it',
}

/** An authenticator is also what a person has of any kind, so the name alone says nothing. */
const general = ['authenticator']

const findAll = async () => {
  const files = await Array.fromAsync(glob('src/**/*.ts', { cwd: root }))
  const checked = files
    .filter((file) => !file.endsWith('.test.ts') && !open.some((place) => file.startsWith(place)))
    .sort()
  const found = await Promise.all(
    checked.map(async (file) =>
      findFactorNames(file, await readFile(resolve(root, file), 'utf8'), factorKinds, general),
    ),
  )
  return found.flat()
}

const namings = await findAll()

test('no file outside the folder of a factor names the factor', () => {
  const offences = namings.filter(({ path }) => !Object.hasOwn(known, path))
  assert.deepEqual(offences, [])
})

test('every listed exception still names a factor', () => {
  const named = new Set(namings.map(({ path }) => path))
  assert.deepEqual(
    Object.keys(known).filter((path) => !named.has(path)),
    [],
  )
})

test('offered_factors allows exactly the factor kinds that define an offer', () => {
  const kinds = listFactors().filter(({ offer }) => offer !== undefined)
  const wanted = kinds.map(({ kind }) => kind as string).toSorted()
  const schema = 'offered_factors in src/platform/config/schema.ts'
  const { offered_factors: standard } = configSchema.parse({})
  assert.deepEqual(standard.toSorted(), wanted, `the default of ${schema}`)
  const allowed = factorKinds.filter(
    (kind) => configSchema.safeParse({ offered_factors: [kind] }).success,
  )
  assert.deepEqual(allowed.toSorted(), wanted, `the values of ${schema}`)
})

const kinds = ['push', 'sms-code']
const planted: [string, string][] = [
  ['an import of a folder', `import { a } from '../factors/push/a.ts'`],
  ['a type import of a folder', `import type { A } from '../factors/sms-code/a.ts'`],
  ['a type written as import()', `export type A = import('../login/factors/push/a.ts').A`],
  ['an import at run time', `await import('../login/factors/push/a.ts')`],
  ['an export from a folder', `export { a } from './factors/push/a.ts'`],
  ['a kind as a text', `const isPhone = one.kind === 'push'`],
  ['the name of a step', `const next = 'push/confirm'`],
  ['a key of messages or journey data', `const key = 'sms-code.challenge'`],
  ['the beginning of a template', 'const key = `push.$' + '{what}`'],
  ['an identifier', `const pushDevices = []`],
  ['an identifier in capitals', `const PUSH = 1`],
  ['a plural', `const smsCodes = 2`],
  ['another plural', `const pushes = 1`],
  ['a type', `interface SmsCodeOptions { a: 1 }`],
  ['a member', `const limits = { push: 10 }`],
  ['a member of another object', `parts.push`],
  ['a function of that name', `push(1)`],
]

for (const [name, text] of planted) {
  test(`${name} is found`, () => {
    assert.notDeepEqual(findFactorNames('src/a.ts', text, kinds), [])
  })
}

test('a factor kind with a general name is found only by its folder and its steps', () => {
  const find = (text: string) =>
    findFactorNames('src/a.ts', text, [...kinds, 'authenticator'], ['authenticator'])
  for (const text of [
    `import { a } from '../factors/authenticator/a.ts'`,
    `const next = 'authenticator/confirm'`,
    'const step = `authenticator/$' + '{name}`',
  ]) {
    assert.notDeepEqual(find(text), [], text)
  }
  for (const text of [`const authenticators = []`, `message('authenticator.kind')`]) {
    assert.deepEqual(find(text), [], text)
  }
})

test('a word that only resembles a factor kind is not reported', () => {
  const text = `
    const list = []
    list.push(1)
    this.lists.push(...list)
    const pushed = 'pushed'
    const other = 'pushpin/a'
    const sms = 'sms'
    import { a } from './pushover/a.ts'
    // A push in a comment names nothing in the program.
  `
  assert.deepEqual(findFactorNames('src/a.ts', text, kinds), [])
})
