/** The pages of a password reset: the request, its result, and a link that does not work. */
import type { Form } from '../../login/engine/prompt.ts'
import type { FormError } from '../../login/engine/step.ts'
import type { Brand } from '../../platform/ui/brand.ts'
import { type Message, message } from '../../platform/ui/message.ts'
import type { Page } from '../../platform/ui/page.ts'
import type { Translate } from '../../platform/ui/translate.ts'
import { noticePage } from '../frame/pages.ts'

/** Asks for the username. */
export function createRequestForm(username: string, backUrl: string): Form {
  return {
    title: message('forgot.title'),
    lead: message('forgot.lead'),
    width: 'narrow',
    prompts: [
      {
        type: 'text',
        name: 'username',
        label: message('login.username'),
        value: username,
        autocomplete: 'username',
      },
      {
        type: 'choice',
        name: 'action',
        options: [{ value: 'request', label: message('forgot.submit'), look: 'primary' }],
      },
      { type: 'link', href: backUrl, label: message('forgot.back') },
    ],
  }
}

export const missingName: FormError = {
  status: 422,
  title: message('login.missing.title'),
  text: message('login.missing.username'),
  fields: ['username'],
}

/** @param retryAfter seconds */
export function createTooManyError(retryAfter: number): FormError {
  return {
    status: 429,
    title: message('forgot.throttled.title'),
    text: message('forgot.throttled.text', { wait: retryAfter }),
    retryAfter,
  }
}

/** The same page for every name. */
export function sentPage(
  to: { readonly againUrl: string; readonly backUrl: string; readonly support: Brand['support'] },
  t: Translate,
): Page {
  const links = [
    { href: to.backUrl, label: message('forgot.back') },
    { href: to.againUrl, label: message('forgot.sent.again') },
  ]
  const [title, text] = [message('forgot.sent.title'), message('forgot.sent.text')]
  const more = message('forgot.sent.none')
  return noticePage({ tone: 'info', title, text, more, links, support: to.support }, t)
}

/** @param said what the person has just done; absent: the link does not work */
export function endedPage(
  said: { readonly title: Message; readonly text: Message } | undefined,
  t: Translate,
): Page {
  const again = { href: '/forgot-password', label: message('forgot.gone.again') }
  const back = { href: '/login', label: message('forgot.back') }
  const links = said === undefined ? [again, back] : [back, again]
  const { title, text } = said ?? {
    title: message('forgot.gone.title'),
    text: message('forgot.gone.text'),
  }
  return noticePage({ tone: said === undefined ? 'warning' : 'info', title, text, links }, t)
}
