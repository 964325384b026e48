import assert from 'node:assert/strict'
import { glob, readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { checkModules, findCycles, type Rules, readModule } from './support/imports.ts'

const root = resolve(import.meta.dirname, '..')
const manifest = JSON.parse(await readFile(resolve(root, 'package.json'), 'utf8'))

const rules: Rules = {
  order: [
    // Runs in the browser; of its functions, ui wants only the text.
    'browser',
    ...['kernel', 'config', 'http', 'storage', 'ui'],
    ...['audit', 'mail', 'alerts', 'users', 'sessions', 'policy'],
    ...['engine', 'not-me', 'factors', 'journeys'],
    ...['sso', 'am', 'account', 'admin', 'phone', 'metrics'],
    ...[
      'keys',
      'login-factors',
      'login-journeys',
      'login',
      'oidc-pages',
      'pages',
      'server',
      'main',
      'demo',
      'cli',
    ],
  ],
  separateChildren: ['factors', 'sso'],
  packages: [...Object.keys(manifest.dependencies), ...Object.keys(manifest.imports)],
}

const readAll = async () => {
  const patterns = ['src', 'packages', 'test', 'scripts', 'bench'].map((name) => `${name}/**/*.ts`)
  const files = await Array.fromAsync(glob(patterns, { cwd: root }))
  const sorted = files.filter((file) => !file.includes('node_modules')).sort()
  return Promise.all(
    sorted.map(async (file) => readModule(file, await readFile(resolve(root, file), 'utf8'))),
  )
}

const modules = await readAll()

/** Checks a repository of the files given, by their text. */
const check = (files: Record<string, string>) =>
  checkModules(
    Object.entries(files).map(([path, text]) => readModule(path, text)),
    rules,
  )

test('imports go one way only and no forbidden language part is used', () => {
  assert.ok(modules.length > 20)
  assert.deepEqual(checkModules(modules, rules), [])
})

test('no files import one another in a circle', () => {
  assert.deepEqual(findCycles(modules), [])
})

const planted: [string, Record<string, string>][] = [
  ['a lower folder that imports a higher one', { 'src/users/a.ts': `import '../engine/b.ts'` }],
  [
    'a type import in the wrong direction',
    { 'src/ui/a.ts': `import type { B } from '../sso/b.ts'` },
  ],
  ['a type written as import()', { 'src/ui/a.ts': `export type B = import('../sso/b.ts').B` }],
  ['a re-export in the wrong direction', { 'src/ui/a.ts': `export { b } from '../audit/b.ts'` }],
  ['a dynamic import', { 'src/ui/a.ts': `await import('../audit/b.ts')` }],
  ['a neighbour listed later', { 'src/users/a.ts': `import '../sessions/b.ts'` }],
  ['kernel that imports config', { 'src/kernel/a.ts': `import '../config/b.ts'` }],
  ['one factor in another', { 'src/factors/password/a.ts': `import '../push/b.ts'` }],
  ['one protocol in another', { 'src/sso/oidc/a.ts': `import '../saml/deep/b.ts'` }],
  ['a package that imports src', { 'packages/one/a.ts': `import '../../src/kernel/ids.ts'` }],
  ['a package reached by its path', { 'src/phone/a.ts': `import '../../packages/one/a.ts'` }],
  ['test support in product code', { 'src/phone/a.ts': `import '../../test/support/a.ts'` }],
  ['a folder without a place', { 'src/unknown/a.ts': `import '../kernel/ids.ts'` }],
  ['a package that only tests have', { 'src/ui/a.ts': `import 'playwright-core'` }],
  ['a default export', { 'src/ui/a.ts': 'export default 1' }],
  ['a default export by name', { 'src/ui/a.ts': 'const a = 1; export { a as default }' }],
  ['an enum', { 'src/ui/a.ts': 'export enum A { b }' }],
  ['a parameter property', { 'src/ui/a.ts': 'class A { constructor(private b: string) {} }' }],
  ['a namespace', { 'src/ui/a.ts': 'namespace A { export const b = 1 }' }],
  ['a decorator', { 'src/ui/a.ts': '@a class B {}' }],
]

for (const [name, files] of planted) {
  test(`${name} is found`, () => {
    assert.equal(check(files).length, 1)
  })
}

test('what the rules allow is not reported', () => {
  assert.deepEqual(
    check({
      'src/sso/oidc/a.ts': `import '../gate.ts'; import './b.ts'; import 'node:fs'; import 'hono/html'`,
      'src/factors/push/a.ts': `import '#forgerock-push'; import '../factor.ts'; import '../../kernel/ids.ts'`,
      'src/server.ts': `import './sso/oidc/a.ts'`,
      'src/server.test.ts': `import './server.ts'; import 'fast-check'`,
      'src/kernel/a.test.ts': `import '../../test/support/a.ts'`,
      'test/a.test.ts': `import '../src/server.ts'`,
    }),
    [],
  )
})

test('a circle over three files is found, and a circle of types is none', () => {
  const circle = (first: string) =>
    findCycles([
      readModule('src/ui/a.ts', first),
      readModule('src/ui/b.ts', `export { c } from './deep/c.ts'`),
      readModule('src/ui/deep/c.ts', `import { a } from '../a.ts'`),
    ])
  assert.deepEqual(circle(`import './b.ts'`), [
    'src/ui/a.ts -> src/ui/b.ts -> src/ui/deep/c.ts -> src/ui/a.ts',
  ])
  assert.deepEqual(circle(`import type { B } from './b.ts'`), [])
})
