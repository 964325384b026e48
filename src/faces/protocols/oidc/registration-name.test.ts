// A27: what an app that registers itself may be called.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { start } from '../../../dev/test-support/oidc-server.ts'
import { appAddress, openRegistrations } from '../../../dev/test-support/registrations.ts'
import { isPlainName } from './plain-name.ts'
import { readRegistration } from './registration-metadata.ts'
import { findNameProblem } from './registration-name.ts'

async function startOpen(t: TestContext) {
  const server = await start(t, undefined, true)
  return { server, ...openRegistrations(server) }
}

test('A27: an app cannot register a name that resembles the name of the organisation', async (t) => {
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
    '\u042f\u043d\u0434\u0435\u043a\u0441',
    'Caf\u00e9 \u0141\u00f3d\u017a (v2.0)',
    'Cafe\u0301 \u201eM\u00fcller\u2019s\u201c & S\u00f8n',
    'Notepad++ #2',
    'einkauf-24.example',
    'client_a--b-_9',
    '\u039c\u03b1\u03b8\u03ae\u03bc\u03b1\u03c4\u03b1 2',
    '\u05dc\u05d5\u05d7 \u05e9\u05e0\u05d4',
    '\u0628\u0631\u064a\u062f 24',
    '\u0939\u093f\u0928\u094d\u0926\u0940',
    '\ud55c\uad6d\uc5b4 Wiki',
    '\u65e5\u672c\u8a9e Wiki 2',
  ]
  for (const client_name of others) await open.register({ client_name })
})

test('A61: an app cannot register under the name of this login or of the desk, whatever the organisation is called', () => {
  const known = { brandName: 'Musterversicherung', publicUrl: 'https://sso.example.org', apps: [] }
  const refused = [
    ...['Einlass', 'Einlass Login', 'E1nlass', 'Musterversicherung IT', 'sso.example.org'],
    ...['Service Desk', 'Servicedesk', 'IT Service-Desk', 'Service D\u0435sk', 'Help-Desk Muster'],
    ...[
      'Helpdesk',
      'IT-Support',
      '1T Support',
      'ITSupport',
      'Support Team',
      'IT Service',
      'Hotline',
    ],
  ]
  for (const name of refused) assert.notEqual(findNameProblem(name, known), undefined, name)
  const allowed = ['Support Board', 'Customer Service', 'Desk Booking', 'Credit Support', 'Wiki']
  for (const name of allowed) assert.equal(findNameProblem(name, known), undefined, name)
})

test('A27: a name cannot have letters or signs from outside its alphabet', () => {
  const known = { brandName: 'Einlass', publicUrl: 'https://login.example.org', apps: [] }
  const isFree = (name: string) => isPlainName(name) && findNameProblem(name, known) === undefined
  const tricks = [
    ...['\ua4f0\ua4f2\ua4e0\ua4e1\ua4ee\ua4e2\ua4e2', 'Ein\u01c0ass', 'Ein\u05d5ass'],
    ...['Ein\u2d4fass', 'Ein\u07caass', 'Ein\u0661ass', 'Ein\u2223ass', 'Ein\u2758ass'],
    ...['Ein\u2502ass', '\u1d07\u026a\u0274\u029f\u1d00\ua731\ua731', 'Einla55', 'Einlass\u02d0'],
    ...['Einla\u00df', 'EINLA\u1e9e', 'Ein|ass', 'E!nlass', 'E(nlass', 'Ein/ass', 'Ein-(-lass'],
    ...['\u0395\u0399\u039d Wiki', 'Ein \u05d5 ass', '31nl4ss', 'E\u012fnlass', 'Ei\u014blass'],
    ...['\u00b5Torrent', '\u042f\u043d\u0434\u0435\u043a\u0441 Mail', 'Wiki\u65e5\u672c\u8a9e'],
    ...['\u{1f174}\u{1f178}\u{1f17d}\u{1f17b}\u{1f170}\u{1f182}\u{1f182}', 'Ein\u4e28ass'],
    ...['\u0415\u0406\u041f\u0456\u0430\u0455\u0455', 'Chess \u{1f389}', 'Chess\u00a0Club'],
  ]
  for (const name of tricks) assert.equal(isFree(name), false, JSON.stringify(name))
  // Of all letters and signs that there are, in the place of one letter and beside a word.
  const plain =
    /^[A-Za-z\d \-.'\u2019&_\u00c0-\u017f\u0218-\u021b\u1e80-\u1e85\u1e9e\u1ef2\u1ef3]+$/u
  for (let code = 0; code <= 0x1_ff_ff; code += 1) {
    const name = `Ein${String.fromCodePoint(code)}ass`
    if (isPlainName(name)) assert.match(name.normalize('NFC'), plain, code.toString(16))
  }
})

test('A27: a plain name has letters of one alphabet only, or of Latin and East Asian scripts', () => {
  const scripts = ['Greek', 'Cyrillic', 'Hebrew', 'Arabic', 'Devanagari', 'Thai'] as const
  const eastern = /\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}/u
  const letters = fc.constantFrom(
    ...['a', 'Z', '\u00e9', '\u03b1', '\u0430', '\u05d0', '\u0628', '\u0939', '\u0e01'],
    ...['\u65e5', '\u30a2', '\ud55c', ' ', '1', '-', '!', '\u0661', '\u01c0', '\u2502'],
  )
  const names = fc.oneof(
    fc.string({ unit: letters, maxLength: 8 }),
    fc.string({ unit: 'binary', maxLength: 8 }),
  )
  fc.assert(
    fc.property(names, (name) => {
      if (!isPlainName(name)) return
      const others = scripts.filter((script) => new RegExp(`\\p{Script=${script}}`, 'u').test(name))
      const isEastern = eastern.test(name)
      const isLatin = /\p{Script=Latin}/u.test(name)
      assert.ok(others.length + Number(isEastern || isLatin) <= 1, name)
      assert.doesNotMatch(name, /[^\P{N}0-9]|[\p{C}[\p{S}--[+]]]/v)
    }),
    { numRuns: 2000 },
  )
})

test('A27: an app without a name gets the name of its host, unless it resembles the organisation or this server', async (t) => {
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

test('A27: an app cannot register an address at the host of this server, at any port and in any spelling', () => {
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
    for (const link of ['initiate_login_uri', 'policy_uri', 'tos_uri']) {
      const linked = { redirect_uris: [appAddress], [link]: address }
      assert.equal(read(linked), false, `${link} ${address}`)
    }
  }
  const elsewhere = { redirect_uris: [appAddress], policy_uri: 'https://app.example.org/privacy' }
  assert.equal(read(elsewhere), true)
  assert.equal(read({ redirect_uris: ['https://login.example.org.example/x'] }), true)
})

test('A27: an app cannot register a name that resembles the name of an app that an administrator named', async (t) => {
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
