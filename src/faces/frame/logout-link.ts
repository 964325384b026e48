/** The logout above the heading of each page of an account, and of each dialogue that begins there. */
import { type Html, html } from '../../platform/ui/html.ts'
import { message } from '../../platform/ui/message.ts'
import type { Page } from '../../platform/ui/page.ts'
import type { Translate } from '../../platform/ui/translate.ts'

/** @param above the link to the page above, on the same line */
export function renderLogoutLine(t: Translate, above?: Html): Html {
  return html`<p class="up">${above}<a class="out" href="/logout"><span>${t(message('home.logout'))}</span></a></p>`
}

export function addLogoutLine(page: Page, t: Translate): Page {
  // The other parts of the style sheet do not have this line.
  return { ...page, body: html`${renderLogoutLine(t)}${page.body}`, style: 'all' }
}
