import assert from 'node:assert/strict'
import { test } from 'node:test'
import { patchOf } from '../../dev/test-support/scim-scene.ts'
import { ScimError } from './errors.ts'
import { applyPatch } from './patch.ts'
import { type JsonObject, parseJson, type Resource, readResource } from './resource.ts'
import { userType } from './schema.ts'

const urn = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

const leaveOut = () => undefined

const erika = (): Resource => ({
  ...{ id: 'usr_1', userName: 'erika', active: true },
  name: { givenName: 'Erika', familyName: 'Muster' },
  emails: [{ value: 'erika@example.org', type: 'work', primary: true }],
})

const patch = (...operations: readonly object[]) =>
  applyPatch(userType, erika(), patchOf(...operations) as unknown as JsonObject, leaveOut)

const work = erika().emails

/** Each as RFC 7644 or a known client writes it, and what it changes of the user. */
const changes: readonly (readonly [string, readonly object[], object])[] = [
  ['a plain value', [{ op: 'replace', path: 'userName', value: 'max' }], { userName: 'max' }],
  ['any spelling', [{ OP: 'ADD', Path: 'TITLE', Value: 'Dr.' }], { title: 'Dr.' }],
  [
    'a part',
    [{ op: 'replace', path: 'name.givenName', value: 'E.' }],
    { name: { givenName: 'E.', familyName: 'Muster' } },
  ],
  [
    'some parts of a value, and does not change the others',
    [{ op: 'replace', path: 'name', value: { givenName: 'E.' } }],
    { name: { givenName: 'E.', familyName: 'Muster' } },
  ],
  [
    'a removed part',
    [{ op: 'remove', path: 'name.givenName' }],
    { name: { familyName: 'Muster' } },
  ],
  [
    'a value without a path, as Okta sends it',
    [{ op: 'replace', value: { active: false } }],
    { active: false },
  ],
  [
    'a text for a boolean, as Entra ID sends it',
    [{ op: 'Replace', path: 'active', value: 'False' }],
    { active: false },
  ],
  [
    'a part of a value that exists',
    [{ op: 'Replace', path: 'emails[type eq "work"].value', value: 'e@x.example' }],
    { emails: [{ value: 'e@x.example', type: 'work', primary: true }] },
  ],
  [
    'a part of a value that does not exist yet, as Entra ID sends it',
    [{ op: 'Add', path: 'phoneNumbers[type eq "mobile"].value', value: '+49 1' }],
    { phoneNumbers: [{ type: 'mobile', value: '+49 1' }] },
  ],
  [
    'paths as names in a value, as Entra ID sends them',
    [
      {
        op: 'Add',
        value: {
          'name.givenName': 'E.',
          'emails[type eq "work"].value': 'e@x.example',
          [`${urn}:department`]: 'Sales',
        },
      },
    ],
    {
      name: { givenName: 'E.', familyName: 'Muster' },
      emails: [{ value: 'e@x.example', type: 'work', primary: true }],
      [urn]: { department: 'Sales' },
    },
  ],
  [
    'an extension as an object',
    [{ op: 'add', value: { [urn]: { department: 'Sales', manager: { value: 'm1' } } } }],
    { [urn]: { department: 'Sales', manager: { value: 'm1' } } },
  ],
  [
    'a manager as a text, as Entra ID sends it',
    [{ op: 'Add', path: `${urn}:manager`, value: 'm1' }],
    { [urn]: { manager: { value: 'm1' } } },
  ],
  [
    'a new value that is primary',
    [{ op: 'add', path: 'emails', value: [{ value: 'b@x.example', primary: true }] }],
    {
      emails: [
        { value: 'erika@example.org', type: 'work', primary: false },
        { value: 'b@x.example', primary: true },
      ],
    },
  ],
  ['a value that already exists', [{ op: 'add', path: 'emails', value: work }], {}],
  [
    'the replacement of all values',
    [{ op: 'replace', path: 'emails', value: [{ value: 'b@x.example' }] }],
    { emails: [{ value: 'b@x.example' }] },
  ],
  [
    'the removal of values that a filter selects',
    [{ op: 'remove', path: 'emails[type eq "work"]' }],
    { emails: undefined },
  ],
  [
    'a value in a removal, as Entra ID sends it',
    [{ op: 'Remove', path: 'emails', value: [{ value: 'erika@example.org' }] }],
    { emails: undefined },
  ],
  [
    'the removal of a value that does not exist',
    [{ op: 'remove', path: 'emails[type eq "home"]' }],
    {},
  ],
  [
    'unknown and read-only attributes without a path, and ignores them',
    [{ op: 'replace', value: { id: 'other', __proto__: { a: 1 }, unknown: 1, schemas: ['x'] } }],
    {},
  ],
  [
    'null, which removes a value',
    [{ op: 'replace', path: 'name', value: null }],
    { name: undefined },
  ],
  [
    'one operation after the other',
    [
      { op: 'add', path: 'title', value: 'a' },
      { op: 'replace', path: 'title', value: 'b' },
    ],
    { title: 'b' },
  ],
]

for (const [name, operations, changed] of changes) {
  test(`a patch accepts ${name}`, () => {
    const wanted = Object.entries({ ...erika(), ...changed }).filter(
      ([, value]) => value !== undefined,
    )
    assert.deepEqual(patch(...operations), Object.fromEntries(wanted))
  })
}

const refused: readonly (readonly [object, string])[] = [
  [{ op: 'move', path: 'title', value: 'x' }, 'invalidSyntax'],
  [{ path: 'title', value: 'x' }, 'invalidSyntax'],
  [{ op: 'remove' }, 'noTarget'],
  [{ op: 'replace', path: 'title' }, 'invalidValue'],
  [{ op: 'replace', value: 'x' }, 'invalidValue'],
  [{ op: 'add', path: 'title[', value: 'x' }, 'invalidPath'],
  [{ op: 'add', path: 5, value: 'x' }, 'invalidPath'],
  [{ op: 'add', path: 'name[givenName eq "x"].familyName', value: 'x' }, 'invalidPath'],
  [{ op: 'replace', path: 'id', value: 'x' }, 'mutability'],
  [{ op: 'add', path: 'groups', value: [{ value: 'x' }] }, 'mutability'],
  [{ op: 'replace', path: 'active', value: 'perhaps' }, 'invalidValue'],
  [{ op: 'replace', path: 'userName', value: 5 }, 'invalidValue'],
  [{ op: 'replace', path: 'emails[type sw "h"].value', value: 'x@example.org' }, 'noTarget'],
]

for (const [operation, scimType] of refused) {
  test(`a patch with ${JSON.stringify(operation)} is refused as ${scimType}`, () => {
    assert.throws(
      () => patch(operation),
      (error) => error instanceof ScimError && error.scimType === scimType,
    )
  })
}

test('a body that is no object or is too deep is refused, and so is a text that no database can store', () => {
  const deep = `{"a":${'['.repeat(20)}${']'.repeat(20)}}`
  for (const text of ['', '[]', '"x"', '{', deep]) {
    assert.throws(() => parseJson(text), ScimError, text)
  }
  for (const text of ['{"title":"\\u0000"}', '{"emails":["\\ud800"]}']) {
    assert.throws(() => readResource(userType, parseJson(text)), ScimError, text)
  }
  assert.equal(({} as { a?: number }).a, undefined)
})

const numbers = (count: number) => Array.from({ length: count }, (_, at) => ({ value: `${at}` }))

function refusal(attempt: () => unknown): readonly [number, string | undefined] {
  try {
    attempt()
  } catch (error) {
    if (error instanceof ScimError) return [error.status, error.scimType]
    throw error
  }
  return [200, undefined]
}

test('an attribute of a user has at most a hundred values, added by any operation', () => {
  const add = (count: number) => ({ op: 'add', path: 'phoneNumbers', value: numbers(count) })
  assert.equal(refusal(() => patch(add(100)))[0], 200)
  assert.deepEqual(
    refusal(() => patch(add(101))),
    [400, 'invalidValue'],
  )
  const other = { op: 'add', path: 'phoneNumbers', value: [{ value: 'other' }] }
  assert.deepEqual(
    refusal(() => patch(add(100), other)),
    [400, 'invalidValue'],
  )
  const bySelection = { op: 'add', path: 'phoneNumbers[value eq "x"].type', value: 'x' }
  assert.deepEqual(
    refusal(() => patch(add(100), bySelection)),
    [400, 'invalidValue'],
  )
})

test('the server refuses a request that requires too much work', () => {
  const phoneNumbers = numbers(100)
  const user = { ...erika(), phoneNumbers } as unknown as Resource
  const change = (...operations: readonly object[]) =>
    refusal(() =>
      applyPatch(userType, user, patchOf(...operations) as unknown as JsonObject, leaveOut),
    )
  const repeat = (count: number, operation: object) =>
    Array.from({ length: count }, () => operation)
  const terms = Array.from({ length: 99 }, () => 'value ne "#"').join(' and ')
  const costly = { op: 'add', path: `phoneNumbers[${terms} and value eq "0"].type`, value: 'x' }
  assert.equal(change(...repeat(50, costly))[0], 200)
  assert.deepEqual(change(...repeat(200, costly)), [413, undefined])
  const names = Array.from(
    { length: 200 },
    (_, at) => `phoneNumbers[${terms} and value ne "${at}"].type`,
  )
  const byNames = Object.fromEntries(names.map((one) => [one, 'x']))
  assert.deepEqual(change({ op: 'replace', value: byNames }), [413, undefined])
})

test('A48: the work limit of a request includes the length of its texts', () => {
  const terms = Array.from({ length: 48 }, () => 'value co "zz"').join(' or ')
  const remove = { op: 'remove', path: `emails[${terms}].type` }
  const emails = (count: number, length: number) =>
    Array.from({ length: count }, () => ({ value: 'Ā'.repeat(length), type: 'home' }))
  const change = (values: object[], times: number) =>
    refusal(() =>
      patch(
        { op: 'add', path: 'emails', value: values },
        ...Array.from({ length: times }, () => remove),
      ),
    )
  assert.deepEqual(change(emails(1, 4001), 0), [400, 'invalidValue'])
  assert.deepEqual(change(emails(99, 30), 100), [200, undefined])
  assert.deepEqual(change(emails(99, 4000), 100), [413, undefined])
  const name = { op: 'replace', path: 'name', value: { givenName: 'Ā'.repeat(4001) } }
  assert.deepEqual(
    refusal(() => patch(name)),
    [400, 'invalidValue'],
  )
})
