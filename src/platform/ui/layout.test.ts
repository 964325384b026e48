import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { loadAssets } from './assets.ts'
import { type Brand, defaultBrand } from './brand.ts'
import { html } from './html.ts'
import { createLayout } from './layout.ts'
import type { Page } from './page.ts'

const hostile = `"><script>alert(1)</script>'&`
const hostileBrand: Brand = {
  name: hostile,
  appsLine: { de: hostile, en: hostile },
  colour: '#0b5089',
  cornerRadius: 4,
  support: { email: hostile, phone: hostile },
  imprintUrl: hostile,
  privacyUrl: hostile,
}
const page: Page = { title: 'Seite', body: html`<h1>Seite</h1>`, width: 'narrow' }

function render(part: Partial<Page> = {}, path = '/login?app=1', brand: Brand = defaultBrand) {
  const layout = createLayout({ brand, assets: loadAssets(brand) })
  return layout.renderDocument({ ...page, ...part }, { t: layout.translator('de'), path })
}

const listHashes = (text: string, element: 'style' | 'script') =>
  [...text.matchAll(new RegExp(`<${element}[^>]*>([^]*?)</${element}>`, 'g'))].map(
    ([, content]) =>
      `sha256-${createHash('sha256')
        .update(content ?? '')
        .digest('base64')}`,
  )

test('the content security policy has the hash of every style and script of the page, and no other', () => {
  for (const scripts of [[], ['password'], ['wait'], ['copy']] as const) {
    const refresh = { seconds: 5, url: '/login', when: 'scripts_off' } as const
    const rendered = render(scripts[0] === 'wait' ? { scripts, refresh } : { scripts })
    assert.deepEqual(listHashes(rendered.html, 'style'), rendered.cspStyleHashes)
    assert.deepEqual(listHashes(rendered.html, 'script'), rendered.cspScriptHashes)
  }
})

test('texts of the brand and the page cannot inject HTML', () => {
  const { html: text } = render({ title: hostile }, `/login?next=${hostile}`, hostileBrand)
  assert.doesNotMatch(text, /<script>alert/)
  assert.doesNotMatch(text, /="[^"]*"><script/)
})

test('a language link keeps the query and never leads to another host', () => {
  assert.match(render({}, '/login?app=a%20b&lang=en').html, /href="\/login\?app=a\+b&amp;lang=de"/)
  for (const path of ['//evil.example/x', '/\\evil.example', '\\\\evil.example', 'x']) {
    for (const [, href] of render({}, path).html.matchAll(/href="([^"]*lang=[^"]*)"/g)) {
      assert.match(href ?? '', /^\/[^/\\]/)
    }
  }
})

test('the title of an error page begins with the word for error', () => {
  assert.match(render({ isError: true }).html, /<title>Fehler: Seite &ndash; Einlass<\/title>/)
  assert.match(render().html, /<title>Seite &ndash; Einlass<\/title>/)
})

test('the layout adds no character beyond Latin-1, because one would double the text in memory', () => {
  const { scripts } = loadAssets(defaultBrand)
  for (const style of ['form', 'cards', 'all'] as const) {
    const { html: text } = render({ style, scripts: Object.keys(scripts) })
    assert.doesNotMatch(text, /[\u{100}-\u{10ffff}]/u)
  }
})

test('a waiting page reloads itself only if its script does not run', () => {
  const refresh = { seconds: 5, url: '/login/1', when: 'scripts_off' } as const
  const { html: text } = render({ refresh })
  assert.match(text, /<noscript><meta http-equiv="refresh" content="5;url=\/login\/1"><\/noscript>/)
  assert.match(text, /<script nomodule>/)
})

test('a small logo is embedded in the page, and a large one is a file with a hash in its address', () => {
  const logo = (length: number) => ({ mediaType: 'image/png', bytes: new Uint8Array(length) })
  assert.match(loadAssets({ ...defaultBrand, logo: logo(100) }).logoUrl, /^data:image\/png;base64,/)
  const assets = loadAssets({ ...defaultBrand, logo: logo(5000) })
  assert.match(assets.logoUrl, /^\/assets\/[\w-]{16}\/logo\.png$/)
  assert.equal(assets.find(assets.logoUrl)?.bytes.length, 5000)
  assert.equal(assets.find('/assets/../logo.png'), undefined)
})
