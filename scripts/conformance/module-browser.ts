/** The Chromium of a run: it logs in, agrees, and presses the one button of a page, as a person would. */
import type { Browser, Page } from 'playwright-core'
import type { ModuleBrowser, Rest } from './run-module.ts'

export interface BrowserOptions {
  readonly browser: Browser
  /** The suite's. */
  readonly origin: string
  readonly user: { readonly username: string; readonly password: string }
}

/** More pages than any login has. */
const mostPages = 12
const mostBytes = 500 * 1024

/** @param rejects whether the person refuses: the module is about that */
export async function openModuleBrowser(
  { browser, origin, user }: BrowserOptions,
  rejects: boolean,
): Promise<ModuleBrowser> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: 'en' })
  const page = await context.newPage()
  let status = 200
  page.on('response', (response) => {
    if (response.request().isNavigationRequest() && response.frame() === page.mainFrame()) {
      status = response.status()
    }
  })

  async function findRest(): Promise<Rest> {
    await page.waitForLoadState('load')
    if (new URL(page.url()).origin === origin) return 'suite'
    if (status >= 400) return 'error'
    return (await page.locator('input[type=password]').count()) > 0 ? 'login' : 'page'
  }

  return {
    async follow({ url, method }, look) {
      await open(page, url, method)
      for (let pages = 0; pages < mostPages; pages += 1) {
        const rest = await findRest()
        if (rest === 'suite') return waitForSuite(page)
        await look(rest, () => takePicture(page))
        if (!(await act(page, rest, { user, rejects }))) return
      }
      throw new Error(`still at ${page.url()} after ${mostPages} pages`)
    },
    close: () => context.close(),
  }
}

/** A POST sends the query of the address as a form. */
async function open(page: Page, url: string, method: string): Promise<void> {
  if (method !== 'POST') {
    await page.goto(url)
    return
  }
  const { origin, pathname, searchParams } = new URL(url)
  await page.goto('about:blank')
  await Promise.all([
    page.waitForNavigation(),
    page.evaluate(
      ([action, fields]) => {
        const form = Object.assign(document.createElement('form'), { method: 'post', action })
        for (const [name, value] of fields) {
          form.append(Object.assign(document.createElement('input'), { name, value }))
        }
        document.body.append(form)
        form.submit()
      },
      [`${origin}${pathname}`, [...searchParams]] as const,
    ),
  ])
}

/** The suite's page sends what it got to the suite, and says when that is done. */
async function waitForSuite(page: Page): Promise<void> {
  await page.waitForSelector('#submission_complete', { state: 'attached', timeout: 30_000 })
}

/** Does what leads on from a page. Returns false if nothing does. */
async function act(
  page: Page,
  rest: Rest,
  { user, rejects }: { readonly user: BrowserOptions['user']; readonly rejects: boolean },
): Promise<boolean> {
  if (rest === 'error') return false
  const cancel = page.locator('button[name=action][value=cancel]').first()
  if (rejects && (await cancel.count()) > 0) return await press(page, cancel)
  // The button that most people want.
  const submit = page.locator('form button.button:visible').first()
  if (rest === 'login') {
    const name = page.locator('input[name=username]:visible')
    if ((await name.count()) > 0) await name.fill(user.username)
    await page.locator('input[type=password]').first().fill(user.password)
  }
  return (await submit.count()) > 0 && (await press(page, submit))
}

/** The page may already lead on by itself: a form of an answer sends itself. */
async function press(page: Page, button: ReturnType<Page['locator']>): Promise<boolean> {
  const before = page.url()
  await Promise.all([
    page.waitForEvent('framenavigated', { timeout: 15_000 }),
    button.click({ timeout: 10_000 }).catch((error: unknown) => {
      if (page.url() === before) throw error
    }),
  ])
  return true
}

async function takePicture(page: Page): Promise<Buffer> {
  const png = await page.screenshot({ type: 'png' })
  return png.length <= mostBytes ? png : await page.screenshot({ type: 'jpeg', quality: 60 })
}
