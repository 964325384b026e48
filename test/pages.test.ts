// Every page in every state, in a real browser: WCAG 2.2 AA, no sideways scrolling at 320 px, nothing that the
// Content-Security-Policy stops, nothing that is loaded from elsewhere.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { brotliCompressSync, constants } from 'node:zlib'
import type { RunOnly } from 'axe-core'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { defaultBrand } from '../src/platform/ui/brand.ts'
import { languages } from '../src/platform/ui/language.ts'
import type { RenderedDocument } from '../src/platform/ui/layout.ts'
import { buildStyles } from '../src/platform/ui/style.ts'
import { launchChromium } from './support/browser.ts'
import { isAboveFold } from './support/effort.ts'
import { askTool, findFaults, loadTool, loadToolAlways } from './support/faults.ts'
import { photographWhole } from './support/picture.ts'
import type { Scene } from './support/scene.ts'
import { policyOf, renderScene, scenes } from './support/scenes.ts'
import {
  findLowTargets,
  findRaggedButtons,
  findSmallTargets,
  findUncentred,
} from './support/targets.ts'

const documents = new Map<string, RenderedDocument>()
for (const language of languages) {
  for (const scene of scenes) {
    documents.set(`/${language}/${scene.name}`, renderScene(scene, language))
  }
}

const server = createServer((request, response) => {
  const document = documents.get(request.url ?? '')
  if (document === undefined) {
    // Also what a waiting page hears: a server that is out of order is no reason to leave the page.
    response.writeHead(503).end()
    return
  }
  response.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policyOf(document),
  })
  // Pages that lead on by themselves stay, so that they can be looked at.
  response.end(document.html.replace(/<meta http-equiv="refresh"[^>]*>/, ''))
})

let browser: Browser
let origin: string

before(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  browser = await launchChromium()
})

after(async () => {
  await browser.close()
  server.closeAllConnections()
  server.close()
})

const openPage = async (
  context: BrowserContext,
  path: string,
): Promise<{ page: Page; problems: string[] }> => {
  const page = await context.newPage()
  const problems: string[] = []
  page.on('console', (line) => {
    if (/Content Security Policy|Trusted/i.test(line.text())) problems.push(line.text())
  })
  page.on('pageerror', (error) => problems.push(String(error)))
  page.on('request', (request) => {
    const url = request.url()
    if (!url.startsWith(origin) && !url.startsWith('data:')) problems.push(`loads ${url}`)
  })
  await page.goto(`${origin}${path}`)
  return { page, problems }
}

const tags: RunOnly = {
  type: 'tag',
  values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
}
const contrast: RunOnly = { type: 'rule', values: ['color-contrast'] }
/** Of pages that differ only in their words, only one is checked. */
const looked = scenes.filter(({ name }) => !name.startsWith('error-') || name === 'error-internal')

test('the tool finds the faults of a page that has some', async (t) => {
  const page = await browser.newPage()
  t.after(() => page.close())
  await page.setContent('<p style="color: #999">pale</p><input><img src="data:,">')
  const found = (await findFaults(page)).map((fault) => fault.replace(/:.*/, ''))
  for (const rule of ['color-contrast', 'html-has-lang', 'image-alt', 'label']) {
    assert.ok(found.includes(rule), rule)
  }
  assert.match((await findFaults(page, { runOnly: contrast })).join(), /^color-contrast: <p/)
})

test('the tool finds a fault that occurs only in dark mode', async (t) => {
  const page = await browser.newPage({ colorScheme: 'light' })
  t.after(() => page.close())
  await page.setContent(
    '<style>@media (prefers-color-scheme: dark) { p { color: #999 } }</style><p>pale</p>',
  )
  await loadTool(page)
  assert.deepEqual(await askTool(page, { runOnly: contrast }), [])
  await page.emulateMedia({ colorScheme: 'dark' })
  assert.match((await askTool(page, { runOnly: contrast })).join(), /^color-contrast: <p/)
})

for (const language of languages) {
  const isFirst = language === languages[0]
  const what = isFirst ? 'are accessible at 320 px, light and dark' : 'fit into 320 px'
  test(`pages ${what} (${language})`, async (t) => {
    const context = await browser.newContext({
      viewport: { width: 320, height: 640 },
      reducedMotion: 'reduce',
    })
    t.after(() => context.close())
    if (isFirst) await loadToolAlways(context)
    const { page, problems } = await openPage(context, `/${language}/login`)
    for (const scene of looked) {
      await page.emulateMedia({ colorScheme: 'light' })
      await page.goto(`${origin}/${language}/${scene.name}`)
      await checkWidth(page, scene)
      // The other language differs only in words, and dark mode only in colours.
      if (!isFirst) continue
      assert.deepEqual(await askTool(page, { runOnly: tags }), [], scene.name)
      await page.emulateMedia({ colorScheme: 'dark' })
      assert.deepEqual(await askTool(page, { runOnly: contrast }), [], `${scene.name}, dark`)
      await checkWidth(page, scene)
    }
    assert.deepEqual(problems, [])
  })
}

async function checkWidth(page: Page, { name }: Scene): Promise<void> {
  const width = await page.evaluate(() => document.documentElement.scrollWidth)
  assert.equal(width, 320, `${name} scrolls sideways`)
}

const widths = [
  { viewport: { width: 1366, height: 625 } },
  { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
] as const

test('the tool finds targets that are small and buttons that are not aligned', async (t) => {
  const page = await browser.newPage()
  t.after(() => page.close())
  const place = (left: number, width: number) => `margin-left:${left}px;width:${width}px`
  await page.setContent(`<main><p>Call <a href="tel:1">1</a> or <a href="mailto:a@b">a</a></p>
    <p>Read <a href="/far">it</a> here</p><p style="line-height:12px"><a href="/a">a</a><a href="/b">b</a></p>
    <button class="button" style="display:block;${place(0, 200)}">one</button>
    <button class="act" style="display:block;${place(0, 180)}">two</button>
    <button class="act" style="display:block;${place(9, 200)}">three</button></main>`)
  const small = (await findSmallTargets(page)).map((html) => /href="([^"]*)"/.exec(html)?.[1])
  for (const href of ['tel:1', 'mailto:a@b', '/a', '/b']) assert.ok(small.includes(href), href)
  assert.ok(!small.includes('/far'))
  const low = await findLowTargets(page)
  assert.ok(low.some((html) => html.includes('one')))
  assert.ok(!low.some((html) => html.includes('href')))
  const ragged = await findRaggedButtons(page)
  assert.equal(ragged.length, 3)
  await page.setContent('<a class="act" style="display:block;height:40px">high</a>')
  assert.equal((await findUncentred(page)).length, 1)
})

for (const view of widths) {
  const { width } = view.viewport
  test(`targets are large enough, and buttons and their texts are aligned (${width} px)`, async (t) => {
    const context = await browser.newContext(view)
    t.after(() => context.close())
    const { page } = await openPage(context, '/de/login')
    for (const language of languages) {
      for (const { name } of looked) {
        await page.goto(`${origin}/${language}/${name}`)
        const found = await Promise.all([
          // Only where there is room: a small laptop has little height.
          'hasTouch' in view ? findLowTargets(page) : [],
          findSmallTargets(page),
          findRaggedButtons(page),
          findUncentred(page),
        ])
        assert.deepEqual(found.flat(), [], `${language} ${name}`)
        if ('hasTouch' in view) continue
        await page.setViewportSize({ width, height: 900 })
        assert.deepEqual(await findLowTargets(page), [], `${language} ${name}`)
        await page.setViewportSize(view.viewport)
      }
    }
  })
}

const leads = { trouble: '.reach .ref', push: 'button[value=trouble]', enrol: '.desk > .qr' }
/** Pages of a person who cannot use the phone, some with three other factors. */
const heldUp = scenes.filter(({ name }) =>
  /^(trouble|enrol-lost$|push-(blocked|busy|limit|pause|no-sender|unreachable|held|many|failed|expired))/.test(
    name,
  ),
)

for (const language of languages) {
  test(`on a small laptop, help is visible without scrolling when the phone cannot be used (${language})`, async (t) => {
    const context = await browser.newContext(widths[0])
    t.after(() => context.close())
    const { page } = await openPage(context, `/${language}/trouble`)
    for (const { name } of heldUp) {
      await page.goto(`${origin}/${language}/${name}`)
      const [part] = name.split('-')
      assert.ok(await isAboveFold(page, page.locator('main button').first()), name)
      assert.ok(await isAboveFold(page, page.locator(leads[part as keyof typeof leads])), name)
    }
  })
}

test('a countdown before a button is not shown as an error', () => {
  const tones = scenes.flatMap(({ name }) => {
    const notes = documents.get(`/de/${name}`)?.html.split('<div class="note ').slice(1) ?? []
    const counting = notes.filter((one) => one.includes('data-pause'))
    return counting.map((one) => `${name} ${one.slice(0, one.indexOf('"'))}`)
  })
  assert.ok(tones.includes('push-pause info'))
  assert.ok(tones.includes('push-busy info'))
  assert.deepEqual(
    tones.filter((one) => one.endsWith(' error')),
    [],
  )
  assert.doesNotMatch(documents.get('/de/push-pause')?.html ?? '', /<title>Fehler/)
})

test('the focus is where the user continues', async (t) => {
  const context = await browser.newContext()
  t.after(() => context.close())
  const expected: Record<string, string> = {
    login: 'INPUT username',
    'login-kept': 'INPUT password',
    'login-wrong': 'INPUT password',
    choice: 'H1 ',
    push: 'H1 ',
    'push-denied': 'DIV ',
    'error-not_found': 'H1 ',
    'setup-refused': 'DIV summary',
  }
  for (const [name, focused] of Object.entries(expected)) {
    const { page } = await openPage(context, `/de/${name}`)
    await page.locator(':focus').first().waitFor()
    const found = await page.evaluate(() => {
      const element = document.activeElement
      return `${element?.tagName} ${element?.getAttribute('name') ?? element?.id}`
    })
    assert.equal(found, focused, name)
    await page.close()
  }
})

test('a focused message shows no focus ring, and a focused control shows one', async (t) => {
  const context = await browser.newContext()
  t.after(() => context.close())
  const findRing = (page: Page) =>
    page.evaluate(() => getComputedStyle(document.activeElement ?? document.body).outlineStyle)
  for (const name of ['push-denied', 'setup-refused', 'push']) {
    const { page } = await openPage(context, `/de/${name}`)
    await page.locator('[tabindex="-1"]:focus').waitFor()
    assert.equal(await findRing(page), 'none', name)
    await page.keyboard.press('Tab')
    assert.equal(await findRing(page), 'solid', name)
    await page.close()
  }
})

test('the skip link comes first and leads to the content', async (t) => {
  const context = await browser.newContext()
  t.after(() => context.close())
  const { page } = await openPage(context, '/de/home')
  await page.evaluate(() => (document.activeElement as HTMLElement).blur())
  const first = await page.$eval('a', (link) => `${link.className} ${link.getAttribute('href')}`)
  assert.equal(first, 'skip #main')
  await page.focus('.skip')
  assert.ok(await page.isVisible('.skip:focus'))
})

test('a user can show and hide the typed password', async (t) => {
  const context = await browser.newContext()
  t.after(() => context.close())
  const { page } = await openPage(context, '/en/login')
  const field = page.getByLabel('Password', { exact: true })
  await field.fill('correct horse')
  await page.getByRole('button', { name: 'Show password' }).click()
  assert.equal(await field.getAttribute('type'), 'text')
  assert.ok(await field.evaluate((element) => element === document.activeElement))
  await page.getByRole('button', { name: 'Hide password' }).click()
  assert.equal(await field.getAttribute('type'), 'password')
})

test('Enter in a field submits the primary button', async (t) => {
  const context = await browser.newContext()
  t.after(() => context.close())
  const { page } = await openPage(context, '/de/login')
  await page.getByLabel('Benutzername', { exact: true }).fill('erika')
  const [request] = await Promise.all([
    page.waitForRequest((one) => one.method() === 'POST'),
    page.getByLabel('Benutzername', { exact: true }).press('Enter'),
  ])
  const sent = new URLSearchParams(request.postData() ?? '')
  assert.equal(sent.get('action'), 'login')
  assert.equal(sent.get('version'), '3')
})

test('a phone shows a button and a folded QR code, and a desktop of any width shows the QR code', async (t) => {
  const small = { viewport: { width: 390, height: 844 } }
  const phone = await browser.newContext({ ...small, hasTouch: true, isMobile: true })
  const narrow = await browser.newContext(small)
  t.after(() => narrow.close())
  const desktop = await browser.newContext({ viewport: { width: 1280, height: 900 } })
  t.after(() => phone.close())
  t.after(() => desktop.close())
  const onPhone = (await openPage(phone, '/de/enrol')).page
  assert.ok(await onPhone.getByRole('link', { name: 'Auf diesem Telefon öffnen' }).isVisible())
  assert.equal(await onPhone.getByRole('img', { name: /QR-Code/ }).count(), 0)
  await onPhone.getByText('Mit einem anderen Telefon scannen').click()
  assert.equal(await onPhone.getByRole('img', { name: /QR-Code/ }).count(), 1)
  for (const context of [desktop, narrow]) {
    const { page } = await openPage(context, '/de/enrol')
    assert.equal(await page.getByRole('img', { name: /QR-Code/ }).count(), 1)
    assert.equal(await page.locator('a[href^="pushauth:"]:visible').count(), 0)
  }
})

test('the address of a QR code is behind a link without scripts, and folded with scripts', async (t) => {
  for (const javaScriptEnabled of [true, false]) {
    const context = await browser.newContext({ javaScriptEnabled })
    t.after(() => context.close())
    const page = await context.newPage()
    await page.goto(`${origin}/de/enrol`)
    assert.equal(await page.locator('details.scripted').isVisible(), javaScriptEnabled)
    assert.equal(await page.locator('a[href$="?address"]').isVisible(), !javaScriptEnabled)
  }
})

test('a picture of a whole page has the style for touch, and does not change the window', async (t) => {
  const viewport = { width: 390, height: 844 }
  const context = await browser.newContext({ viewport, hasTouch: true, isMobile: true })
  t.after(() => context.close())
  const page = await context.newPage()
  await page.setContent(`<meta name="viewport" content="width=device-width">
    <style>body{margin:0;height:2000px;background:red}
    @media (pointer:coarse){body{background:lime}}</style>`)
  const picture = (await photographWhole(page)).toString('base64')
  const seen = await page.evaluate(async (source) => {
    const image = new Image()
    image.src = source
    await image.decode()
    const canvas = document.createElement('canvas')
    const drawn = canvas.getContext('2d')
    drawn?.drawImage(image, 0, 0)
    const colour = [...(drawn?.getImageData(9, 9, 1, 1).data ?? [])]
    return { height: image.height, colour, window: innerHeight }
  }, `data:image/png;base64,${picture}`)
  assert.deepEqual(seen, { height: 2000, colour: [0, 255, 0, 255], window: 844 })
})

test('a page with a partial style sheet has the rules for all its classes', () => {
  const whole = listClasses(buildStyles(defaultBrand).all)
  for (const [path, { html }] of documents) {
    const [, style = '', body = ''] = /<style>(.*?)<\/style>(.*)/s.exec(html) ?? []
    const used = [...body.matchAll(/ class="([^"]*)"/g)].flatMap(([, names = '']) =>
      names.split(' '),
    )
    const known = listClasses(style)
    const missing = used.filter((name) => whole.has(name) && !known.has(name))
    assert.deepEqual([...new Set(missing)], [], path)
  }
})

const listClasses = (style: string) =>
  new Set([...style.matchAll(/\.([a-z][\w-]*)/g)].map(([, name]) => name))

test('the login page is one request of at most 20 KB, and 8 KB where it is compressed', async (t) => {
  const context = await browser.newContext()
  t.after(() => context.close())
  const page = await context.newPage()
  const urls: string[] = []
  page.on('request', (request) => urls.push(request.url()))
  await page.goto(`${origin}/de/login`, { waitUntil: 'networkidle' })
  assert.deepEqual(
    urls.filter((url) => !url.startsWith('data:')),
    [`${origin}/de/login`],
  )
  const document = Buffer.from(documents.get('/de/login')?.html ?? '')
  assert.ok(document.length > 4 * 1024 && document.length <= 20 * 1024)
  // As the server compresses pages: the fastest level.
  const params = { [constants.BROTLI_PARAM_QUALITY]: 1 }
  assert.ok(brotliCompressSync(document, { params }).length <= 8 * 1024)
})
