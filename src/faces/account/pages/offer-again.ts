/** Asks whether to offer a second factor again after it was declined. */
import { html } from '../../../platform/ui/html.ts'
import { message } from '../../../platform/ui/message.ts'
import type { Page } from '../../../platform/ui/page.ts'
import { button, linkButton } from '../../../platform/ui/parts.ts'
import type { Translate } from '../../../platform/ui/translate.ts'
import { top } from './parts.ts'

export const offerAgainPath = '/account/second-factor/offer-again'

export function offerAgainPage(formToken: string, t: Translate): Page {
  const title = t(message('home.decline.ask.title'))
  const lead = t(message('home.decline.ask.text'))
  const submit = button({ look: 'primary', label: t(message('home.decline.ask.submit')) })
  const keep = linkButton('/', t(message('home.decline.ask.keep')), 'secondary')
  const body = html`${top({ title, lead }, t)}<form class="stack tight" method="post" action="${offerAgainPath}"><input type="hidden" name="form_token" value="${formToken}">${submit}${keep}</form>`
  return { title, body, width: 'narrow' }
}
