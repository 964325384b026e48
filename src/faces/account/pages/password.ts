/** The page on which people change their password by wish. */
import type { PasswordField } from '../../../identity/operations/choose-password.ts'
import { html } from '../../../platform/ui/html.ts'
import { type Message, message } from '../../../platform/ui/message.ts'
import type { Page } from '../../../platform/ui/page.ts'
import { button, field, linkButton } from '../../../platform/ui/parts.ts'
import type { Translate } from '../../../platform/ui/translate.ts'
import { top } from './parts.ts'

export const passwordPath = '/account/password'
/** Where people are after they have changed it. */
export const passwordChangedPath = '/account?done=password'

/** Why nothing was changed. */
export interface PasswordMistake {
  readonly text: Message
  readonly fields: readonly PasswordField[]
}

export interface PasswordPage {
  readonly username: string
  readonly formToken: string
  /** Code points. */
  readonly minLength: number
  readonly mistake?: PasswordMistake | undefined
}

export function passwordPage(page: PasswordPage, t: Translate): Page {
  const { username, formToken, minLength: min, mistake } = page
  const title = t(message('password.own.title'))
  const lead = t(message('password.own.lead'))
  const notice = mistake && {
    ...{ tone: 'error' as const, text: mistake.text },
    title: message('password.change.refused.title'),
  }
  const ask = (name: PasswordField, label: Message, hint?: string) => {
    const isInvalid = mistake?.fields.includes(name) === true
    const type = { newPassword: name === 'password' ? min : ('again' as const) }
    const isFocused = mistake === undefined && name === 'password'
    const state = { describedBy: isInvalid ? 'summary' : undefined, isInvalid, isFocused }
    const shown = { name, label: t(label), state, ...(hint && { hint }) }
    return field({ ...shown, type, autocomplete: 'new-password' }, t)
  }
  const first = ask(
    'password',
    message('password.change.new'),
    t(message('password.hint', { min })),
  )
  const again = ask('password_again', message('password.change.again'))
  // A manager of passwords takes from it whose password it is.
  const owner = html`<input type="text" name="username" autocomplete="username" value="${username}" readonly hidden>`
  const submit = button({ look: 'primary', label: t(message('password.change.submit')) })
  const cancel = linkButton('/account', t(message('action.cancel')), 'quiet')
  const body = html`${top({ title, lead, notice, isFieldFocused: true }, t)}<form class="stack" method="post" action="${passwordPath}" novalidate><input type="hidden" name="form_token" value="${formToken}">${owner}${first}${again}<div class="stack tight">${submit}${cancel}</div></form>`
  const scripts = ['password', 'strength']
  return { title, body, width: 'narrow', isError: mistake !== undefined, scripts }
}
