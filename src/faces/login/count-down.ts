/** The time that a page asks to wait, as text; platform/browser/pause.ts counts it down. */
import { type Html, html } from '../../platform/ui/html.ts'
import { message } from '../../platform/ui/message.ts'
import type { Translate } from '../../platform/ui/translate.ts'

/** Seconds before the end at which the remaining time is announced. */
const saidAt = [30, 10]

/**
 * The text with its remaining time as a counter, which a script counts down. If the text does not contain the duration, a
 * line that only a script shows has the counter. At the end the script removes the earlier text.
 */
export function countDown(text: string, seconds: number | undefined, t: Translate): string | Html {
  if (seconds === undefined) return text
  const shown = t.duration(seconds)
  const says = saidAt
    .filter((at) => at < seconds)
    .map((at) => [at, t(message('wait.time_left', { seconds: at }))])
  const counter = html`<span class="counter" data-pause="${seconds * 1000}" data-over="${t(message('pause.over'))}" data-says="${JSON.stringify(says)}">${shown}</span>`
  const at = text.indexOf(shown)
  if (at < 0)
    return html`<p data-before>${text}</p><p hidden>${t(message('pause.left'))} ${counter}</p>`
  return html`<p>${text.slice(0, at)}${counter}${text.slice(at + shown.length)}</p>`
}

/** A wait that the labels of the buttons say themselves: only the script needs it. */
export function countSilently(seconds: number | undefined): Html | undefined {
  return seconds === undefined
    ? undefined
    : html`<span data-pause="${seconds * 1000}" hidden></span>`
}
