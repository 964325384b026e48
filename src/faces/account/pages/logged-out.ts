/** After a logout: which apps were logged out, are in progress, or could not be reached; and the pages that lead to an app. */
import { type Html, html } from '../../../platform/ui/html.ts'
import { type IconName, icon } from '../../../platform/ui/icons.ts'
import { message } from '../../../platform/ui/message.ts'
import type { Page } from '../../../platform/ui/page.ts'
import { heading, linkButton, note } from '../../../platform/ui/parts.ts'
import type { Translate } from '../../../platform/ui/translate.ts'
import type { NextApp } from '../../frame/ended-session.ts'
import { leavingPage } from '../../frame/unknown-app-page.ts'

/** An app that took part in the session that this browser has just logged out of. */
export interface LoggedOutApp {
  readonly id: string
  readonly name: string
  /** `tried_again`: not reached so far. `not_reached`: there are no more attempts. */
  readonly state: 'logged_out' | 'under_way' | 'tried_again' | 'not_reached'
  /** When this browser loads them in hidden frames, the app ends its session. */
  readonly frameUrls?: readonly string[]
  /** When this browser goes there, the app ends its session and sends the browser back. */
  readonly redirectUrl?: string
}

const icons: Readonly<Record<LoggedOutApp['state'], IconName>> = {
  logged_out: 'success',
  under_way: 'later',
  tried_again: 'warning',
  not_reached: 'warning',
}

/** What the person has to know comes first. */
const order: readonly LoggedOutApp['state'][] = [
  'not_reached',
  'tried_again',
  'under_way',
  'logged_out',
]

/** Seconds until the page checks again. */
const soon = 2
const later = 15

/** @param isLeaving the next check leads the browser away, which requires the whole page to reload */
export function loggedOutAppsPage(
  apps: readonly LoggedOutApp[],
  isLeaving: boolean,
  t: Translate,
): Page {
  const title = t(message('logout.done.title'))
  const isAny = (...states: LoggedOutApp['state'][]) =>
    apps.some(({ state }) => states.includes(state))
  const isOpen = isAny('tried_again', 'not_reached')
  const seconds = isAny('under_way') ? soon : isAny('tried_again') ? later : 0
  const sorted = apps.toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state))
  const frames = apps.flatMap(({ frameUrls }) => frameUrls ?? [])
  const lead = t(message(isOpen ? 'logout.apps.lead' : 'logout.done.text'))
  const list = html`<ul class="rows" role="list">${sorted.map((app) => renderApp(app, t))}</ul>`
  const again = linkButton('/login', t(message('logout.done.again')), 'secondary')
  const body = html`<div class="sign success">${icon('success')}</div>${heading(title, { isFocused: true })}<div aria-live="polite" data-renew="${isLeaving ? 0 : seconds}"><p class="lead">${lead}</p>${isOpen && closeNote(t)}<div class="stack">${list}</div></div><div class="stack tight">${again}</div>${frames.map((url) => html`<iframe src="${url}" hidden title="" referrerpolicy="origin"></iframe>`)}`
  return {
    title,
    body,
    width: 'narrow',
    scripts: ['ended', ...(seconds > 0 ? ['renew'] : [])],
    ...(seconds > 0 && {
      refresh: { seconds, url: '/logout', when: isLeaving ? 'always' : 'scripts_off' },
    }),
  }
}

/** Closing the browser ends the sessions that could not be ended otherwise. */
function closeNote(t: Translate): Html {
  return note({
    tone: 'warning',
    title: t(message('logout.close.title')),
    text: t(message('logout.close.text')),
  })
}

/**
 * Leads to an app that logs out its own session. It is a page and not a redirect, because the policy of the page with the
 * submitted form also applies to redirects.
 */
export function logoutAtAppPage(
  app: { readonly name: string; readonly url: string },
  t: Translate,
): Page {
  const title = t(message('logout.at_app.title', { app: app.name }))
  const lead = t(message('logout.at_app.text'))
  return leadOn({ title, lead, url: app.url, link: t(message('logout.at_app.link')) })
}

/** Leads back to the app that began the logout, after all others were logged out. */
export function backToAppPage({ appName, url, place }: NextApp, t: Translate): Page {
  if (place !== undefined) return leavingPage({ appName, url, isLoggedOut: true, ...place }, t)
  const title = t(message('forward.title', { app: appName }))
  const lead = t(message('logout.done.title'))
  return leadOn({ title, lead, url, link: t(message('forward.back')) })
}

function leadOn(page: {
  readonly title: string
  readonly lead: string
  readonly url: string
  readonly link: string
}): Page {
  const { title, lead, url, link } = page
  const body = html`${heading(title, { lead, isFocused: true })}<div class="stack">${linkButton(url, link, 'primary')}</div>`
  return { title, body, width: 'narrow', refresh: { seconds: 0, url, when: 'always' } }
}

function renderApp({ name, state }: LoggedOutApp, t: Translate): Html {
  const sign = icons[state]
  return html`<li${sign === 'warning' && html` class="warning"`}>${icon(sign)}<span class="pick-text"><strong class="pick-title">${name}</strong><span class="pick-hint">${t(message(`logout.app.${state}`))}</span></span></li>`
}
