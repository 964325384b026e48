// What a page says of a new password while it is typed, in a real browser.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
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
const owner = { username: 'erika', displayName: 'Erika Muster', email: null }
const shown = passwordPage({ username: 'erika', formToken: 'x', wanted: { min: 15, owner } }, t)
const { html } = layout.renderDocument(shown, { t, path: '/account/password' })

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

/** @param judge what the server answers to what is typed; `undefined`: nothing */
async function open(
  context: TestContext,
  judge: (typed: string) => { level: string; text: string } | undefined = () => undefined,
  javaScriptEnabled = true,
) {
  const asked: string[] = []
  const sent: Record<string, string>[] = []
  const server = createServer(async (request, response) => {
    asked.push(`${request.method} ${request.url}`)
    if (request.method === 'POST') {
      const fields = Object.fromEntries(new URLSearchParams(await text(request)))
      sent.push(fields)
      const answer = judge(fields.password ?? '')
      response.statusCode = answer === undefined ? 503 : 200
      return response.end(JSON.stringify(answer ?? {}))
    }
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
  // Time passes only where a test says so.
  await page.clock.pauseAt(3_600_000)
  const [first, again] = [page.locator('#field-password'), page.locator('#field-password_again')]
  const lines = page.locator('p.typed[role=status]')
  async function type(which: 0 | 1, typed: string) {
    await (which === 0 ? first : again).fill(typed)
    await page.clock.runFor(500)
  }
  /** Waits for the text: the answer of a server comes when it comes. */
  async function expectLine(which: 0 | 1, wanted: string) {
    await lines.nth(which).filter({ hasText: wanted }).waitFor({ state: 'attached' })
    assert.equal(await lines.nth(which).textContent(), wanted)
  }
  return { page, first, again, lines, type, expectLine, asked, sent }
}

const short = (typed: number) => t(message('password.typed.short', { typed: `${typed}`, min: 15 }))
const long = t(message('password.typed.long'))

test('the page itself reports a password that is too short, and sends nothing to the server', async (context) => {
  const { type, expectLine, lines, asked } = await open(context)
  await type(0, 'kurz')
  await expectLine(0, short(4))
  // Code points, as the server counts them.
  await type(0, '🔑🗝🚪🏠')
  await expectLine(0, short(4))
  await type(0, '')
  assert.equal(await lines.first().textContent(), '')
  assert.deepEqual(posts(asked), [])
})

test('the text and the style follow the answer of the server', async (context) => {
  const { type, expectLine, lines, sent } = await open(context, (typed) =>
    typed.startsWith('Passwort')
      ? { level: 'weak', text: 'Easy to guess.' }
      : { level: 'strong', text: 'Hard to guess.' },
  )
  await type(0, 'Passwort12345678')
  await expectLine(0, 'Easy to guess.')
  assert.equal(await lines.first().getAttribute('class'), 'typed weak')
  await type(0, 'Fahrrad im Regen am Deich')
  await expectLine(0, 'Hard to guess.')
  assert.equal(await lines.first().getAttribute('class'), 'typed strong')
  const whose = { form_token: 'x', username: 'erika', display_name: 'Erika Muster', email: '' }
  assert.deepEqual(sent[0], { ...whose, password: 'Passwort12345678' })
})

test('if the server does not answer, the page shows only that the length is enough', async (context) => {
  const { type, expectLine } = await open(context)
  await type(0, 'Fahrrad im Regen')
  await expectLine(0, long)
})

const posts = (asked: readonly string[]) => asked.filter((one) => one.startsWith('POST'))

test('the page says if the repeated password is the same, after typing in either field', async (context) => {
  const { type, expectLine, lines } = await open(context)
  await type(0, 'Fahrrad im Regen')
  await type(1, 'Fahrrad im')
  await expectLine(1, t(message('password.typed.different')))
  await type(1, 'Fahrrad im Regen')
  await expectLine(1, t(message('password.typed.same')))
  await type(0, 'Fahrrad im Regen am Deich')
  assert.equal(await lines.nth(1).textContent(), t(message('password.typed.different')))
})

test('the page shows nothing and sends nothing until the user pauses typing', async (context) => {
  const { page, first, lines, asked, expectLine } = await open(context)
  await first.fill('Fahrrad im Wald')
  await page.clock.runFor(300)
  assert.equal(await lines.first().textContent(), '')
  await first.fill('Fahrrad im Walde')
  await page.clock.runFor(300)
  assert.deepEqual(posts(asked), [])
  await page.clock.runFor(200)
  await expectLine(0, long)
  assert.deepEqual(posts(asked), ['POST /password-hint'])
})

test('a pasted password is not cut, and password managers can recognise the fields', async (context) => {
  const { page, first, again } = await open(context)
  const long = 'x'.repeat(300)
  await first.focus()
  await page.keyboard.insertText(long)
  assert.equal(await first.inputValue(), long)
  for (const field of [first, again])
    assert.equal(await field.getAttribute('autocomplete'), 'new-password')
  assert.match((await first.getAttribute('passwordrules')) ?? '', /minlength: 20/)
  // The first one is of the current password.
  await page.getByRole('button', { name: 'Show password' }).nth(1).click()
  assert.equal(await first.getAttribute('type'), 'text')
})

test('without scripts the page shows the fields, and no empty line below them', async (context) => {
  const { lines, first } = await open(context, undefined, false)
  assert.equal(await lines.count(), 0)
  assert.ok(await first.isVisible())
})

test('the script is smaller than 4 KB', () => {
  assert.ok(Buffer.byteLength(assets.scripts.strength ?? '') < 4096)
})
