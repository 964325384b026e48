/** The phone's app with a server that says what a test wants, and the look at each of its screens. */
import assert from 'node:assert/strict'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import type { Scope } from '../../src/dev/test-support/on-each-engine.ts'
import { startAppServer } from './app-server.ts'
import { phoneScreen } from './app-stage.ts'
import { askTool, showsNothingWrong } from './faults.ts'

/** Words are not to be parted by the browser then, whose dictionaries differ. */
const setFontSize = (page: Page, size: string) =>
  page.evaluate((wanted) => {
    document.documentElement.style.fontSize = wanted
    document.body.style.hyphens = wanted === '' ? '' : 'manual'
  }, size)

/** The short words that a narrow column breaks in the middle. A long name has to be broken somewhere. */
const findBroken = (page: Page) =>
  page.evaluate(() => {
    const broken: string[] = []
    const main = document.querySelector('main') ?? document.body
    const texts = document.createTreeWalker(main, NodeFilter.SHOW_TEXT)
    for (let node = texts.nextNode(); node !== null; node = texts.nextNode()) {
      const text = node.textContent ?? ''
      for (const { 0: word, index } of text.matchAll(
        /(?<!\S)[„“"]?\p{L}{2,10}(?=[.,:;?!…“”"]*(?:\s|$))/gu,
      )) {
        const range = document.createRange()
        range.setStart(node, index)
        range.setEnd(node, index + word.length)
        const lines = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)))
        if (lines.size > 1) broken.push(word)
      }
    }
    return broken
  })

/**
 * A long text may be wrapped, but not wider than the smallest phone, also where a person has doubled its size or holds the phone
 * across.
 */
export async function checkScreen(page: Page, name: string): Promise<void> {
  try {
    await page.evaluate(() =>
      Promise.all(document.getAnimations().map((one) => one.finished.catch(() => undefined))),
    )
    await showsNothingWrong(page)
    // Only when it is asked for: what is pressed is large enough, and nothing lies over it.
    assert.deepEqual(await askTool(page, { runOnly: ['target-size'] }), [])
    await setFontSize(page, '200%')
    await showsNothingWrong(page, { hasScripts: false })
    assert.deepEqual(await findBroken(page), [])
    await setFontSize(page, '')
    for (const size of [
      { width: 844, height: 390 },
      { width: 320, height: 640 },
    ]) {
      await page.setViewportSize(size)
      await showsNothingWrong(page, { hasScripts: false })
    }
  } catch (cause) {
    throw new Error(`the screen ${name}`, { cause })
  } finally {
    await setFontSize(page, '')
    await page.setViewportSize(phoneScreen.viewport)
  }
}

export type ScreenStage = Awaited<ReturnType<typeof setScreenStage>>

export interface Look extends BrowserContextOptions {
  readonly locale: string
  readonly colorScheme: 'light' | 'dark'
}

export async function setScreenStage(t: Scope, browser: Browser, look: Look) {
  const server = await startAppServer(t)
  const context = await browser.newContext({ ...phoneScreen, ...look, serviceWorkers: 'block' })
  t.after(() => context.close())
  const page = await context.newPage()
  const mistakes: string[] = []
  page.on('pageerror', (error) => void mistakes.push(String(error)))
  const open = async (address: string) => {
    await page.goto('about:blank')
    await page.goto(address)
    await page.locator('h1').waitFor()
  }
  return { ...server, context, page, mistakes, open }
}

/** Both languages and both colour schemes. */
export const looks: readonly Look[] = ['de-DE', 'en-GB'].flatMap((locale) =>
  (['light', 'dark'] as const).map((colorScheme) => ({ locale, colorScheme })),
)
