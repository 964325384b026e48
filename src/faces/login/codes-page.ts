/** Codes that a person keeps: as a list on the screen, and as a sheet on paper. */
import type { CodesPrompt } from '../../login/engine/prompt.ts'
import { type Html, html } from '../../platform/ui/html.ts'
import { message } from '../../platform/ui/message.ts'
import type { Translate } from '../../platform/ui/translate.ts'

/** The buttons beside it are added by the page's script. */
export function renderCodes(prompt: CodesPrompt, t: Translate): Html {
  const texts = html` data-copy="${t(message('codes.copy'))}" data-copied="${t(message('copy.done'))}" data-print="${t(message('codes.print'))}"`
  return html`<div><ol class="codes" role="list" aria-label="${t(prompt.label)}"${texts}>${prompt.values.map((value) => html`<li><code>${value}</code></li>`)}</ol><p class="hint below">${t(prompt.note)}</p></div>${renderSheet(prompt, t)}`
}

/** Only in print, in place of everything else on the page. */
function renderSheet({ values, sheet }: CodesPrompt, t: Translate): Html {
  const box = (value: string) => html`<li><span class="tick"></span><code>${value}</code></li>`
  return html`<section class="sheet"><p class="sheet-title">${t(sheet.title)}</p><p>${t(sheet.lead)}</p><ol class="sheet-steps">${sheet.steps.map((one) => html`<li>${t(one)}</li>`)}</ol><p>${t(sheet.codes)}</p><ol class="boxes" role="list">${values.map(box)}</ol>${sheet.help && html`<p class="sheet-help">${t(sheet.help)}</p>`}</section>`
}
