/** The pages of `/start`: what a person needs, that all is ready, and links to both stores for a device of unknown kind. */
import type { Authenticator } from '../../login/factors/factor.ts'
import { describeFactor, type FactorKind } from '../../login/factors/index.ts'
import { type Html, html } from '../../platform/ui/html.ts'
import { icon } from '../../platform/ui/icons.ts'
import { type Message, message } from '../../platform/ui/message.ts'
import type { Page } from '../../platform/ui/page.ts'
import { button, heading, linkButton, steps } from '../../platform/ui/parts.ts'
import { createQr } from '../../platform/ui/qr.ts'
import type { Translate } from '../../platform/ui/translate.ts'
import { noticePage } from '../frame/pages.ts'

export interface NeededPage {
  /** The names of the required phone's apps, the one that is offered first comes first; empty: a computer is enough. */
  readonly apps: readonly Message[]
  /** The app from a store, and an address that leads a phone there. */
  readonly store: { readonly app: Message; readonly url: string } | undefined
  readonly setUpUrl: string
}

export function neededPage({ apps, store, setUpUrl }: NeededPage, t: Translate): Page {
  const title = t(message('start.title'))
  const needs: readonly Message[] = [
    message('start.need.password'),
    apps.length === 0 ? message('start.need.device') : describePhone(apps, t),
    message('start.need.printer'),
  ]
  const begin = linkButton(setUpUrl, t(message('start.begin')), 'primary')
  const check = linkButton(setUpUrl, t(message('start.check')), 'quiet')
  const body = html`${heading(title, { lead: t(message('start.lead')), isFocused: true })}<div class="stack">${steps(needs.map((one) => t(one)))}<div class="tight">${begin}${check}</div>${store !== undefined && renderApp(store, t)}</div>`
  return { title, body, width: 'narrow' }
}

function describePhone(apps: readonly Message[], t: Translate): Message {
  const [app = '', other] = apps.map((name) => t(name))
  return other === undefined
    ? message('start.need.app', { app })
    : message('start.need.apps', { app, other })
}

/** The code or the link leads a phone to its own store. */
function renderApp({ app: name, url }: NonNullable<NeededPage['store']>, t: Translate): Html {
  const app = t(name)
  const code = createQr('code-app', url, 144)
  const picture = code.picture(t(message('start.app.qr')))
  return html`${code.definition}<div class="store"><div class="desk">${picture}</div><div><p class="desk">${t(message('start.app.scan', { app }))}</p><a href="/start/app">${t(message('start.app', { app }))}</a></div></div>`
}

export interface ReadyPage {
  readonly authenticators: readonly Pick<Authenticator, 'id' | 'kind' | 'name' | 'canBeTested'>[]
  /** The kind that the next login asks for first; absent: no kind can be asked for. */
  readonly first: FactorKind | undefined
  /** A fallback that the person could make and has not made yet; absent: none. */
  readonly unmade: FactorKind | undefined
  readonly formToken: string
}

export function readyPage(
  { authenticators, first, unmade, formToken }: ReadyPage,
  t: Translate,
): Page {
  const title = t(message('start.ready.title'))
  const row = ({ id, kind, name, canBeTested }: ReadyPage['authenticators'][number]) => {
    const { icon: sign, words } = describeFactor(kind)
    const test = html`<form method="post" action="/account/authenticators/${id}/test"><input type="hidden" name="form_token" value="${formToken}"><input type="hidden" name="from" value="start">${button({ look: 'secondary', label: t(message('trial.send')) })}</form>`
    return html`<li>${icon(sign)}<span class="pick-text"><span class="pick-title">${name ?? t(words.name)}</span>${name !== null && html`<span class="pick-hint">${t(words.name)}</span>`}</span>${canBeTested === true && test}</li>`
  }
  const next = first && describeFactor(first).words.nextLogin
  const lead = t(next ?? message('start.ready.lead'))
  const apps = linkButton('/', t(message('start.ready.apps')), 'primary')
  const account = linkButton('/account', t(message('home.account')), 'quiet')
  const body = html`<div class="sign success">${icon('success')}</div>${heading(title, { lead, isFocused: true })}<div class="stack"><ul class="rows" role="list">${authenticators.map(row)}</ul>${unmade && renderUnmade(unmade, t)}<div class="tight">${apps}${account}</div></div>`
  return { title, body, width: 'narrow' }
}

function renderUnmade(kind: FactorKind, t: Translate): Html | undefined {
  const { fallback } = describeFactor(kind).words
  if (fallback?.create === undefined) return undefined
  const text = t(message('start.ready.unmade', { codes: t(fallback.title) }))
  return html`<div><p>${text}</p><p class="links"><a href="/account/authenticators/add/${kind}">${t(fallback.create)}</a></p></div>`
}

export function storesPage(
  { iosUrl, androidUrl }: { readonly iosUrl: string; readonly androidUrl: string },
  t: Translate,
): Page {
  const links = [
    { href: iosUrl, label: message('store.ios') },
    { href: androidUrl, label: message('store.android') },
  ]
  const [title, text] = [message('store.title'), message('store.lead')]
  return noticePage({ tone: 'info', title, text, links }, t)
}
