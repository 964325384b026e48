/** Requests of a SAML app against the whole server, by a browser without a screen: what is answered, to whom, and how often. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buildPostFields, type NewLogoutRequest, nameIdFormats, writeLogoutRequest } from '#saml'
import { createPlainBrowser, readForm } from '../src/dev/test-support/plain-browser.ts'
import { createProvisioningTokens } from '../src/identity/provisioning/tokens.ts'
import { minutes } from '../src/platform/kernel/clock.ts'
import { acs, createKey, entityId, key, logIn, readAnswer, start } from './support/saml-scene.ts'

test('a user with a session gets a response at once, with the relay state of the app unchanged', async (t) => {
  const scene = await start(t)
  await logIn(scene.browser)
  const state = `"><script>x</script> & 'ä'`
  const page = await scene.browser.get(scene.ask({}, state))
  assert.equal(page.status, 200)
  assert.match(
    page.headers.get('content-security-policy') ?? '',
    /connect-src 'self'; base-uri 'none'/,
  )
  assert.doesNotMatch(page.text, /<script>x/)
  const { action, relayState, response } = await readAnswer(scene, page)
  assert.deepEqual([action, relayState], [acs, state])
  assert.equal(response.assertion?.audience, entityId)
  assert.equal(response.assertion?.recipient, acs)
  assert.equal(response.assertion?.inResponseTo, '_request1')
})

test('a request gets a response only once', async (t) => {
  const scene = await start(t)
  await logIn(scene.browser)
  const path = scene.ask()
  await readAnswer(scene, await scene.browser.get(path))
  const again = await scene.browser.get(path)
  assert.doesNotMatch(again.text, /name="SAMLResponse"/)
  const both = await Promise.all(
    [scene.ask()].flatMap((one) => [one, one]).map((one) => scene.browser.get(one)),
  )
  assert.equal(both.filter(({ text }) => text.includes('name="SAMLResponse"')).length, 1)
})

test('a request by form is answered with a redirect, because the form brings no session cookie', async (t) => {
  const scene = await start(t)
  await logIn(scene.browser)
  const xml = scene.write({}, key)
  const fields = buildPostFields({ parameter: 'SAMLRequest', xml, relayState: 'state' })
  const first = await createPlainBrowser(scene.publicUrl).post('/saml/sso', fields)
  assert.equal(first.status, 303)
  assert.match(first.location ?? '', /^\/saml\/continue\?request=/)
  const { relayState } = await readAnswer(scene, await scene.browser.get(first.location ?? ''))
  assert.equal(relayState, 'state')
  const changed = (first.location ?? '').replace(/request=.{9}/, 'request=eyJhcHBJZ')
  assert.equal((await scene.browser.get(`${changed}x`)).status, 400)
})

test('an app gets an error if no user is logged in, and if the requested name id is missing', async (t) => {
  const scene = await start(t)
  const passive = await readAnswer(scene, await scene.browser.get(scene.ask({ isPassive: true })))
  assert.match(passive.response.status.reason ?? '', /:NoPassive$/)
  assert.equal(passive.action, acs)
  await logIn(scene.browser)
  const email = { nameIdFormat: nameIdFormats.email }
  const unnamed = await readAnswer(scene, await scene.browser.get(scene.ask(email)))
  assert.match(unnamed.response.status.reason ?? '', /:InvalidNameIDPolicy$/)
})

test('an app whose login is cancelled gets AuthnFailed, and one that has asked nothing gets no answer', async (t) => {
  const settings = { entityId: 'https://wall.example/', consumerUrls: ['https://wall.example/acs'] }
  const scene = await start(t, [
    {
      id: 'wall',
      name: 'Wall',
      protocol: 'saml',
      settings: { ...settings, unsolicited: 'allowed' },
    },
  ])
  const cancel = async (path: string) => {
    const login = await scene.browser.get((await scene.browser.get(path)).location ?? '')
    const { hidden } = readForm(login)
    const action = /class="leave" method="post" action="([^"]*)"/.exec(login.text)?.[1] ?? ''
    const back = await scene.browser.post(action, { ...hidden, action: 'cancel' })
    assert.equal(back.status, 200)
    const href = /http-equiv="refresh" content="0;url=([^"]*)"/.exec(back.text)?.[1] ?? ''
    assert.match(href, /^\/saml\/cancel\?request=/)
    return await scene.browser.get(href)
  }
  const { response, relayState, action } = await readAnswer(
    scene,
    await cancel(scene.ask({}, 'state')),
  )
  assert.deepEqual([action, relayState], [acs, 'state'])
  assert.match(response.status.code, /:Responder$/)
  assert.match(response.status.reason ?? '', /:AuthnFailed$/)
  const page = await cancel('/saml/start/wall')
  assert.match(page.text, /<h1[^>]*>Sign-in cancelled</)
  assert.doesNotMatch(page.text, /SAMLResponse/)
  const again = /href="(\/saml\/continue\?request=[^"]*)"/.exec(page.text)?.[1] ?? ''
  assert.match((await scene.browser.get(again)).location ?? '', /^\/login\?/)
})

test('an app that identifies users by mail address gets only verified addresses', async (t) => {
  const scene = await start(t)
  await logIn(scene.browser)
  const update = (to: { email?: string; managed_by: string | null }) =>
    scene.db.updateTable('users').set(to).execute()
  const nameErika = async () => {
    const page = await scene.browser.get(scene.ask({ nameIdFormat: nameIdFormats.email }))
    const { response } = await readAnswer(scene, page)
    return response.assertion?.nameId.value ?? response.status.reason?.split(':').at(-1)
  }
  await update({ email: 'erika@example.org', managed_by: null })
  assert.equal(await nameErika(), 'erika@example.org')
  await update({ managed_by: 'scim:entra' })
  assert.equal(await nameErika(), 'InvalidNameIDPolicy')
  await createProvisioningTokens(scene.parts.platform).create(
    scene.db,
    {
      ...{ source: 'entra', networks: [], takesOver: false },
      ...{ verifiedMailDomains: ['example.org'], verifiesPhoneNumbers: false },
    },
    'cli:alice',
  )
  assert.equal(await nameErika(), 'erika@example.org')
})

test('A31: a request that is unsigned, for another address or of an unknown app gets only an error page', async (t) => {
  const scene = await start(t)
  await logIn(scene.browser)
  const { write, pathOf } = scene
  const bad = [
    pathOf('/saml/sso', write(), undefined, null),
    pathOf('/saml/sso', write(), undefined, createKey('evil.example')),
    pathOf('/saml/sso', write({ consumerUrl: 'https://evil.example/acs' })),
    pathOf('/saml/sso', write({ issuer: 'https://evil.example' })),
    pathOf('/saml/sso', write({ destination: 'https://evil.example/saml/sso' })),
    pathOf('/saml/sso', write({ issuedAt: Date.now() - 3_600_000 })),
    `${scene.ask()}&RelayState=x`,
    '/saml/sso',
    '/saml/sso?SAMLRequest=%zz',
    '/saml/continue?request=x.y',
    '/saml/cancel',
    '/saml/slo?SAMLResponse=AAAA',
  ]
  for (const path of bad) {
    const page = await scene.browser.get(path)
    assert.equal(page.status, 400, path.slice(0, 80))
    assert.doesNotMatch(page.text, /name="SAMLResponse"/)
    assert.match(page.headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/)
  }
  for (const path of ['/saml/', '/saml/x', '/saml/start/notes', '/saml/start/%zz', '/saml/start/'])
    assert.equal((await scene.browser.get(path)).status, 404, path)
  assert.equal((await scene.browser.post('/saml/metadata', {})).status, 405)
  assert.deepEqual(scene.errors, [])
})

test('the metadata for an app says whether its requests have to be signed, and is the same otherwise', async (t) => {
  const open = {
    ...{ id: 'open.one', name: 'Open', protocol: 'saml' },
    settings: { entityId: 'open', consumerUrls: ['https://open.example/acs'] },
  }
  const { publicUrl } = await start(t, [open])
  const read = async (path: string) => {
    const answer = await fetch(`${publicUrl}/saml/metadata${path}`)
    assert.match(answer.headers.get('content-type') ?? '', /^application\/samlmetadata\+xml/)
    const xml = await answer.text()
    return { of: / entityID="([^"]*)"/.exec(xml)?.[1], wants: / Want\w+="(\w+)"/.exec(xml)?.[1] }
  }
  const of = `${publicUrl}/saml/metadata`
  assert.deepEqual(await read(''), { of, wants: undefined })
  assert.deepEqual(await read('/notes'), { of, wants: 'true' })
  assert.deepEqual(await read('/open%2Eone'), { of, wants: 'false' })
  for (const path of ['/', '/nobody', '/%zz', '/notes/']) {
    assert.equal((await fetch(`${of}${path}`)).status, 404, path)
  }
})

test('an app that allows unsolicited responses opens by its tile', async (t) => {
  const consumerUrl = 'https://board.example/acs'
  const scene = await start(t, [
    {
      ...{ id: 'board', name: 'Board', protocol: 'saml', policy: { secondFactor: 'none' } },
      settings: { entityId: 'board', consumerUrls: [consumerUrl], unsolicited: 'allowed' },
    },
  ])
  await logIn(scene.browser)
  const [, href = ''] =
    /href="(\/saml\/start\/[^"]*)"/.exec((await scene.browser.get('/')).text) ?? []
  const { action, response } = await readAnswer(scene, await scene.browser.get(href))
  assert.equal(action, consumerUrl)
  assert.equal(response.assertion?.inResponseTo, undefined)
})

test('A31: a logout request for another address, of another time or too long is refused for that and ends nothing', async (t) => {
  const scene = await start(t)
  await logIn(scene.browser)
  const { response } = await readAnswer(scene, await scene.browser.get(scene.ask()))
  const { nameId, sessionIndex = '' } = response.assertion ?? assert.fail('no assertion')
  const [own, now] = [`${scene.publicUrl}/saml/slo`, Date.now()]
  const head = { id: '_logout', issuer: entityId, issuedAt: now, destination: own }
  const send = (changes: Partial<NewLogoutRequest>, relayState?: string) => {
    const xml = writeLogoutRequest({ ...head, nameId, sessionIndex, ...changes })
    return scene.browser.get(scene.pathOf('/saml/slo', xml, relayState))
  }
  for (const [changes, reason, relayState] of [
    [{ destination: `${scene.publicUrl}/saml/sso` }, 'wrong_destination'],
    [{ destination: 'https://other.example/saml/slo' }, 'wrong_destination'],
    [{ issuedAt: now - minutes(11) }, 'request_expired'],
    [{ issuedAt: now + minutes(4) }, 'request_expired'],
    [{ notOnOrAfter: now - minutes(3) }, 'request_expired'],
    [{}, 'relay_state_too_long', '"'.repeat(513)],
  ] satisfies [Partial<NewLogoutRequest>, string, string?][]) {
    assert.equal((await send(changes, relayState)).status, 400, JSON.stringify(changes))
    const { entry } = scene.notes.at(-1) ?? assert.fail('nothing was logged')
    assert.equal('reason' in entry && entry.reason, reason, JSON.stringify(changes))
  }
  assert.equal((await scene.browser.get('/account')).status, 200)
  // The clock of the app is three minutes behind or ahead at most.
  assert.equal((await send({ notOnOrAfter: now - minutes(2) })).status, 303)
  assert.notEqual((await scene.browser.get('/account')).status, 200)
})

test('a logout request that names another user, or is not signed, ends nothing', async (t) => {
  const scene = await start(t)
  await logIn(scene.browser)
  const { response } = await readAnswer(scene, await scene.browser.get(scene.ask()))
  const nameId = response.assertion?.nameId
  assert.ok(nameId)
  const write = (value: string, sessionIndex?: string) =>
    writeLogoutRequest({
      ...{ id: '_logout', issuer: entityId, issuedAt: Date.now() },
      destination: `${scene.publicUrl}/saml/slo`,
      nameId: { ...nameId, value },
      ...(sessionIndex !== undefined && { sessionIndex }),
    })
  const other = await scene.browser.get(scene.pathOf('/saml/slo', write('another')))
  assert.equal(other.status, 303)
  const elsewhere = await scene.browser.get(scene.pathOf('/saml/slo', write(nameId.value, '_x')))
  assert.equal(elsewhere.status, 303)
  const unsigned = scene.pathOf('/saml/slo', write(nameId.value), undefined, null)
  assert.equal((await scene.browser.get(unsigned)).status, 400)
  assert.equal((await scene.browser.get('/account')).status, 200)
  const own = scene.pathOf('/saml/slo', write(nameId.value, response.assertion?.sessionIndex))
  // No other app waits for the browser.
  assert.match((await scene.browser.get(own)).location ?? '', /^\/saml\/slo\/answer\?/)
  assert.notEqual((await scene.browser.get('/account')).status, 200)
})
