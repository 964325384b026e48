import assert from 'node:assert/strict'
import { glob, readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { checkStyle, listOffenders, type RuleName } from './support/style.ts'

const root = resolve(import.meta.dirname, '..')
const read = (path: string) => readFile(resolve(root, path), 'utf8')

/** Files that were there before a rule was. A list only gets shorter: a file that keeps the rule leaves it. */
const known: Record<RuleName, string[]> = JSON.parse(await read('test/support/style-known.json'))

const findOffences = async () => {
  const patterns = ['src', 'packages', 'test', 'scripts', 'bench', 'chaos'].map(
    (name) => `${name}/**/*.ts`,
  )
  const files = await Array.fromAsync(glob(patterns, { cwd: root }))
  const own = files.filter((file) => !file.includes('node_modules')).sort()
  const checked = await Promise.all(own.map(async (file) => checkStyle(file, await read(file))))
  return checked.flat()
}

const offences = await findOffences()

for (const rule of ['options', 'length', 'names', 'comments'] as const) {
  test(`only the listed files break the rule of ${rule}`, () => {
    const found = offences.filter((one) => one.rule === rule && !known[rule].includes(one.path))
    assert.deepEqual(
      found.map(({ path, what }) => `${path}: ${what}`),
      [],
    )
  })

  test(`every file that is listed as an exception to the rule of ${rule} still breaks it`, () => {
    const offenders = listOffenders(offences)[rule]
    const keeping = known[rule].filter((path) => !offenders.includes(path))
    assert.deepEqual(keeping, [], 'these files keep the rule now: take them off style-known.json')
  })
}

test('every exception of the linter names an existing file', async () => {
  const { overrides } = JSON.parse(await read('biome.json'))
  const paths: string[] = overrides.flatMap(({ includes }: { includes: string[] }) => includes)
  for (const path of paths.filter((one) => !one.includes('*'))) await read(path)
})

const members = (count: number) =>
  Array.from({ length: count }, (_, index) => `a${index}: string`).join('; ')

const planted: [string, RuleName, string][] = [
  [
    'an options object with nine members',
    'options',
    `interface RunOptions { ${members(9)} }; export function run(options: RunOptions) {}`,
  ],
  [
    'one that gets its members from another type of the file',
    'options',
    `interface Base { ${members(6)} }; interface RunOptions extends Base { x: 1; y: 2; z: 3 }
      export const run = ({ x }: RunOptions) => x`,
  ],
  ['one without a name', 'options', `export function run({ a1 }: { ${members(9)} }) {}`],
  [
    'one that is put together',
    'options',
    `type A = { ${members(5)} }; type RunInput = A & Pick<Other, 'p' | 'q' | 'r' | 's'>
      export const run = (input: RunInput = start) => input`,
  ],
  ['a long file', 'length', '// One line.\n'.repeat(401)],
  ['an old word in a function', 'names', 'export function findHolding() {}'],
  ['an old word in a type', 'names', 'export type VisitResult = 1'],
  ['an old word in a property', 'names', 'export interface A { readonly overtaken: boolean }'],
  [
    'an old word in a pattern',
    'names',
    'export const f = ({ a: { complaint } }: never) => complaint',
  ],
  ['a verb as a noun', 'names', 'export const maxReach = 1'],
  ['an idiom in a comment', 'comments', '/** Whoever calls it waits. */\nexport const a = 1'],
  [
    'an idiom over two lines',
    'comments',
    '/**\n * The page is\n * told of it.\n */\nexport const a = 1',
  ],
]

for (const [name, rule, text] of planted) {
  test(`${name} is found`, () => {
    assert.deepEqual(
      checkStyle('src/a.ts', text).map((one) => one.rule),
      [rule],
    )
  })
}

test('code that the rules allow is not reported', () => {
  const text = `
    interface RunOptions { ${members(8)} }
    interface User { ${members(12)} }
    /** Runs once; the caller hears of an error by the result. */
    export function reachLogin(options: RunOptions, user: User) { return 'whoever' }
    export interface Row { readonly companion_id: string }
    export const needsReply = { async readState() {} }`
  assert.deepEqual(checkStyle('src/a.ts', text), [])
  assert.deepEqual(checkStyle('src/platform/ui/messages/en.ts', '// One line.\n'.repeat(401)), [])
})
