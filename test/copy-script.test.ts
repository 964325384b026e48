// The button beside what is typed where nothing can be scanned, in a real browser.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, type TestContext, test } from 'node:test'
import type { Browser, BrowserContextOptions } from 'playwright-core'
import { renderForm } from '../src/faces/login/page.ts'
import { loadAssets } from '../src/platform/ui/assets.ts'
import { defaultBrand } from '../src/platform/ui/brand.ts'
import { createLayout } from '../src/platform/ui/layout.ts'
import { message } from '../src/platform/ui/message.ts'
import { launchChromium } from './support/browser.ts'

const layout = createLayout({ brand: defaultBrand, assets: loadAssets(defaultBrand) })
const t = layout.translator('en')
const key = 'JBSW Y3DP EHPK 3PXP'

const shown = renderForm({
  form: {
    title: message('totp.enrol.title'),
    width: 'wide',
    prompts: [
      {
        type: 'qr',
        content: 'otpauth://totp/Einlass:erika?secret=JBSWY3DPEHPK3PXP',
        label: message('totp.enrol.qr'),
        look: 'device',
        link: message('enrol.mobile_link'),
        typed: { text: message('totp.enrol.secret'), value: key, copy: message('copy.key') },
      },
    ],
  },
  t,
  now: 0,
  action: '/page',
  version: 1,
  formToken: 'x',
})
const { html } = layout.renderDocument(shown, { t, path: '/page' })

let browser: Browser

before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

async function openPage(context: TestContext, options: BrowserContextOptions) {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(html)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const browsing = await browser.newContext(options)
  const page = await browsing.newPage()
  context.after(async () => {
    await browsing.close()
    server.close()
  })
  await page.goto(`http://127.0.0.1:${port}/page`)
  await page.locator('summary', { hasText: 'Cannot scan' }).click()
  return page
}

test('the button copies the key without its spaces, and says that it was copied', async (context) => {
  const page = await openPage(context, { permissions: ['clipboard-read', 'clipboard-write'] })
  const button = page.locator('button.copy')
  assert.equal(await button.textContent(), 'Copy the key')
  await button.click()
  await page.locator('button.copy', { hasText: 'Copied' }).waitFor()
  const copied = await page.evaluate(() => navigator.clipboard.readText())
  assert.equal(copied, key.replaceAll(' ', ''))
})

test('without scripts the page shows the key and no button', async (context) => {
  const page = await openPage(context, { javaScriptEnabled: false })
  assert.equal(await page.locator('button.copy').count(), 0)
  assert.equal(await page.locator('.secret').textContent(), key)
})
