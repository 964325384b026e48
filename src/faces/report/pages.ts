/** The pages behind the link *this was not me*: the question, the result, and why a link does not work. */
import type { Brand } from '../../platform/ui/brand.ts'
import { html } from '../../platform/ui/html.ts'
import { icon } from '../../platform/ui/icons.ts'
import { type Message, message } from '../../platform/ui/message.ts'
import type { Page } from '../../platform/ui/page.ts'
import { button, facts, heading, linkButton } from '../../platform/ui/parts.ts'
import type { Translate } from '../../platform/ui/translate.ts'
import { noticePage } from '../frame/pages.ts'

export interface NotMePage {
  /** The address of the page, which identifies the link. */
  readonly action: string
  readonly formToken: string
  readonly title: Message
  readonly lead: Message
  /** The login, or the new authenticator, that the report is about. */
  readonly rows: readonly { readonly label: Message; readonly value: Message | string }[]
  /** What a report causes, a sentence each. */
  readonly consequences: readonly Message[]
}

export function notMePage(page: NotMePage, t: Translate): Page {
  const title = t(page.title)
  const rows = page.rows.map(({ label, value }) => ({
    label: t(label),
    value: typeof value === 'string' ? value : t(value),
  }))
  const then = html`<div><p>${t(message('not_me.then'))}</p><ul class="list">${page.consequences.map((one) => html`<li>${t(one)}</li>`)}</ul></div>`
  const submit = button({ look: 'primary', label: t(message('not_me.submit')) })
  const body = html`${heading(title, { lead: t(page.lead), isFocused: true })}<form class="stack" method="post" action="${page.action}"><input type="hidden" name="form_token" value="${page.formToken}">${facts(rows)}${then}<div class="stack tight">${submit}<p class="hint">${t(message('not_me.hint'))}</p></div></form>`
  return { title, body, width: 'narrow' }
}

/** @param sentences what was done, and what the person does next */
export function notMeDonePage(
  page: { readonly sentences: readonly Message[]; readonly loginUrl: string },
  t: Translate,
): Page {
  const title = t(message('not_me.done.title'))
  const [first, ...more] = page.sentences
  const loginLink = linkButton(page.loginUrl, t(message('not_me.done.login')), 'primary')
  const body = html`<div class="sign success">${icon('success')}</div>${heading(title, { ...(first && { lead: t(first) }), isFocused: true })}<div class="stack">${more.map((one) => html`<p>${t(one)}</p>`)}${loginLink}</div>`
  return { title, body, width: 'narrow' }
}

/** `removed`: what the report would remove is not there any more. */
export type GoneReason = 'used' | 'expired' | 'unknown' | 'removed'

export function notMeGonePage(reason: GoneReason, support: Brand['support'], t: Translate): Page {
  const title = message(`not_me.${reason}.title`)
  const tone = reason === 'used' || reason === 'removed' ? 'info' : 'warning'
  return noticePage({ tone, title, text: message(`not_me.${reason}.text`), support }, t)
}
