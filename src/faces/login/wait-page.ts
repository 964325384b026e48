/**
 * How a waiting page looks, and the page that replaces it when its message was not delivered. Owns that both have the same
 * height, so that no button moves under a finger.
 */
import type { Form, WaitPrompt } from '../../login/engine/prompt.ts'
import { type Html, html } from '../../platform/ui/html.ts'
import { icon } from '../../platform/ui/icons.ts'
import { message } from '../../platform/ui/message.ts'
import type { Translate } from '../../platform/ui/translate.ts'
import type { AskPage, WaitAddresses } from './ask-page.ts'
import { countSilently } from './count-down.ts'

/** The query of the status address with what the page says, see `WaitPrompt`. */
export const shownQuery = 'shown'

/** The status is a live region; the time left has another one, so that neither repeats the other. */
export function renderWait(
  prompt: WaitPrompt,
  { t, wait, now, showsAddress, formError }: AskPage,
): Html {
  // A form error with a wait of its own counts that down.
  const pause = formError?.retryAfter === undefined ? countSilently(prompt.pause) : undefined
  const total = Math.max(1, Math.round((prompt.expiresAt - prompt.startedAt) / 1000))
  const left = Math.min(total, Math.max(0, Math.ceil((prompt.expiresAt - now) / 1000)))
  const says: [number, string][] = []
  if (prompt.undelivered === undefined) {
    for (let at = Math.floor((left - 1) / 30) * 30; at > 0; at -= 30) {
      says.push([at, t(message('wait.time_left', { seconds: at }))])
    }
  }
  const data = html` data-left="${left * 1000}" data-says="${JSON.stringify(says)}" data-offline="${t(message('wait.offline'))}"${wait && html` data-events="${wait.events}" data-status="${wait.status}${prompt.shown ? `?${shownQuery}=${encodeURIComponent(prompt.shown)}` : ''}" data-next="${wait.next}"`}`
  if (prompt.undelivered !== undefined) {
    const look = hasNumber(prompt.undelivered) ? 'wait undelivered' : 'wait undelivered flat'
    return html`<div class="${look}"${data}>${icon('warning')}<p class="status" role="alert">${t(prompt.status)}</p>${pause}${checkNow(wait, t)}</div>`
  }
  return html`<div class="wait live"${data}><p class="status" role="status">${t(prompt.status)}</p><progress max="${total}" value="${left}" aria-label="${t(message('wait.time_left.label'))}"></progress><p class="unseen teller" aria-live="polite"></p>${pause}${showsAddress !== true && checkNow(wait, t)}</div>`
}

/** The prompt of a page whose message was not delivered. Its box stands with the heading, outside of the form. */
export function findUndelivered({ prompts }: Form): WaitPrompt | undefined {
  const wait = prompts.find((prompt) => prompt.type === 'wait')
  return wait?.undelivered === undefined ? undefined : wait
}

/**
 * Heading and box, as high as the content that stood here before. That content is laid out once more beneath them,
 * invisible and with its words in attributes. So the height is right in every language, with every name and at every width,
 * and nobody reads the words.
 * @param before the page that waited
 */
export function renderInPlaceOf(
  before: Form,
  { head, box }: Record<'head' | 'box', Html>,
  t: Translate,
): Html {
  return html`<div class="hold"><div class="held" aria-hidden="true">${renderHeld(before, t)}</div><div class="holder">${head}${box}</div></div>`
}

/** Without a number, the box is lower and its icon stands beside the text. */
const hasNumber = ({ prompts }: Form): boolean => prompts.some(({ type }) => type === 'code')

function renderHeld(before: Form, t: Translate): Html {
  const { title, lead, leadOnPhone, prompts } = before
  const wait = prompts.find((prompt) => prompt.type === 'wait')
  const leads =
    leadOnPhone === undefined
      ? lead && html`<p class="held-lead" data-text="${t(lead)}"></p>`
      : html`<p class="held-lead desk" data-text="${lead && t(lead)}"></p><p class="held-lead phone" data-text="${t(leadOnPhone)}"></p>`
  return html`<p class="held-title" data-text="${t(title)}"></p>${leads}<div class="stack">${hasNumber(before) && html`<p class="held-number"></p>`}<div class="held-wait"><p class="held-status" data-text="${wait && t(wait.status)}"></p><div class="held-bar"></div><noscript><p class="hint" data-text="${t(message('wait.no_script'))} ${t(message('wait.check'))}"></p></noscript></div></div>`
}

function checkNow(wait: WaitAddresses | undefined, t: Translate): Html | undefined {
  return (
    wait &&
    html`<noscript><p class="hint">${t(message('wait.no_script'))} <a href="${wait.next}">${t(message('wait.check'))}</a></p></noscript>`
  )
}
