/** How a QR code looks in each place: large, beside a link, and as text for devices that cannot scan it. */
import type { QrPrompt } from '../../login/engine/prompt.ts'
import { type Html, html } from '../../platform/ui/html.ts'
import { message } from '../../platform/ui/message.ts'
import { linkButton, tabButton } from '../../platform/ui/parts.ts'
import { createQr } from '../../platform/ui/qr.ts'
import type { Translate } from '../../platform/ui/translate.ts'
import type { AskPage } from './ask-page.ts'

/** The query with which a waiting page shows the content of its code as text. */
export const addressQuery = 'address'

/** For the phone that shows the page: no code to scan, one button. */
export function openHere(qr: QrPrompt, t: Translate): Html {
  // Another app opens above this page. An address of the web would replace the page, which then could not go on.
  const open = /^https?:/.test(qr.content) ? tabButton : linkButton
  return html`<div class="phone">${open(qr.content, t(message('enrol.mobile_button')), 'primary')}<p class="hint below">${t(qr.openHint ?? message('enrol.mobile_hint'))}</p></div>`
}

/** A page that loads itself again would close what was opened, so without scripts the text has an address of its own. */
export function asText(qr: QrPrompt, { form, t, wait, showsAddress }: AskPage): Html {
  const waits = wait !== undefined && form.prompts.some(({ type }) => type === 'wait')
  const title = t(message('enrol.manual.title'))
  const opened = `${wait?.next}?${addressQuery}`
  const away = showsAddress
    ? html`<noscript><p class="links"><a href="${opened}">${t(message('wait.check'))}</a><a href="${wait?.next}">${t(message('enrol.manual.back'))}</a></p></noscript>`
    : html`<noscript><p class="links"><a href="${opened}">${title}</a></p></noscript>`
  const isFolded = waits && showsAddress !== true
  const { text, value, copy } = qr.typed ?? {
    text: message('enrol.manual.text'),
    value: qr.content,
    copy: message('copy.address'),
  }
  return html`<details${isFolded && html` class="scripted"`}${showsAddress && html` open`}><summary>${title}</summary><p class="desk links"><a href="${qr.content}">${t(qr.link)}</a></p><p>${t(text)}</p><p class="secret" data-copy="${t(copy)}" data-copied="${t(message('copy.done'))}"><code>${value}</code></p></details>${waits && away}`
}

/** The phone that shows the page cannot scan itself: it gets a link to the app. */
export function besideCode(prompt: QrPrompt, t: Translate): Html {
  const code = createQr('code-beside', prompt.content, 152)
  return html`<div class="desk">${code.definition}<div class="scan-beside">${code.picture(t(prompt.label))}<p class="hint">${t(prompt.link)}</p></div></div>${prompt.onPhone && openApp(prompt.onPhone, t)}`
}

function openApp({ address, label, hint }: NonNullable<QrPrompt['onPhone']>, t: Translate): Html {
  return html`<div class="phone">${tabButton(address, t(label), 'primary')}<p class="hint below">${t(hint)}</p></div>`
}

export function storeCode(prompt: QrPrompt, t: Translate): Html {
  const code = createQr(`code-${prompt.link.key.replaceAll('.', '-')}`, prompt.content, 144)
  const picture = code.picture(t(prompt.label))
  return html`${code.definition}<div class="store"><div class="desk">${picture}</div><a href="${prompt.content}">${t(prompt.link)}</a><details class="phone"><summary>${t(message('enrol.other_phone'))}</summary>${picture}</details></div>`
}
