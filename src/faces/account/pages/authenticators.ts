/** The pages of a person's authenticators: the list, a single one, and each change with its question. */
import type { Authenticator } from '../../../login/factors/factor.ts'
import { describeFactor, type FactorKind, isFallback } from '../../../login/factors/index.ts'
import { type Html, html } from '../../../platform/ui/html.ts'
import { icon } from '../../../platform/ui/icons.ts'
import { type Message, message } from '../../../platform/ui/message.ts'
import type { Page } from '../../../platform/ui/page.ts'
import { button, facts, field, linkButton } from '../../../platform/ui/parts.ts'
import type { Translate } from '../../../platform/ui/translate.ts'
import {
  buttonForm,
  goRow,
  type Notice,
  nameLevel,
  renderName,
  toAccount,
  toAuthenticators,
  top,
} from './parts.ts'

export const authenticatorsPath = '/account/authenticators'
const pathToAdd = (kind: FactorKind) => `${authenticatorsPath}/add/${kind}`

/** An authenticator and what else is on the same device. */
export interface Device extends Authenticator {
  /** It also shows one-time codes, which are removed with it. */
  readonly hasCodes?: boolean
}

export interface AuthenticatorsPage {
  /** Without fallbacks. */
  readonly authenticators: readonly Device[]
  readonly fallbacks: readonly FallbackSection[]
  /** Whether something can be added. */
  readonly mayAdd: boolean
  readonly notice?: Notice | undefined
  /** JSON for the browser about the user's passkeys. */
  readonly signals?: string | undefined
}

/** Fallbacks have their own section: nobody uses them every day. */
export interface FallbackSection {
  readonly kind: FactorKind
  readonly authenticator?: Authenticator | undefined
  readonly mayCreate: boolean
}

export function authenticatorsPage(page: AuthenticatorsPage, t: Translate): Page {
  const title = t(message('account.authenticators'))
  const { authenticators, mayAdd, notice, signals } = page
  const add = linkButton(`${authenticatorsPath}/add`, t(message('authenticators.add')), 'primary')
  const lead = t(message('authenticators.lead'))
  const body = html`${top({ title, lead, back: toAccount, notice }, t)}<div class="stack">${renderList(authenticators, t)}${mayAdd && add}${page.fallbacks.map((one) => renderFallback(one, t))}</div>${signals !== undefined && html`<div hidden data-signals="${signals}"></div>`}`
  return { title, body, width: 'wide', ...(signals !== undefined && { scripts: ['signals'] }) }
}

function renderList(authenticators: readonly Device[], t: Translate): Html {
  if (authenticators.length === 0) {
    return html`<div class="empty">${icon('phone')}<h2>${t(message('home.decline.title'))}</h2><p class="lead">${t(message('authenticators.empty'))}</p></div>`
  }
  return html`<ul class="rows" role="list">${authenticators.map((one) =>
    goRow({
      href: `${authenticatorsPath}/${one.id}`,
      icon: describeFactor(one.kind).icon,
      title: renderName(one, t),
      hints: [
        renderHint(one, t),
        one.hasCodes === true ? t(message('authenticator.codes')) : undefined,
        renderLastUse(one, t),
      ],
      warning: one.state === 'usable' ? undefined : t(message(`authenticator.state.${one.state}`)),
    }),
  )}</ul>`
}

function renderFallback(
  { kind, authenticator, mayCreate }: FallbackSection,
  t: Translate,
): Html | undefined {
  const { icon, words } = describeFactor(kind)
  if (words.fallback === undefined) return undefined
  const { title, text, create, left } = words.fallback
  const heading = html`<h2>${t(title)}</h2>`
  if (authenticator !== undefined) {
    const row = goRow({
      href: `${authenticatorsPath}/${authenticator.id}`,
      icon,
      title: t(left(authenticator.left ?? 0)),
      hints: [t(text)],
    })
    return html`${heading}<ul class="rows" role="list">${row}</ul>`
  }
  if (!mayCreate || create === undefined) return undefined
  return html`<section class="choice">${heading}<p>${t(text)}</p><p class="links"><a href="${pathToAdd(kind)}">${t(create)}</a></p></section>`
}

export interface AuthenticatorPage {
  readonly authenticator: Device
  readonly formToken: string
  readonly mayReplace: boolean
  readonly notice?: Notice | undefined
}

/** A single authenticator with everything that can be done with it. */
export function authenticatorPage(page: AuthenticatorPage, t: Translate): Page {
  const { authenticator: one, notice, formToken, mayReplace } = page
  const title = renderName(one, t)
  const at = `${authenticatorsPath}/${one.id}`
  const test = button({ look: 'secondary', label: t(message('trial.send')) })
  const state =
    one.state === 'usable'
      ? undefined
      : html`<p class="warned warning">${icon('warning')}<span>${t(message(`authenticator.state.${one.state}.text`))}</span></p>`
  const body = html`${top({ title, back: toAuthenticators, notice }, t)}<div class="stack">${facts(listRows(one, t))}${state}${one.canBeTested === true && buttonForm(`${at}/test`, formToken, test)}<ul class="rows" role="list">${isFallback(one.kind) ? renewAction(one.kind, t) : ownActions(at, mayReplace, t)}${actionRow(`${at}/remove`, message('authenticator.remove'), t)}</ul></div>`
  return { title, body, width: 'wide' }
}

function ownActions(at: string, mayReplace: boolean, t: Translate): Html {
  const hint = message('authenticator.replace.hint')
  return html`${actionRow(`${at}/rename`, message('authenticator.rename'), t)}${mayReplace && actionRow(`${at}/replace`, message('authenticator.replace'), t, hint)}`
}

function renewAction(kind: FactorKind, t: Translate): Html | undefined {
  const { begin, fallback } = describeFactor(kind).words
  if (fallback?.renew === undefined) return undefined
  return actionRow(pathToAdd(kind), fallback.renew, t, begin?.lead)
}

function actionRow(href: string, label: Message, t: Translate, hint?: Message): Html {
  return html`<li><a class="go" href="${href}"><span class="pick-text"><span class="pick-title">${t(label)}</span>${hint && html`<span class="pick-hint">${t(hint)}</span>`}</span>${icon('next')}</a></li>`
}

function listRows(one: Device, t: Translate) {
  const used =
    one.lastUsedAt === null ? t(message('authenticator.never_used')) : t.stamp(one.lastUsedAt)
  return [
    one.left === undefined
      ? { label: t(message('authenticator.kind')), value: renderKind(one, t) }
      : { label: t(message('authenticator.left')), value: `${one.left}` },
    { label: t(message('authenticator.added')), value: t.stamp(one.addedAt) },
    { label: t(message('authenticator.used')), value: used },
    {
      label: t(message('authenticator.strength')),
      value: t(message(`authenticator.reach.${nameLevel(one.level)}.text`)),
    },
    ...(one.hasCodes === true
      ? [
          {
            label: t(message('authenticator.codes.label')),
            value: t(message('authenticator.codes.value')),
          },
        ]
      : []),
    ...(one.facts ?? []).map(({ label, value }) => ({ label: t(label), value: t(value) })),
  ]
}

export interface RenamePage {
  readonly authenticator: Authenticator
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
      state: {
        describedBy: mistake && 'summary',
        isInvalid: mistake !== undefined,
        isFocused: mistake === undefined,
      },
    },
    t,
  )
  const submit = button({ look: 'primary', label: t(message('rename.submit')) })
  const body = html`${top({ title, notice, isFieldFocused: true }, t)}<form class="stack" method="post" action="${at}/rename" novalidate><input type="hidden" name="form_token" value="${formToken}">${input}<div class="stack tight">${submit}${linkButton(at, t(message('action.cancel')), 'quiet')}</div></form>`
  return { title, body, width: 'narrow', isError: mistake !== undefined }
}

export interface RemovePage {
  readonly authenticator: Authenticator
  readonly formToken: string
  /** No other authenticator is left. */
  readonly isLast: boolean
  /** The person who removes it no longer has it. */
  readonly isLost: boolean
  /** Codes on the same device are removed too. */
  readonly hasCodes: boolean
  /** Minimum length of the password after the removal, in code points; `undefined`: it does not change. */
  readonly minLengthAlone?: number | undefined
  /** The person has no second factor to confirm with, only what stands in for one. */
  readonly asksPassword: boolean
}

/** The question before a removal. */
export function removePage(page: RemovePage, t: Translate): Page {
  const { authenticator: one, formToken, isLast, isLost, hasCodes, minLengthAlone: min } = page
  const title = t(message('remove.title', { device: renderName(one, t) }))
  const at = `${authenticatorsPath}/${one.id}`
  const last = isLost ? 'remove.last.lost' : 'remove.last'
  const what = t(message(isLast ? last : 'remove.text'))
  const lead = [
    what,
    ...(hasCodes ? [t(message('remove.together'))] : []),
    ...(min === undefined ? [] : [t(message('remove.last.length', { min }))]),
  ].join(' ')
  const submit = html`<button class="act bad">${t(message('remove.submit'))}</button>`
  const why = page.asksPassword ? 'binding.why.password' : 'binding.why.factor'
  const notice: Notice = { tone: 'info', text: message(why) }
  const body = html`${top({ title, lead, notice }, t)}<form class="stack tight" method="post" action="${at}/remove"><input type="hidden" name="form_token" value="${formToken}">${submit}${linkButton(at, t(message('remove.keep')), 'secondary')}</form>`
  return { title, body, width: 'narrow' }
}

export interface RefusedPage {
  readonly authenticator: Authenticator
  /** Apps that require it; `undefined` means the person's own pages. */
  readonly demandedBy: readonly (string | undefined)[]
  readonly mayReplace: boolean
}

/** Why it cannot be removed, and what can be done instead. */
export function refusedPage(page: RefusedPage, t: Translate): Page {
  const { authenticator: one, demandedBy, mayReplace } = page
  const title = t(message('refused.title', { device: renderName(one, t) }))
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

/** The page with the kinds that can be added. */
export function addPage({ kinds }: { readonly kinds: readonly FactorKind[] }, t: Translate): Page {
  const title = t(message('add.title'))
  const choice = (kind: FactorKind) => {
    const { icon: shape, words } = describeFactor(kind)
    return html`<li><a class="pick" href="${authenticatorsPath}/add/${kind}">${icon(shape)}<span class="pick-text"><span class="pick-title">${t(words.app ?? words.name)}</span>${words.add && html`<span class="pick-hint">${t(words.add)}</span>`}</span>${icon('next')}</a></li>`
  }
  const body = html`${top({ title, lead: t(message('add.lead')), back: toAuthenticators }, t)}<ul class="picks stack" role="list">${kinds.map(choice)}</ul><p class="hint below">${t(message('add.fresh'))}</p>`
  return { title, body, width: 'narrow' }
}

function renderKind({ kind }: Authenticator, t: Translate): string {
  return t(describeFactor(kind).words.name)
}

function renderLevel({ level }: Authenticator, t: Translate): string {
  return t(message(`authenticator.reach.${nameLevel(level)}`))
}

/** The kind, unless the name already says it. */
function renderHint(one: Authenticator, t: Translate): string {
  const [kind, strength] = [renderKind(one, t), renderLevel(one, t)]
  const alone = strength.charAt(0).toLocaleUpperCase(t.language) + strength.slice(1)
  return renderName(one, t) === kind ? alone : `${kind} · ${strength}`
}

function renderLastUse({ lastUsedAt, addedAt }: Authenticator, t: Translate): string {
  return lastUsedAt === null
    ? t(message('account.device.registered', { at: addedAt }))
    : t(message('account.device.used', { at: lastUsedAt }))
}
