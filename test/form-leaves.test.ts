/**
 * The page that posts an answer to an app, in real browsers: an app may redirect from there to any other origin, and browsers
 * apply the policy of the page with the form to these redirects.
 */
import assert from 'node:assert/strict'
import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { createTestFrame } from '../src/dev/test-support/frame.ts'
import { createProtocolPages, type FormPost } from '../src/faces/protocols/pages.ts'
import { launchChromium } from './support/browser.ts'
import { createCertificate } from './support/certificate.ts'
import { openFirefox } from './support/firefox.ts'
import { listen } from './support/listen.ts'

const secure = createCertificate('localhost')

/** The page with the form, and an app that redirects over two further origins. */
async function startPage(t: TestContext, scheme: 'http' | 'https', purpose: FormPost['purpose']) {
  const certificate = scheme === 'https' ? secure : undefined
  const at = (port: number, path: string) => `${scheme}://localhost:${port}${path}`
  const end = at(
    await listen(t, (_, response) => void response.end('The app'), certificate),
    '/end',
  )
  const to = async (location: string) =>
    await listen(t, (_, response) => void response.writeHead(302, { location }).end(), certificate)
  const second = at(await to(end), '/second')
  const action = at(await to(second), '/acs')
  const pages = createProtocolPages(createTestFrame(), `${scheme}://login.example.org`)
  const request = Object.assign(new IncomingMessage(new Socket()), { url: '/' })
  const { status, headers, body } = pages.renderFormPost(request, {
    ...{ action, purpose, appName: 'App', fields: { SAMLResponse: 'x' } },
  })
  const port = await listen(
    t,
    (_, response) => void response.writeHead(status, headers).end(body),
    certificate,
  )
  return { start: at(port, '/'), end, policy: headers['content-security-policy'] ?? '' }
}

const kinds = [
  ['https', 'login'],
  ['https', 'error'],
  ['https', 'logged_out'],
  ['http', 'login'],
] as const

for (const [scheme, purpose] of kinds) {
  test(`in Chromium a form (${purpose}) reaches an app that redirects over two further origins by ${scheme}`, async (t) => {
    const { start, end, policy } = await startPage(t, scheme, purpose)
    const browser = await launchChromium()
    t.after(() => browser.close())
    const page = await browser.newPage({ ignoreHTTPSErrors: true })
    const refused = page.waitForEvent('console', (entry) => /form-action/.test(entry.text()))
    await page.goto(start)
    const arrived = page.waitForURL(end)
    assert.equal(await Promise.race([arrived, refused.then((entry) => entry.text())]), undefined)
    assert.doesNotMatch(policy, /form-action [^;]*localhost|unsafe/)
    assert.equal(/form-action https:;/.test(policy), scheme === 'https')
    for (const closed of ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"])
      assert.ok(policy.includes(closed), policy)
    refused.catch(() => undefined)
  })
}

test('in Firefox a form reaches an app that redirects over two further origins', async (t) => {
  const firefox = await openFirefox(t)
  for (const scheme of ['https', 'http'] as const) {
    const { start, end } = await startPage(t, scheme, 'login')
    await firefox.goto(start)
    await firefox.reaches(end)
  }
})
