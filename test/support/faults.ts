/** What no page of Einlass may have: faults that a tool for accessibility finds, and a width beyond its window. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type * as axe from 'axe-core'
import type { BrowserContext, Page } from 'playwright-core'

/** As it is made for browsers: half as long as the one to be read. */
const tool = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Without scripts there is no tool to look for faults, but the room can be measured. */
export async function showsNothingWrong(page: Page, { hasScripts = true } = {}): Promise<void> {
  if (hasScripts) assert.deepEqual(await findFaults(page), [])
  const { width, room } = await page.evaluate(() => ({
    width: document.documentElement.scrollWidth,
    room: document.documentElement.clientWidth,
  }))
  assert.ok(width <= room, `the page is ${width - room} pixels too wide`)
}

/** What the tool finds: the rules that the page breaks, each with the elements that do. */
export async function findFaults(page: Page, options: axe.RunOptions = {}): Promise<string[]> {
  await loadTool(page)
  return askTool(page, options)
}

/** Once for each page that is opened. */
export async function loadTool(page: Page): Promise<void> {
  await page.evaluate(tool)
}

/** All pages of the context load it by themselves: where many are looked at, that is a fifth of the work. */
export async function loadToolAlways(context: BrowserContext): Promise<void> {
  await context.addInitScript(tool)
}

/** As `findFaults`, where the tool is loaded. */
export async function askTool(page: Page, options: axe.RunOptions): Promise<string[]> {
  assert.equal(page.frames().length, 1, 'the tool looks into no frames')
  const { violations } = await page.evaluate(
    // Nothing is listed of the rules that a page keeps: that would be most of the answer.
    (wanted) => window.axe.run(document, { ...wanted, resultTypes: ['violations'] }),
    options,
  )
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html)}`)
}

declare global {
  interface Window {
    readonly axe: typeof axe
  }
}
