/**
 * What a task costs a person: clicks and keys, counted while a test does the task with keyboard and mouse alone. Each task
 * runs in both languages, on a laptop and on a phone, and prints its count. What a test prepares or looks at through
 * `page` is not counted.
 */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'
import type { Language } from '../../src/platform/ui/language.ts'
import { createTranslator, type Translate } from '../../src/platform/ui/translate.ts'
import { showsNothingWrong } from './faults.ts'
import { person, type TerminalPhone } from './guide.ts'

/** A small laptop below the bars of its browser, and a phone that is held upright. */
const screens: Readonly<Record<string, BrowserContextOptions>> = {
  'laptop 1366 x 625': { viewport: { width: 1366, height: 625 } },
  'phone 390 x 844': { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
}

const locales: Readonly<Record<Language, string>> = { de: 'de-DE', en: 'en-GB' }

export interface Effort {
  /** Clicks with a mouse, or taps on the page. */
  readonly clicks: number
  /** Keys pressed; each character that is typed is one. */
  readonly keys: number
  /** Answers on the person's own phone. */
  readonly answers: number
}

export interface Hands {
  click(target: string | Locator): Promise<void>
  /** Presses the button of a form with this value, or a link that leads to a page. */
  choose(value: string): Promise<void>
  /** Types into the field that has the focus. Fails where no field has it, as a person would have to click first. */
  type(text: string): Promise<void>
  press(key: string): Promise<void>
  /** Enters name and password by keyboard, beginning in the field that has the focus. */
  signIn(who: { readonly username: string; readonly password: string }): Promise<void>
  /** Answers on the phone: a number, or `d` to deny. */
  answer(phone: TerminalPhone, text: string): Promise<void>
  count(): Effort
}

export function createHands(page: Page): Hands {
  let [clicks, keys, answers] = [0, 0, 0]
  const hands: Hands = {
    async click(target) {
      clicks += 1
      await (typeof target === 'string' ? page.locator(target) : target).first().click()
    },
    choose: (value) => hands.click(`button[value="${value}"], a[href="${value}"]`),
    async type(text) {
      await page.locator('input:focus, textarea:focus').waitFor()
      keys += [...text].length
      await page.keyboard.type(text)
    },
    async press(key) {
      keys += 1
      await page.keyboard.press(key)
    },
    async signIn({ username, password }) {
      await hands.type(username)
      await hands.press('Tab')
      await hands.type(password)
      await hands.press('Enter')
    },
    async answer(phone, text) {
      answers += 1
      await phone.answer(text)
    },
    count: () => ({ clicks, keys, answers }),
  }
  return hands
}

/** One run of a task. */
export interface Task {
  readonly t: TestContext
  readonly page: Page
  readonly hands: Hands
  /** The words of the product in the language of the page. */
  readonly say: Translate
  readonly language: Language
}

/**
 * Tests a task in both languages and on both screens. Prints what it cost, and fails when a page has an error in a script.
 *
 *   testTask('lost phone, with codes', () => browser, async ({ t, page, hands }) => {
 *     const stage = await setStage(t)
 *     …
 *     assert.ok(hands.count().clicks <= 4)
 *   })
 */
export function testTask(
  name: string,
  browser: () => Browser,
  run: (task: Task) => Promise<void>,
): void {
  for (const [screen, options] of Object.entries(screens)) {
    for (const language of ['de', 'en'] as const) {
      test(`${name} (${language}, ${screen})`, async (t) => {
        const { page, errors } = await person(t, browser(), {
          ...options,
          locale: locales[language],
        })
        const hands = createHands(page)
        await run({ t, page, hands, say: createTranslator(language), language })
        assert.deepEqual(errors, [])
        t.diagnostic(`note: ${name}, ${language}, ${screen}: ${describeEffort(hands.count())}`)
      })
    }
  }
}

function describeEffort({ clicks, keys, answers }: Effort): string {
  const count = (number: number, word: string) => `${number} ${word}${number === 1 ? '' : 's'}`
  const onPhone = answers > 0 ? [count(answers, 'answer')] : []
  return [count(clicks, 'click'), count(keys, 'key'), ...onPhone].join(', ')
}

/** What every page of trouble has: no fault that a tool finds, and that what leads on is seen without scrolling. */
export async function showsWayOn(page: Page, target: string | Locator): Promise<void> {
  const shown = (typeof target === 'string' ? page.locator(target) : target).first()
  await shown.waitFor()
  await showsNothingWrong(page)
  assert.equal(await isAboveFold(page, shown), true, 'what leads on is below the fold')
}

/** Whether it is seen as a whole in the window, without scrolling. */
export async function isAboveFold(page: Page, target: Locator): Promise<boolean> {
  const box = await target.boundingBox()
  const height = page.viewportSize()?.height ?? 0
  return box !== null && box.y >= 0 && box.y + box.height <= height
}
