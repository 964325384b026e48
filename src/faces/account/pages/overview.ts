/** The first page of an account: who is logged in and how, and links to everything that can be viewed or changed. */
import type { Authenticator } from '../../../login/factors/factor.ts'
import { describeFactor } from '../../../login/factors/index.ts'
import { html } from '../../../platform/ui/html.ts'
import { type Message, message } from '../../../platform/ui/message.ts'
import type { Page } from '../../../platform/ui/page.ts'
import { exact, facts, linkButton } from '../../../platform/ui/parts.ts'
import type { Translate } from '../../../platform/ui/translate.ts'
import { passwordOnlyNote } from '../../frame/pages.ts'
import { offerAgainPath } from './offer-again.ts'
import { goRow, type Notice, renderName, strengthText, top } from './parts.ts'
import { passwordPath } from './password.ts'

export interface OverviewPage {
  readonly username: string
  readonly email: string | null
  /** Milliseconds since the epoch. */
  readonly signedInAt: number
  readonly method: Message
  readonly stronger: Message | undefined
  readonly authenticators: readonly Authenticator[]
  /** The fallbacks among the authenticators. */
  readonly fallbacks: readonly Authenticator[]
  readonly sessions: number
  /** Milliseconds since the epoch. Absent where passwords are changed elsewhere. */
  readonly password?: { readonly changedAt: number | undefined } | undefined
  /** When a second factor was declined; the person may undo that. */
  readonly declinedAt?: number | undefined
  /** How often enrolment may still be deferred; absent: the person is not asked. */
  readonly skipsLeft?: number | undefined
  readonly notice?: Notice | undefined
}

export function overviewPage(account: OverviewPage, t: Translate): Page {
  const title = t(message('account.title'))
  const body = html`${top({ title, notice: account.notice, isFirst: true }, t)}<div class="stack">${renderFacts(account, t)}${renderChoice(account, t)}<ul class="rows" role="list">${renderRows(account, t)}</ul>${linkButton('/', t(message('account.back')), 'secondary')}</div>`
  return { title, body, width: 'wide' }
}

function renderFacts(account: OverviewPage, t: Translate) {
  return facts([
    { label: t(message('account.username')), value: exact(account.username) },
    ...(account.email === null
      ? []
      : [{ label: t(message('account.email')), value: exact(account.email) }]),
    { label: t(message('account.signed_in')), value: t.stamp(account.signedInAt) },
    { label: t(message('account.method')), value: strengthText(account, t) },
  ])
}

/** The person's decision about a second factor, and the remaining choices. */
function renderChoice({ declinedAt, skipsLeft }: OverviewPage, t: Translate) {
  if (declinedAt !== undefined) {
    const undo = linkButton(offerAgainPath, t(message('home.decline.undo')), 'secondary')
    return passwordOnlyNote(message('home.decline.text', { at: declinedAt }), t, undo)
  }
  if (skipsLeft === undefined) return undefined
  return passwordOnlyNote(message('account.skips_left', { left: skipsLeft }), t)
}

function renderRows(account: OverviewPage, t: Translate) {
  const { authenticators, fallbacks, sessions, password } = account
  const names = authenticators.map((one) => renderName(one, t))
  const shown = names.slice(0, 3).join(', ')
  const more = names.length - 3
  const known = more > 0 ? t(message('account.and_more', { names: shown, more })) : shown
  return [
    goRow({
      href: '/account/authenticators',
      icon: 'phone',
      title: t(message('account.authenticators')),
      hints: [names.length === 0 ? t(message('account.authenticators.none')) : known],
    }),
    ...fallbacks.map(({ kind, left = 0 }) => {
      const { icon, words } = describeFactor(kind)
      const title = t(words.fallback?.title ?? words.name)
      const hint = words.fallback && t(words.fallback.left(left))
      return goRow({ href: '/account/authenticators', icon, title, hints: [hint] })
    }),
    ...(password === undefined ? [] : [renderPassword(password.changedAt, t)]),
    goRow({
      href: '/account/sessions',
      icon: 'screen',
      title: t(message('account.sessions')),
      hints: [t(message('account.sessions.count', { count: sessions }))],
    }),
    goRow({
      href: '/account/activity',
      icon: 'later',
      title: t(message('account.activity')),
      hints: [t(message('account.activity.hint'))],
    }),
  ]
}

function renderPassword(changedAt: number | undefined, t: Translate) {
  const hint = t(
    changedAt === undefined
      ? message('account.password.here')
      : message('account.password.changed', { at: changedAt }),
  )
  const title = t(message('account.password'))
  return goRow({ href: passwordPath, icon: 'key', title, hints: [hint] })
}
