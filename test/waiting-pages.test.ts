// Where the parts of a page stand that waits for a phone, in a real browser: on a small laptop and on the phone itself.
import assert from 'node:assert/strict'
import { after, before, type TestContext, test } from 'node:test'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { type Language, languages } from '../src/platform/ui/language.ts'
import { launchChromium } from './support/browser.ts'
import { isAboveFold } from './support/effort.ts'
import { renderScene, scenes } from './support/scenes.ts'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }

async function openScene(
  t: TestContext,
  name: string,
  { language, ...options }: BrowserContextOptions & { readonly language: Language },
): Promise<Page> {
  const context = await browser.newContext(options)
  t.after(() => context.close())
  const page = await context.newPage()
  const scene = scenes.find((one) => one.name === name)
  assert.ok(scene, name)
  const { html } = renderScene(scene, language)
  await page.setContent(html.replace(/<meta http-equiv="refresh"[^>]*>/, ''))
  return page
}

for (const language of languages) {
  test(`a waiting page has a link to the app in a new tab on a phone, but not on a computer (${language})`, async (t) => {
    for (const isPhone of [true, false]) {
      const options = isPhone ? phone : { viewport: phone.viewport }
      for (const name of ['authenticator-wait', 'authenticator-test', 'authenticator-asleep']) {
        const page = await openScene(t, name, { ...options, language })
        const link = page.locator('a[target=_blank]')
        assert.equal(await link.isVisible(), isPhone, name)
        assert.equal(await page.locator('main .qr').isVisible(), !isPhone, name)
        if (!isPhone) continue
        assert.ok(await isAboveFold(page, link), name)
        // A test has no way out of a login.
        const trouble = page.locator('button[value=trouble]')
        if (name !== 'authenticator-test') assert.ok(await isAboveFold(page, trouble), name)
      }
    }
  })
}

const laptop = { viewport: { width: 1366, height: 625 } }
/** With one way to confirm, with three others, and with a phone of the other kind. */
const waits = /^authenticator-(wait|asleep|undelivered|other-kind|alone|test)$/

for (const language of languages) {
  test(`on a small laptop the whole waiting page is visible without scrolling (${language})`, async (t) => {
    const names = scenes.map(({ name }) => name).filter((name) => waits.test(name))
    assert.equal(names.length, 6)
    for (const name of names) {
      const page = await openScene(t, name, { ...laptop, language })
      const parts = page.locator('main :is(h1, .digits, .qr, .wait, .facts, button), .foot a')
      const all = await parts.all()
      assert.ok(all.length >= 8, name)
      for (const one of all) assert.ok(await isAboveFold(page, one), `${name}: ${one}`)
    }
  })

  test(`with the longest names all buttons of the waiting page are visible (${language})`, async (t) => {
    const page = await openScene(t, 'authenticator-wait-long', { ...laptop, language })
    for (const one of await page.locator('main button').all())
      assert.ok(await isAboveFold(page, one), `${one}`)
  })
}
