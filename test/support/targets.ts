/** What is pressed on a page: whether it is large enough, stands in line, and has its text in its middle. */
import type { Page } from 'playwright-core'

/** What of a page is pressed and is lower than 44 pixels; links in sentences may be. */
export const findLowTargets = (page: Page): Promise<string[]> =>
  page.$$eval('button, input:not([type=hidden]), summary, a:not(.skip):not(p a)', (elements) =>
    elements
      .filter((element) => element.getClientRects().length > 0)
      // The words beside a tick are pressed like the tick.
      .filter((element) => {
        const target = element.closest('label') ?? element
        return target.getBoundingClientRect().height < 43.5
      })
      .map((element) => element.outerHTML),
  )

/** What of a page is pressed, and is smaller than 24 by 24 pixels (WCAG 2.5.8) without room around it. */
export const findSmallTargets = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const targets = [...document.querySelectorAll('a[href], button, input, select, summary')]
      .filter((one) => one.getClientRects().length > 0 && !one.matches('.skip, [type=hidden]'))
      .map((element) => {
        const box = (element.closest('label') ?? element).getBoundingClientRect()
        const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 }
        return { element, box, middle, isSmall: box.width < 24 || box.height < 24 }
      })
    type Target = (typeof targets)[number]
    /** The distance from the middle of a target to the next one, or to its circle where it is small too. */
    const findRoom = ({ middle }: Target, other: Target): number => {
      const { box } = other
      const [x, y] = other.isSmall
        ? [Math.abs(middle.x - other.middle.x), Math.abs(middle.y - other.middle.y)]
        : [
            Math.max(box.left - middle.x, 0, middle.x - box.right),
            Math.max(box.top - middle.y, 0, middle.y - box.bottom),
          ]
      return Math.hypot(x, y) - (other.isSmall ? 12 : 0)
    }
    // Nobody has to aim at a link in the middle of a sentence only where it has room.
    const isInSentence = ({ element }: Target) =>
      element.matches('p a, li a, dd a') && !element.matches('[href^="tel:"], [href^="mailto:"]')
    return targets
      .filter(({ isSmall }) => isSmall)
      .filter((one) => {
        const hasRoom = targets.every((other) => other === one || findRoom(one, other) >= 12)
        return !(isInSentence(one) && hasRoom)
      })
      .map(({ element }) => element.outerHTML)
  })

/** Buttons of one group that stand one below the other and do not begin and end at the same edges. */
export const findRaggedButtons = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const buttons = [...document.querySelectorAll('main :is(.button, .act, .pick)')]
      .filter((one) => one.getClientRects().length > 0)
      .map((element) => ({
        group:
          element.closest('.note, .said, .tools, .choice, details, li') ?? element.closest('main'),
        box: element.getBoundingClientRect(),
        text: element.textContent.trim(),
      }))
    const isBelow = (a: DOMRect, b: DOMRect) => a.bottom <= b.top + 0.5
    const isRow = (one: (typeof buttons)[number]) =>
      buttons.some(
        ({ group, box, text }) =>
          text !== one.text &&
          group === one.group &&
          !isBelow(box, one.box) &&
          !isBelow(one.box, box),
      )
    return buttons.flatMap((one, at) =>
      buttons
        .slice(at + 1)
        .filter(({ group, box }) => group === one.group && isBelow(one.box, box))
        .filter((other) => {
          const isLeft = Math.abs(one.box.left - other.box.left) < 0.6
          const isRight = Math.abs(one.box.right - other.box.right) < 0.6
          return !isLeft || (!isRight && !isRow(one) && !isRow(other))
        })
        .map((other) => `${one.text} (${one.box.left}-${one.box.right}) / ${other.text}`),
    )
  })

/** Links that look like buttons whose text is not in their middle, by more than a pixel. */
export const findUncentred = (page: Page): Promise<string[]> =>
  page.$$eval('a.button, a.act', (links) =>
    links
      .filter((link) => link.getClientRects().length > 0)
      .flatMap((link) => {
        const range = document.createRange()
        range.selectNodeContents(link)
        const lines = [...range.getClientRects()]
        const top = Math.min(...lines.map((line) => line.top))
        const bottom = Math.max(...lines.map((line) => line.bottom))
        const box = link.getBoundingClientRect()
        const off = top - box.top - (box.bottom - bottom)
        return Math.abs(off) > 2 ? [`${link.textContent}: ${off / 2}`] : []
      }),
  )
