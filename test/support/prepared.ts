/** What a task begins with, made over HTTP and not by hand: a phone that is enrolled and listens, and recovery codes. */
import {
  createPlainBrowser,
  findNumber,
  findRegistrationUri,
  type PlainBrowser,
  type Reply,
} from '../../src/dev/test-support/plain-browser.ts'
import type { Language } from '../../src/platform/ui/language.ts'
import { erika, type Stage, type TerminalPhone } from './guide.ts'
import { askForCode, enterPassword, pathOfPage } from './way-in.ts'

export interface Preparation {
  readonly hasCodes?: boolean
  /** Of her browser, in which later messages to her are written; absent: that of the server. */
  readonly language?: Language
}

/** Erika with this phone, which listens. Gives her recovery codes, if she is to have some, and the browser with the session that rests on the phone. */
export async function prepareErika(
  { demo }: Pick<Stage, 'demo'>,
  phone: TerminalPhone,
  { hasCodes = false, language }: Preparation = {},
): Promise<{ readonly codes: readonly string[]; readonly earlier: PlainBrowser }> {
  const earlier = createPlainBrowser(demo.publicUrl, language && { language })
  const done = await enrol(earlier, phone)
  const codes = hasCodes ? await writeCodesDown(earlier, done) : []
  if (!hasCodes) await earlier.answer(done, { action: 'left' })
  await phone.listen()
  return { codes, earlier }
}

/** Up to the page after the enrolment. */
async function enrol(browser: PlainBrowser, phone: TerminalPhone): Promise<Reply> {
  const code = await askForCode(browser, await enterPassword(browser, erika))
  phone.scan(findRegistrationUri(code))
  await phone.says(/Registered/)
  const path = pathOfPage(code)
  const test = await browser.follow(await browser.get(path))
  await phone.answer(`${findNumber(test)}`)
  return await browser.follow(await browser.get(path))
}

async function writeCodesDown(browser: PlainBrowser, done: Reply): Promise<string[]> {
  const page = await browser.answer(done, { action: 'recovery' })
  const list = /<ol class="codes"[\s\S]*?<\/ol>/.exec(page.text)?.[0] ?? ''
  const codes = [...list.matchAll(/<code>([^<]+)<\/code>/g)].map(([, code = '']) => code)
  await browser.answer(await browser.answer(page, { action: 'saved' }), { action: 'left' })
  return codes
}
