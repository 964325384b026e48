import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { clientAddress, createPlaces, createRanges, noAddress, readBrowser } from './client.ts'

const trusted = createRanges(['10.0.0.0/8', '192.0.2.10/32', 'fd00::/8', '::1/128'])

const chains: readonly [what: string, peer: string, header: string | undefined, found: string][] = [
  ['no proxy', '203.0.113.7', undefined, '203.0.113.7'],
  ['a header from a peer that is not a proxy', '203.0.113.7', '198.51.100.1', '203.0.113.7'],
  ['one proxy', '10.0.0.1', '203.0.113.7', '203.0.113.7'],
  ['two proxies', '10.0.0.1', '203.0.113.7, 10.9.9.9', '203.0.113.7'],
  ['a proxy that says nothing', '10.0.0.1', undefined, '10.0.0.1'],
  ['what a client wrote before the proxy', '10.0.0.1', '127.0.0.1, 203.0.113.7', '203.0.113.7'],
  ['a client that names a proxy', '10.0.0.1', '198.51.100.1, 10.0.0.2, 203.0.113.7', '203.0.113.7'],
  ['only proxies', '10.0.0.1', '10.0.0.2, 10.0.0.3', '10.0.0.2'],
  ['IPv6 with a zone', '10.0.0.1', 'fe80::7%eth0', 'fe80::7'],
  ['IPv6', 'fd00::1', '2001:db8::7', '2001:db8::7'],
  ['IPv6 in brackets with a port', 'fd00::1', '[2001:db8::7]:4711', '2001:db8::7'],
  ['IPv4 with a port', '10.0.0.1', '203.0.113.7:4711', '203.0.113.7'],
  ['IPv4 in IPv6, as sockets say it', '::ffff:10.0.0.1', '203.0.113.7', '203.0.113.7'],
  ['IPv4 in IPv6 that is no proxy', '::ffff:203.0.113.7', '198.51.100.1', '203.0.113.7'],
  ['IPv4 in IPv6 in the header', '10.0.0.1', '::FFFF:203.0.113.7', '203.0.113.7'],
  ['IPv4 in IPv6 in brackets', '10.0.0.1', '[::ffff:203.0.113.7]:1', '203.0.113.7'],
  ['a proxy by its IPv6', '::1', '203.0.113.7', '203.0.113.7'],
  ['spaces and commas', '10.0.0.1', ' , 203.0.113.7 ,10.0.0.2 ', '203.0.113.7'],
  ['a socket that is gone', '', '203.0.113.7', ''],
]

for (const [what, peer, header, found] of chains) {
  test(`the address of a client: ${what}`, () => {
    assert.equal(clientAddress(peer, header, trusted), found)
  })
}

const noAddresses = [
  ...['unknown', '', ' ', '203.0.113.7,', 'x, 10.0.0.2', '<script>', '_hidden', 'unix:'],
  ...['0xcb007107', '3405803783', '203.0.113.7:4711:1', '203.0.113', '2001:db8::7::1', '%eth0'],
]

for (const header of noAddresses) {
  test(`A52: clients of a proxy that sends "${header}" as their address all get the same unknown address`, () => {
    assert.equal(clientAddress('10.0.0.1', header, trusted), noAddress)
    assert.equal(trusted.has(noAddress), false)
  })
}

test('addresses that a client writes never change the address that the proxy saw', () => {
  const hop = fc.oneof(fc.ipV4(), fc.ipV6(), fc.string())
  fc.assert(
    fc.property(fc.array(hop), (written) => {
      const header = [...written, '203.0.113.7'].join(', ')
      assert.equal(clientAddress('10.0.0.1', header, trusted), '203.0.113.7')
      assert.equal(clientAddress('203.0.113.7', written.join(', '), trusted), '203.0.113.7')
    }),
  )
})

test('ranges contain only addresses of their own IP version', () => {
  assert.equal(trusted.has('10.255.0.1'), true)
  assert.equal(trusted.has('11.0.0.1'), false)
  assert.equal(trusted.has('fdff::1'), true)
  assert.equal(trusted.has('fe00::1'), false)
  assert.equal(trusted.has('no address'), false)
  assert.equal(trusted.has(''), false)
  assert.equal(createRanges([]).has('10.0.0.1'), false)
  assert.equal(createRanges(['0.0.0.0/0']).has('203.0.113.7'), true)
  assert.equal(createRanges(['::/0']).has('2001:db8::1'), true)
})

test('an address has the name of the first network that contains it', () => {
  const placeOf = createPlaces([
    { name: 'desk', ranges: ['10.1.2.0/24', '2001:db8:1::/48'] },
    { name: 'house', ranges: ['10.0.0.0/8'] },
  ])
  assert.equal(placeOf('10.1.2.3'), 'desk')
  assert.equal(placeOf('2001:db8:1::5'), 'desk')
  assert.equal(placeOf('10.1.3.3'), 'house')
  assert.equal(placeOf('203.0.113.7'), undefined)
  assert.equal(placeOf(''), undefined)
})

const agents: readonly [agent: string, name: string | undefined, system?: string | undefined][] = [
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
    'Chrome',
    'Windows',
  ],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0',
    'Edge',
    'Windows',
  ],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0',
    'Firefox',
    'Windows',
  ],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0', 'Firefox', 'Linux'],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15',
    'Safari',
    'macOS',
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1',
    'Safari',
    'iPhone',
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/126.0.6478.54 Mobile/15E148 Safari/604.1',
    'Chrome',
    'iPhone',
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/127.0 Mobile/15E148 Safari/605.1.15',
    'Firefox',
    'iPhone',
  ],
  [
    'Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) EdgiOS/126.0.2592.56 Version/16.6 Mobile/15E148 Safari/604.1',
    'Edge',
    'iPad',
  ],
  [
    'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36',
    'Chrome',
    'Android',
  ],
  [
    'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36',
    'Samsung Internet',
    'Android',
  ],
  ['Mozilla/5.0 (Android 14; Mobile; rv:127.0) Gecko/127.0 Firefox/127.0', 'Firefox', 'Android'],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36 OPR/110.0.0.0',
    'Opera',
    'Windows',
  ],
  [
    'Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
    'Chrome',
    'ChromeOS',
  ],
  [
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/126.0.0.0 Safari/537.36',
    'Chrome',
    'Linux',
  ],
  [
    'Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko',
    'Internet Explorer',
    'Windows',
  ],
  ['Mozilla/5.0 Firefox/128.0', 'Firefox', undefined],
  ['curl/8.7.1', undefined],
  ['node', undefined],
  ['', undefined],
  [`${'x'.repeat(600)} Firefox/128.0 Windows`, undefined],
]

for (const [agent, name, system] of agents) {
  const words = name === undefined ? 'nobody' : [name, system].filter(Boolean).join(' on ')
  test(`a browser in words: ${agent.slice(0, 60)} … is ${words}`, () => {
    assert.deepEqual(readBrowser(agent), name === undefined ? undefined : { name, system })
  })
}

test('a browser without a user agent has no name', () => {
  assert.equal(readBrowser(undefined), undefined)
})
