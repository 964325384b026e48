/** Logins with tickets of a real domain controller, and attacks on them, as a browser without scripts sends them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { de } from '../src/platform/ui/messages/de.ts'
import { makeToken, openKerberosScene, password } from './support/kerberos-scene.ts'

type Scene = Awaited<ReturnType<typeof openKerberosScene>>

/** Shows a token in a new browser. Gives what the page says that follows. */
async function refuse(scene: Scene, request: Parameters<Browser['show']>[0]): Promise<string> {
  const browser = scene.openBrowser()
  const shown = await browser.show(request)
  assert.deepEqual([shown.status, shown.location], [303, '/login'])
  assert.equal(browser.cookie('__Host-einlass_session'), undefined)
  return (await browser.get('/login')).text
}

type Browser = ReturnType<Scene['openBrowser']>

const says = (page: string, text: string) => assert.ok(page.includes(text), text)

test('a ticket of the domain logs the user in, and the server authenticates itself in its answer', async (t) => {
  const scene = await openKerberosScene(t)
  const erika = await scene.addPerson('erika')
  const browser = scene.openBrowser()
  const asked = await browser.show({})
  assert.deepEqual([asked.status, asked.challenge], [401, 'Negotiate'])
  const shown = await browser.show({ token: await erika.makeToken() })
  assert.deepEqual([shown.status, shown.location], [303, '/'])
  assert.match(`${shown.challenge}`, /^Negotiate [\w+/=]{80,}$/)
  assert.ok((await browser.get('/')).text.includes('erika'))
  const rows = await scene.db.selectFrom('sessions').select(['acr', 'amr']).execute()
  assert.deepEqual(rows, [{ acr: 'urn:einlass:acr:password', amr: '["wia"]' }])
  // The groups are Users and Domain Users.
  const made = ['user_created', 'user_group_added', 'user_group_added']
  assert.deepEqual(await scene.events(), [...made, 'login_succeeded'])
  assert.deepEqual(scene.errors, [])
})

test('a login by password and a login by ticket lead to the same user', async (t) => {
  const scene = await openKerberosScene(t)
  const erika = await scene.addPerson('erika')
  const browser = scene.openBrowser()
  await browser.show({ token: await erika.makeToken() })
  const other = scene.openBrowser()
  await other.answer(await other.get('/login'), {
    username: `CORP\\${erika.username}`,
    password,
    action: 'login',
  })
  const users = await scene.db.selectFrom('sessions').select('user_id').distinct().execute()
  assert.equal(users.length, 1)
})

test('A23: a replayed token is refused, even in another encoding', async (t) => {
  const scene = await openKerberosScene(t)
  const erika = await scene.addPerson('erika')
  const token = await erika.makeToken()
  assert.equal((await scene.openBrowser().show({ token })).location, '/')
  says(await refuse(scene, { token }), de['ticket.refused.text'])
  // The ticket without SPNEGO around it.
  const bytes = Buffer.from(token, 'base64')
  const inner = bytes.subarray(bytes.indexOf(Buffer.from('06092a864886f712010202', 'hex'), 40) - 4)
  says(await refuse(scene, { token: inner.toString('base64') }), de['ticket.refused.text'])
  assert.deepEqual((await scene.events()).slice(-2), Array(2).fill('ticket_refused replayed'))
  const both = await erika.makeToken()
  const shown = await Promise.all(
    Array.from({ length: 6 }, () => scene.openBrowser().show({ token: both })),
  )
  assert.equal(shown.filter(({ location }) => location === '/').length, 1)
})

test('a token that is invalid or for another service leads to the form', async (t) => {
  const scene = await openKerberosScene(t)
  const erika = await scene.addPerson('erika')
  await scene.domain.addService('HTTP/other.corp.example')
  const ntlm = Buffer.concat([Buffer.from('NTLMSSP\0'), Buffer.alloc(32, 1)]).toString('base64')
  const flipped = Buffer.from(await erika.makeToken(), 'base64')
  flipped[flipped.length - 9] = (flipped.at(-9) ?? 0) ^ 1
  for (const token of [
    ntlm,
    'AAAA',
    flipped.toString('base64'),
    flipped.subarray(0, 700).toString('base64'),
    await erika.makeToken('HTTP@other.corp.example'),
  ]) {
    says(await refuse(scene, { token }), de['ticket.refused.text'])
  }
  assert.deepEqual(
    (await scene.events()).filter((type) => type !== 'user_created'),
    [],
  )
})

test('a token that is too large is refused with status 431, and a smaller invalid one leads to the form', async (t) => {
  const scene = await openKerberosScene(t)
  const huge = Buffer.alloc(65_535, 0x60).toString('base64')
  says(await refuse(scene, { token: huge }), de['ticket.refused.text'])
  const tooLarge = await scene
    .openBrowser()
    .show({ token: Buffer.alloc(90_000).toString('base64') })
  assert.equal(tooLarge.status, 431)
})

test('A35: outside of the configured networks the server requests no ticket and reads none', async (t) => {
  const scene = await openKerberosScene(t, {
    kerberos: { networks: ['10.0.0.0/8', '127.0.0.1'] },
    trusted_proxies: ['127.0.0.1'],
  })
  const erika = await scene.addPerson('erika')
  const from = (address: string) => ({ 'x-forwarded-for': address })
  const token = await erika.makeToken()
  for (const headers of [
    from('192.0.2.7'),
    from('10.0.0.5, 192.0.2.7'),
    // A value that is not an address is ignored, and the proxy is not the computer of a user.
    from('unknown'),
    from(''),
    from('10.0.0.5,'),
    { ...from('192.0.2.7'), forwarded: 'for=10.0.0.5', 'x-real-ip': '10.0.0.5' },
    {},
  ]) {
    const browser = scene.openBrowser()
    const asked = await browser.show({ headers })
    assert.deepEqual([asked.status, asked.challenge, asked.location], [303, null, '/login'])
    const shown = await browser.show({ headers, token })
    assert.deepEqual([shown.status, shown.challenge, shown.location], [303, null, '/login'])
    assert.equal(browser.cookie('__Host-einlass_session'), undefined)
    assert.ok(!(await browser.get('/login')).text.includes('/login/kerberos'))
  }
  const inside = { headers: from('192.0.2.7, 10.0.0.5'), token }
  assert.equal((await scene.openBrowser().show(inside)).location, '/')
})

test('A24: a ticket request from another site or with the form token of another browser is refused', async (t) => {
  const scene = await openKerberosScene(t)
  const erika = await scene.addPerson('erika')
  const token = await erika.makeToken()
  const other = scene.openBrowser()
  await other.show({})
  for (const request of [
    { headers: { 'sec-fetch-site': 'cross-site' } },
    { headers: { 'sec-fetch-site': 'same-site' } },
    { headers: { origin: 'https://evil.example' } },
    { formToken: '' },
    { formToken: 'x'.repeat(43) },
    { headers: { cookie: '' } },
    { headers: { cookie: other.cookieHeader() } },
  ]) {
    const browser = scene.openBrowser()
    const shown = await browser.show({ token, ...request })
    assert.deepEqual([shown.status, shown.challenge], [403, null])
    assert.equal(browser.cookie('__Host-einlass_session'), undefined)
  }
  assert.equal((await scene.openBrowser().show({ token })).location, '/')
})

test('a ticket of a realm that is not configured is refused', async (t) => {
  const scene = await openKerberosScene(t, {
    kerberos: { realms: [{ realm: 'OTHER.EXAMPLE', directory: 'corp' }] },
  })
  const erika = await scene.addPerson('erika')
  says(await refuse(scene, { token: await erika.makeToken() }), de['ticket.refused.unknown'])
  assert.deepEqual((await scene.events()).slice(-1), ['ticket_refused other_realm'])
})

test('A32: a ticket of a renamed person does not log in the person who has the name now', async (t) => {
  const scene = await openKerberosScene(t)
  const erika = await scene.addPerson('erika')
  const before = await erika.makeToken()
  assert.equal((await scene.openBrowser().show({ token: await erika.makeToken() })).location, '/')
  const renamed = scene.corp.name('mustermann')
  const upn = `${renamed}@${scene.corp.suffix}`
  await scene.corp.change(erika.dn, { sAMAccountName: renamed, userPrincipalName: upn })
  await scene.corp.asAdministrator((client) => client.modifyDN(erika.dn, 'CN=Erika of before'))
  await scene.corp.addPerson(erika.username, password, { displayName: 'Erika Neumann' })
  says(await refuse(scene, { token: before }), de['ticket.refused.unknown'])
  says(await refuse(scene, { token: await erika.makeToken() }), de['ticket.refused.unknown'])
  assert.deepEqual((await scene.events()).slice(-2), Array(2).fill('ticket_refused other_account'))
  const env = await scene.domain.logIn(erika.username, password)
  const own = await makeToken(env, 'HTTP@localhost')
  assert.equal((await scene.openBrowser().show({ token: own })).location, '/')
  const rows = await scene.db.selectFrom('sessions').select('user_id').distinct().execute()
  assert.equal(rows.length, 2)
})

test('the present state of the account decides, not its state when the ticket was issued', async (t) => {
  const scene = await openKerberosScene(t)
  const { corp } = scene
  for (const [stem, bring, text, reason] of [
    [
      'disabled',
      (dn: string) => corp.change(dn, { userAccountControl: '514' }),
      de['login.refused.disabled'],
      'disabled',
    ],
    [
      'ended',
      (dn: string) => corp.change(dn, { accountExpires: '132000000000000000' }),
      de['login.refused.account_expired'],
      'account_expired',
    ],
    [
      'hours',
      (dn: string) => corp.forbidAllHours(dn),
      de['login.refused.outside_hours'],
      'outside_hours',
    ],
    [
      'change',
      (dn: string) => corp.change(dn, { pwdLastSet: '0' }),
      de['ticket.refused.password'],
      'password_change',
    ],
    [
      'locked',
      async (dn: string) => {
        await corp.addPolicy(dn, { LockoutThreshold: '2' })
        for (let n = 0; n < 3; n += 1) await corp.bind(dn, `wrong ${n}`)
      },
      de['ticket.refused.locked'],
      'locked',
    ],
    [
      'moved',
      (dn: string) => corp.asAdministrator((client) => client.del(dn)),
      de['ticket.refused.unknown'],
      'unknown',
    ],
  ] as const) {
    const person = await scene.addPerson(stem)
    const token = await person.makeToken()
    await bring(person.dn)
    says(await refuse(scene, { token }), text)
    assert.deepEqual((await scene.events()).slice(-1), [`ticket_refused ${reason}`])
  }
})
