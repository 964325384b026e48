// A27: addresses that only look like one of an app, or that programs read differently. More than a thousand, made
// from every registered address by every way of changing one.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { matchAddress, matchAddressBelow } from './match-address.ts'

const registered = [
  'https://app.example.org/callback',
  'https://app.example.org/callback?tenant=a',
  'https://app.example.org/',
  'https://app.example.org',
  'https://app.example.org:8443/owa/',
  'https://xn--pfel-koa.example.org/callback',
  'https://192.0.2.7/callback',
  'https://[2001:db8::1]/callback',
  'http://127.0.0.1:3000/callback',
  'http://localhost/callback',
  'com.example.app:/callback',
]

/** Each makes other addresses of one. */
const changes: Readonly<Record<string, (address: string) => readonly string[]>> = {
  'white space and control characters, plain and encoded': (address) =>
    ['\t', '\n', '\r', ' ', '\0', '\v', '\u00a0', '\u2028', '\ufeff', '\u200b', '\u00ad', '\x7f']
      .flatMap((one) => [one, encodeURIComponent(one)])
      .flatMap((one) => [`${one}${address}`, `${address}${one}`, spliced(address, 8, one)]),
  'slashes and backslashes': (address) => [
    address.replace('://', ':\\\\'),
    address.replace('://', ':/\\'),
    address.replace('://', ':/'),
    address.replace('://', ':'),
    address.replace('://', ':///'),
    address.replace('://', ':////'),
    address.replace(/^[^:]+:/, ''),
    address.replace(/^[^:]+:\/*/, '/\\'),
    address.replace(/^[^:]+:\/*/, '\\/'),
    address.replace(/^[^:]+:\/*/, '/'),
    ...['/', '//', '\\', '/\\', '/\\evil.example', '//evil.example', '%2f', '%5c', '%2F..'].map(
      (end) => `${address}${end}`,
    ),
    address.replace(/\/([^/]*)$/, '//$1'),
    address.replace(/\/([^/]*)$/, '\\$1'),
  ],
  'user names and passwords': (address) =>
    ['evil.example@', '@', ':@', 'a:b@', 'a@b@', 'app.example.org@evil.example/', '%40'].map(
      (user) => address.replace(/:\/*/, (separator) => `${separator}${user}`),
    ),
  'another host': (address) => [
    ...['.evil.example', '.', '..', '%2e', '%00', '%00.evil.example', '@evil.example'].map((end) =>
      withHost(address, (host) => `${host}${end}`),
    ),
    ...[
      ':@evil.example',
      '\\.evil.example',
      '\\@evil.example',
      '#.evil.example',
      '?.evil.example',
    ].map((end) => withHost(address, (host) => `${host}${end}`)),
    ...['evil.', 'www.', 'evil', '-', '*', '*.', '.', 'evil.example/', 'evil.example#', 'xn--'].map(
      (start) => withHost(address, (host) => `${start}${host}`),
    ),
    ...[
      ...['evil.example', 'example.org', 'org', '', '0', '127.1', '2130706433', '0x7f.1', '[::]'],
      ...['0177.0.0.1', '127.0.0.1.nip.example', '[::ffff:127.0.0.1]', '[::1%25eth0]', '[0:0::1]'],
      ...['localhost.', 'LOCALHOST', 'localhost.evil.example', '127.0.0.2', 'аpp.example.org'],
      ...[
        'app.example.org',
        'app。example。org',
        'äpfel.example.org',
        'apfel.example.org',
        'app%2eexample.org',
      ],
    ].map((host) => withHost(address, (before) => (host === before ? `${host}x` : host))),
    withHost(address, (host) => host.replace('.', '%2e')),
    withHost(address, (host) => host.replace('.', '。')),
    withHost(address, (host) => host.replace(/[a-z]/, (letter) => letter.toUpperCase())),
    withHost(address, (host) => [...host].reverse().join('')),
  ],
  ports: (address) =>
    [
      ':443',
      ':80',
      ':0443',
      ':444',
      ':0',
      ':',
      ':65536',
      ':-1',
      ':４４３',
      ':443:443',
      ':443@evil.example',
    ].map((port) => withHost(address.replace(/:\d+(?=\/|$)/, ''), (host) => `${host}${port}`)),
  schemes: (address) =>
    [
      ...[
        'http:',
        'HTTPS:',
        'https',
        'https::',
        'javascript:',
        'JaVaScRiPt:',
        'data:',
        'vbscript:',
      ],
      ...[
        'java\tscript:',
        ' javascript:',
        '\x01javascript:',
        'file:',
        'ftp:',
        'blob:https:',
        'view-source:https:',
      ],
      ...[
        'about:',
        'ws:',
        'intent:',
        'jar:https:',
        'filesystem:https:',
        'feed:https:',
        'javascript:alert(1)//',
      ],
      ...[
        'data:text/html,<script>alert(1)</script>',
        'data:text/html;base64,PHNjcmlwdD4=',
        'mailto:',
        'tel:',
      ],
    ].flatMap((scheme) => {
      const changed = address.replace(/^[^:]+:/, scheme)
      return changed === address ? [] : [changed]
    }),
  'dots in the path': (address) =>
    [
      ...[
        '/.',
        '/..',
        '/./',
        '/../',
        '/../callback',
        '/..;/',
        '/;a=b',
        '/.;/',
        '/%2e',
        '/%2e%2e',
        '/.%2e/',
      ],
      ...[
        '/%2e%2e%2f',
        '/..%2f',
        '/..%5c',
        '/%252e%252e/',
        '/..%00/',
        '/..%0d',
        '/...//',
        '/%c0%ae%c0%ae/',
      ],
      ...['/..\\', '/\u2025/', '/\u2024\u2024/', '/..%01/'],
    ].flatMap((dots) => [`${address}${dots}`, spliced(address, address.indexOf('/', 9), dots)]),
  'the case and the coding of the path': (address) => [
    address.replace(/\/c/, '/C'),
    address.toUpperCase(),
    address.replace(/callback/, 'callbac%6b'),
    address.replace(/callback/, 'callbac%6B'),
    address.replace(/callback/, 'call\u200bback'),
    address.replace(/callback/, 'callbаck'),
    address.replace(/callback/, 'callback/'),
    address.replace(/callback/, 'callback%'),
    address.replace(/callback/, 'callback%zz'),
  ],
  'queries and fragments': (address) =>
    [
      ...[
        '?',
        '#',
        '?a=b',
        '&a=b',
        '#a',
        '#@evil.example',
        '?#',
        '%3f',
        '%23',
        '?tenant=b',
        '&tenant=b',
        ';tenant=b',
      ],
      ...[
        '?tenant=a&tenant=a',
        '?https://app.example.org/callback',
        '%0d%0aLocation:https://evil.example',
      ],
      ...['%0d', '%0a', '%0D%0A', '?x=%0d%0a', '*', '%2a', '?tenant=*', '.evil.example'],
    ].map((end) => `${address}${end}`),
  'less of it': (address) => [address.slice(0, -1), address.slice(1), address.slice(0, 12), ''],
  twice: (address) => [`${address}${address}`, `${address},${address}`, `${address} ${address}`],
}

function spliced(address: string, at: number, part: string): string {
  return `${address.slice(0, at)}${part}${address.slice(at)}`
}

function withHost(address: string, change: (host: string) => string): string {
  return address.replace(
    /^([^:]+:\/*)(\[[^\]]*\]|[^:/?]*)/,
    (_, start: string, host: string) => `${start}${change(host)}`,
  )
}

const corpus = [
  ...new Set(registered.flatMap((one) => Object.values(changes).flatMap((change) => change(one)))),
].filter((address) => !registered.includes(address))

test('A27: more than a thousand addresses that only resemble a registered one are refused', () => {
  assert.ok(corpus.length >= 1000, `${corpus.length} addresses`)
  for (const one of registered) assert.equal(matchAddress(registered, one), one)
  const accepted = corpus.filter((asked) => matchAddress(registered, asked) !== undefined)
  assert.deepEqual(accepted, [])
})

test('A27: if any loopback port is allowed, only the port of an address can differ', () => {
  const options = { isAnyLoopbackPort: true }
  const accepted = corpus.filter((asked) => matchAddress(registered, asked, options) !== undefined)
  const same = /^http:\/\/(127\.0\.0\.1|localhost)(:[1-9]\d{0,4})?\/callback$/
  assert.deepEqual(
    accepted.filter((asked) => !same.test(asked)),
    [],
  )
  const match = (asked: unknown) => matchAddress(registered, asked, options)
  for (const port of [':1', ':8080', ':65535', '']) {
    for (const host of ['127.0.0.1', 'localhost']) {
      const asked = `http://${host}${port}/callback`
      assert.equal(match(asked), asked)
    }
  }
  const refused = [
    ...[
      'http://127.0.0.1:65536/callback',
      'http://127.0.0.1:0/callback',
      'http://127.0.0.1:080/callback',
    ],
    ...[
      'http://127.0.0.1:3000/callback/',
      'http://127.0.0.1:3000/',
      'https://127.0.0.1:3000/callback',
    ],
    ...[
      'http://127.0.0.2:3000/callback',
      'http://[::1]:3000/callback',
      'http://localhost.:3000/callback',
    ],
    ...['http://127.0.0.1:3000:4000/callback', 'http://127.0.0.1:3000@evil.example/callback'],
    ...['http://127.0.0.1:3000/callback#', 'http://127.0.0.1.evil.example:3000/callback'],
    ...['https://app.example.org:444/callback', 'http://app.example.org:80/callback'],
  ]
  for (const asked of refused) assert.equal(match(asked), undefined, asked)
  const six = ['http://[::1]/callback']
  assert.equal(
    matchAddress(six, 'http://[::1]:4711/callback', options),
    'http://[::1]:4711/callback',
  )
  assert.equal(matchAddress(six, 'http://[::1]:4711/callback'), undefined)
})

test('a value that is no text is refused, and an app without addresses accepts no address', () => {
  for (const asked of [
    undefined,
    null,
    7,
    {},
    [registered[0]],
    { toString: () => registered[0] },
  ]) {
    assert.equal(matchAddress(registered, asked), undefined)
    assert.equal(matchAddressBelow(registered, asked), undefined)
  }
  assert.equal(matchAddress([], registered[0]), undefined)
  assert.equal(matchAddress([''], ''), undefined)
})

const sites = [
  'https://app.example.org/',
  'https://app.example.org:8443/owa/',
  'https://192.0.2.7/',
]

test('A27: a page is accepted only below an address of the app, and a browser reads it in the same way', () => {
  const pages = corpus.flatMap((asked) => [asked, `${asked}/x`, asked.replace('callback', 'owa/x')])
  assert.ok(new Set(pages).size >= 1000)
  for (const asked of pages) {
    const target = matchAddressBelow(sites, asked)
    if (target === undefined) continue
    const url = new URL(target)
    assert.equal(target, asked)
    assert.equal(url.href, asked, 'a browser reads it as it is written')
    assert.equal(url.username + url.password + url.hash, '')
    const { origin, pathname } = url
    const isOurs = sites.some((one) => {
      const site = new URL(one)
      return site.origin === origin && pathname.startsWith(site.pathname)
    })
    assert.ok(isOurs, asked)
    assert.doesNotMatch(decodeURIComponent(pathname), /\.\.|\\|\p{Cc}/u, asked)
  }
  const good = [
    '',
    'a',
    'a/b?c=d',
    'a?b=/../%2e%0d',
    '%C3%A4',
    'a/b/?q=a@b;c',
    '?a',
    'b%C3%BCro@example.org/x',
  ]
  for (const end of good) {
    const asked = `https://app.example.org/${end}`
    assert.equal(matchAddressBelow(sites, asked), asked)
  }
  assert.ok(matchAddressBelow(sites, 'https://app.example.org:8443/owa/x'))
  const refused = [
    ...[
      'https://app.example.org',
      'https://app.example.org:8443/owa',
      'https://app.example.org:8443/owax/',
    ],
    ...[
      'https://app.example.org:8443/',
      'https://app.example.org:443/',
      'HTTPS://app.example.org/',
    ],
    ...['https://app.example.org:8443/owa/../x', 'https://app.example.org:8443/owa/%2e%2e/x'],
    ...[
      'https://app.example.org//evil.example',
      'https://app.example.org/a;b',
      'https://app.example.org/#a',
    ],
    ...[
      'https://app.example.org/\\evil.example',
      'https://app.example.org/%5cevil.example',
      '/a',
      '//app.example.org/',
    ],
    `https://app.example.org/${'a'.repeat(4096)}`,
  ]
  for (const asked of refused) assert.equal(matchAddressBelow(sites, asked), undefined, asked)
  assert.equal(
    matchAddressBelow(['https://app.example.org'], 'https://app.example.org.evil.example/'),
    undefined,
  )
})

/** What passed elsewhere, by the name under which it was reported. */
const reported: Readonly<Record<string, readonly string[]>> = {
  'Keycloak CVE-2026-3872, `..;/` in the path': [
    'https://app.example.org/callback/..;/evil',
    'https://app.example.org/..;/callback',
  ],
  'Keycloak CVE-2026-7504, several @': [
    'https://app.example.org@evil.example@app.example.org/callback',
    'https://a@b@app.example.org/callback',
  ],
  'Keycloak CVE-2026-9086, a scheme in other letters': [
    'JaVaScript:alert(1)//https://app.example.org/callback',
    'HTTPS://app.example.org/callback',
  ],
  'Keycloak CVE-2024-8883, the exception for localhost': [
    'http://localhost/callback@evil.example',
    'http://localhost.evil.example/callback',
    'http://localhost:80@evil.example/callback',
    'http://127.0.0.1:3000.evil.example/callback',
  ],
  'authentik CVE-2026-41569, a reply address that begins like a registered one': [
    'https://app.example.org.evil.example/callback',
    'https://app.example.org:8443.evil.example/owa/',
    'https://app.example.org:8443/owa/../../evil',
  ],
  'authentik CVE-2024-52289, a dot that stands for any letter': [
    'https://appXexample.org/callback',
    'https://app.exampleXorg/callback',
  ],
  'oauth2-proxy, a fragment and `a@b@c`': [
    'https://app.example.org/callback#@evil.example',
    'https://evil.example#@app.example.org/callback',
  ],
}

for (const [name, addresses] of Object.entries(reported)) {
  test(`A27: ${name}`, () => {
    for (const asked of addresses) {
      for (const isAnyLoopbackPort of [false, true]) {
        assert.equal(matchAddress(registered, asked, { isAnyLoopbackPort }), undefined, asked)
      }
      assert.equal(matchAddressBelow(sites, asked), undefined, asked)
    }
  })
}
