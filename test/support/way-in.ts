/** The ways through the login that many tests begin with, over HTTP. */
import type { TestPhone } from './test-phone.ts'
import { findNumber, findRegistrationUri, type Reply, type Visitor } from './visitor.ts'

export interface Credentials {
  readonly username: string
  readonly password: string
}

/** Sends name and password; gives the page behind them. */
export async function enterPassword(visitor: Visitor, who: Credentials): Promise<Reply> {
  return await visitor.answer(await visitor.get('/login'), { ...who, action: 'login' })
}

/** From the offer of a second factor to the page that shows a code; gives the page. */
export async function askForCode(visitor: Visitor, offer: Reply): Promise<Reply> {
  return await visitor.answer(offer, { action: 'register' })
}

/** A whole login in which a phone is enrolled and tested. Afterwards the visitor has a session. */
export async function enrolPhone(
  visitor: Visitor,
  who: Credentials,
  phone: TestPhone,
): Promise<Reply> {
  const page = await askForCode(visitor, await enterPassword(visitor, who))
  await phone.scan(findRegistrationUri(page))
  const path = pathOfPage(page)
  const test = await visitor.follow(await visitor.get(path))
  await phone.answer(await phone.nextMessage(), { type: 'approve', number: findNumber(test) })
  return await visitor.follow(await visitor.get(path))
}

/** Where the form of a page posts, which is also where the page itself is. */
export function pathOfPage({ text }: Reply): string {
  const path = /<form class="stack" method="post" action="([^"]*)"/.exec(text)?.[1]
  if (path === undefined) throw new Error('a page without a form')
  return path
}
