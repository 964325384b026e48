// A27: what an app that registers itself may be called.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { start } from '../../../dev/test-support/oidc-server.ts'
import { appAddress, openRegistrations } from '../../../dev/test-support/registrations.ts'
import { readRegistration } from './registration-metadata.ts'
import { findNameProblem } from './registration-name.ts'

async function startOpen(t: TestContext) {
  const server = await start(t, undefined, true)
  return { server, ...openRegistrations(server) }
}

test('A27: an app does not speak in the name of the organisation', async (t) => {
  const open = await startOpen(t)
  const { secret } = await open.issue({ uses: 10 })
  const names = ['Einlass', 'Einlass Sicherheitsprüfung', 'Sicherheit (EINLASS)', 'ｅinlass-Konto']
  for (const name of names) {
    const body = { client_name: name, redirect_uris: [appAddress] }
    assert.equal((await open.post(secret, body)).status, 400, name)
  }
  const tricks = [
    ...[
      'E i n l a s s',
      'Ein lass',
      'EIN-LASS Konto',
      'E.i.n.l.a.s.s',
      'mein E\u00a0inlass',
      'EinlassKonto',
    ],
    ...[
      'Einlass24',
      '24Einlass',
      '\u00c9inl\u00e4ss',
      'Ein\u0336lass',
      'EinIass',
      'E1nlass',
      'E|nlass',
    ],
    ...[
      'Einl\u0430ss',
      '\u0415inlass',
      'E\u0456nl\u0430ss',
      '\u0395inlass',
      'e\u0131nlass',
      'Ein\u200blass',
    ],
    ...[
      'Ein\u00adlass',
      'Ein\u034flass',
      'Ein\u3164lass',
      'Ein\u2800lass',
      'Ein\ufe0flass',
      '\u24ba\u24d8nlass',
    ],
  ]
  for (const name of tricks) {
    const body = { client_name: name, redirect_uris: [appAddress] }
    assert.equal((await open.post(secret, body)).status, 400, JSON.stringify(name))
  }
  const others = [
    'Einlasskontrolle',
    'Kein Lassen',
    '\u042f\u043d\u0434\u0435\u043a\u0441 Mail',
    '\u00b5Torrent',
    '\u65e5\u672c\u8a9e Wiki 2',
  ]
  for (const client_name of others) await open.register({ client_name })
})

test('A27: an app without a name has that of its host, but not of one that is called like the organisation or this server', async (t) => {
  const open = await startOpen(t)
  const { client_name: name } = await open.register()
  assert.equal(name, 'app.example.org')
  const { secret } = await open.issue({ uses: 10 })
  for (const host of ['einlass', 'einlass.example.org', 'wiki.einlass.example']) {
    const uris = [`https://${host}/cb`, appAddress]
    const body = { redirect_uris: uris }
    assert.equal((await open.post(secret, body)).status, 400, host)
    const named = await open.post(secret, { ...body, client_name: 'Chess' })
    assert.equal(named.status, 201, host)
  }
  const known = { brandName: 'Firm', publicUrl: 'https://login.example.org', apps: [] }
  for (const text of ['login.example.org', 'login.example.org:8443', 'Login Example-Org Konto']) {
    assert.notEqual(findNameProblem(text, known), undefined, text)
  }
  assert.equal(findNameProblem('wiki.example.org', known), undefined)
})

test('A27: no address of an app is at the host of this server, at any port and however it is written', () => {
  const options = {
    publicUrl: 'https://login.example.org',
    issuer: 'https://login.example.org/oidc',
  }
  const read = (body: object) => 'request' in readRegistration(options, body, { terms: {} })
  const own = [
    ...[
      'https://login.example.org/x',
      'https://login.example.org./x',
      'https://LOGIN.example.org/x',
    ],
    ...['https://login.example.org:8443/x', 'https://login.example.org.:8443/x'],
    'https://lo%67in.example.org../x',
  ]
  for (const address of own) {
    assert.equal(read({ redirect_uris: [appAddress, address] }), false, address)
    const uris = { redirect_uris: [appAddress], post_logout_redirect_uris: [address] }
    assert.equal(read(uris), false, `logout ${address}`)
  }
  assert.equal(read({ redirect_uris: ['https://login.example.org.example/x'] }), true)
})

test('A27: an app does not take the name of one that an administrator has named, nor with other capitals, blanks or signs', async (t) => {
  const open = await startOpen(t)
  await open.server.addApp({ id: 'mail', name: 'Webmail 2' })
  const { secret } = await open.issue({ uses: 10 })
  const same = ['Webmail 2', 'WEBMAIL-2', 'web mail 2', '\uff37ebmail 2', '„Webmail“ ２']
  for (const name of [...same, 'Webmai1 2', 'W\u00ebbma\u00efl2']) {
    const body = { client_name: name, redirect_uris: [appAddress] }
    assert.equal((await open.post(secret, body)).status, 400, name)
  }
  // Those that registered themselves may share one, as many copies of one program do.
  for (const name of ['Chess', 'Chess', 'Webmail 3']) await open.register({ client_name: name })
})
