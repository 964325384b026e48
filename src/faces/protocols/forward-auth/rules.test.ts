import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { acrCode, acrPhishingResistant } from '../../../identity/policy/assurance.ts'
import { readTarget } from './request-target.ts'
import { findPathRequirement, isInGroups, pathRuleSchema } from './rules.ts'

const parse = (...rules: readonly (string | object)[]) =>
  rules.map((rule) => pathRuleSchema.parse(rule))

function find(rules: ReturnType<typeof parse>, uri: string) {
  const target = readTarget({ scheme: 'https', host: 'wiki.example.org', uri })
  assert.ok(target, uri)
  return findPathRequirement(rules, target)
}

test('a rule is a text or an object, and an invalid rule is refused', () => {
  assert.deepEqual(parse('/admin groups=staff,board level=code', { path: '/a', public: true }), [
    { path: '/admin', groups: ['staff', 'board'], level: 'code' },
    { path: '/a', public: true },
  ])
  const refused = [
    ...['', 'admin public', '/admin', '/admin public groups=a', '/admin public level=code', '/a b'],
    ...['/admin level=best', '/admin groups=', '/a%20b public', '/a/../b public', '/a?b public'],
    ...['//a public', '/a//b public', '/a color=red', '/./a public'],
  ]
  for (const rule of refused) assert.equal(pathRuleSchema.safeParse(rule).success, false, rule)
})

test('a rule applies to its path and everything below it', () => {
  const rules = parse('/admin groups=staff')
  for (const path of ['/admin', '/admin/', '/admin/x']) {
    assert.deepEqual(find(rules, path).groups, [['staff']], path)
  }
  for (const path of ['/', '/administration', '/x/admin']) {
    assert.deepEqual(find(rules, path).groups, [], path)
  }
})

test('all restrictions of a path apply, with the highest of their levels', () => {
  const rules = parse(
    '/a groups=x level=code',
    '/a/b groups=y level=phishing_resistant',
    '/c public',
  )
  assert.deepEqual(find(rules, '/a/b/c'), {
    isPublic: false,
    groups: [['x'], ['y']],
    level: acrPhishingResistant,
  })
  assert.equal(find(rules, '/a').level, acrCode)
  assert.equal(find(rules, '/d').level, undefined)
})

test('the longer path decides between an exemption and a restriction; for equal paths the restriction does', () => {
  const rules = parse(
    '/a groups=x',
    '/a/open public',
    '/a/open/shut level=code',
    '/b public',
    '/b level=code',
  )
  assert.equal(find(rules, '/a/x').isPublic, false)
  assert.equal(find(rules, '/a/open/x').isPublic, true)
  assert.equal(find(rules, '/a/open/shut/x').isPublic, false)
  assert.equal(find(rules, '/b').isPublic, false)
})

test('A36: a restriction applies to every spelling of its path, an exemption only to the exact spelling', () => {
  const rules = parse('/assets public', '/Assets/Admin groups=staff')
  for (const path of ['/assets/x.css', '/assets/my%20file', '/assets']) {
    assert.equal(find(rules, path).isPublic, true, path)
  }
  for (const path of [
    '/Assets/x',
    '/%61ssets/x',
    '/ASSETS',
    '/assets2',
    '/assets;x/y',
    '/assets//x',
  ]) {
    assert.equal(find(rules, path).isPublic, false, path)
  }
  for (const path of ['/assets/admin', '/ASSETS/%41dmin/x', '/assets/%EF%BD%81dmin']) {
    assert.deepEqual(find(rules, path).groups, [['staff']], path)
  }
})

test('A36: every restriction of the app and no exemption applies to an ambiguous path', () => {
  const rules = parse('/ public', '/x/admin groups=staff', '/y level=code')
  for (const path of ['//x', '/a%2fb', '/a;b', '/%252e']) {
    assert.deepEqual(
      find(rules, path),
      { isPublic: false, groups: [['staff']], level: acrCode },
      path,
    )
  }
})

test('A36: a path that a lenient app reads as a restricted path is never public', () => {
  const rules = parse('/ public', '/admin groups=staff')
  const parts = ['/', '//', 'admin', 'ADMIN', '%61dmin', '%2f', ';a', 'public', '.', '..', '%2e%2e']
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...parts), { maxLength: 8 }), (list) => {
      const target = readTarget({ scheme: 'https', host: 'x', uri: `/${list.join('')}` })
      if (target === undefined) return
      const requirement = findPathRequirement(rules, target)
      // Decoded once more, without parameters, double slashes and case.
      const careless = decodeURIComponent(target.path)
        .replace(/;[^/]*/g, '')
        .replace(/\/+/g, '/')
      if (/^\/admin(\/|$)/i.test(careless)) assert.equal(requirement.isPublic, false, target.path)
    }),
    { numRuns: 3000 },
  )
})

test('a user must be in one group of each list that applies to the path', () => {
  const { groups, ...rest } = find(parse('/a groups=x,y', '/a/b groups=z'), '/a/b')
  const isIn = (...own: string[]) => isInGroups({ groups, ...rest }, own)
  assert.deepEqual(
    [isIn('x', 'z'), isIn('y', 'z'), isIn('x', 'y'), isIn('z'), isIn()],
    [true, true, false, false, false],
  )
})
