// A27: addresses that look like one of an app's, where a login or a logout might end.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startSignedIn } from '../../../dev/test-support/oidc-server.ts'

const registered = 'https://mail.example/app/callback?a=1'
const { origin, host } = new URL(registered)

const evil = [
  'evil.example',
  'evil.example.',
  'EVIL.example',
  'xn--mil-5ka.example',
  '[::1]',
  '[::ffff:7f00:1]',
  '169.254.169.254',
  'localhost',
  'evil.example:443',
  '127.0.0.1',
]

/** Made from the right address by one trick each. */
function listTricks(): string[] {
  const hosts = evil.flatMap((other) => [
    `https://${other}/app/callback?a=1`,
    `https://${host}.${other}/app/callback?a=1`,
    `https://${host}@${other}/app/callback?a=1`,
    `https://${host}:443@${other}/app/callback?a=1`,
    `https://a@b@${host}@${other}/app/callback?a=1`,
    `https://${other}#@${host}/app/callback?a=1`,
    `https://${other}?@${host}/app/callback?a=1`,
    `https://${other}\\@${host}/app/callback?a=1`,
    `https://${other}%2f@${host}/app/callback?a=1`,
    `https://${other}/https://${host}/app/callback?a=1`,
    `//${other}/app/callback?a=1`,
    `\\\\${other}/app/callback?a=1`,
    `/\\${other}/app/callback?a=1`,
    `https:${other}/app/callback?a=1`,
    `https:///${other}/app/callback?a=1`,
    `http://${other}/app/callback?a=1`,
  ])
  const paths = [
    '/app/callback',
    '/app/callback/?a=1',
    '/app/callback?a=1&b=2',
    '/app/callback?a=2',
    '/app/callback?A=1',
    '/app//callback?a=1',
    '//app/callback?a=1',
    '/app/./callback?a=1',
    '/app/x/../callback?a=1',
    '/app/..;/app/callback?a=1',
    '/app/%2e%2e/app/callback?a=1',
    '/app/callback/..?a=1',
    '/app/callback;x?a=1',
    '/app/callback%00?a=1',
    '/app/callback%0d%0aLocation:x?a=1',
    '/app/callback%20?a=1',
    '/app/callback?a=1#',
    '/app/callback?a=1#part',
    '/app/callback?a=1%26b=2',
    '/app/callback?a=1&',
    '/app/callback?a=%31',
    '/APP/callback?a=1',
    '/app/Callback?a=1',
    '/app/c%61llback?a=1',
    '/app\\callback?a=1',
    '/app/callback??a=1',
    '/app/callback?a=1?',
    '/*',
    '/app/*',
    '/.*',
    '/app/callback.*',
    '/',
    '',
  ].map((path) => `${origin}${path}`)
  const schemes = [
    'http',
    'HTTPS',
    'hTTps',
    'javascript',
    'JaVaScript',
    'data',
    'vbscript',
    'file',
    'blob',
    'about',
    'ftp',
    'ws',
    'wss',
    'view-source',
  ].map((scheme) => registered.replace('https', scheme))
  const scripts = [
    'javascript:alert(1)',
    'JaVaScript:alert(1)',
    `javascript://${host}/%0aalert(1)`,
    ' javascript:alert(1)',
    'java\tscript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'data:text/html;base64,PHNjcmlwdD4=',
    'about:blank',
  ]
  const ports = [':443', ':444', ':0', ':65536', ':', ':80', ':0443'].map((port) =>
    registered.replace(host, `${host}${port}`),
  )
  const controls = [
    '\t',
    '\n',
    '\r',
    '\r\n',
    '\0',
    ' ',
    '\u00a0',
    '\u200b',
    '\u202e',
    '\ufeff',
    '%09',
    '%0a',
  ].flatMap((one) => [
    `${one}${registered}`,
    `${registered}${one}`,
    registered.replace('https', `ht${one}tps`),
    registered.replace('://', `:${one}//`),
    registered.replace(host, `mail${one}.example`),
    registered.replace('/app/', `/app/${one}`),
  ])
  const lookalikes = [
    'mаil.example',
    'mail.exаmple',
    'mail。example',
    'mail．example',
    'ⓜail.example',
    'mail.example.',
    'MAIL.example',
    'Mail.Example',
    'mail.example..',
    '.mail.example',
    'sub.mail.example',
    'mailXexample',
    'mail-example',
    'mail.example%2e',
    'mail%2eexample',
    'mail.example%00',
    'mail.example%23',
    'mail.example%40',
    '0x7f.1',
    '2130706433',
    'localhost',
  ].map((name) => registered.replace(host, name))
  const users = ['user@', 'user:secret@', ':@', '@', 'mail.example@', '%40', 'a@b@'].map((user) =>
    registered.replace(host, `${user}${host}`),
  )
  const twice = [
    `${registered} ${registered}`,
    `${registered},${registered}`,
    `${registered};${registered}`,
    encodeURIComponent(registered),
  ]
  const all = [hosts, paths, schemes, scripts, ports, controls, lookalikes, users, twice].flat()
  return [...new Set(all)].filter((one) => one !== registered)
}

const tricks = listTricks()

test('the corpus has more than 300 addresses', () => {
  assert.ok(tricks.length > 300, `${tricks.length}`)
})

test('A27, CVE-2024-8883, CVE-2026-3872, CVE-2026-7504, CVE-2026-9086, CVE-2024-52289: a login ends at an address of the app and nowhere else', async (t) => {
  const { server, browser } = await startSignedIn(t)
  const settings = { redirectUris: [registered] }
  const mail = await server.addApp({ id: 'mail', settings })
  const { url } = await mail.begin()
  const right = await browser.fetch(url)
  assert.equal(new URL(right.headers.get('Location') ?? '').host, host)
  for (const trick of tricks) {
    url.searchParams.set('redirect_uri', trick)
    const response = await browser.fetch(url)
    const found = [response.status, response.headers.get('Location')]
    assert.deepEqual(found, [400, null], JSON.stringify(trick))
    assert.match(await response.text(), /^error page: invalid_/)
  }
  for (const mode of ['form_post', 'fragment', 'query']) {
    url.searchParams.set('redirect_uri', 'https://evil.example/')
    url.searchParams.set('response_mode', mode)
    url.searchParams.set('prompt', 'none')
    assert.equal((await browser.fetch(url)).status, 400, mode)
  }
})

test('A27: the server refuses a logout to an address that is not exactly a registered one', async (t) => {
  const { server, browser, login } = await startSignedIn(t)
  const redirectUris = ['http://127.0.0.1:1/mail']
  const settings = { redirectUris, postLogoutRedirectUris: [registered] }
  const mail = await server.addApp({ id: 'mail', settings })
  const { id_token = '' } = await mail.signIn(browser)
  for (const trick of tricks.filter((one) => one !== '')) {
    const out = new URL(`${server.oidc.issuer}/session/end`)
    out.searchParams.set('id_token_hint', id_token)
    out.searchParams.set('post_logout_redirect_uri', trick)
    const response = await browser.fetch(out)
    const found = [response.status, response.headers.get('Location')]
    assert.deepEqual(found, [400, null], JSON.stringify(trick))
  }
  assert.ok(await server.sessions.findById(login))
})
