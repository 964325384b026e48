/** Single logout against the whole server, by a browser without a screen: which app hears what, by which binding, and when. */
import assert from 'node:assert/strict'
import { randomUUID, sign } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { deflateRawSync } from 'node:zlib'
import {
  buildPostFields,
  type NameId,
  type NewLogoutResponse,
  readCertificate,
  readLogoutRequest,
  readLogoutResponse,
  receivePost,
  receiveRedirect,
  type Status,
  writeLogoutRequest,
  writeLogoutResponse,
} from '#saml'
import { createPlainBrowser, type Reply, readForm } from '../src/dev/test-support/plain-browser.ts'
import type { AppInput } from '../src/identity/apps/apps.ts'
import { seconds } from '../src/platform/kernel/clock.ts'
import {
  createKey,
  entityId,
  key,
  logIn,
  readAnswer,
  type Started,
  start,
} from './support/saml-scene.ts'

const boardKey = createKey('board.example')
const boardId = 'https://board.example/metadata'
const boardUrl = 'https://board.example/slo'

/** A person in `notes`, and in `board`, which takes messages of logouts by form alone. */
async function enterBoth(t: TestContext) {
  let passed = 0
  const others: readonly AppInput[] = [
    {
      ...{ id: 'board', name: 'Board', protocol: 'saml', policy: { secondFactor: 'none' } },
      settings: {
        entityId: boardId,
        consumerUrls: ['https://board.example/acs'],
        logoutUrl: boardUrl,
        logoutBinding: 'post',
        signingCertificates: [boardKey.certificate],
        unsolicited: 'allowed',
      },
    },
  ]
  const scene = await start(t, others, {}, { now: () => Date.now() + passed })
  await logIn(scene.browser)
  const { response } = await readAnswer(scene, await scene.browser.get(scene.ask()))
  const board = await readAnswer(scene, await scene.browser.get('/saml/start/board'))
  const [nameId, ofBoard] = [response.assertion?.nameId, board.response.assertion?.nameId]
  assert.ok(nameId !== undefined && ofBoard !== undefined)
  const metadata = await (await fetch(`${scene.publicUrl}/saml/metadata`)).text()
  const [, own = ''] = /<ds:X509Certificate>([^<]*)</.exec(metadata) ?? []
  const pass = (milliseconds: number) => {
    passed += milliseconds
  }
  return { ...scene, pass, nameId, ofBoard, ownKeys: [readCertificate(own).publicKey] }
}

type Scene = Awaited<ReturnType<typeof enterBoth>>

const findRefresh = ({ text }: Reply): string =>
  /http-equiv="refresh" content="0;url=([^"]+)"/.exec(text)?.[1]?.replaceAll('&amp;', '&') ?? ''

/** What the frame of the page after the logout gets: our request to the app. */
async function loadFrame({ browser }: Pick<Scene, 'browser'>): Promise<Reply> {
  const { text } = await browser.get('/logout')
  const [, frame = ''] = /<iframe src="(\/logout\/apps\/[\w-]+\/frames\/0)"/.exec(text) ?? []
  const led = await browser.get(frame)
  assert.equal(led.status, 303, text)
  return await browser.get(led.location ?? '')
}

const writeAsked = ({ publicUrl }: Started, issuer: string, nameId: NameId) => ({
  ...{ id: '_logout', issuer, issuedAt: Date.now(), destination: `${publicUrl}/saml/slo` },
  nameId,
})

/** From the frame with our request to Board, and what Board then posts from another site: without our cookies. */
async function answerAsBoard(scene: Scene, status: Status): Promise<Reply> {
  const { publicUrl, ownKeys, ofBoard } = scene
  const page = await loadFrame(scene)
  assert.equal(page.headers.get('x-frame-options'), 'SAMEORIGIN')
  assert.match(page.headers.get('content-security-policy') ?? '', /frame-ancestors 'self'/)
  const { action, hidden } = readForm(page)
  assert.equal(action, boardUrl)
  assert.match(page.text, /Signing out of Board/)
  const received = receivePost(hidden)
  assert.ok(received.type === 'ok')
  const read = readLogoutRequest(received.message, ownKeys)
  assert.ok(read.type === 'ok', JSON.stringify(read))
  assert.deepEqual(read.request.nameId, ofBoard)
  const head = { id: '_answer', issuer: boardId, issuedAt: Date.now() }
  const xml = writeLogoutResponse(
    { ...head, destination: `${publicUrl}/saml/slo`, inResponseTo: read.request.id, status },
    boardKey,
  )
  const relayState = hidden.RelayState
  const fields = buildPostFields({ parameter: 'SAMLResponse', xml, relayState })
  return await createPlainBrowser(publicUrl).post('/saml/slo', fields)
}

/** What Notes hears at the end, by redirect. */
async function readEnd({ browser, ownKeys }: Scene) {
  const { location = '' } = await browser.get(findRefresh(await browser.get('/logout')))
  const { pathname, search, searchParams } = new URL(location, 'https://notes.example')
  assert.equal(pathname, '/slo')
  const received = receiveRedirect(search.slice(1))
  assert.ok(received.type === 'ok')
  const read = readLogoutResponse(received.message, ownKeys)
  assert.ok(read.type === 'ok', JSON.stringify(read))
  const { inResponseTo, status } = read.response
  return { inResponseTo, status, relayState: searchParams.get('RelayState') }
}

for (const [status, partial] of [
  [{ code: 'Success' }, undefined],
  [{ code: 'Responder' }, 'PartialLogout'],
  [{ code: 'Success', reason: 'PartialLogout' }, 'PartialLogout'],
] as const) {
  const name = 'reason' in status ? status.reason : status.code
  test(`if an app answers ${name} by form, the answer to the app that asked has ${partial ?? 'no word of it'}`, async (t) => {
    const scene = await enterBoth(t)
    const xml = writeLogoutRequest(writeAsked(scene, entityId, scene.nameId))
    const asked = await scene.browser.get(scene.pathOf('/saml/slo', xml, 'back "here"', key))
    assert.equal(asked.location, '/logout')
    assert.equal((await answerAsBoard(scene, status)).status, 204)
    const end = await readEnd(scene)
    assert.deepEqual([end.inResponseTo, end.relayState], ['_logout', 'back "here"'])
    assert.equal(end.status.isSuccess, true)
    assert.equal(end.status.reason?.split(':').at(-1), partial)
    // Once: the page of the logout stays from then on.
    assert.equal(findRefresh(await scene.browser.get('/logout')), '')
    assert.deepEqual(scene.errors, [])
  })
}

test('A31: only the signed answer of the app that was asked, to this request and at this address, goes on', async (t) => {
  const scene = await enterBoth(t)
  const { browser, publicUrl, ownKeys } = scene
  const xml = writeLogoutRequest(writeAsked(scene, entityId, scene.nameId))
  await browser.get(scene.pathOf('/saml/slo', xml))
  const { hidden } = readForm(await loadFrame(scene))
  const received = receivePost(hidden)
  assert.ok(received.type === 'ok')
  const read = readLogoutRequest(received.message, ownKeys)
  assert.ok(read.type === 'ok')
  const right: NewLogoutResponse = {
    ...{ id: '_answer', issuer: boardId, issuedAt: Date.now() },
    ...{ destination: `${publicUrl}/saml/slo`, inResponseTo: read.request.id },
    status: { code: 'Success' },
  }
  const answer = (document: string, relayState = hidden.RelayState) =>
    browser.post(
      '/saml/slo',
      buildPostFields({ parameter: 'SAMLResponse', xml: document, relayState }),
    )
  const write = (changes: Partial<NewLogoutResponse>, by = boardKey) =>
    writeLogoutResponse({ ...right, ...changes }, by)
  for (const [reason, document, relayState] of [
    ['unknown_answer', write({ inResponseTo: '_other' })],
    ['unknown_answer', write({}), randomUUID()],
    ['unknown_answer', write({}), 'x'],
    ['unsigned', writeLogoutResponse(right)],
    ['bad_signature', write({}, key)],
    ['bad_signature', write({ issuer: entityId })],
    ['wrong_destination', write({ destination: 'https://other.example/saml/slo' })],
  ] satisfies [string, string, string?][]) {
    assert.equal((await answer(document, relayState)).status, 400, reason)
    const { entry } = scene.notes.at(-1) ?? assert.fail('nothing was logged')
    assert.equal('reason' in entry && entry.reason, reason)
  }
  assert.equal((await answer(write({}))).status, 204)
  assert.match((await browser.get('/logout')).text, /On to Notes/)
})

test('if an app gives no answer in time, the logout is reported as partial', async (t) => {
  const scene = await enterBoth(t)
  const xml = writeLogoutRequest(writeAsked(scene, entityId, scene.nameId))
  await scene.browser.get(scene.pathOf('/saml/slo', xml))
  await loadFrame(scene)
  assert.equal(findRefresh(await scene.browser.get('/logout')), '')
  scene.pass(seconds(10))
  assert.match((await readEnd(scene)).status.reason ?? '', /:PartialLogout$/)
})

test('an app that accepts messages only by form gets its answer by form', async (t) => {
  const scene = await enterBoth(t)
  const { browser, ownKeys } = scene
  const xml = writeLogoutRequest(writeAsked(scene, boardId, scene.ofBoard), boardKey)
  const fields = buildPostFields({ parameter: 'SAMLRequest', xml, relayState: 'x' })
  const continued = await browser.post('/saml/slo', fields)
  const asked = await browser.get(continued.location ?? '')
  assert.equal(asked.location, '/logout')
  // Notes is asked first, by redirect.
  const atNotes = await loadFrame(scene)
  assert.match(atNotes.location ?? '', /^\/slo\?SAMLRequest=/)
  scene.pass(seconds(10))
  const page = await browser.get(findRefresh(await browser.get('/logout')))
  const { action, hidden } = readForm(page)
  assert.equal(action, boardUrl)
  assert.equal(page.status, 200)
  assert.match(page.text, /On to Board.*You are signed out/s)
  const received = receivePost(hidden)
  assert.ok(received.type === 'ok')
  const read = readLogoutResponse(received.message, ownKeys)
  assert.ok(read.type === 'ok', JSON.stringify(read))
  assert.equal(hidden.RelayState, 'x')
})

/** The query of a request that is signed as libraries of ten years ago sign by themselves. */
function signWithSha1(path: string, xml: string): string {
  const packed = deflateRawSync(xml).toString('base64')
  const algorithm = 'http://www.w3.org/2000/09/xmldsig#rsa-sha1'
  const query = `${new URLSearchParams({ SAMLRequest: packed, SigAlg: algorithm })}`
  const signature = sign('sha1', Buffer.from(query), key.privateKey).toString('base64')
  return `${path}?${query}&${new URLSearchParams({ Signature: signature })}`
}

test('a logout request that is not signed, or by SHA-1, ends nothing, and the page leads to the logout and to the apps', async (t) => {
  const scene = await enterBoth(t)
  const xml = writeLogoutRequest(writeAsked(scene, entityId, scene.nameId))
  const requests = [
    [scene.pathOf('/saml/slo', xml, undefined, null), 'unsigned', /^LogoutRequest without a sig/],
    [signWithSha1('/saml/slo', xml), 'weak_algorithm', /^rsa-sha1 is not accepted; rsa-sha256 is$/],
  ] as const
  for (const [path, reason, detail] of requests) {
    const page = await scene.browser.get(path)
    assert.equal(page.status, 400)
    assert.match(page.text, new RegExp(reason))
    assert.match(page.text, /You are not signed out yet.*href="\/logout"[^>]*>Sign out</s)
    assert.match(page.text, /href="\/"[^>]*>(?:<[^>]*>)*To your apps/)
    const { entry } = scene.notes.at(-1) ?? assert.fail('nothing was logged')
    assert.ok('reason' in entry && 'detail' in entry && 'appId' in entry)
    assert.deepEqual([entry.reason, entry.appId], [reason, 'notes'])
    assert.match(`${entry.detail}`, detail)
  }
  assert.equal((await scene.browser.get('/account')).status, 200)
  assert.match((await scene.browser.get('/logout')).text, /Sign out\?/)
})

test('an app of which no certificate is known is told so in the log', async (t) => {
  const entity = 'https://bare.example/metadata'
  const consumerUrls = ['https://bare.example/acs']
  const scene = await start(t, [
    { id: 'bare', name: 'Bare', protocol: 'saml', settings: { entityId: entity, consumerUrls } },
  ])
  const xml = writeLogoutRequest(writeAsked(scene, entity, { value: 'x' }))
  assert.equal((await scene.browser.get(scene.pathOf('/saml/slo', xml))).status, 400)
  const { entry } = scene.notes.at(-1) ?? assert.fail('nothing was logged')
  assert.ok('detail' in entry)
  assert.match(`${entry.detail}`, /no certificate of the sender is known/)
})

test('a message by SOAP is refused with an explanation', async (t) => {
  const { publicUrl } = await start(t)
  for (const path of ['/saml/slo', '/saml/sso']) {
    for (const type of ['text/xml; charset=utf-8', 'application/soap+xml']) {
      const headers = { 'content-type': type }
      const answer = await fetch(`${publicUrl}${path}`, { method: 'POST', headers, body: '<x/>' })
      assert.equal(answer.status, 415)
      assert.match(await answer.text(), /SOAP are not taken here.*HTTP-Redirect and HTTP-POST/)
    }
  }
})
