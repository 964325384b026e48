import assert from 'node:assert/strict'
import { glob, readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { checkModules, findCycles, findLoaded, type Rules, readModule } from './support/imports.ts'

const root = resolve(import.meta.dirname, '..')
const manifest = JSON.parse(await readFile(resolve(root, 'package.json'), 'utf8'))

const storeys: Record<string, readonly string[]> = {
  // The browser's scripts come first: of their functions, ui wants only the text.
  platform: ['browser', 'kernel', 'config', 'http', 'web-push', 'kerberos', 'storage', 'ui'],
  identity: [
    'policy',
    'audit',
    'notify',
    'users',
    'provisioning',
    'sessions',
    'limits',
    'apps',
    'operations',
  ],
  login: [
    'engine',
    'funnel',
    'report',
    'factors',
    'decision',
    'backchannel',
    'reset',
    'invitations',
    'journeys',
    'login-first-factor',
    'login-factors',
    'login-journeys',
    'login',
    'epoch',
    'epoch-ends',
    'personal-tables',
  ],
  faces: [
    'frame',
    'login',
    'am',
    'report',
    'reset',
    'invitation',
    'account',
    'admin',
    'start',
    'scim',
    'authenticator',
    'devices',
    'protocols',
    'apps',
    'owa',
    'metrics',
    'telemetry',
    'password-hint',
    'files',
    'health',
    'routes',
    'dispatch',
    'request-counts',
    'request-traces',
  ],
}

const roomsOf = (storey: string): string[] =>
  (storeys[storey] ?? []).map((room) => `${storey}/${room}`)

const rules: Rules = {
  order: [
    ...Object.keys(storeys).flatMap(roomsOf),
    ...['audit-workers', 'server-metrics', 'server', 'start-keys', 'main'],
    ...['dev/phone', 'dev/demo', 'cli'],
    ...['dev/stand-ins', 'dev/test-support'],
  ],
  separateChildren: ['login/factors', 'faces/protocols'],
  // What the factors share that ask a phone, and those that know WebAuthn.
  sharedChildren: ['login/factors/approval', 'login/factors/webauthn'],
  forTests: ['dev/stand-ins', 'dev/test-support'],
  packages: [...Object.keys(manifest.dependencies), ...Object.keys(manifest.imports), 'kerberos'],
}

const readAll = async () => {
  const patterns = ['src', 'packages', 'test', 'scripts', 'bench', 'chaos'].map(
    (name) => `${name}/**/*.ts`,
  )
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

test('imports go one way only, and no forbidden language feature is used', () => {
  assert.ok(modules.length > 20)
  assert.deepEqual(checkModules(modules, rules), [])
})

test('no files import one another in a cycle', () => {
  assert.deepEqual(findCycles(modules), [])
})

test('the program start loads no library that only some installations use', () => {
  const rare = [
    '@aws-sdk/client-sns',
    '@simplewebauthn/server',
    'jose',
    '@node-rs/bcrypt',
    'nodemailer',
    'oidc-provider',
    'pg',
    'prom-client',
    'qr',
    'web-push',
    'yaml',
  ]
  const loaded = findLoaded(modules, 'src/main.ts')
  assert.ok(loaded.includes('kysely'))
  assert.deepEqual(
    loaded.filter((name) => rare.includes(name)),
    [],
  )
})

test('a dynamic import is not loaded at the start, and a type import is never loaded', () => {
  const parts = {
    'src/main.ts': `import './a.ts'; import type { T } from './c.ts'; await import('./d.ts')`,
    'src/a.ts': `import 'zod'; import './main.ts'`,
    'src/c.ts': `import 'pg'`,
    'src/d.ts': `import 'web-push'`,
  }
  const read = Object.entries(parts).map(([path, text]) => readModule(path, text))
  assert.deepEqual(findLoaded(read, 'src/main.ts'), ['zod'])
})

test('only directories.ts imports the kinds of directories, so that commands use the configured one', () => {
  const kind = /\/users\/[\w-]+\/directory\.ts$/
  const openers = modules.filter(
    ({ path, imports }) =>
      /^src\/(?!dev\/test-support\/).*(?<!\.test)\.ts$/.test(path) &&
      imports.some(({ specifier }) => kind.test(resolve('/src/identity/users', specifier))),
  )
  assert.deepEqual(
    openers.map(({ path }) => path),
    ['src/identity/users/directories.ts'],
  )
})

const planted: [string, Record<string, string>][] = [
  [
    'a lower storey that imports a higher one',
    { 'src/identity/users/a.ts': `import '../../login/engine/b.ts'` },
  ],
  [
    'a type import in the wrong direction',
    { 'src/platform/ui/a.ts': `import type { B } from '../../faces/frame/b.ts'` },
  ],
  [
    'a type written as import()',
    { 'src/platform/ui/a.ts': `export type B = import('../../faces/frame/b.ts').B` },
  ],
  [
    're-exports in the wrong direction',
    { 'src/platform/ui/a.ts': `export { b } from '../../identity/audit/b.ts'` },
  ],
  ['a dynamic import', { 'src/platform/ui/a.ts': `await import('../../identity/audit/b.ts')` }],
  ['a neighbour listed later', { 'src/identity/users/a.ts': `import '../sessions/b.ts'` }],
  ['kernel that imports config', { 'src/platform/kernel/a.ts': `import '../config/b.ts'` }],
  ['one factor in another', { 'src/login/factors/password/a.ts': `import '../push/b.ts'` }],
  [
    'a factor in what factors share',
    { 'src/login/factors/approval/a.ts': `import '../push/b.ts'` },
  ],
  ['one protocol in another', { 'src/faces/protocols/oidc/a.ts': `import '../saml/deep/b.ts'` }],
  [
    'a package that imports src',
    { 'packages/one/a.ts': `import '../../src/platform/kernel/ids.ts'` },
  ],
  ['a package reached by its path', { 'src/main.ts': `import '../packages/one/a.ts'` }],
  ['test support in product code', { 'src/main.ts': `import '../test/support/a.ts'` }],
  ['a test scene in product code', { 'src/main.ts': `import './dev/test-support/a.ts'` }],
  ['a room without a place', { 'src/platform/unknown/a.ts': `import '../kernel/ids.ts'` }],
  ['a package that only tests have', { 'src/platform/ui/a.ts': `import 'playwright-core'` }],
  ['a default export', { 'src/platform/ui/a.ts': 'export default 1' }],
  ['a default export by name', { 'src/platform/ui/a.ts': 'const a = 1; export { a as default }' }],
  ['an enum', { 'src/platform/ui/a.ts': 'export enum A { b }' }],
  [
    'a parameter property',
    { 'src/platform/ui/a.ts': 'class A { constructor(private b: string) {} }' },
  ],
  ['a namespace', { 'src/platform/ui/a.ts': 'namespace A { export const b = 1 }' }],
  ['a decorator', { 'src/platform/ui/a.ts': '@a class B {}' }],
]

for (const [name, files] of planted) {
  test(`${name} is found`, () => {
    assert.equal(check(files).length, 1)
  })
}

test('imports that the rules allow are not reported', () => {
  assert.deepEqual(
    check({
      'src/faces/protocols/oidc/a.ts': `import '../../frame/web.ts'; import './b.ts'; import 'node:fs'; import 'oidc-provider/lib/provider.js'`,
      'src/login/factors/push/a.ts': `import '#forgerock-push'; import '../factor.ts'; import '../approval/a.ts'`,
      'src/server.ts': `import './faces/protocols/oidc/a.ts'`,
      'src/server.test.ts': `import './server.ts'; import 'fast-check'`,
      'src/platform/kernel/a.test.ts': `import '../../../test/support/a.ts'; import '../../dev/test-support/a.ts'`,
      'test/a.test.ts': `import '../src/server.ts'`,
    }),
    [],
  )
})

test('an import cycle over three files is found, and a cycle through a type import is allowed', () => {
  const circle = (first: string) =>
    findCycles([
      readModule('src/platform/ui/a.ts', first),
      readModule('src/platform/ui/b.ts', `export { c } from './deep/c.ts'`),
      readModule('src/platform/ui/deep/c.ts', `import { a } from '../a.ts'`),
    ])
  assert.deepEqual(circle(`import './b.ts'`), [
    'src/platform/ui/a.ts -> src/platform/ui/b.ts -> src/platform/ui/deep/c.ts -> src/platform/ui/a.ts',
  ])
  assert.deepEqual(circle(`import type { B } from './b.ts'`), [])
})
