/** Pages about an app that registered itself: whether to let it in, and where a link leads. Plain data in, a page out. */
import { type Html, html } from '../../platform/ui/html.ts'
import { type MessageKey, message } from '../../platform/ui/message.ts'
import type { Page } from '../../platform/ui/page.ts'
import { button, exact, facts, heading, linkButton, note } from '../../platform/ui/parts.ts'
import type { Translate } from '../../platform/ui/translate.ts'

const scopeTexts = {
  profile: 'unknown_app.learns.profile',
  email: 'unknown_app.learns.email',
  address: 'unknown_app.learns.address',
  phone: 'unknown_app.learns.phone',
  groups: 'unknown_app.learns.groups',
} as const satisfies Record<string, MessageKey>

export interface UnknownAppPage {
  readonly action: string
  readonly formToken: string
  /** The name that the app gives itself. */
  readonly appName: string
  /** Where the browser goes with the answer: a host, or the scheme of an app on the device. */
  readonly place: string
  /** The place is the device of the person. */
  readonly isOnDevice: boolean
  readonly username: string
  /** What the app may learn about the person. */
  readonly scopes: readonly (keyof typeof scopeTexts)[]
  /** The policy of the app, on its own pages. */
  readonly policyUri?: string | undefined
  readonly termsUri?: string | undefined
  readonly cancelUrl: string
}

export function unknownAppPage(shown: UnknownAppPage, t: Translate): Page {
  const { appName: app, scopes, policyUri, termsUri } = shown
  const title = t(message('unknown_app.title', { app }))
  const learnt = scopes.map((scope) => t(message(scopeTexts[scope])))
  const rows = [
    { label: t(message('unknown_app.place')), value: describePlace(shown, t) },
    { label: t(message('unknown_app.account')), value: shown.username },
    {
      label: t(message('unknown_app.learns')),
      value: learnt.length === 0 ? t(message('unknown_app.learns.id')) : learnt.join(', '),
    },
  ]
  const links = [
    { href: policyUri, label: message('unknown_app.policy') },
    { href: termsUri, label: message('unknown_app.terms') },
  ].map(
    ({ href, label }) =>
      href &&
      html`<p class="links"><a href="${href}" target="_blank" rel="noopener noreferrer">${t(label)}</a></p>`,
  )
  const warning = note({ tone: 'warning', text: t(message('unknown_app.warning')) })
  const form = html`<form class="stack tight" method="post" action="${shown.action}"><input type="hidden" name="form_token" value="${shown.formToken}">${button({ look: 'primary', label: t(message('unknown_app.allow')) })}${linkButton(shown.cancelUrl, t(message('unknown_app.cancel')), 'secondary')}</form>`
  const lead = t(message('unknown_app.lead'))
  const body = html`${heading(title, { lead, isFocused: true })}<div class="stack">${facts(rows)}</div>${warning}${form}${links}`
  return { title, body, width: 'narrow' }
}

export interface LeavingPage extends Pick<UnknownAppPage, 'appName' | 'place' | 'isOnDevice'> {
  readonly url: string
  /** The person has logged out. */
  readonly isLoggedOut?: boolean
}

/** Shown in place of a redirect that the person has not asked for. */
export function leavingPage(shown: LeavingPage, t: Translate): Page {
  const { appName: app, isLoggedOut = false } = shown
  const title = isLoggedOut
    ? message('logout.done.title')
    : message('unknown_app.leaving.title', { app })
  const lead = message(isLoggedOut ? 'unknown_app.leaving.logged_out' : 'unknown_app.leaving.lead')
  const rows = [{ label: t(message('unknown_app.place')), value: describePlace(shown, t) }]
  const links = [
    isLoggedOut
      ? linkButton('/login', t(message('logout.done.again')), 'primary')
      : linkButton('/', t(message('account.back')), 'primary'),
    linkButton(shown.url, t(message('unknown_app.leaving.go')), 'secondary'),
  ]
  const body = html`${heading(t(title), { lead: t(lead), isFocused: true })}<div class="stack">${facts(rows)}</div><div class="stack tight">${links}</div>`
  return { title: t(title), body, width: 'narrow', isError: !isLoggedOut }
}

type Place = Pick<UnknownAppPage, 'place' | 'isOnDevice'>

function describePlace({ place, isOnDevice }: Place, t: Translate): Html | string {
  return isOnDevice ? t(message('unknown_app.place.device', { place })) : exact(place)
}
