// What a page says of a new password while it is typed, in a real browser.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, type TestContext, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { passwordPage } from '../src/faces/account/pages/password.ts'
import { loadAssets } from '../src/platform/ui/assets.ts'
import { defaultBrand } from '../src/platform/ui/brand.ts'
import { createLayout } from '../src/platform/ui/layout.ts'
import { message } from '../src/platform/ui/message.ts'
import { launchChromium } from './support/browser.ts'

const assets = loadAssets(defaultBrand)
const layout = createLayout({ brand: defaultBrand, assets })
const t = layout.translator('en')
const shown = passwordPage(
  { username: 'erika', formToken: 'x', minLength: 15, asksCurrent: false },
  t,
)
const { html } = layout.renderDocument(shown, { t, path: '/account/password' })

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

async function open(context: TestContext, javaScriptEnabled = true) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.end(html)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const tab = await browser.newContext({ javaScriptEnabled })
  context.after(async () => {
    await tab.close()
    server.closeAllConnections()
    server.close()
  })
  const page = await tab.newPage()
  await page.clock.install({ time: 0 })
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/account/password`)
  const [first, again] = [page.locator('#field-password'), page.locator('#field-password_again')]
  const lines = page.locator('p.typed[role=status]')
  async function say(which: 0 | 1, typed: string) {
    await (which === 0 ? first : again).fill(typed)
    await page.clock.runFor(500)
    return await lines.nth(which).textContent()
  }
  return { page, first, again, lines, say, asked }
}

const short = (typed: number) => t(message('password.typed.short', { typed: `${typed}`, min: 15 }))
const weak = t(message('password.typed.weak'))
const fair = t(message('password.typed.fair'))
const strong = t(message('password.typed.strong'))

test('the length and what is easy to guess are told in words', async (context) => {
  const { say } = await open(context)
  assert.equal(await say(0, ''), '')
  assert.equal(await say(0, 'kurz'), short(4))
  // Code points, as the server counts them.
  assert.equal(await say(0, '🔑🗝🚪🏠'), short(4))
  for (const typed of [
    'aaaaaaaaaaaaaaaa',
    'abcdefghijklmnop',
    'qwertzuiopqwertzuiop',
    'Passwort2025!!!!!!',
    'abcabcabcabcabcabc',
    '123456789012345678',
    'SommerSommerSommer',
  ])
    assert.equal(await say(0, typed), weak, typed)
  assert.equal(await say(0, 'Fahrrad im Wald'), fair)
  assert.equal(await say(0, 'Fahrrad im Regen am Deich'), strong)
  assert.equal(await say(0, ''), '')
})

test('the repetition says whether it is the same, whichever field is typed in', async (context) => {
  const { say, lines } = await open(context)
  await say(0, 'Fahrrad im Regen')
  assert.equal(await say(1, 'Fahrrad im'), t(message('password.typed.different')))
  assert.equal(await say(1, 'Fahrrad im Regen'), t(message('password.typed.same')))
  await say(0, 'Fahrrad im Regen am Deich')
  assert.equal(await lines.nth(1).textContent(), t(message('password.typed.different')))
})

test('it says nothing before typing pauses, and tells no server', async (context) => {
  const { page, first, lines, asked } = await open(context)
  await first.fill('Fahrrad')
  await page.clock.runFor(300)
  assert.equal(await lines.first().textContent(), '')
  await first.fill('Fahrrad im')
  await page.clock.runFor(300)
  assert.equal(await lines.first().textContent(), '')
  await page.clock.runFor(200)
  assert.equal(await lines.first().textContent(), short(10))
  assert.deepEqual(
    asked.filter((one) => !one.endsWith('/favicon.ico')),
    ['GET /account/password'],
  )
})

test('what is pasted stays whole, and managers know what the fields are for', async (context) => {
  const { page, first, again } = await open(context)
  const long = 'x'.repeat(300)
  await first.focus()
  await page.keyboard.insertText(long)
  assert.equal(await first.inputValue(), long)
  for (const field of [first, again])
    assert.equal(await field.getAttribute('autocomplete'), 'new-password')
  assert.match((await first.getAttribute('passwordrules')) ?? '', /minlength: 20/)
  await page.getByRole('button', { name: 'Show password' }).first().click()
  assert.equal(await first.getAttribute('type'), 'text')
})

test('without scripts the fields are there, and nothing empty stands below them', async (context) => {
  const { lines, first } = await open(context, false)
  assert.equal(await lines.count(), 0)
  assert.ok(await first.isVisible())
})

test('the script is small', () => {
  assert.ok(Buffer.byteLength(assets.scripts.strength ?? '') < 4096)
})
