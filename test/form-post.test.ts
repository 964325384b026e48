/** `response_mode=form_post` in Chromium: the page between, with scripts and without. */
import assert from 'node:assert/strict'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { decodeJwt } from 'jose'
import type { Browser, Page } from 'playwright-core'
import type { Scope } from '../src/dev/test-support/on-each-engine.ts'
import { protocols } from '../src/faces/protocols/index.ts'
import { createApps } from '../src/identity/apps/apps.ts'
import { launchChromium } from './support/browser.ts'
import { heading, person, type Stage, setStage, signIn } from './support/guide.ts'
import { listen } from './support/listen.ts'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

const max = { username: 'max.muster', password: 'Kaffee um halb acht' }

/** An app that takes what is posted to it, and continues at another origin. */
async function startApp(t: Scope, { demo }: Stage) {
  const posted: URLSearchParams[] = []
  const inside = await listen(t, (_, response) => {
    response.setHeader('content-type', 'text/html').end('<h1>The app</h1>')
  })
  const end = `http://localhost:${inside}/inside`
  const port = await listen(t, async (request, response) => {
    posted.push(new URLSearchParams(await text(request)))
    response.writeHead(303, { location: end }).end()
  })
  const origin = `http://localhost:${port}`
  const redirectUri = `${origin}/callback`
  await createApps({ ...demo.parts.platform, protocols }).create(demo.parts.platform.database.db, {
    id: 'poster',
    name: 'Formular & Post',
    settings: { redirectUris: [redirectUri], tokenEndpointAuthMethod: 'none' },
    policy: { secondFactor: 'none' },
  })
  const address = new URL(`${demo.publicUrl}/oidc/auth`)
  address.search = `${new URLSearchParams({
    client_id: 'poster',
    response_type: 'code',
    response_mode: 'form_post',
    scope: 'openid',
    redirect_uri: redirectUri,
    state: '"><b>state',
    code_challenge: 'A'.repeat(43),
    code_challenge_method: 'S256',
  })}`
  return { end, posted, request: address.href }
}

/** The policy of the page that posts. */
async function policyOf(page: Page, work: () => Promise<unknown>): Promise<string> {
  const [answer] = await Promise.all([
    page.waitForResponse(
      async (response) =>
        response.url().includes('/oidc/auth') && [200, 400].includes(response.status()),
    ),
    work(),
  ])
  return (await answer.headerValue('content-security-policy')) ?? ''
}

/** The app may redirect to any other origin, so the policy names none. */
function checkPolicy(policy: string): void {
  const directives = policy.split('; ')
  assert.doesNotMatch(policy, /form-action/)
  assert.ok(directives.includes("default-src 'none'") && !policy.includes('unsafe'), policy)
  assert.ok(directives.includes("frame-ancestors 'none'"), policy)
}

test('the page posts the answer automatically to an app that redirects to another origin, and its policy is strict', async (t) => {
  const stage = await setStage(t)
  const { page, errors } = await person(t, browser)
  const { end, posted, request } = await startApp(t, stage)
  await page.goto(request)
  const policy = await policyOf(page, async () => {
    await signIn(page, max)
    await page.waitForURL(end)
  })
  checkPolicy(policy)
  const answer = posted.at(0)
  assert.match(answer?.get('code') ?? '', /^[\w-]{20,}$/)
  assert.deepEqual(
    [answer?.get('state'), answer?.get('iss')],
    ['"><b>state', `${stage.demo.publicUrl}/oidc`],
  )
  assert.deepEqual(errors, [])
})

test('without scripts a button posts the answer', async (t) => {
  const stage = await setStage(t)
  const { page } = await person(t, browser, { javaScriptEnabled: false })
  const { end, posted, request } = await startApp(t, stage)
  await page.goto(request)
  await signIn(page, max)
  await page.getByRole('button', { name: 'Jetzt öffnen' }).waitFor()
  assert.equal(await heading(page), 'Weiter zu Formular & Post')
  assert.equal(posted.length, 0)
  await page.getByRole('button', { name: 'Jetzt öffnen' }).click()
  await page.waitForURL(end)
  assert.equal(posted[0]?.get('state'), '"><b>state')
})

test('an error is posted to the app as well, and without scripts a button posts it', async (t) => {
  const stage = await setStage(t)
  const { page, errors } = await person(t, browser)
  const { end, posted, request } = await startApp(t, stage)
  const policy = await policyOf(page, async () => {
    await page.goto(`${request}&prompt=none`)
    await page.waitForURL(end)
  })
  checkPolicy(policy)
  assert.equal(posted[0]?.get('error'), 'login_required')
  assert.deepEqual(errors, [])

  const still = await person(t, browser, { javaScriptEnabled: false })
  await still.page.goto(`${request}&prompt=none`)
  await still.page.getByRole('button', { name: 'Zur Anwendung' }).click()
  await still.page.waitForURL(end)
  assert.equal(posted[1]?.get('error'), 'login_required')
})

test('the page posts a signed answer as it posts a plain one', async (t) => {
  const stage = await setStage(t)
  const { page, errors } = await person(t, browser)
  const { end, posted, request } = await startApp(t, stage)
  const address = new URL(request)
  address.searchParams.set('response_mode', 'form_post.jwt')
  await page.goto(address.href)
  await signIn(page, max)
  await page.waitForURL(end)
  const [answer] = posted
  assert.deepEqual([...(answer?.keys() ?? [])], ['response'])
  const { code, state, iss, aud } = decodeJwt(answer?.get('response') ?? '')
  assert.match(`${code}`, /^[\w-]{20,}$/)
  assert.deepEqual([state, iss, aud], ['"><b>state', `${stage.demo.publicUrl}/oidc`, 'poster'])
  assert.deepEqual(errors, [])
})
