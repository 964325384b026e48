import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readTarget } from './request-target.ts'

const read = (uri: string, host = 'wiki.example.org', scheme = 'https') =>
  readTarget({ scheme, host, uri })

test('a path from a browser is read unchanged and separately from its query', () => {
  assert.deepEqual(read('/Space/My%20Page?q=/admin#'.slice(0, -1)), {
    origin: 'https://wiki.example.org',
    path: '/Space/My%20Page',
    query: '?q=/admin',
    plainPath: '/space/my page',
    isAmbiguous: false,
  })
  for (const path of [
    '/',
    '/a',
    '/a/',
    '/a/b.c',
    '/a/...',
    '/.well-known/x',
    '/~me/(1)',
    '/x..y',
  ]) {
    const target = read(path)
    assert.equal(target?.path, path)
    assert.equal(target?.isAmbiguous, false)
  }
})

test('A36: a host is compared in lower case and without the default port; other forms are refused or differ', () => {
  const origins = (hosts: readonly string[]) => hosts.map((host) => read('/', host)?.origin)
  const own = 'https://wiki.example.org'
  assert.deepEqual(origins(['WIKI.Example.ORG', 'wiki.example.org:443']), [own, own])
  const others = ['wiki.example.org.', 'wiki.example.org:80', 'wiki.example.org:8443']
  for (const origin of origins(others)) assert.notEqual(origin, own)
  const refused = ['', 'a@wiki.example.org', 'wiki.example.org/x', 'wiki.example.org,b', 'a b']
  assert.deepEqual(
    origins([...refused, 'wiki.example.org:99999', 'wiki.example.org\\', 'a?b', 'a#b', 'ü']),
    Array.from({ length: refused.length + 5 }, () => undefined),
  )
  assert.equal(read('/', 'wiki.example.org', 'javascript'), undefined)
  assert.equal(read('/', 'wiki.example.org', 'https,http'), undefined)
})

test('A36: the server refuses request targets that no browser sends', () => {
  const refused = [
    ...['', 'admin', '*', '?x', 'https://wiki.example.org/', '/a b', '/a\tb', '/a\u0000', '/ä'],
    ...['/public/../admin', '/public/./x', '/..', '/.', '/a/..', '/..;/admin', '/a/..;x=1/admin'],
    ...['/public/%2e%2e/admin', '/public/.%2E/admin', '/a/%2e', '/a%2f..%2fadmin', '/a/..%2fadmin'],
    ...['/a\\b', '/public\\..\\admin', '/a%5cb', '/a%5C..%5Cadmin', '/a#b', '/public#/../admin'],
    ...['/a%00', '/a%0d%0aX:1', '/a%1f', '/a%7f', '/a%', '/a%2', '/a%zz', '/a%u0041', '/a?b#c'],
  ]
  for (const uri of refused) assert.equal(read(uri), undefined, uri)
})

test('A36: a path that servers read in different ways is marked as ambiguous', () => {
  const all = [
    '//admin',
    '/a//b',
    '/a%2fb',
    '/a;b',
    '/a%3bb',
    '/a%252e',
    '/%c0%ae%c0%ae/admin',
    '/%e4',
    '/admin::$INDEX_ALLOCATION/x',
    '/admin:$i30:$INDEX_ALLOCATION/x',
    '/admin%3a%3a%24index_allocation',
    '/web.config::$DATA',
    // In NFKC these are a slash, a backslash, two dots, a semicolon, a percent sign and a stream of NTFS.
    '/x..%ef%bc%8fadmin',
    '/x%ef%bc%bcadmin',
    '/public/%ef%bc%8e%ef%bc%8e/admin',
    '/public/%e2%80%a5/admin',
    // Decoded once more, these are `/admin` with a query or a fragment.
    '/admin%3fx',
    '/admin%3F',
    '/admin%23x',
    '/admin%ef%bc%9fx',
    '/admin%ef%bc%83x',
    '/a%ef%bc%9bb',
    '/a%ef%bc%85%32%66b',
    '/admin%ef%bc%9a%ef%bc%9a$INDEX_ALLOCATION',
  ]
  for (const uri of all) assert.equal(read(uri)?.isAmbiguous, true, uri)
})

test('the plain path is the path as the most lenient app reads it', () => {
  const plain = (uri: string) => read(uri)?.plainPath
  assert.equal(plain('/%41dmin'), '/admin')
  assert.equal(plain('/ADMIN'), '/admin')
  assert.equal(plain('/%EF%BD%81dmin'), '/admin')
  assert.equal(plain('/%C3%9Cber'), '/über')
  assert.equal(plain('/admin.'), '/admin')
  assert.equal(plain('/admin%20./x'), '/admin/x')
  // Characters that nobody sees, which some file systems and frameworks leave out, and letters with one capital.
  assert.equal(plain('/ad%e2%80%8cmi%c2%adn%ef%b8%8f'), '/admin')
  assert.equal(plain('/adm%c4%b1n'), '/admin')
  assert.equal(plain('/%e2%84%aaey%c5%bf'), '/keys')
  assert.equal(plain(`/${'.'.repeat(100_000)}x`)?.length, 100_002)
})

test('letters in UTF-8 make no path ambiguous', () => {
  const letter = fc.constantFrom(...'äöüÄÖÜßẞéłşığ§€–„“…½ﬁＡ予定Дом📅', 'a', 'Z', '@', '%20')
  fc.assert(
    fc.property(fc.array(letter, { minLength: 1 }), fc.boolean(), (letters, isLower) => {
      const name = letters.map((one) => (one.length === 3 ? one : encodeURIComponent(one))).join('')
      const path = `/owa/calendar/x${name}/y`
      const target = read(isLower ? path.toLowerCase() : path)
      assert.equal(target?.isAmbiguous, false, path)
    }),
  )
})

test('a URL parser does not change a path that was accepted', () => {
  const parts = ['/', '.', '..', '%2e', '%2f', '%', ';', '\\', '#', '?', 'a', 'ADMIN', '%00', '//']
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...parts), { maxLength: 40 }), (list) => {
      const target = read(`/${list.join('')}`)
      if (target === undefined) return
      const { pathname } = new URL(`https://x${target.path}`)
      assert.equal(pathname.toLowerCase(), target.path.toLowerCase())
    }),
    { numRuns: 2000 },
  )
})
