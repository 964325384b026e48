// The passkeys that the app of the Einlass authenticator makes, beside those that its owner logs in with at the same address.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import type { Scope } from '../src/dev/test-support/on-each-engine.ts'
import { startAppServer } from './support/app-server.ts'
import { phoneScreen } from './support/app-stage.ts'
import { addAuthenticator } from './support/authenticator.ts'
import { launchChromium } from './support/browser.ts'
import { person } from './support/guide.ts'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

const mark = Buffer.from('einlass-phone:')

/** The user handle of the passkey with which a user logs in. */
const own = Buffer.alloc(32, 7)

const makeOwnPasskey = (page: Page) =>
  page.evaluate(
    async (handle) => {
      await navigator.credentials.create({
        publicKey: {
          rp: { id: location.hostname, name: 'Einlass' },
          user: { id: new Uint8Array(handle), name: 'erika', displayName: 'erika' },
          challenge: new Uint8Array(32),
          pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
          authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
        },
      })
    },
    [...own],
  )

async function setStage(t: Scope) {
  const server = await startAppServer(t)
  const { page } = await person(t, browser, { ...phoneScreen, locale: 'de-DE' })
  const authenticator = await addAuthenticator(page)
  await page.goto(server.url)
  await page.locator('h1').waitFor()
  await makeOwnPasskey(page)
  /** The user handles of the passkeys that the app has made. Each has a mark and is unique. */
  const listMade = async () => {
    const handles = await authenticator.handles()
    assert.ok(
      handles.some((one) => one.equals(own)),
      'the passkey of the person is gone',
    )
    const made = handles.filter((one) => !one.equals(own))
    for (const one of made) {
      assert.equal(one.length, 32)
      assert.deepEqual(one.subarray(0, mark.length), mark)
    }
    assert.equal(new Set(made.map(String)).size, made.length)
    return made
  }
  return { ...server, page, listMade }
}

test('the app ignores a user handle from the server, so its passkeys never replace the one for logins', async (t) => {
  const { page, state, link, listMade } = await setStage(t)
  const userHandle = own.toString('base64url')
  state.more.offer = { credential: { userHandle, challenge: userHandle, use: 'preferred' } }
  await page.route('**/authenticator/v1/enrol', (route) => route.fulfill({ status: 404 }))
  for (const count of [1, 2]) {
    await page.goto('about:blank')
    await page.goto(link())
    await page.locator('#name').waitFor()
    // The server refuses the phone. A second attempt replaces the passkey of the first.
    for (let times = 0; times < 2; times++) {
      const refused = page.waitForResponse(/\/enrol$/)
      await page.locator('button[type=submit]:enabled').click()
      await refused
    }
    assert.equal((await listMade()).length, count)
  }
})

test('the passkey of the app lock does not replace the passkey for logins', async (t) => {
  const { page, url, listMade } = await setStage(t)
  await page.goto(url)
  await page.locator('section > .quiet').click()
  await page.locator('button.secondary').first().click()
  await page.getByRole('button', { name: 'ausschalten' }).waitFor()
  assert.equal((await listMade()).length, 1)
})
