/**
 * Pages outside of a journey: the apps of a person, logout, first start, and every end that is not a success. Plain
 * data in, a page out; owns no address and no decision.
 */
import type { FaultCode } from '../../platform/kernel/fault.ts'
import { formatReference } from '../../platform/kernel/reference.ts'
import type { Brand } from '../../platform/ui/brand.ts'
import { type Html, html } from '../../platform/ui/html.ts'
import { icon } from '../../platform/ui/icons.ts'
import { type Message, message } from '../../platform/ui/message.ts'
import type { Page } from '../../platform/ui/page.ts'
import { button, heading, linkButton, type Tone, telephone } from '../../platform/ui/parts.ts'
import type { Translate } from '../../platform/ui/translate.ts'

/** A place to go on. */
export interface PageLink {
  readonly href: string
  readonly label: Message
}

export interface NoticePage {
  readonly tone: Tone
  readonly title: Message
  readonly text: Message
  /** A paragraph of its own. */
  readonly more?: Message
  readonly links?: readonly PageLink[]
  readonly support?: Brand['support'] | undefined
}

/** A page that only says something: what happened, what to do, and where to go on. */
export function noticePage(page: NoticePage, t: Translate): Page {
  const title = t(page.title)
  const body = html`<div class="sign ${page.tone}">${icon(page.tone)}</div>${heading(title, { lead: t(page.text), isFocused: true })}${page.more && html`<div class="stack"><p>${t(page.more)}</p></div>`}${supportLine(page.support, t)}${renderLinks(page.links ?? [], t)}`
  const isError = page.tone === 'error'
  return { title, body, width: 'narrow', isError, namesSupport: page.support !== undefined }
}

export interface ErrorPage {
  readonly code: FaultCode
  /** Trying again does not help. */
  readonly isLasting?: boolean
  /** Eight letters and digits under which the log has the details; shown in two groups. */
  readonly reference?: string
  readonly support?: Brand['support']
  /** Absent: the start page. */
  readonly link?: PageLink
}

export function errorPage(error: ErrorPage, t: Translate): Page {
  const title = t(message(`error.${error.code}.title`))
  const link = error.link ?? { href: '/', label: message('error.back') }
  const reference =
    error.reference &&
    html`<div class="stack"><p>${t(message('error.reference.label'))}: <strong class="ref">${formatReference(error.reference)}</strong></p></div>`
  // Loading the page again often helps by itself, so it comes before the service desk.
  const [first, last] = [renderLinks([link], t), supportLine(error.support, t)]
  const help = error.link === undefined ? [last, first] : [first, last]
  const text = message(error.isLasting ? 'error.unavailable.lasting' : `error.${error.code}.text`)
  // Nothing is wrong, it only takes longer.
  const tone = error.code === 'busy' ? 'info' : 'error'
  const body = html`<div class="sign ${tone}">${icon(tone)}</div>${heading(title, { lead: t(text), isFocused: true })}${reference}${help}`
  const namesSupport = error.support !== undefined
  return { title, body, width: 'narrow', isError: true, namesSupport }
}

/** Says that only the password protects the account, and what the person can do about it. */
export function passwordOnlyNote(text: Message, t: Translate, action?: Html): Html {
  return html`<div class="note warning">${icon('warning')}<div class="note-text"><h2>${t(message('home.decline.title'))}</h2><p>${t(text)}</p>${action && html`<div class="below">${action}</div>`}</div></div>`
}

export interface LogoutPage {
  readonly action: string
  readonly formToken: string
  /** Fields that go back with the form, for example those of an app that asked for the logout. */
  readonly hidden?: Readonly<Record<string, string>>
  readonly cancelUrl: string
  /** The app that asks for it. */
  readonly appName?: string | undefined
}

export function logoutPage(logout: LogoutPage, t: Translate): Page {
  const title = t(message('logout.title'))
  const hidden = Object.entries({ form_token: logout.formToken, ...logout.hidden })
  const submit = button({ look: 'primary', label: t(message('logout.submit')) })
  const cancel = linkButton(logout.cancelUrl, t(message('logout.cancel')), 'secondary')
  const { appName: app } = logout
  const text = app === undefined ? message('logout.text') : message('logout.text_of_app', { app })
  const body = html`${heading(title, { lead: t(text), isFocused: true })}<form class="stack tight" method="post" action="${logout.action}">${hidden.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}${submit}${cancel}</form>`
  return { title, body, width: 'narrow' }
}

export function loggedOutPage(loginUrl: string, t: Translate): Page {
  const links = [{ href: loginUrl, label: message('logout.done.again') }]
  const [title, text] = [message('logout.done.title'), message('logout.done.text')]
  const page = noticePage({ tone: 'success', title, text, links }, t)
  return { ...page, scripts: ['ended'] }
}

export function forgotPasswordPage(
  forgot: { readonly backUrl: string; readonly support?: Brand['support'] },
  t: Translate,
): Page {
  const title = t(message('forgot.title'))
  const back = { href: forgot.backUrl, label: message('forgot.back') }
  const body = html`${heading(title, { lead: t(message('forgot.text')), isFocused: true })}${supportLine(forgot.support, t)}${renderLinks([back], t)}`
  return { title, body, width: 'narrow', namesSupport: forgot.support !== undefined }
}

/**
 * Leads on by itself, at once or after some seconds. The link is for people who do not want to wait, and for browsers that
 * do not follow.
 */
export function forwardPage(
  forward: { readonly app: string; readonly href: string; readonly after?: number },
  t: Translate,
): Page {
  const title = t(message('forward.title', { app: forward.app }))
  const body = html`<div class="sign success">${icon('success')}</div>${heading(title, { lead: t(message('forward.text')), isFocused: true })}<div class="stack">${linkButton(forward.href, t(message('forward.link')), 'primary')}</div>`
  return {
    title,
    body,
    width: 'narrow',
    refresh: { seconds: forward.after ?? 0, url: forward.href, when: 'always' },
  }
}

/**
 * What the form brings to an app: a login, an error in place of it, the end of a session, or the answer to the app's own
 * logout request.
 */
export type FormPurpose = 'login' | 'error' | 'logout' | 'logged_out'

const formWords = {
  login: { title: 'forward.title', text: 'forward.form', link: 'forward.link' },
  error: { title: 'forward.title', text: 'forward.error', link: 'forward.back' },
  logout: { title: 'logout.at_app.title', text: 'logout.at_app.form', link: 'logout.at_app.link' },
  logged_out: { title: 'forward.title', text: 'logout.done.form', link: 'forward.back' },
} as const

/** The answer to an app, which the browser takes there as a form. */
export function formPostPage(
  answer: {
    readonly app: string
    readonly action: string
    readonly fields: Readonly<Record<string, string>>
    readonly purpose: FormPurpose
  },
  t: Translate,
): Page {
  const words = formWords[answer.purpose]
  const title = t(message(words.title, { app: answer.app }))
  const text = t(message(words.text))
  const label = t(message(words.link))
  const fields = Object.entries(answer.fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  )
  const body = html`${answer.purpose === 'login' && html`<div class="sign success">${icon('success')}</div>`}${heading(title, { lead: text, isFocused: true })}<form class="stack" method="post" action="${answer.action}" data-submit>${fields}${button({ look: 'primary', label })}</form>`
  return { title, body, width: 'narrow', scripts: ['submit'] }
}

export function cookiesOffPage(againUrl: string, t: Translate): Page {
  const links = [{ href: againUrl, label: message('cookies.again') }]
  const [title, text] = [message('cookies.title'), message('cookies.text')]
  return noticePage({ tone: 'warning', title, text, links }, t)
}

/** The browser does not have the secret of the link that a page is about. */
export function openAgainPage(
  { takesCookies, support }: { readonly takesCookies: boolean; readonly support: Brand['support'] },
  t: Translate,
): Page {
  const title = message(takesCookies ? 'link.closed.title' : 'cookies.title')
  const text = message(takesCookies ? 'link.closed.text' : 'link.cookies.text')
  const more = message(takesCookies ? 'link.closed.more' : 'link.cookies.more')
  return noticePage({ tone: 'warning', title, text, more, support }, t)
}

/** The ends of a journey that are nobody's fault. `text`: why it ended, if that is known. */
export function journeyEndPage(
  end: 'expired' | 'ended' | 'closed',
  againUrl: string,
  t: Translate,
  text: Message = message(`journey.${end}.text`),
): Page {
  const links = [{ href: againUrl, label: message(`journey.${end}.again`) }]
  return noticePage({ tone: 'info', title: message(`journey.${end}.title`), text, links }, t)
}

/** A request of an app that was answered before is opened again, mostly by going back in the browser after a login. */
export function overInteractionPage(
  over: {
    readonly isSignedIn: boolean
    readonly app?: { readonly name: string; readonly startUrl: string }
  },
  t: Translate,
): Page {
  const { isSignedIn, app } = over
  const home = message(isSignedIn ? 'account.back' : 'journey.ended.again')
  const links: PageLink[] = [
    ...(app ? [{ href: app.startUrl, label: message('home.open', { app: app.name }) }] : []),
    ...(app && !isSignedIn ? [] : [{ href: '/', label: home }]),
  ]
  const title = message(isSignedIn ? 'over.signed_in.title' : 'journey.ended.title')
  const text = message(isSignedIn ? 'over.signed_in.text' : 'over.text')
  return noticePage({ tone: isSignedIn ? 'success' : 'info', title, text, links }, t)
}

/** The account may not enter the app. */
export function notAllowedPage(
  refused: {
    readonly appName: string
    readonly username: string
    readonly otherLoginUrl: string
    readonly backUrl?: string | undefined
    readonly support?: Brand['support'] | undefined
  },
  t: Translate,
): Page {
  const { appName: app, username, otherLoginUrl, backUrl, support } = refused
  const links: PageLink[] = [
    { href: '/', label: message('account.back') },
    { href: otherLoginUrl, label: message('not_allowed.other') },
    ...(backUrl === undefined
      ? []
      : [{ href: backUrl, label: message('not_allowed.back', { app }) }]),
  ]
  const title = message('not_allowed.title', { app })
  const text = message('not_allowed.text', { username })
  return noticePage({ tone: 'warning', title, text, links, support }, t)
}

/** A part of an app requires more than this login can prove. */
export function levelMissingPage(
  missing: { readonly appName: string; readonly support?: Brand['support'] | undefined },
  t: Translate,
): Page {
  const { appName: app, support } = missing
  const links = [{ href: '/', label: message('account.back') }]
  const title = message('level_missing.title', { app })
  return noticePage(
    { tone: 'warning', title, text: message('level_missing.text'), links, support },
    t,
  )
}

/** The account has no value for something that an app needs of everybody. */
export function claimMissingPage(
  missing: {
    readonly appName: string
    readonly username: string
    readonly support?: Brand['support'] | undefined
  },
  t: Translate,
): Page {
  const { appName: app, username, support } = missing
  const links = [{ href: '/', label: message('account.back') }]
  const title = message('claim_missing.title', { app })
  const text = message('claim_missing.text', { username })
  return noticePage({ tone: 'warning', title, text, links, support }, t)
}

/** An app wants to know whether the person who is logged in is the one who wants to enter. */
export function accountChoicePage(
  choice: {
    readonly appName: string
    readonly displayName: string
    readonly username: string
    readonly continueUrl: string
    readonly otherUrl: string
    readonly cancelUrl: string
  },
  t: Translate,
): Page {
  const title = t(message('select.title', { app: choice.appName }))
  const lead = t(message('select.text', { name: choice.displayName, username: choice.username }))
  const links = [
    linkButton(choice.continueUrl, t(message('select.continue')), 'primary'),
    linkButton(choice.otherUrl, t(message('select.other')), 'secondary'),
    linkButton(choice.cancelUrl, t(message('select.cancel')), 'secondary'),
  ]
  const body = html`${heading(title, { lead, isFocused: true })}<div class="stack tight">${links}</div>`
  return { title, body, width: 'narrow' }
}

/** An app asked in a way that cannot be answered to the app itself. */
export function appErrorPage(
  error: {
    readonly code: string
    readonly description?: string
    readonly support?: Brand['support']
    /** The app wanted to end the login. Nothing has ended, so the person has to be able to do it. */
    readonly isLogout?: boolean | undefined
  },
  t: Translate,
): Page {
  const { isLogout = false } = error
  const { code } = error
  const title = t(message(isLogout ? 'oidc.error.logout.title' : 'oidc.error.title'))
  const lead = t(message(isLogout ? 'oidc.error.logout.text' : 'oidc.error.text', { code }))
  const { description } = error
  const detail =
    description &&
    html`<p class="hint stack">${t(message('oidc.error.detail', { description }))}</p>`
  const home = linkButton('/', t(message('account.back')), isLogout ? 'secondary' : 'primary')
  const logout = isLogout && linkButton('/logout', t(message('logout.submit')), 'primary')
  const body = html`<div class="sign error">${icon('error')}</div>${heading(title, { lead, isFocused: true })}${detail}<div class="stack tight">${logout}${home}</div>${supportLine(error.support, t)}`
  const namesSupport = error.support !== undefined
  return { title, body, width: 'narrow', isError: true, namesSupport }
}

function supportLine(support: Brand['support'], t: Translate): Html | undefined {
  const { email, phone } = support ?? {}
  if (email === undefined && phone === undefined) return undefined
  const line = t(message('chrome.support', { contact: '' })).trim()
  const links = [
    email && html`<a href="mailto:${email}">${email}</a>`,
    phone && html`<a href="${telephone(phone)}">${phone}</a>`,
  ]
  return html`<div class="stack tight"><p>${line}</p><p class="links">${links}</p></div>`
}

function renderLinks(links: readonly PageLink[], t: Translate): Html | undefined {
  if (links.length === 0) return undefined
  const link = (target: PageLink, index: number) =>
    linkButton(target.href, t(target.label), index === 0 ? 'primary' : 'secondary')
  return html`<div class="stack tight">${links.map(link)}</div>`
}
