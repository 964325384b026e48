/** Pieces that pages share: headings, notices, fields, buttons, lists of facts. Owns only their markup. */
import { type Html, html } from './html.ts'
import { type IconName, icon } from './icons.ts'
import { message } from './message.ts'
import type { Translate } from './translate.ts'

export type Tone = 'info' | 'success' | 'warning' | 'error'

/** The heading. It gets the focus of a screen reader unless the page has a better place. */
export function heading(title: string, options: HeadingOptions): Html {
  const { lead, leadOnPhone, describedBy, isFocused } = options
  const leads =
    leadOnPhone === undefined
      ? lead && html`<p class="lead">${lead}</p>`
      : html`<p class="lead desk">${lead}</p><p class="lead phone">${leadOnPhone}</p>`
  return html`<h1 tabindex="-1"${describedBy && html` aria-describedby="${describedBy}"`}${isFocused && html` autofocus`}>${title}</h1>${leads}`
}

export interface HeadingOptions {
  readonly lead?: string
  /** Replaces the lead on touch screens. */
  readonly leadOnPhone?: string | undefined
  /** The id of the text that a screen reader says after the heading. */
  readonly describedBy?: string | undefined
  readonly isFocused: boolean
}

export interface NoteOptions {
  readonly tone: Tone
  readonly title?: string | undefined
  readonly text: string | Html
  readonly id?: string
  /** The page was loaded because of this notice, so the notice takes the focus. */
  readonly isFocused?: boolean
  /** It describes the focused field; with a role a screen reader would say it twice. */
  readonly isSaidByField?: boolean
}

/** A notice. Its tone shows in icon, word and colour. */
export function note(options: NoteOptions): Html {
  const role = options.tone === 'error' ? 'alert' : 'status'
  return html`<div class="note ${options.tone}"${options.isSaidByField !== true && html` role="${role}"`}${options.id && html` id="${options.id}"`}${options.isFocused && html` tabindex="-1" autofocus`}>${icon(options.tone)}<div class="note-text">${options.title && html`<h2>${options.title}</h2>`}${typeof options.text === 'string' ? html`<p>${options.text}</p>` : options.text}</div></div>`
}

export interface FieldOptions {
  readonly type: 'text' | 'email' | 'password' | NewPasswordField
  readonly name: string
  readonly autocomplete: string
  readonly inputMode?: 'numeric' | undefined
  readonly label: string
  readonly value?: string | undefined
  readonly hint?: string
  readonly state: FieldState
}

/** The path at which the script `strength` asks how good a password is. */
export const passwordHintPath = '/password-hint'

/** Whose password it will be. Values that are absent here come from fields of the same form. */
export interface NewPasswordOwner {
  readonly username: string
  readonly displayName: string
  readonly email: string | null
}

/** The requirements of a new password. */
export interface NewPassword {
  /** Code points. */
  readonly min: number
  readonly owner?: NewPasswordOwner | undefined
}

/** A field for a new password. With the script `strength` it shows how good the password is. */
export interface NewPasswordField {
  /** `again`: the field for typing the same password again. */
  readonly newPassword: NewPassword | 'again'
}

export interface FieldState {
  /** Ids of texts that describe the field besides its hint, for example of the error summary. */
  readonly describedBy?: string | undefined
  readonly isInvalid: boolean
  readonly isFocused: boolean
}

/** A labelled field. A password field also has the texts for the switch that its script adds. */
export function field(options: FieldOptions, t: Translate): Html {
  const newPassword = typeof options.type === 'object' ? options.type.newPassword : undefined
  const type = typeof options.type === 'object' ? 'password' : options.type
  const id = `field-${options.name}`
  const hintId = options.hint && `${id}-hint`
  const described = [hintId, options.state.describedBy].filter((part) => part).join(' ')
  const isName = options.autocomplete.startsWith('username') || type === 'email'
  const input = html`<input id="${id}" name="${options.name}" type="${type}" autocomplete="${options.autocomplete}"${options.inputMode && html` inputmode="${options.inputMode}"`}${options.value && html` value="${options.value}"`}${(isName || type === 'password') && html` autocapitalize="none" autocorrect="off" spellcheck="false"`}${type === 'password' && peekTexts(t)}${newPassword !== undefined && newPasswordTexts(newPassword, t)}${options.state.isInvalid && html` aria-invalid="true"`}${described !== '' && html` aria-describedby="${described}"`}${options.state.isFocused && html` autofocus`}>`
  return html`<div><label for="${id}">${options.label}</label>${hintId && html`<p class="hint" id="${hintId}">${options.hint}</p>`}<div class="box">${input}</div></div>`
}

/** On a form whose answer can take its turn among many: the texts of the script `again`. */
export function againTexts(t: Translate): Html {
  return html` data-again="${t(message('busy.waits'))}" data-left="${t(message('pause.left'))}"`
}

function peekTexts(t: Translate): Html {
  return html` data-show="${t(message('login.show_password'))}" data-hide="${t(message('login.hide_password'))}" data-show-label="${t(message('login.show_password.label'))}" data-hide-label="${t(message('login.hide_password.label'))}"`
}

/**
 * Password managers read from `passwordrules` what they may generate. There is no `maxlength`, as it would cut a pasted
 * password.
 */
function newPasswordTexts(wanted: NewPasswordField['newPassword'], t: Translate): Html {
  if (wanted === 'again') {
    return html` data-same="${t(message('password.typed.same'))}" data-different="${t(message('password.typed.different'))}"`
  }
  const { min, owner } = wanted
  const short = t(message('password.typed.short', { typed: '#', min }))
  const { username = '', displayName = '', email } = owner ?? {}
  const names = JSON.stringify({ username, display_name: displayName, email: email ?? '' })
  return html` passwordrules="minlength: ${Math.max(min, 20)}; allowed: unicode;" data-strength="${min}" data-judge="${passwordHintPath}" data-owner="${names}" data-short="${short}" data-long="${t(message('password.typed.long'))}"`
}

export interface ButtonOptions {
  readonly look: 'primary' | 'secondary' | 'quiet'
  readonly label: string
  readonly name?: string
  readonly value?: string
  readonly hint?: string | undefined
  /** The button is enabled when the page's countdown ends. */
  readonly waits?: boolean
}

const buttonClass = { primary: 'button', secondary: 'act', quiet: 'act quiet' } as const

/** A submit button. With `name` and `value` the form says which button was used; a hint stands below it. */
export function button(options: ButtonOptions): Html {
  const hintId = options.hint && options.value && `hint-${options.value}`
  return html`<button class="${buttonClass[options.look]}"${options.name && html` name="${options.name}" value="${options.value}"`}${options.waits === true && html` data-waits`}${hintId && html` aria-describedby="${hintId}"`}>${options.label}</button>${options.hint && html`<p class="hint"${hintId && html` id="${hintId}"`}>${options.hint}</p>`}`
}

export interface CardOptions {
  readonly name: string
  readonly value: string
  readonly label: string
  readonly hint?: string | undefined
  readonly icon?: IconName | undefined
  /** Further classes, each with a blank before it. */
  readonly classes?: string
  /** `first`: the button that most people want. `plain`: without a frame. */
  readonly look: 'first' | 'card' | 'plain'
}

const cardClass = { first: 'pick first', card: 'pick', plain: 'pick plain' } as const

/** A button with an explanation in it. */
export function cardButton(options: CardOptions): Html {
  return html`<button class="${cardClass[options.look]}${options.classes}" name="${options.name}" value="${options.value}">${options.icon && icon(options.icon)}<span class="pick-text"><span class="pick-title">${options.label}</span> ${options.hint && html`<span class="pick-hint">${options.hint}</span>`}</span></button>`
}

/** A link that looks like a button, for steps that change nothing. */
export function linkButton(href: string, label: string, look: ButtonOptions['look']): Html {
  return html`<a class="${buttonClass[look]}" href="${href}">${label}</a>`
}

/** A link that looks like a button and opens a page in a new tab: this page stays open and continues. */
export function tabButton(href: string, label: string, look: ButtonOptions['look']): Html {
  return html`<a class="${buttonClass[look]}" href="${href}" target="_blank" rel="noopener">${label}</a>`
}

/** A name or an address exactly as it is written: a narrow page breaks it only after one of its signs, and adds no hyphen. */
export function exact(text: string): Html {
  const parts = text.split(/(?<=[@.:_/])(?=[^@.:_/])/)
  return html`<span class="exact">${parts.map((part, index) => (index === 0 ? part : html`<wbr>${part}`))}</span>`
}

/** A list of labels and values. */
export function facts(
  rows: readonly { readonly label: string; readonly value: string | Html }[],
): Html {
  return html`<dl class="facts">${rows.map((row) => html`<dt>${row.label}</dt><dd>${row.value}</dd>`)}</dl>`
}

/** A numbered list of what to do. */
export function steps(items: readonly string[]): Html {
  return html`<ol class="steps" role="list">${items.map((item) => html`<li>${item}</li>`)}</ol>`
}

/** A number for display that is never broken over two lines. */
export function keepTogether(number: string): string {
  return number.replaceAll(' ', '\u00a0').replaceAll('-', '\u2011')
}

/** The `tel:` address of a number that a person wrote. */
export function telephone(phone: string): string {
  return `tel:${phone.replace(/[^+\d]/g, '')}`
}
