/** The sessions of a person, as a page. */
import { type Html, html } from '../../../platform/ui/html.ts'
import { icon } from '../../../platform/ui/icons.ts'
import { type Message, message } from '../../../platform/ui/message.ts'
import type { Page } from '../../../platform/ui/page.ts'
import { button, exact } from '../../../platform/ui/parts.ts'
import type { Translate } from '../../../platform/ui/translate.ts'
import { buttonForm, type Notice, strengthText, toAccount, top } from './parts.ts'

export interface SessionLine {
  readonly id: string
  readonly browser: Message
  /** The name of a network, or an address; undefined when neither is known. */
  readonly place: string | undefined
  /** Milliseconds since the epoch. */
  readonly since: number
  readonly lastSeenAt: number
  readonly isThis: boolean
  /** Its browser is on a phone, or an app asked the phone and no browser has the session. */
  readonly isOnPhone: boolean
  /** The method of the login. */
  readonly method: Message
  /** What would have been stronger; `undefined`: nothing. */
  readonly stronger: Message | undefined
}

export interface SessionsPage {
  readonly sessions: readonly SessionLine[]
  readonly formToken: string
  readonly notice?: Notice | undefined
}

export function sessionsPage({ sessions, formToken, notice }: SessionsPage, t: Translate): Page {
  const title = t(message('account.sessions'))
  const lead = t(message('sessions.lead'))
  const hasOthers = sessions.some(({ isThis }) => !isThis)
  const others = buttonForm(
    '/account/sessions/end-others',
    formToken,
    button({ look: 'secondary', label: t(message('sessions.end_others')) }),
  )
  const body = html`${top({ title, lead, back: toAccount, notice }, t)}<div class="stack"><ul class="rows tall" role="list">${sessions.map((line) => renderRow(line, formToken, t))}</ul>${hasOthers && others}</div>`
  return { title, body, width: 'wide' }
}

function renderRow(line: SessionLine, formToken: string, t: Translate): Html {
  const browser = t(line.browser)
  const place = line.place ?? t(message('sessions.place_unknown'))
  const since = t(message('sessions.since', { at: line.since }))
  const end = html`<button class="act" aria-label="${t(message('sessions.end.label', { browser, place }))}">${t(message('sessions.end'))}</button>`
  const seen = line.isThis
    ? html`<span class="badge">${t(message('sessions.this'))}</span>`
    : html`<span class="pick-hint">${t(message('sessions.seen', { at: line.lastSeenAt }))}</span>`
  return html`<li>${icon(line.isOnPhone ? 'phone' : 'screen')}<span class="pick-text"><strong class="pick-title">${browser}</strong><span class="pick-hint">${exact(place)}</span><span class="pick-hint">${since}</span><span class="pick-hint">${strengthText(line, t)}</span>${seen}</span>${!line.isThis && buttonForm(`/account/sessions/${line.id}/end`, formToken, end)}</li>`
}
