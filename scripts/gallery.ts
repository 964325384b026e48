/**
 * Renders every page in every state into a folder, with screenshots, for review. node scripts/gallery.ts <folder> [part of a
 * scene's name]
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { type Language, languages } from '../src/platform/ui/language.ts'
import { launchChromium } from '../test/support/browser.ts'
import { photographWhole } from '../test/support/picture.ts'
import { renderScene, scenes } from '../test/support/scenes.ts'

const views = [
  { name: 'desktop', width: 1280, height: 900, languages: ['de', 'en'], modes: ['light'] },
  { name: 'desktop', width: 1280, height: 900, languages: ['de'], modes: ['dark'] },
  { name: 'phone', width: 390, height: 844, languages: ['de'], modes: ['light', 'dark'] },
  { name: 'small', width: 320, height: 640, languages: ['de', 'en'], modes: ['light'] },
] as const

const [folder = 'gallery', part = ''] = process.argv.slice(2)
const wanted = scenes.filter((scene) => scene.name.includes(part))

async function writePages(): Promise<void> {
  for (const language of languages) {
    await mkdir(join(folder, language), { recursive: true })
    for (const scene of wanted) {
      const { html } = renderScene(scene, language)
      await writeFile(join(folder, language, `${scene.name}.html`), html)
    }
  }
  const rows = wanted.map(
    ({ name }) =>
      `<li>${name}: ${languages.map((language) => `<a href="${language}/${name}.html">${language}</a>`).join(' ')}`,
  )
  await writeFile(join(folder, 'index.html'), `<!doctype html><title>Pages</title>${rows.join('')}`)
}

/** Browsers have passkeys only on sites. This fake passkey waits for a touch for ever. */
function pretendPasskeys(): void {
  const waits = () => new Promise(() => {})
  Object.defineProperty(window, 'PublicKeyCredential', { value: {}, configurable: true })
  const value = { get: waits, create: waits }
  Object.defineProperty(navigator, 'credentials', { value, configurable: true })
}

async function photograph(
  browser: Browser,
  view: (typeof views)[number],
  language: Language,
  mode: 'light' | 'dark',
): Promise<void> {
  const { width, height } = view
  const isMobile = view.name !== 'desktop'
  const tab = await browser.newPage({
    viewport: { width, height },
    colorScheme: mode,
    hasTouch: isMobile,
    isMobile,
  })
  const target = join(folder, `${view.name}-${mode}-${language}`)
  await mkdir(target, { recursive: true })
  for (const scene of wanted) {
    await tab.evaluate(pretendPasskeys)
    await tab.setContent(renderScene(scene, language).html)
    await photographWhole(tab, { path: join(target, `${scene.name}.png`) })
  }
  await tab.close()
}

await writePages()
const browser = await launchChromium()
for (const view of views) {
  for (const language of view.languages) {
    for (const mode of view.modes) await photograph(browser, view, language, mode)
  }
}
await browser.close()
