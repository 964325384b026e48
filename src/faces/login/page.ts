/**
 * The HTML face of the engine: prompts as a page with a plain form. Owns how each prompt looks. ui/layout.ts has the frame
 * around the card, and form.ts brings the answers back to the engine.
 */

import type {
  ChoiceOption,
  ChoicePrompt,
  DeskPrompt,
  Form,
  Prompt,
  TicketPrompt,
  WebAuthnPrompt,
} from '../../login/engine/prompt.ts'
import type { FormError } from '../../login/engine/step.ts'
import { type Html, html } from '../../platform/ui/html.ts'
import { type Message, message } from '../../platform/ui/message.ts'
import type { Page } from '../../platform/ui/page.ts'
import {
  againTexts,
  button,
  type CardOptions,
  cardButton,
  facts,
  field,
  heading,
  keepTogether,
  linkButton,
  note,
  steps as stepList,
  telephone,
} from '../../platform/ui/parts.ts'
import { createQr } from '../../platform/ui/qr.ts'
import type { StylePart } from '../../platform/ui/style.ts'
import type { AskPage } from './ask-page.ts'
import { renderCodes } from './codes-page.ts'
import { countDown } from './count-down.ts'
import { renderLeave } from './leave-button.ts'
import { asText, besideCode, openHere, storeCode } from './qr-page.ts'
import {
  findAutocomplete,
  findGreeted,
  isName,
  renderKeptName,
  renderNotYou,
  renderRemember,
  showOtherFirst,
} from './remembered-page.ts'
import { findUndelivered, renderInPlaceOf, renderWait } from './wait-page.ts'

const summaryId = 'summary'
const numberId = 'number'
/** Seconds after which a waiting page without scripts loads itself again. */
const reloadAfter = 5

export function renderForm(asked: AskPage): Page {
  const page = asked.remembered?.isWithoutPassword === true ? showOtherFirst(asked) : asked
  const { form, t } = page
  const title = t(form.title)
  const greeted = findGreeted(page)
  const waits = form.prompts.some((prompt) => prompt.type === 'wait')
  const notice = form.prompts.find((prompt) => prompt.type === 'notice')
  const said = page.formError ?? notice
  const isError = said !== undefined && (said.tone ?? 'error') === 'error'
  const number = form.prompts.find((prompt) => prompt.type === 'code')
  const head = heading(
    greeted === undefined ? title : t(message('login.greeting', { name: greeted })),
    {
      ...(form.lead && { lead: t(form.lead) }),
      leadOnPhone: form.leadOnPhone && t(form.leadOnPhone),
      describedBy: number && numberId,
      isFocused: findFocus(page) === 'heading' && form.said === undefined,
    },
  )
  const undelivered = findUndelivered(form)
  const top =
    undelivered?.undelivered === undefined
      ? head
      : renderInPlaceOf(undelivered.undelivered, { head, box: renderWait(undelivered, page) }, t)
  const body = html`${top}${greeted !== undefined && renderNotYou(page)}${topNotes(page)}${renderSaid(page)}<form class="stack" method="post" action="${page.action}" novalidate${writeAgain(page)}>${renderHidden(page)}${renderPrompts(page)}</form>${renderLeave(page, renderHidden(page))}`
  return {
    title: number === undefined ? title : `${number.value} · ${title}`,
    body,
    width: form.width,
    isError,
    namesSupport: form.prompts.some(({ type }) => type === 'desk'),
    style: chooseStyle(form),
    isSheet: form.prompts.some(({ type }) => type === 'codes'),
    scripts: [...listScripts(page), ...(asksSilently(page) ? ['ticket'] : [])],
    ...(waits &&
      asked.showsAddress !== true && {
        refresh: {
          seconds: reloadAfter,
          url: page.wait?.next ?? page.action,
          when: 'scripts_off' as const,
        },
      }),
  }
}

const writeAgain = ({ form, t }: AskPage): Html | undefined =>
  form.prompts.some(({ type }) => type === 'secret') ? againTexts(t) : undefined

const plainPrompts: readonly Prompt['type'][] = [
  ...(['text', 'secret', 'choice', 'link', 'hidden', 'notice', 'webauthn', 'ticket'] as const),
]

function chooseStyle({ prompts, said }: Form): StylePart {
  if (said !== undefined || !prompts.every(({ type }) => plainPrompts.includes(type))) return 'all'
  const hasCards = prompts.some(
    (prompt) =>
      prompt.type === 'choice' && prompt.options.some((one) => findCardLook(one) !== undefined),
  )
  return hasCards ? 'cards' : 'form'
}

function listScripts({ form, formError }: Pick<AskPage, 'form' | 'formError'>): string[] {
  const { prompts } = form
  const has = (type: Prompt['type']) => prompts.some((prompt) => prompt.type === type)
  const isChosen = prompts.some((one) => one.type === 'secret' && one.newPassword !== undefined)
  const isTyped = prompts.some((prompt) => prompt.type === 'qr' && prompt.look === 'device')
  return [
    ...(has('wait') ? (['wait'] as const) : []),
    ...(isWaiting({ form, formError }) ? (['pause'] as const) : []),
    ...(has('secret') ? (['password', 'again'] as const) : []),
    ...(isChosen ? (['strength'] as const) : []),
    ...(isTyped ? (['copy'] as const) : []),
    ...(has('codes') ? (['codes'] as const) : []),
    ...prompts.flatMap((prompt) => (prompt.type === 'webauthn' ? [prompt.script] : [])),
  ]
}

const renderHidden = ({ version, formToken }: AskPage): Html =>
  html`<input type="hidden" name="version" value="${version}"><input type="hidden" name="form_token" value="${formToken}">`

/** A form of its own, so that Enter in a field of the page does not press its button. */
function renderSaid(page: AskPage): Html | undefined {
  const { form, formError, action, t } = page
  if (form.said === undefined) return undefined
  const { text, option } = form.said
  const isFocused = formError === undefined && findFocus(page) !== 'field'
  const later = { name: 'action', value: option.value, label: t(option.label) } as const
  return html`<div class="said">${note({ tone: 'success', text: t(text), isFocused })}<form method="post" action="${action}">${renderHidden(page)}${button({ ...later, hint: option.hint && t(option.hint), look: 'quiet' })}</form></div>`
}

type Focus = 'summary' | 'field' | 'heading'

function findFocus({ form, formError, outdated, cancelled }: AskPage): Focus {
  // The field says the error too, in its description.
  if (formError !== undefined && hasField(form, formError)) return 'field'
  if (formError !== undefined || outdated === true || cancelled !== undefined) return 'summary'
  const first = form.prompts.find(({ type }) => type !== 'hidden' && type !== 'webauthn')
  if (first?.type === 'notice' && first.tone !== 'info') return 'summary'
  return first?.type === 'text' || first?.type === 'secret' ? 'field' : 'heading'
}

/** Whether the error is about what was typed into a field of the page. */
function hasField({ prompts }: Form, { fields = [] }: FormError): boolean {
  return prompts.some(
    (prompt) =>
      (prompt.type === 'text' || prompt.type === 'secret') && fields.includes(prompt.name),
  )
}

function topNotes({ form, formError, outdated, cancelled, t }: AskPage): Html | undefined {
  if (formError !== undefined) {
    const title = t(formError.title)
    const text = countDown(t(formError.text), formError.retryAfter, t)
    const isSaidByField = hasField(form, formError)
    // A wait that ends by itself is no error, although nothing was done.
    const isWait = formError.retryAfter !== undefined
    return note({
      tone: formError.tone ?? (isWait ? 'warning' : 'error'),
      title,
      text,
      id: summaryId,
      isSaidByField,
      isFocused: !isSaidByField,
    })
  }
  if (cancelled !== undefined) {
    const { title, text } = cancelled
    return note({ tone: 'info', title: t(title), text: t(text), isFocused: true })
  }
  if (outdated !== true) return undefined
  const title = t(message('journey.moved.title'))
  return note({ tone: 'info', title, text: t(message('journey.moved.text')), isFocused: true })
}

/** On a wide page the code stands beside what belongs to it; everything else is one column. */
function renderPrompts(page: AskPage): Html {
  const { prompts } = page.form
  const qr = prompts.find((prompt) => prompt.type === 'qr' && prompt.look === 'device')
  if (qr?.type !== 'qr') return oneColumn(page)
  const steps = prompts.filter((prompt) => prompt.type === 'instructions')
  const waits = prompts.filter((prompt) => prompt.type === 'wait')
  const notices = prompts.filter((prompt) => prompt.type === 'notice')
  // Fields for what a person reads from the phone, and their buttons, stand below the step that explains them.
  const isField = ({ type }: Prompt) => type === 'text' || type === 'secret'
  const typed = prompts.some(isField)
    ? prompts.filter((prompt) => isField(prompt) || prompt.type === 'choice')
    : []
  const placed: readonly Prompt[] = [qr, ...steps, ...waits, ...notices, ...typed]
  const rest = prompts.filter((prompt) => !placed.includes(prompt))
  const render = (prompt: Prompt) => renderPrompt(prompt, page)
  const code = createQr('code', qr.content, 352)
  const picture = code.picture(page.t(qr.label))
  // Notices stand beside the code, so that a small screen shows the whole code; on a phone, before the button that opens
  // the app.
  const notes = notices.map(render)
  return html`${notes.length > 0 && html`<div class="phone">${notes}</div>`}${code.definition}${openHere(qr, page.t)}<div class="scan"><div class="scan-text stack"><div class="desk">${steps.map(render)}</div>${waits.map(render)}${notes.length > 0 && html`<div class="desk">${notes}</div>`}${typed.map(render)}</div><div class="scan-code"><div class="desk">${picture}</div><details class="phone"><summary>${page.t(message('enrol.other_phone'))}</summary><div class="below">${steps.map(render)}</div>${picture}</details>${asText(qr, page)}</div></div>${rest.map(render)}`
}

/** The codes of app stores stand together, so that a wide page can show them side by side. */
function oneColumn(page: AskPage): Html {
  const { prompts } = page.form
  const stores = prompts.filter((prompt) => prompt.type === 'qr' && prompt.look === 'store')
  const render = (prompt: Prompt) => renderPrompt(prompt, page)
  const together = (prompt: Prompt) =>
    prompt === stores[0] ? html`<div class="stores">${stores.map(render)}</div>` : undefined
  const all = html`${prompts.map((one) => (one.type === 'qr' && one.look === 'store' ? together(one) : render(one)))}`
  return page.form.width === 'halves' ? html`<div class="sides stack">${all}</div>` : all
}

function renderPrompt(prompt: Prompt, page: AskPage): Html | undefined {
  const { t } = page
  switch (prompt.type) {
    case 'text':
    case 'secret':
      return renderField(prompt, page)
    case 'choice':
      return html`<div class="stack tight choices">${prompt.options.map((option) => renderChoice(prompt, option, page))}</div>`
    case 'qr':
      return prompt.look === 'beside' ? besideCode(prompt, t) : storeCode(prompt, t)
    case 'code':
      return html`<p class="number${prompt.look === 'digits' && ' digits'}" id="${numberId}"><span class="unseen">${t(prompt.label)}: </span>${prompt.value}</p>`
    case 'codes':
      return renderCodes(prompt, t)
    case 'wait':
      return prompt.undelivered === undefined ? renderWait(prompt, page) : undefined
    case 'webauthn':
      return prompt.ceremony === 'autofill'
        ? renderAutofill(prompt, page)
        : renderCeremony(prompt, page)
    case 'ticket':
      return renderTicket(prompt, page)
    case 'notice':
      return note({
        tone: prompt.tone,
        title: prompt.title && t(prompt.title),
        text: countDown(t(prompt.text), prompt.pause, t),
        isFocused: findFocus(page) === 'summary' && topNotes(page) === undefined,
      })
    case 'facts':
      return facts(
        prompt.rows.map(({ label, value }) => ({
          label: t(label),
          value: typeof value === 'string' ? value : t(value),
        })),
      )
    case 'paragraph':
      return html`<p>${t(prompt.text)}</p>`
    case 'desk':
      return renderDesk(prompt, page)
    case 'instructions':
      return stepList(prompt.items.map((item) => t(item)))
    case 'link':
      if (prompt.look !== undefined) return linkButton(prompt.href, t(prompt.label), prompt.look)
      return html`<p class="links"><a href="${prompt.href}"${prompt.isElsewhere === true && html` target="_blank" rel="noopener noreferrer"`}>${t(prompt.label)}</a></p>`
    case 'hidden':
      return html`<input type="hidden" name="${prompt.name}" value="${prompt.value}">`
  }
}

function renderField(prompt: Extract<Prompt, { type: 'text' | 'secret' }>, page: AskPage): Html {
  if (prompt.type === 'text' && isName(prompt) && findGreeted(page) !== undefined)
    return renderKeptName(prompt, findGreeted(page) ?? '')
  const fields = page.form.prompts.filter((one) => one.type === 'text' || one.type === 'secret')
  // A name that is remembered has no field to type into.
  const isGreeted = findGreeted(page) !== undefined
  const wrong = page.formError?.fields ?? fields.map(({ name }) => name)
  const firstEmpty = fields.find(
    (one) =>
      wrong.includes(one.name) &&
      (one.type === 'secret' || !(one.value || (isGreeted && isName(one)))),
  )
  const first = firstEmpty ?? fields.find(({ name }) => wrong.includes(name))
  const isInvalid = page.formError?.fields?.includes(prompt.name) === true
  const input = field(
    {
      type: chooseFieldType(prompt),
      name: prompt.name,
      label: page.t(prompt.label),
      value: prompt.type === 'text' ? prompt.value : undefined,
      autocomplete: findAutocomplete(prompt, page),
      ...(prompt.type === 'secret' && prompt.hint && { hint: page.t(prompt.hint) }),
      inputMode: prompt.type === 'text' ? prompt.inputMode : undefined,
      state: {
        describedBy: isInvalid ? summaryId : undefined,
        isInvalid,
        isFocused: findFocus(page) === 'field' && prompt === first,
      },
    },
    page.t,
  )
  // Beside the password of a login, not beside a new password.
  const hasName = page.form.prompts.some((one) => one.type === 'text' && isName(one))
  const isOwn = hasName && prompt.type === 'secret' && prompt.autocomplete === 'current-password'
  return isOwn ? html`${input}${renderRemember(page)}` : input
}

function chooseFieldType(prompt: Extract<Prompt, { type: 'text' | 'secret' }>) {
  if (prompt.type === 'text') return 'text'
  const { newPassword } = prompt
  return newPassword === undefined ? 'password' : { newPassword }
}

/** `undefined`: the option is a button. */
function findCardLook({ look, icon }: ChoiceOption): CardOptions['look'] | undefined {
  if (look === 'card') return look
  if (icon === undefined) return undefined
  return ({ primary: 'first', quiet: 'plain', secondary: undefined } as const)[look]
}

const onlyClass = { scripts: 'scripted', computer: 'desk' } as const

function renderChoice(prompt: ChoicePrompt, option: ChoiceOption, page: AskPage): Html {
  const { t } = page
  const common = {
    name: prompt.name,
    value: option.value,
    label: t(option.label),
    hint: option.hint && t(option.hint),
    classes: (option.only ?? []).map((one) => ` ${onlyClass[one]}`).join(''),
  }
  const { look, icon } = option
  const card = findCardLook(option)
  if (card !== undefined || look === 'card')
    return cardButton({ ...common, icon, look: card ?? 'card' })
  return button({ ...common, look, waits: isWaiting(page) && (option.waits ?? look === 'primary') })
}

function isWaiting({ form, formError }: Pick<AskPage, 'form' | 'formError'>): boolean {
  if (formError?.retryAfter !== undefined) return true
  return form.prompts.some(
    (prompt) => (prompt.type === 'notice' || prompt.type === 'wait') && prompt.pause !== undefined,
  )
}

/** One button that calls, 48 CSS pixels high, and the reference below it. Before the buttons, the call is the way on. */
function renderDesk(prompt: DeskPrompt, { form, t }: AskPage): Html {
  const { phone, email, reference } = prompt
  const mail = email !== undefined && html`<a href="mailto:${email}">${email}</a>`
  const look = isFirst(prompt, form) ? 'primary' : 'secondary'
  const call =
    phone === undefined
      ? html`<p>${t(message('desk.help'))} ${mail}</p>`
      : linkButton(telephone(phone), t(message('desk.call', { phone: keepTogether(phone) })), look)
  const lead = message(phone === undefined ? 'desk.reference' : 'desk.reference.say')
  return html`<div class="reach">${call}<p class="hint">${t(lead)} <strong class="ref">${reference}</strong></p></div>`
}

/** Whether the prompt stands before all buttons, and none of them is a better way on. */
function isFirst(prompt: Prompt, { prompts }: Form): boolean {
  const options = prompts.flatMap((one) => (one.type === 'choice' ? one.options : []))
  const firstChoice = prompts.findIndex(({ type }) => type === 'choice')
  const isAbove = firstChoice < 0 || prompts.indexOf(prompt) < firstChoice
  return isAbove && options.every(({ look }) => look !== 'primary' && look !== 'card')
}

/** A button that sends the same form to another address, without a script. Not on touch screens: phones have no ticket. */
function renderTicket({ action, label }: TicketPrompt, page: AskPage): Html {
  return html`<button class="act desk" formaction="${action}"${asksSilently(page) && html` data-silent`}>${page.t(label)}</button>`
}

const asksSilently = ({ form, asksForTicket }: AskPage): boolean =>
  asksForTicket === true && form.prompts.some(({ type }) => type === 'ticket')

/** With a message on the page the browser asks only after a click, as its window would hide the message. */
function renderCeremony(prompt: WebAuthnPrompt, page: AskPage): Html {
  const isQuiet = !topNotes(page) && page.form.prompts.every(({ type }) => type !== 'notice')
  const { name, ceremony, options, button: label, texts } = prompt
  const say = (text: Message | undefined) => text && page.t(text)
  const data = html` data-passkey="${ceremony}" data-options="${options}" data-failed="${say(texts.failed)}" data-known="${say(texts.known)}" data-unable="${say(texts.unable)}"${ceremony === 'get' && isQuiet && html` data-asks`}`
  return html`<div class="stack"${data}><input type="hidden" name="${name}" value=""><p role="status" hidden></p><button type="button" class="button" hidden>${page.t(label)}</button><noscript><p>${say(texts.noScript)}</p></noscript></div>`
}

/** Invisible without scripts. */
function renderAutofill(
  { name, options, button: label, texts }: WebAuthnPrompt,
  { t, formError, remembered }: AskPage,
): Html {
  const isFirst = remembered?.isWithoutPassword === true
  const { unknownCredential } = formError ?? {}
  const { challenge } = JSON.parse(options)
  return html`<div class="tight" hidden data-challenge="${challenge}" data-failed="${t(texts.failed)}"${unknownCredential && html` data-unknown="${unknownCredential}"`}${isFirst && formError === undefined && html` data-first`}><input type="hidden" name="${name}" value=""><button type="button" class="${isFirst ? 'button' : 'act'}">${t(label)}</button><p class="hint" role="status"></p></div>`
}
