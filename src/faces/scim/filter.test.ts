import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ScimError } from './errors.ts'
import { type Filter, operators, parseFilter, parsePath } from './filter.ts'
import { createMatcher } from './match.ts'
import { type AttributePath, userType } from './schema.ts'

const urn = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

const person = {
  ...{ id: 'usr_1', userName: 'Erika', active: true, title: 'Dr.' },
  name: { familyName: "O'Malley" },
  emails: [
    { value: 'erika@example.org', type: 'work', primary: true },
    { value: 'e@home.example', type: 'home' },
  ],
  meta: { lastModified: '2027-01-15T08:00:00.000Z' },
  [urn]: { department: 'Sales', manager: { value: 'm1' } },
}

const answers: readonly (readonly [string, boolean])[] = [
  ['userName eq "erika"', true],
  ['USERNAME EQ "ERIKA"', true],
  ['id eq "USR_1"', false],
  ['name.familyName co "o\'m"', true],
  ['title pr and userName sw "e"', true],
  ['title pr and nickName pr', false],
  ['nickName pr or title eq "x" or active eq true', true],
  ['not (nickName pr) and active eq True', true],
  ['nickName ne "x"', true],
  ['nickName eq null', true],
  ['emails[type eq "work" and value co "@example.org"]', true],
  ['emails[type eq "home" and value co "@example.org"]', false],
  ['emails co "home.example"', true],
  ['emails.type eq "home"', true],
  ['emails ew ".net"', false],
  ['meta.lastModified gt "2026-01-01T00:00:00Z"', true],
  ['meta.lastModified lt "2026-01-01T00:00:00Z"', false],
  ['meta.lastModified ge "2027-01-15T09:00:00+01:00"', true],
  ['active eq true or nickName pr and nickName pr', true],
  ['(active eq true or nickName pr) and nickName pr', false],
  [`${urn}:department eq "sales"`, true],
  [`${urn}:manager.value eq "m1"`, true],
  ['urn:ietf:params:scim:schemas:core:2.0:User:userName eq "erika"', true],
]

for (const [text, isTrue] of answers) {
  test(`${text} is ${isTrue}`, () => {
    assert.equal(createMatcher(userType, parseFilter(text))(person), isTrue)
  })
}

const wrong = [
  '',
  'userName',
  'userName eq',
  'userName eq erika',
  'userName is "x"',
  'userName eq "x" and',
  'and userName pr',
  '(userName pr',
  'userName pr)',
  'not userName pr',
  'emails[type eq "work"',
  'emails[type eq "work"].value.part eq "x"',
  'userName eq "x" userName pr',
  'userName  pr ',
  'userName eq "\\x"',
  'userName eq "\\u0000"',
  'userName eq "\\ud800"',
  'a.b.c pr',
  '1a pr',
  'userName eq 01',
  'userName eq "x"; drop table users',
  'unknown eq "x"',
  'name.unknown eq "x"',
  'emails[unknown eq "x"]',
  '__proto__ pr',
  'constructor.name pr',
  'active eq "yes"',
  'active gt true',
  'userName eq 5',
  'meta.created eq "yesterday"',
  'name eq "x"',
]

for (const text of wrong) {
  test(`the filter ${JSON.stringify(text)} is refused`, () => {
    const refuse = () => createMatcher(userType, parseFilter(text))
    assert.throws(
      refuse,
      (error) => error instanceof ScimError && error.scimType === 'invalidFilter',
    )
  })
}

test('a filter has limits for terms, depth and length', () => {
  const term = 'title pr'
  const many = (count: number) => Array(count).fill(term).join(' or ')
  assert.equal(parseFilter(many(100)).type, 'or')
  assert.throws(() => parseFilter(many(101)), /more than 100/)
  const nested = (depth: number) => `${'('.repeat(depth)}${term}${')'.repeat(depth)}`
  assert.equal(parseFilter(nested(20)).type, 'present')
  assert.throws(() => parseFilter(nested(21)), /deeper than 20/)
  assert.throws(() => parseFilter(nested(100_000)), /longer than 4000/)
})

test('a path is an attribute, a sub-attribute, or values that a filter selects', () => {
  assert.deepEqual(parsePath('name.givenName'), { path: { name: 'name', part: 'givenName' } })
  const chosen = parsePath('emails[type eq "work"].value')
  assert.deepEqual(
    [chosen.path, chosen.filter?.type],
    [{ name: 'emails', part: 'value' }, 'compare'],
  )
  for (const text of [
    '',
    'a b',
    'a[',
    'a[b pr',
    'a[b pr].',
    'a[b pr].c.d',
    'a.b[c pr]',
    'a]',
    '.a',
  ]) {
    assert.throws(
      () => parsePath(text),
      (error) => error instanceof ScimError && error.scimType === 'invalidPath',
    )
  }
})

const word = fc.stringMatching(/^[A-Za-z][\w-]{0,8}$/)
const path: fc.Arbitrary<AttributePath> = fc.oneof(
  fc.record({ name: word }),
  fc.record({ name: word, part: word }),
  fc.record({ schema: fc.constant(urn), name: word }),
)
const plainText = fc
  .string({ unit: 'binary' })
  .filter((text) => text.isWellFormed() && !text.includes('\0'))
const filters = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 4 },
    fc.record({ type: fc.constant('present' as const), path }),
    fc.record({
      ...{ type: fc.constant('compare' as const), path, operator: fc.constantFrom(...operators) },
      value: fc.oneof(plainText, fc.integer(), fc.boolean(), fc.constant(null)),
    }),
    fc.record({
      ...{ type: fc.constantFrom('and' as const, 'or' as const) },
      ...{ left: tie('filter'), right: tie('filter') },
    }),
    fc.record({ type: fc.constant('not' as const), filter: tie('filter') }),
    fc.record({
      ...{ type: fc.constant('some' as const), path: fc.record({ name: word }) },
      filter: tie('filter'),
    }),
  ),
})).filter

const writePath = ({ schema, name, part }: AttributePath) =>
  `${schema === undefined ? '' : `${schema}:`}${name}${part === undefined ? '' : `.${part}`}`

function write(filter: Filter): string {
  switch (filter.type) {
    case 'present':
      return `${writePath(filter.path)} pr`
    case 'compare':
      return `${writePath(filter.path)} ${filter.operator} ${JSON.stringify(filter.value)}`
    case 'not':
      return `not (${write(filter.filter)})`
    case 'some':
      return `${writePath(filter.path)}[${write(filter.filter)}]`
    default:
      return `(${write(filter.left)}) ${filter.type} (${write(filter.right)})`
  }
}

test('a filter that was written as text is parsed to the same filter', () => {
  // JSON.stringify leaves control characters above the first ones as they are; the grammar takes them only escaped.
  const escapeSigns = (text: string) =>
    text.replace(/\p{Cc}/gu, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`)
  fc.assert(
    fc.property(filters, (filter) => {
      const text = escapeSigns(write(filter))
      fc.pre(text.length <= 4000)
      assert.deepEqual(parseFilter(text), structuredClone(filter))
    }),
    { numRuns: 300 },
  )
})

test('the server parses any text as a filter and as a path, or refuses it with a SCIM error', () => {
  const parts = fc.constantFrom(
    '(',
    ')',
    '[',
    ']',
    ' ',
    'and',
    'or',
    'not',
    'eq',
    'pr',
    '"a"',
    'emails',
    'type',
    '.',
    '\\',
    '"',
    '1',
  )
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(parts).map((all) => all.join('')),
  )
  fc.assert(
    fc.property(texts, (text) => {
      for (const parse of [parseFilter, parsePath]) {
        try {
          parse(text)
        } catch (error) {
          assert.ok(error instanceof ScimError)
        }
      }
    }),
    { numRuns: 1000 },
  )
})
