/**
 * Exchange runs on IIS, which reads some paths in another sense than nginx. The nginx of `owa plan` sends nothing to Exchange
 * that IIS could take for a path behind the login, unless this login has let it through.
 */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { findPort } from '../scripts/testing/ports.ts'
import { planProxy } from '../src/faces/owa/routes/proxy.ts'
import { createCertificate } from './support/certificate.ts'
import { listen } from './support/listen.ts'
import { startProxy } from './support/proxies.ts'
import { openRawConnection } from './support/raw-connection.ts'

const host = 'mail.example.org'

/** Returns what Exchange received, as it came. */
async function setUp(t: TestContext, { isLoggedIn = false } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-owa-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const certificate = createCertificate(host)
  const received: string[] = []
  const einlass = await listen(t, (_req, res) => {
    res.writeHead(isLoggedIn ? 200 : 401).end()
  })
  const note: RequestListener = ({ url = '' }, res) => {
    received.push(url)
    res.end('Exchange')
  }
  const app = await listen(t, note, certificate)
  const port = await findPort()
  const input = {
    mailOrigin: `https://${host}`,
    publicUrl: 'https://login.example.org',
    port: 8080,
  }
  const config = (planProxy(input).files[0]?.content ?? '')
    .replaceAll('EXCHANGE-ADDRESS:443', `127.0.0.1:${app}`)
    .replaceAll('EINLASS-ADDRESS:8080', `127.0.0.1:${einlass}`)
  await startProxy(t, 'nginx', { folder, host, port, einlass, app, certificate, config })
  const connection = openRawConnection(port, host)
  t.after(async () => connection.close())
  return async (target: string) => {
    received.length = 0
    const { status } = await connection.send(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
    return { status, received: [...received] }
  }
}

const openRoutes = [
  ...['EWS', 'mapi', 'rpc', 'OAB', 'Autodiscover', 'Microsoft-Server-ActiveSync'],
  ...['ews', 'autodiscover', 'microsoft-server-activesync'],
]

const guarded = ['owa', 'OWA', 'ecp', 'owa/auth/x.js', 'ecp/default.aspx', '%6fwa', 'PowerShell']

/** What one of two readers takes for a slash. */
const slashes = ['/', '\\', '%5c', '%5C', '%255c', '%25255C', '%2f', '%252F', '//', '/\\', '\\/']
const more = ['%u005c', '%u002f', '%c0%af', '%c1%9c', '%ef%bc%8f', '%e2%88%95', '%ef%bc%bc', '%bc']

const ups = [
  ...['..', '%2e%2e', '.%2E', '%252e%252e', '%u002e%u002e', '%c0%ae%c0%ae', '.. ', '..%20', '.. .'],
  ...['...', '..;', '..;a=b', '..%3b', '..%00', '..#', '.(S(a)).', '..::$INDEX_ALLOCATION', '..~1'],
]

test('no spelling of an open path leads past the login into Outlook on the web or the admin center', async (t) => {
  const send = await setUp(t)
  const reached: string[] = []
  const failed: string[] = []
  const attempts = openRoutes.flatMap((open) =>
    guarded.flatMap((inner) =>
      [...slashes, ...more].flatMap((slash) =>
        ups.flatMap((up) => [
          `/${open}/${up}${slash}${inner}`,
          `/${open}${slash}${up}${slash}${inner}`,
        ]),
      ),
    ),
  )
  // All slashes and dots before one pair of names, and a part of the other ones: 19 * 19 * 2 of each pair.
  for (const target of attempts.filter((_, index) => index < 722 || index % 31 === 0)) {
    const { status, received } = await send(target)
    reached.push(...received)
    if (status >= 500) failed.push(`${status} ${target}`)
  }
  assert.deepEqual(reached, [])
  assert.deepEqual(failed, [])
})

test('a path that IIS reads otherwise than nginx is refused before nginx chooses where it goes', async (t) => {
  const send = await setUp(t)
  const refused = [
    ...[
      '/EWS/..\\owa/',
      '/EWS\\..\\owa/',
      '/EWS\\owa',
      '/EWS/%5c',
      '/EWS/..%5Cowa/',
      '/EWS/x%255cy',
    ],
    ...['/owa//..//EWS/x', '/owa/../EWS/x', '/owa/.//../EWS/x', '/owa%2f..%2fEWS/x', '//EWS/owa/'],
    ...['/EWS/x.', '/EWS/x./y', '/EWS/x%20', '/EWS/x%20/y', '/EWS/x%2e/y', '/EWS/./x', '/EWS/..'],
    ...[
      '/EWS/a~1/x',
      '/EWS/a%7e1/x',
      '/EWS~1/x',
      '/owa~1/',
      '/owa::$INDEX_ALLOCATION/',
      '/EWS:x/y',
      '/EWS/(S(a))/x',
    ],
    ...[
      '/EWS/%u005cowa',
      '/EWS/%c1%9cowa',
      '/EWS/x%00',
      '/EWS/#/../../owa',
      '/EWS/a*b',
      '/EWS/a|b',
    ],
    ...[
      '/\\owa',
      '\\owa',
      '/owa\\',
      '/owa%5c',
      '/owa/\\EWS',
      '/%6fwa/..%5cEWS',
      '/forward-auth\\app',
    ],
    ...[`https://${host}/EWS/..\\owa/`, `https://${host}\\owa/`, `http://${host}/EWS/..%5cowa`],
  ]
  for (const target of refused) {
    assert.deepEqual(await send(target), { status: 400, received: [] }, target)
  }
})

/** A slash as a number, also as ASP.NET reads it in a query, and with a part of it as a number. */
const numbered = [
  ...['%u002f', '%U005C', '%25u002f', '%u00252f', '%u0025u002F', '%%32f', '%%35c', '%25%32f'],
  ...['%2%46', '%%u0032f'],
]

test('an open address that names a path behind the login in its query or below itself is refused', async (t) => {
  const send = await setUp(t)
  const refused = [
    '/autodiscover/autodiscover.json?@x.example/owa/&Email=autodiscover/autodiscover.json%3f@x.example',
    '/autodiscover/autodiscover.json?a=b@x.example%2fecp%2fdefault.aspx',
    '/Autodiscover/autodiscover.json?@x.example%252fPowerShell%252f',
    '/Autodiscover/autodiscover.json/@x.example/PowerShell?X-Rps-CAT=x',
    '/EWS/@x.example/ecp',
    '/mapi/nspi?@x.example\\owa',
    '/autodiscover/autodiscover.json?@x.example/%6fwa/&Email=autodiscover/autodiscover.json%3f@x.example',
    '/autodiscover/autodiscover.json?a=b@x.example%252fec%2570',
    '/autodiscover/autodiscover.json?@x.example/owa/@y.example',
    '/autodiscover/autodiscover.json?User=x.example%5cecp',
    '/autodiscover/autodiscover.json?User=/Microsoft-Server-ActiveSync?User=x.example%5cecp',
    '/EWS/Exchange.asmx?User=FIRMA%5Cecp',
    '/Microsoft-Server-ActiveSync/owa?User=FIRMA%5Cecp',
    '/Microsoft-Server-ActiveSync?User=FIRMA%5Cecp/owa/',
    '/Microsoft-Server-ActiveSync?User=FIRMA%5Cecp%2fdefault.aspx',
    '/Microsoft-Server-ActiveSync?User=FIRMA%5Cecp&x=/owa/',
    '/Microsoft-Server-ActiveSync?x=/owa/&User=FIRMA%5Cecp',
    '/Microsoft-Server-ActiveSync?User=FIRMA%5Cecp&User=/owa/&User=FIRMA%5Cecp',
    '/Microsoft-Server-ActiveSync?User=x%5Cy%5Cecp',
    '/Microsoft-Server-ActiveSync?User=@x.example%5Cecp',
    '/Microsoft-Server-ActiveSync?User=FIRMA%255Cecp',
    '/Microsoft-Server-ActiveSync?User=FIRMA%2Fecp',
    '/Microsoft-Server-ActiveSync?User=FIRMA%5C%65cp',
    '/Microsoft-Server-ActiveSync?DeviceId=FIRMA%5Cecp',
    ...numbered.map((slash) => `/autodiscover/autodiscover.json?a=b@x.example${slash}ecp${slash}`),
    ...['%u006fwa', '%25u006fwa', '%u00256fwa', 'ow%2561', '%%36fwa'].map(
      (name) => `/autodiscover/autodiscover.json?@x.example/${name}/`,
    ),
  ]
  for (const target of refused) {
    assert.deepEqual(await send(target), { status: 403, received: [] }, target)
  }
})

test('what mail programs send reaches Exchange unchanged', async (t) => {
  const send = await setUp(t)
  const sent = [
    '/EWS/Exchange.asmx',
    '/ews/exchange.asmx/s/GetUserPhoto?email=erika@example.org&size=HR64x64',
    '/mapi/emsmdb/?MailboxId=5f1c3a52-7d3b-4a8e-9a0a-0f7a5b1f8d11@example.org',
    '/mapi/nspi/?MailboxId=5f1c3a52-7d3b-4a8e-9a0a-0f7a5b1f8d11@example.org&useMailboxOfAuthenticatedUser=true',
    '/Microsoft-Server-ActiveSync?Cmd=Sync&User=EXAMPLE%5Cerika&DeviceId=APPL1&DeviceType=iPhone',
    '/Microsoft-Server-ActiveSync?jAkHBBDoFE5LgD3GQ2N/x+eZBAAAAAALV2luZG93c01haWw=',
    '/Microsoft-Server-ActiveSync/default.eas?Cmd=Ping',
    '/rpc/rpcproxy.dll?mail.example.org:6001',
    '/Autodiscover/Autodiscover.xml',
    '/autodiscover/autodiscover.json/v1.0/erika.kowalski@example.org?Protocol=ActiveSync',
    '/autodiscover/autodiscover.json/v1.0/o%27neill%40example.org?Protocol=EWS&RedirectCount=1',
    '/autodiscover/autodiscover.json?Email=kowalski-ecp@owa.example.org&Protocol=Ews',
    '/autodiscover/autodiscover.json/v1.0/ecp@example.org?Protocol=ActiveSync',
    '/autodiscover/autodiscover.json/v1.0/owa.vertrieb%40example.org?Protocol=EWS',
    '/Microsoft-Server-ActiveSync?Cmd=Sync&User=EXAMPLE%5Cecp&DeviceId=APPL1&DeviceType=iPhone',
    '/Microsoft-Server-ActiveSync?Cmd=Sync&User=FIRMA%5Cecp',
    '/Microsoft-Server-ActiveSync?Cmd=Sync&user=firma\\owa',
    '/Microsoft-Server-ActiveSync?User=B%C3%9CRO%5Cowa.vertrieb',
    '/Microsoft-Server-ActiveSync/?User=FIRMA%5cPowerShell&Cmd=Ping&DeviceId=APPL1',
    '/Microsoft-Server-ActiveSync/default.eas?Cmd=GetAttachment&AttachmentName=5%3a1%3a0&User=FIRMA%5Cecp',
    '/Microsoft-Server-ActiveSync?Cmd=Sync&User=b%u00fcro%3A1&DeviceId=10%252C5',
    '/OAB/5f1c3a52-7d3b-4a8e-9a0a-0f7a5b1f8d11/oab.xml',
    `/EWS/${'a'.repeat(6000)}`,
    `/Autodiscover/${"%40a'".repeat(1200)}`,
    '/OAB/5f1c3a52-7d3b-4a8e-9a0a-0f7a5b1f8d11/5f1c3a52_data-1.lzx',
  ]
  for (const target of sent) {
    assert.deepEqual(await send(target), { status: 200, received: [target] }, target)
  }
})

test('a path with names in UTF-8 reaches Exchange unchanged, behind the login and in open addresses', async (t) => {
  const send = await setUp(t, { isLoggedIn: true })
  const names = [
    'b%C3%BCro',
    'b%c3%bcro',
    'bu%CC%88ro',
    'Stra%C3%9Fe',
    'B%C3%BCro%20%E2%80%93%20Plan',
  ]
  const sent = [
    ...names.flatMap((name) => [
      `/owa/calendar/${name}@firma.example/Kalender/calendar.html`,
      `/owa/${name}/`,
      `/ecp/${name}?rfr=owa&x=%C3%BC&returnUrl=/owa/`,
      `/EWS/${name}`,
      `/autodiscover/autodiscover.json/v1.0/${name}%40b%C3%BCcher.example?Email=${name}`,
    ]),
    ...['/EWS/%CE%A9%CF%81%CE%B1', '/EWS/%CE%B5%CF%80%CE%B9/x', '/owa/%CF%8E%CF%81%CE%B1/'],
    ...['/owa/%E4%BA%88%E5%AE%9A/x', '/owa/%D0%94%D0%BE%D0%BC', '/EWS/x?folder=M%C3%BCller&y=%FC'],
    `/EWS/${'%C3%BC'.repeat(1200)}`,
  ]
  for (const target of sent) {
    assert.deepEqual(await send(target), { status: 200, received: [target] }, target)
  }
})

test('a path that is no UTF-8, or that has other slashes, dots and spaces, is refused', async (t) => {
  const send = await setUp(t, { isLoggedIn: true })
  const refused = [
    ...['%c0%af', '%c1%9c', '%e0%80%af', '%f0%80%80%af', '%ed%a0%80', '%f5%80%80%80', '%fc', '%c3'],
    ...['%bc', '%c3/%bc', '%25c3%25bc', '%u00fc', '%ef%bc%8f', '%ef%bc%bc', '%ef%bc%8e%ef%bc%8e'],
    ...[
      '%e2%81%84',
      '%e2%88%95',
      '%e2%80%a5',
      '%e2%80%a6',
      '%c2%a0',
      '%c2%ad',
      '%e2%80%8b',
      '%c5%bf',
    ],
    ...[
      '%ef%bd%8fwa',
      '%c3%bc/..',
      '%c3%bc%5c',
      '%c3%bc%00',
      '%c3%bc%2f',
      '%c3%bc.',
      'M\xc3\xbcller',
    ],
  ]
  for (const name of refused) {
    for (const target of [`/owa/${name}`, `/EWS/${name}/x`]) {
      assert.deepEqual(await send(target), { status: 400, received: [] }, target)
    }
  }
})

test('an open address that names a path behind the login with accents is refused', async (t) => {
  const send = await setUp(t)
  for (const name of [
    '%C3%B6wa',
    'o%CC%88wa',
    '%C5%8D%C5%B5%C4%81',
    'ec%E1%B9%95',
    'P%C3%B6werShell',
    '%CE%A9wa',
    '%cf%89w%ce%b1',
    '%CE%B5c%CF%80',
    'ec%CE%A0',
    'PowerS%D2%BBell',
    '%CF%80ower%CF%83h%CE%B5ll',
    '%CE%A9%CC%81wa',
  ]) {
    const target = `/autodiscover/autodiscover.json/@x.example/${name}`
    assert.deepEqual(await send(`${target}/x`), { status: 403, received: [] }, name)
    assert.deepEqual(await send(`${target}?x`), { status: 403, received: [] }, name)
  }
})
