/** The page on which people change their password at will. */
import type { PasswordField } from '../../../identity/operations/choose-password.ts'
import { html } from '../../../platform/ui/html.ts'
import { type Message, message } from '../../../platform/ui/message.ts'
import type { Page } from '../../../platform/ui/page.ts'
import {
  againTexts,
  button,
  field,
  linkButton,
  type NewPassword,
  type NewPasswordField,
} from '../../../platform/ui/parts.ts'
import type { Translate } from '../../../platform/ui/translate.ts'
import { top } from './parts.ts'

export const passwordPath = '/account/password'
/** Where people are after the change. */
export const passwordChangedPath = '/account?done=password'

/** Why nothing was changed. */
export interface PasswordMistake {
  readonly text: Message
  readonly fields: readonly OwnPasswordField[]
}

type OwnPasswordField = PasswordField | 'current_password'

export interface PasswordPage {
  readonly username: string
  readonly formToken: string
  readonly wanted: NewPassword
  readonly mistake?: PasswordMistake | undefined
}

export function passwordPage(page: PasswordPage, t: Translate): Page {
  const { username, formToken, wanted, mistake } = page
  const title = t(message('password.own.title'))
  const lead = t(message('password.own.lead'))
  const notice = mistake && {
    ...{ tone: 'error' as const, text: mistake.text },
    title: message('password.change.refused.title'),
  }
  const ask = (
    name: OwnPasswordField,
    label: Message,
    type: 'password' | NewPasswordField,
    hint?: Message,
  ) => {
    const isInvalid = mistake?.fields.includes(name) === true
    const isFocused = mistake === undefined && name === 'current_password'
    const state = { describedBy: isInvalid ? 'summary' : undefined, isInvalid, isFocused }
    const autocomplete = name === 'current_password' ? 'current-password' : 'new-password'
    const shown = { name, label: t(label), state, ...(hint && { hint: t(hint) }) }
    return field({ ...shown, type, autocomplete }, t)
  }
  const current = ask('current_password', message('password.own.current'), 'password')
  const hint = message('password.hint', { min: wanted.min })
  const fields = [
    current,
    ask('password', message('password.change.new'), { newPassword: wanted }, hint),
    ask('password_again', message('password.change.again'), { newPassword: 'again' }),
  ]
  // A password manager reads from it whose password this is.
  const owner = html`<input type="text" name="username" autocomplete="username" value="${username}" readonly hidden>`
  const submit = button({ look: 'primary', label: t(message('password.change.submit')) })
  const cancel = linkButton('/account', t(message('action.cancel')), 'quiet')
  const forgot = linkButton('/forgot-password', t(message('login.forgot')), 'quiet')
  const body = html`${top({ title, lead, notice, isFieldFocused: true }, t)}<form class="stack" method="post" action="${passwordPath}" novalidate${againTexts(t)}><input type="hidden" name="form_token" value="${formToken}">${owner}${fields}<div class="stack tight">${submit}${cancel}${forgot}</div></form>`
  const scripts = ['password', 'again', 'strength']
  return { title, body, width: 'narrow', isError: mistake !== undefined, scripts }
}
