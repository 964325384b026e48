/** The ways through the login that many tests begin with, over HTTP. */

import {
  findNumber,
  findRegistrationUri,
  type PlainBrowser,
  type Reply,
} from '../../src/dev/test-support/plain-browser.ts'
import type { TestPhone } from './test-phone.ts'

export interface Credentials {
  readonly username: string
  readonly password: string
}

/** Sends name and password; gives the page behind them. */
export async function enterPassword(browser: PlainBrowser, who: Credentials): Promise<Reply> {
  return await browser.answer(await browser.get('/login'), { ...who, action: 'login' })
}

/** From the offer of a second factor to the page that shows a code; gives the page. */
export async function askForCode(browser: PlainBrowser, offer: Reply): Promise<Reply> {
  return await browser.answer(offer, { action: 'register' })
}

/** A whole login in which a phone is enrolled and tested. Afterwards the browser has a session. */
export async function enrolPhone(
  browser: PlainBrowser,
  who: Credentials,
  phone: TestPhone,
): Promise<Reply> {
  const page = await askForCode(browser, await enterPassword(browser, who))
  await phone.scan(findRegistrationUri(page))
  const path = pathOfPage(page)
  const test = await browser.follow(await browser.get(path))
  await phone.answer(await phone.nextMessage(), { type: 'approve', number: findNumber(test) })
  const done = await browser.follow(await browser.get(path))
  return await browser.answer(done, { action: 'left' })
}

/** Where the form of a page posts, which is also where the page itself is. */
export function pathOfPage({ text }: Reply): string {
  const path = /<form class="stack" method="post" action="([^"]*)"/.exec(text)?.[1]
  if (path === undefined) throw new Error('a page without a form')
  return path
}
