// Pages and commands parse, call and show. What they change is an operation, so that the next face needs no second one.
import assert from 'node:assert/strict'
import { glob, readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { parseSync, Visitor } from 'oxc-parser'

const root = resolve(import.meta.dirname, '..')

/** Files that have SQL of their own, and why. */
const stores: Readonly<Record<string, string>> = {
  'src/faces/health.ts': 'asks whether the database answers',
  'src/faces/protocols/ended-sessions.ts': 'which records belong to sessions that have ended',
  'src/faces/protocols/key-operations.ts': 'the rotation of the keys of protocols',
  'src/faces/protocols/signing-keys.ts': 'the keys of protocols',
  'src/faces/protocols/saml/answered.ts': 'which requests have been answered',
  'src/faces/protocols/saml/metadata-refresh.ts': 'metadata is taken over in one unit of work',
  'src/faces/protocols/saml/metadata-state.ts': 'which metadata is due',
  'src/faces/protocols/saml/respond.ts': 'a request is answered in one unit of work',
  'src/faces/protocols/forward-auth/grants.ts': 'who has entered which app behind a proxy',
  'src/faces/protocols/forward-auth/protected-apps.ts': 'which apps there are behind proxies',
  'src/faces/protocols/saml/logout.ts': 'who has asked for a logout, before it',
  'src/faces/protocols/wsfed/token.ts': 'an entry is written down in one unit of work',
  'src/faces/protocols/oidc/protocol.ts': 'the part of the removal of an app that is its own',
  'src/faces/protocols/oidc/records.ts': 'the store of the OIDC library',
  'src/faces/protocols/oidc/lost-answers.ts': 'the same store, for tokens whose answer was lost',
  'src/faces/protocols/oidc/answered-interactions.ts':
    'the same store, for logins whose last answer was lost',
  'src/faces/protocols/oidc/approved-requests.ts':
    'the same store, for tokens of approved requests',
  'src/faces/protocols/oidc/repeated-refresh.ts':
    'the same store, for refreshes whose answer was lost',
  'src/faces/protocols/oidc/spent-records.ts': 'the same store, for records that are used once',
  'src/faces/protocols/oidc/waiting-requests.ts': 'the same store, for answers from elsewhere',
}

const queries = ['selectFrom', 'insertInto', 'updateTable', 'deleteFrom', 'transaction']

/** How a file reaches the database by itself: the names of what it imports or calls for that. */
function findStorage(path: string, text: string): string[] {
  const found = new Set<string>()
  new Visitor({
    ImportDeclaration: ({ source, importKind, specifiers }) => {
      if (source.value === 'kysely') found.add('kysely')
      if (!source.value.endsWith('/storage/transact.ts') || importKind === 'type') return
      for (const one of specifiers) if (one.local.name === 'transact') found.add('transact')
    },
    CallExpression: ({ callee }) => {
      if (callee.type !== 'MemberExpression' || callee.property.type !== 'Identifier') return
      if (queries.includes(callee.property.name)) found.add(callee.property.name)
    },
  }).visit(parseSync(path, text).program)
  return [...found].sort()
}

test('no page and no command contains SQL or opens a transaction, except for the stores of protocols', async () => {
  const files = await Array.fromAsync(glob('src/{faces,cli}/**/*.ts', { cwd: root }))
  const own = files.filter((file) => !file.endsWith('.test.ts')).sort()
  const found: string[] = []
  for (const file of own) {
    const storage = findStorage(file, await readFile(resolve(root, file), 'utf8'))
    if (storage.length > 0) found.push(file)
  }
  assert.deepEqual(found, Object.keys(stores).sort())
})

const planted: readonly (readonly [string, string, readonly string[]])[] = [
  ['a query', `await db.selectFrom('users').execute()`, ['selectFrom']],
  ['a transaction of Kysely', 'await db.transaction().execute(work)', ['transaction']],
  [
    'a unit of work',
    `import { transact } from '../platform/storage/transact.ts'; transact(db, work)`,
    ['transact'],
  ],
  ['SQL as text', `import { sql } from 'kysely'; sql\`select 1\`.execute(db)`, ['kysely']],
  ['a type of a transaction', `import type { Transaction } from './storage/transact.ts'`, []],
]

for (const [name, text, storage] of planted) {
  test(`${name} is ${storage.length === 0 ? 'allowed' : 'found'} in a face`, () => {
    assert.deepEqual(findStorage('src/faces/a.ts', text), storage)
  })
}
