/** A picture of a whole page, for the gallery and for the docs. */
import type { Page, PageScreenshotOptions } from 'playwright-core'

/**
 * Where a finger points, the window is made as high as the page: Playwright's `fullPage` forgets the finger, so that a phone
 * would be shown what a mouse gets. Leaves the window as it was.
 */
export async function photographWhole(
  page: Page,
  options: Omit<PageScreenshotOptions, 'fullPage'> = {},
): Promise<Buffer> {
  const before = page.viewportSize()
  const { isTouched, height } = await page.evaluate(() => ({
    isTouched: matchMedia('(pointer: coarse)').matches,
    height: document.documentElement.scrollHeight,
  }))
  if (!isTouched || before === null) return await page.screenshot({ ...options, fullPage: true })
  await page.setViewportSize({ width: before.width, height: Math.max(before.height, height) })
  try {
    return await page.screenshot(options)
  } finally {
    await page.setViewportSize(before)
  }
}
