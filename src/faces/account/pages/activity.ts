/** The history of an account as a page: days, and below each day the events with their times. */
import { type Html, html } from '../../../platform/ui/html.ts'
import { icon } from '../../../platform/ui/icons.ts'
import { type Message, message } from '../../../platform/ui/message.ts'
import type { Page } from '../../../platform/ui/page.ts'
import { exact } from '../../../platform/ui/parts.ts'
import type { Translate } from '../../../platform/ui/translate.ts'
import { toAccount, top } from './parts.ts'

export interface ActivityLine {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly text: Message
  readonly place?: string | undefined
  /** Marks an event that the person may want to check. */
  readonly isWarning: boolean
}

export interface ActivityPage {
  /** Newest first. */
  readonly lines: readonly ActivityLine[]
  readonly days: number
  /** The address of older events. */
  readonly older?: string | undefined
  /** The address of the newest events, on a later page. */
  readonly newest?: string | undefined
}

export function activityPage(page: ActivityPage, t: Translate): Page {
  const title = t(message('account.activity'))
  const lead = t(message('activity.lead', { days: page.days }))
  const { older, newest } = page
  const ways =
    (older !== undefined || newest !== undefined) &&
    html`<p class="links">${newest && html`<a href="${newest}">${t(message('activity.newest'))}</a>`}${older && html`<a href="${older}">${t(message('activity.older'))}</a>`}</p>`
  const body = html`${top({ title, lead, back: toAccount }, t)}<div class="stack">${renderDays(page.lines, t)}${ways}</div>`
  return { title, body, width: 'wide' }
}

function renderDays(lines: readonly ActivityLine[], t: Translate): Html | Html[] {
  if (lines.length === 0) {
    return html`<div class="empty">${icon('later')}<p class="lead">${t(message('activity.empty'))}</p></div>`
  }
  const days = Map.groupBy(lines, (line) => t.date(line.at))
  return [...days].map(
    ([day, of]) =>
      html`<section class="day"><h2>${day}</h2><ul class="log" role="list">${of.map((line) => renderLine(line, t))}</ul></section>`,
  )
}

function renderLine({ at, text, place, isWarning }: ActivityLine, t: Translate): Html {
  const time = t(message('activity.time', { at }))
  return html`<li${isWarning && html` class="warning"`}><span class="when">${time}</span><span class="pick-text">${isWarning && icon('warning')}<span>${t(text)}</span>${place && html`<span class="pick-hint">${exact(place)}</span>`}</span></li>`
}
