/** What no page of Einlass may have: faults that a tool for accessibility finds, and a width beyond its window. */
import assert from 'node:assert/strict'
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'

/** Without scripts there is no tool to look for faults, but the room can be measured. */
export async function showsNothingWrong(page: Page, { hasScripts = true } = {}): Promise<void> {
  if (hasScripts) {
    const { violations } = await new AxeBuilder({ page }).analyze()
    const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html)}`)
    assert.deepEqual(found, [])
  }
  const { width, room } = await page.evaluate(() => ({
    width: document.documentElement.scrollWidth,
    room: document.documentElement.clientWidth,
  }))
  assert.ok(width <= room, `the page is ${width - room} pixels too wide`)
}
