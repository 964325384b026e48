/** The pages with which the first administrator sets up the installation. Plain data in, a page out. */
import { type Html, html } from '../../platform/ui/html.ts'
import { type Message, type MessageKey, message } from '../../platform/ui/message.ts'
import type { Page } from '../../platform/ui/page.ts'
import { againTexts, button, field, heading, note } from '../../platform/ui/parts.ts'
import type { Translate } from '../../platform/ui/translate.ts'
import { noticePage } from '../frame/pages.ts'

type SetupField = 'username' | 'display_name' | 'email' | 'password'

export interface SetupPage {
  readonly action: string
  readonly formToken: string
  readonly minLength: number
  /** Whether Einlass ever sends mail to the address. */
  readonly sendsMail: boolean
  readonly values?: {
    readonly username?: string
    readonly displayName?: string
    readonly email?: string
  }
  /** By field: why it was not accepted. */
  readonly mistakes?: Readonly<Partial<Record<SetupField, Message>>>
}

export function setupPage(setup: SetupPage, t: Translate): Page {
  const title = t(message('setup.title'))
  const mistakes = Object.values(setup.mistakes ?? {})
  const summary =
    mistakes.length > 0 &&
    note({
      tone: 'error',
      title: t(message('setup.error.title')),
      text: mistakes.map((mistake) => t(mistake)).join(' '),
      id: 'summary',
      isFocused: true,
    })
  const body = html`${heading(title, { lead: t(message('setup.lead')), isFocused: false })}${summary}<form class="stack" method="post" action="${setup.action}" novalidate${againTexts(t)}><input type="hidden" name="form_token" value="${setup.formToken}">${setupFields(setup, mistakes.length === 0, t)}${button({ look: 'primary', label: t(message('setup.submit')) })}</form>`
  return {
    title,
    body,
    width: 'narrow',
    isError: mistakes.length > 0,
    scripts: ['password', 'again', 'strength'],
  }
}

function setupFields(setup: SetupPage, isFresh: boolean, t: Translate): Html {
  const common = (name: SetupField, label: MessageKey) => ({
    name,
    label: t(message(label)),
    state: {
      isInvalid: setup.mistakes?.[name] !== undefined,
      describedBy: setup.mistakes?.[name] && 'summary',
      isFocused: isFresh && name === 'username',
    },
  })
  const { username, displayName, email } = setup.values ?? {}
  const hint = t(message('password.hint', { min: setup.minLength }))
  const usernameHint = t(message('setup.username_hint'))
  const nameHint = t(message('setup.display_name_hint'))
  const emailHint = t(message(setup.sendsMail ? 'setup.email_hint' : 'setup.email_hint.no_mail'))
  return html`${field({ ...common('username', 'setup.username'), type: 'text', autocomplete: 'username', value: username, hint: usernameHint }, t)}${field({ ...common('display_name', 'setup.display_name'), type: 'text', autocomplete: 'name', value: displayName, hint: nameHint }, t)}${field({ ...common('email', 'setup.email'), type: 'email', autocomplete: 'email', value: email, hint: emailHint }, t)}${field({ ...common('password', 'setup.password'), type: { newPassword: { min: setup.minLength } }, autocomplete: 'new-password', hint }, t)}`
}

export function setupUsedPage(t: Translate): Page {
  const [title, text] = [message('setup.used.title'), message('setup.used.text')]
  return noticePage({ tone: 'warning', title, text }, t)
}

export function setupDonePage(loginUrl: string, t: Translate): Page {
  const links = [{ href: loginUrl, label: message('setup.done.submit') }]
  const [title, text] = [message('setup.done.title'), message('setup.done.text')]
  return noticePage({ tone: 'success', title, text, links }, t)
}
