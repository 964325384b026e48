/** Parts that the pages of an account share. Owns their markup; the style is in ui/style.ts. */

import {
  type Acr,
  acrCode,
  acrNumber,
  acrPhishingResistant,
  acrPossession,
  acrVerifiedCode,
} from '../../../identity/policy/assurance.ts'
import type { Authenticator } from '../../../login/factors/factor.ts'
import { describeFactor } from '../../../login/factors/index.ts'
import { type Html, html } from '../../../platform/ui/html.ts'
import { type IconName, icon } from '../../../platform/ui/icons.ts'
import { type Message, message } from '../../../platform/ui/message.ts'
import { heading, note, type Tone } from '../../../platform/ui/parts.ts'
import type { Translate } from '../../../platform/ui/translate.ts'
import { renderLogoutLine } from '../../frame/logout-link.ts'

/** What was just done, or why it failed. */
export interface Notice {
  readonly tone: Tone
  readonly title?: Message
  readonly text: Message
}

export interface Back {
  readonly href: string
  readonly label: Message
}

export const toAccount: Back = { href: '/account', label: message('account.to_account') }
export const toAuthenticators: Back = {
  href: '/account/authenticators',
  label: message('account.to_authenticators'),
}

/** The page above, the logout, the heading and the notice. The focus goes to the notice. */
export function top(
  page: {
    readonly title: string
    readonly lead?: string | undefined
    readonly back?: Back
    readonly notice?: Notice | undefined
    readonly isFieldFocused?: boolean
    /** No page of the account is above this one: the logout is beside the heading. */
    readonly isFirst?: boolean
  },
  t: Translate,
): Html {
  const { back, notice, lead, title } = page
  const isFocused = notice === undefined && page.isFieldFocused !== true
  const shown = heading(title, { ...(lead !== undefined && { lead }), isFocused })
  const said = notice && renderNotice(notice, t)
  if (page.isFirst === true) {
    const logout = t(message('home.logout'))
    return html`<div class="head"><div class="head-text">${shown}</div><p class="head-links"><a href="/logout">${logout}</a></p></div>${said}`
  }
  const above =
    back && html`<a href="${back.href}">${icon('back')}<span>${t(back.label)}</span></a>`
  return html`${renderLogoutLine(t, above)}${shown}${said}`
}

export function renderNotice({ tone, title, text }: Notice, t: Translate): Html {
  return note({ tone, title: title && t(title), text: t(text), isFocused: true, id: 'summary' })
}

/** A form that is one button. */
export function buttonForm(action: string, formToken: string, button: Html): Html {
  return html`<form method="post" action="${action}"><input type="hidden" name="form_token" value="${formToken}">${button}</form>`
}

/** A line of a list that links to a page. */
export function goRow(row: {
  readonly href: string
  readonly icon: IconName
  readonly title: string
  readonly hints: readonly (string | undefined)[]
  readonly warning?: string | undefined
}): Html {
  const hints = row.hints.filter((hint) => hint !== undefined)
  return html`<li><a class="go" href="${row.href}">${icon(row.icon)}<span class="pick-text"><strong class="pick-title">${row.title}</strong>${hints.map((hint) => html`<span class="pick-hint">${hint}</span>`)}${row.warning && warned(row.warning)}</span>${icon('next')}</a></li>`
}

function warned(text: string): Html {
  return html`<span class="warned warning">${icon('warning')}<span>${text}</span></span>`
}

type LevelName =
  | 'password'
  | 'possession'
  | 'number'
  | 'code'
  | 'verified_code'
  | 'phishing_resistant'

const reaches: Readonly<Partial<Record<string, LevelName>>> = {
  [acrPossession]: 'possession',
  [acrNumber]: 'number',
  [acrCode]: 'code',
  [acrVerifiedCode]: 'verified_code',
  [acrPhishingResistant]: 'phishing_resistant',
}

export function nameLevel(acr: Acr | string): LevelName {
  return reaches[acr] ?? 'password'
}

/** The name, or the kind if it has no name. A name that nobody has given is in the language of the page. */
export function renderName(
  { name, kind }: Pick<Authenticator, 'name' | 'kind'>,
  t: Translate,
): string {
  const { words } = describeFactor(kind)
  if (name === null) return t(words.name)
  const found = words.readDefaultName?.(name)
  return found === undefined ? name : t(found)
}

/** For example *Passwort und Telefon mit Zahl. Stärker ginge mit einem Passkey.* */
export function strengthText(
  { method, stronger }: { readonly method: Message; readonly stronger: Message | undefined },
  t: Translate,
): string {
  return stronger === undefined ? t(method) : `${t(method)}. ${t(stronger)}`
}
