/** What a person confirms with, as pages: the list, one of them, and each change with its question. */
import type { OwnAuthenticator, WayName } from '../../../login/factors/factor.ts'
import { type Html, html } from '../../../platform/ui/html.ts'
import { icon } from '../../../platform/ui/icons.ts'
import { type Message, message } from '../../../platform/ui/message.ts'
import type { Page } from '../../../platform/ui/page.ts'
import { button, facts, field, linkButton } from '../../../platform/ui/parts.ts'
import type { Translate } from '../../../platform/ui/translate.ts'
import {
  buttonForm,
  goRow,
  kindIcons,
  type Notice,
  nameOf,
  reachName,
  toAccount,
  toAuthenticators,
  top,
} from './parts.ts'

export const authenticatorsPath = '/account/authenticators'
const createCodesPath = `${authenticatorsPath}/add/recovery`

export interface AuthenticatorsPage {
  /** Without codes to fall back on. */
  readonly authenticators: readonly OwnAuthenticator[]
  /** The codes to fall back on. */
  readonly codes?: OwnAuthenticator | undefined
  /** Something can be added. */
  readonly mayAdd: boolean
  readonly mayCreateCodes: boolean
  readonly notice?: Notice | undefined
  /** What the browser is told of the person's passkeys, as JSON. */
  readonly signals?: string | undefined
}

export function authenticatorsPage(page: AuthenticatorsPage, t: Translate): Page {
  const title = t(message('account.authenticators'))
  const { authenticators, mayAdd, notice, signals } = page
  const add = linkButton(`${authenticatorsPath}/add`, t(message('authenticators.add')), 'primary')
  const lead = t(message('authenticators.lead'))
  const body = html`${top({ title, lead, back: toAccount, notice }, t)}<div class="stack">${listOf(authenticators, t)}${mayAdd && add}${codesOf(page, t)}</div>${signals !== undefined && html`<div hidden data-signals="${signals}"></div>`}`
  return { title, body, width: 'wide', ...(signals !== undefined && { scripts: ['signals'] }) }
}

function listOf(authenticators: readonly OwnAuthenticator[], t: Translate): Html {
  if (authenticators.length === 0) {
    return html`<div class="empty">${icon('phone')}<h2>${t(message('home.decline.title'))}</h2><p class="lead">${t(message('authenticators.empty'))}</p></div>`
  }
  return html`<ul class="rows" role="list">${authenticators.map((one) =>
    goRow({
      href: `${authenticatorsPath}/${one.id}`,
      icon: kindIcons[one.kind],
      title: nameOf(one, t),
      hints: [hintOf(one, t), usedOf(one, t)],
      warning: one.state === 'usable' ? undefined : t(message(`authenticator.state.${one.state}`)),
    }),
  )}</ul>`
}

/** Codes stand apart: nobody confirms with them every day. */
function codesOf({ codes, mayCreateCodes }: AuthenticatorsPage, t: Translate): Html | undefined {
  const title = html`<h2>${t(message('account.recovery'))}</h2>`
  const text = t(message('authenticators.recovery.text'))
  if (codes !== undefined) {
    const row = goRow({
      href: `${authenticatorsPath}/${codes.id}`,
      icon: 'paper',
      title: leftOf(codes, t),
      hints: [text],
    })
    return html`${title}<ul class="rows" role="list">${row}</ul>`
  }
  if (!mayCreateCodes) return undefined
  const create = t(message('authenticators.recovery.create'))
  return html`<section class="choice">${title}<p>${text}</p><p class="links"><a href="${createCodesPath}">${create}</a></p></section>`
}

function leftOf({ left = 0 }: OwnAuthenticator, t: Translate): string {
  return t(message('account.recovery.left', { left }))
}

export interface AuthenticatorPage {
  readonly authenticator: OwnAuthenticator
  readonly formToken: string
  readonly mayReplace: boolean
  readonly notice?: Notice | undefined
}

/** One of them, with all that can be done with it. */
export function authenticatorPage(page: AuthenticatorPage, t: Translate): Page {
  const { authenticator: one, notice, formToken, mayReplace } = page
  const title = nameOf(one, t)
  const at = `${authenticatorsPath}/${one.id}`
  const test = button({ look: 'secondary', label: t(message('trial.send')) })
  const state =
    one.state === 'usable'
      ? undefined
      : html`<p class="warned warning">${icon('warning')}<span>${t(message(`authenticator.state.${one.state}.text`))}</span></p>`
  const body = html`${top({ title, back: toAuthenticators, notice }, t)}<div class="stack">${facts(rowsOf(one, t))}${state}${one.kind === 'push' && buttonForm(`${at}/test`, formToken, test)}<ul class="rows" role="list">${one.kind === 'recovery' ? codeActions(t) : ownActions(at, mayReplace, t)}${actionRow(`${at}/remove`, message('authenticator.remove'), t)}</ul></div>`
  return { title, body, width: 'wide' }
}

function ownActions(at: string, mayReplace: boolean, t: Translate): Html {
  const hint = message('authenticator.replace.hint')
  return html`${actionRow(`${at}/rename`, message('authenticator.rename'), t)}${mayReplace && actionRow(`${at}/replace`, message('authenticator.replace'), t, hint)}`
}

function codeActions(t: Translate): Html {
  const hint = message('enrol.begin.recovery.lead')
  return actionRow(createCodesPath, message('authenticators.recovery.renew'), t, hint)
}

function actionRow(href: string, label: Message, t: Translate, hint?: Message): Html {
  return html`<li><a class="go" href="${href}"><span class="pick-text"><span class="pick-title">${t(label)}</span>${hint && html`<span class="pick-hint">${t(hint)}</span>`}</span>${icon('next')}</a></li>`
}

function rowsOf(one: OwnAuthenticator, t: Translate) {
  const used =
    one.lastUsedAt === null ? t(message('authenticator.never_used')) : t.moment(one.lastUsedAt)
  const push = message(`authenticator.push.${one.state === 'cannot_be_reached' ? 'off' : 'on'}`)
  return [
    one.kind === 'recovery'
      ? { label: t(message('authenticator.left')), value: `${one.left ?? 0}` }
      : { label: t(message('authenticator.kind')), value: kindOf(one, t) },
    { label: t(message('authenticator.added')), value: t.moment(one.addedAt) },
    { label: t(message('authenticator.used')), value: used },
    {
      label: t(message('authenticator.strength')),
      value: t(message(`authenticator.reach.${reachName(one.reach)}.text`)),
    },
    ...(one.kind === 'push' ? [{ label: t(message('authenticator.push')), value: t(push) }] : []),
  ]
}

export interface RenamePage {
  readonly authenticator: OwnAuthenticator
  readonly formToken: string
  readonly name: string
  readonly mistake?: Message | undefined
}

export function renamePage(page: RenamePage, t: Translate): Page {
  const { authenticator: one, formToken, mistake } = page
  const title = t(message('rename.title'))
  const at = `${authenticatorsPath}/${one.id}`
  const notice: Notice | undefined = mistake && { tone: 'error', text: mistake }
  const input = field(
    {
      type: 'text',
      name: 'name',
      label: t(message('rename.name')),
      value: page.name,
      autocomplete: 'off',
      hint: t(message('rename.hint')),
      describedBy: mistake && 'summary',
      isInvalid: mistake !== undefined,
      isFocused: mistake === undefined,
    },
    t,
  )
  const submit = button({ look: 'primary', label: t(message('rename.submit')) })
  const body = html`${top({ title, notice, isFieldFocused: true }, t)}<form class="stack" method="post" action="${at}/rename" novalidate><input type="hidden" name="form_token" value="${formToken}">${input}<div class="stack tight">${submit}${linkButton(at, t(message('action.cancel')), 'quiet')}</div></form>`
  return { title, body, width: 'narrow', isError: mistake !== undefined }
}

export interface RemovePage {
  readonly authenticator: OwnAuthenticator
  readonly formToken: string
  /** Nothing is left to confirm with. */
  readonly isLast: boolean
}

/** The question before a removal. */
export function removePage(
  { authenticator: one, formToken, isLast }: RemovePage,
  t: Translate,
): Page {
  const title = t(message('remove.title', { device: nameOf(one, t) }))
  const at = `${authenticatorsPath}/${one.id}`
  const lead = t(message(isLast ? 'remove.last' : 'remove.text'))
  const submit = html`<button class="act bad">${t(message('remove.submit'))}</button>`
  const body = html`${top({ title, lead }, t)}<form class="stack tight" method="post" action="${at}/remove"><input type="hidden" name="form_token" value="${formToken}">${submit}${linkButton(at, t(message('remove.keep')), 'secondary')}</form>`
  return { title, body, width: 'narrow' }
}

export interface RefusedPage {
  readonly authenticator: OwnAuthenticator
  /** Apps that demand it; `undefined` stands for the person's own pages. */
  readonly demandedBy: readonly (string | undefined)[]
  readonly mayReplace: boolean
}

/** Why it cannot be removed, and what can be done instead. */
export function refusedPage(page: RefusedPage, t: Translate): Page {
  const { authenticator: one, demandedBy, mayReplace } = page
  const title = t(message('refused.title', { device: nameOf(one, t) }))
  const at = `${authenticatorsPath}/${one.id}`
  const names = demandedBy.map((name) => name ?? t(message('app.own')))
  const ways = [
    linkButton(`${authenticatorsPath}/add`, t(message('refused.add')), 'primary'),
    mayReplace && linkButton(`${at}/replace`, t(message('authenticator.replace')), 'secondary'),
    linkButton(at, t(message('refused.back')), 'quiet'),
  ]
  const notice: Notice = { tone: 'info', text: message('refused.text') }
  const body = html`${top({ title, notice }, t)}<div class="stack"><h2>${t(message('refused.by'))}</h2><ul class="plain-list">${names.map((name) => html`<li>${name}</li>`)}</ul><p>${t(message('refused.instead'))}</p><div class="stack tight">${ways}</div></div>`
  return { title, body, width: 'narrow' }
}

/** What can be added. */
export function addPage(
  { kinds }: { readonly kinds: readonly Exclude<WayName, 'recovery'>[] },
  t: Translate,
): Page {
  const title = t(message('add.title'))
  const choice = (kind: Exclude<WayName, 'recovery'>) =>
    html`<li><a class="pick" href="${authenticatorsPath}/add/${kind}">${icon(kindIcons[kind])}<span class="pick-text"><span class="pick-title">${t(message(`authenticator.kind.${kind}`))}</span><span class="pick-hint">${t(message(`add.${kind}.hint`))}</span></span>${icon('next')}</a></li>`
  const body = html`${top({ title, lead: t(message('add.lead')), back: toAuthenticators }, t)}<ul class="picks stack" role="list">${kinds.map(choice)}</ul><p class="hint below">${t(message('add.fresh'))}</p>`
  return { title, body, width: 'narrow' }
}

function kindOf({ kind }: OwnAuthenticator, t: Translate): string {
  return t(message(`authenticator.kind.${kind}`))
}

function strengthOf({ reach }: OwnAuthenticator, t: Translate): string {
  return t(message(`authenticator.reach.${reachName(reach)}`))
}

/** What it is, unless its name says so already. */
function hintOf(one: OwnAuthenticator, t: Translate): string {
  const [kind, strength] = [kindOf(one, t), strengthOf(one, t)]
  const alone = strength.charAt(0).toLocaleUpperCase(t.language) + strength.slice(1)
  return nameOf(one, t) === kind ? alone : `${kind} · ${strength}`
}

function usedOf({ lastUsedAt, addedAt }: OwnAuthenticator, t: Translate): string {
  return lastUsedAt === null
    ? t(message('account.device.registered', { at: addedAt }))
    : t(message('account.device.used', { at: lastUsedAt }))
}
