/** What has just happened, above the question of a page, and a further action below it. */
import { type Html, html } from '../../platform/ui/html.ts'
import { button, note } from '../../platform/ui/parts.ts'
import type { AskPage } from './ask-page.ts'

export function renderSaid({ form, t }: AskPage, isFocused: boolean): Html | undefined {
  return form.said && note({ tone: 'success', text: t(form.said.text), isFocused })
}

/**
 * The last of the actions, in a form of its own, so that Enter in a field of the page does not press its button.
 * @param hidden the fields that every form of the page has
 */
export function renderSaidOption({ form, action, t }: AskPage, hidden: Html): Html | undefined {
  if (form.said === undefined) return undefined
  const { value, label, hint } = form.said.option
  const later = { name: 'action', value, label: t(label), look: 'quiet' } as const
  return html`<form class="later" method="post" action="${action}">${hidden}${button({ ...later, hint: hint && t(hint) })}</form>`
}
