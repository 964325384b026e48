/**
 * How the first page of a login uses what its browser remembers: a greeting in place of the name field, and which option
 * comes first.
 */
import type { Prompt } from '../../login/engine/prompt.ts'
import { type Html, html } from '../../platform/ui/html.ts'
import { message } from '../../platform/ui/message.ts'
import type { AskPage } from './ask-page.ts'

type Field = Extract<Prompt, { type: 'text' | 'secret' }>

export const isName = ({ autocomplete }: Field): boolean => autocomplete.startsWith('username')

/** The remembered name, unless another one was typed. */
export function findGreeted({ remembered, form }: AskPage): string | undefined {
  const field = form.prompts.find((prompt) => prompt.type === 'text' && isName(prompt))
  if (remembered?.name === undefined || field?.type !== 'text') return undefined
  return field.value === undefined || field.value === '' || field.value === remembered.name
    ? remembered.name
    : undefined
}

/** A form of its own: Enter in the field of the password must not press it. */
export function renderNotYou({ action, formToken, t }: AskPage): Html {
  return html`<form class="not-you" method="post" action="${action}"><input type="hidden" name="form_token" value="${formToken}"><button class="link" name="forget" value="1">${t(message('login.not_you'))}</button></form>`
}

/** An invisible text field, so that password managers find the name beside the password. */
export function renderKeptName({ name, autocomplete }: Field, value: string): Html {
  return html`<input type="text" name="${name}" value="${value}" autocomplete="${autocomplete}" hidden readonly>`
}

/** Where a name is asked for and may be remembered. */
export function renderRemember({ remembered, t }: AskPage): Html | undefined {
  if (remembered === undefined) return undefined
  return html`<label class="check"><input type="checkbox" name="remember" value="1"${remembered.isTicked && html` checked`}><span>${t(message('login.remember'))}</span></label>`
}

/** Without a name field, the password field offers passkeys (HTML, autofill detail tokens). */
export function findAutocomplete(field: Field, page: AskPage): string {
  const name = page.form.prompts.find((prompt) => prompt.type === 'text' && isName(prompt))
  const offersCredentials = name?.type === 'text' && name.autocomplete.endsWith(' webauthn')
  return field.type === 'secret' && offersCredentials && findGreeted(page) !== undefined
    ? `${field.autocomplete} webauthn`
    : field.autocomplete
}

/** The option that was last used here comes first; the password button then comes second. */
export function showOtherFirst(page: AskPage): AskPage {
  const isOther = (prompt: Prompt) => prompt.type === 'webauthn' && prompt.ceremony === 'autofill'
  const { prompts } = page.form
  if (!prompts.some(isOther)) return page
  const others = prompts.filter((prompt) => !isOther(prompt)).map(makeSecond)
  return { ...page, form: { ...page.form, prompts: [...prompts.filter(isOther), ...others] } }
}

function makeSecond(prompt: Prompt): Prompt {
  if (prompt.type !== 'choice') return prompt
  const options = prompt.options.map((option) => ({ ...option, look: 'secondary' as const }))
  return { ...prompt, options }
}
