/** What no page of Einlass may have: faults that a tool for accessibility finds, and a width beyond its window. */
import assert from 'node:assert/strict'
import axe, { type RunOptions } from 'axe-core'
import type { Page } from 'playwright-core'

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
export async function findFaults(page: Page, options: RunOptions = {}): Promise<string[]> {
  await loadTool(page)
  return askTool(page, options)
}

/** Once for each page that is opened. */
export async function loadTool(page: Page): Promise<void> {
  assert.equal(page.frames().length, 1, 'the tool looks into no frames')
  await page.evaluate(axe.source)
}

/** As `findFaults`, where the tool is loaded. */
export async function askTool(page: Page, options: RunOptions): Promise<string[]> {
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
