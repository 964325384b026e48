/** A picture of a whole page, for the gallery and for the docs. */
import type { Page, PageScreenshotOptions } from 'playwright-core'

/**
 * The whole page in a window that is as high as it. Playwright's `fullPage` forgets that a finger points, so that a phone would
 * be shown what a mouse gets. Leaves the window as it was.
 */
export async function photographWhole(
  page: Page,
  options: Omit<PageScreenshotOptions, 'fullPage'> = {},
): Promise<Buffer> {
  const before = page.viewportSize()
  if (before === null) throw new Error('a page without a window')
  const height = await page.evaluate(() => document.documentElement.scrollHeight)
  await page.setViewportSize({ width: before.width, height: Math.max(before.height, height) })
  try {
    return await page.screenshot(options)
  } finally {
    await page.setViewportSize(before)
  }
}
