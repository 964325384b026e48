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
  /**
   * `asked`: by a frame whose answer nobody can read. `tried_again`: not reached so far. `not_reached`: the app said no, or
   * nothing in time.
   */
  readonly state: 'logged_out' | 'asked' | 'under_way' | 'tried_again' | 'not_reached'
  /** Paths on this server. They lead to the app, which ends its session when this browser loads them in hidden frames. */
  readonly frameUrls?: readonly string[]
  /** A path on this server. It leads to the app, in a window that has all cookies of the app. */
  readonly windowUrl?: string
}

const icons: Readonly<Record<LoggedOutApp['state'], IconName>> = {
  logged_out: 'success',
  asked: 'info',
  under_way: 'later',
  tried_again: 'warning',
  not_reached: 'warning',
}

/** What the person has to know comes first. */
const order: readonly LoggedOutApp['state'][] = [
  'not_reached',
  'tried_again',
  'under_way',
  'asked',
  'logged_out',
]

/** Seconds until the page checks again. */
const soon = 2
const later = 15
/** Without scripts the whole page loads again, and with it frames in which an app may be about to answer. */
const afterFrames = 6

export function loggedOutAppsPage(apps: readonly LoggedOutApp[], t: Translate): Page {
  const title = t(message('logout.done.title'))
  const isAny = (...states: LoggedOutApp['state'][]) =>
    apps.some(({ state }) => states.includes(state))
  const isOpen = isAny('tried_again', 'not_reached')
  const seconds = isAny('under_way') ? soon : isAny('tried_again') ? later : 0
  const sorted = apps.toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state))
  const frames = apps.flatMap(({ frameUrls }) => frameUrls ?? [])
  const lead = t(message(isOpen ? 'logout.apps.lead' : 'logout.done.text'))
  const list = html`<ul class="rows" role="list">${sorted.map((app) => renderApp(app, t))}</ul>`
  // A frame that never answers holds back the refresh of the page as well.
  const look =
    seconds > 0 &&
    html`<noscript><p class="links"><a href="/logout">${t(message('logout.look'))}</a></p></noscript>`
  const again = linkButton('/login', t(message('logout.done.again')), 'secondary')
  const body = html`<div class="sign success">${icon('success')}</div>${heading(title, { isFocused: true })}<div aria-live="polite" data-renew="${seconds}"><p class="lead">${lead}</p>${isOpen && closeNote(t)}<div class="stack">${list}</div></div>${look}<div class="stack tight">${again}</div>${frames.map(renderFrame)}`
  return {
    title,
    body,
    width: 'narrow',
    scripts: ['ended', ...(seconds > 0 ? ['renew'] : [])],
    ...(seconds > 0 && {
      refresh: {
        seconds: frames.length > 0 ? afterFrames : seconds,
        url: '/logout',
        when: 'scripts_off',
      },
    }),
  }
}

/** An app cannot lead this page away, nor ask anything. Its scripts run, because many answer by a form that a script sends. */
function renderFrame(url: string): Html {
  return html`<iframe src="${url}" hidden title="" referrerpolicy="origin" sandbox="allow-forms allow-same-origin allow-scripts"></iframe>`
}

/** Closing the browser ends the sessions that could not be ended otherwise. */
function closeNote(t: Translate): Html {
  return note({
    tone: 'warning',
    title: t(message('logout.close.title')),
    text: t(message('logout.close.text')),
  })
}

/** Leads back to the app that began the logout, after all others were logged out. */
export function backToAppPage({ appName, url, place }: NextApp, t: Translate): Page {
  if (place !== undefined) return leavingPage({ appName, url, isLoggedOut: true, ...place }, t)
  const title = t(message('forward.title', { app: appName }))
  const lead = t(message('logout.done.title'))
  const link = linkButton(url, t(message('forward.back')), 'primary')
  const body = html`${heading(title, { lead, isFocused: true })}<div class="stack">${link}</div>`
  return { title, body, width: 'narrow', refresh: { seconds: 0, url, when: 'always' } }
}

function renderApp({ name, state, windowUrl }: LoggedOutApp, t: Translate): Html {
  const sign = icons[state]
  const link =
    windowUrl !== undefined &&
    html`<span class="links"><a href="${windowUrl}" target="_blank" rel="noopener">${t(message('logout.app.window', { app: name }))}</a></span>`
  return html`<li${sign === 'warning' && html` class="warning"`}>${icon(sign)}<span class="pick-text"><strong class="pick-title">${name}</strong><span class="pick-hint">${t(message(`logout.app.${state}`))}</span>${link}</span></li>`
}
