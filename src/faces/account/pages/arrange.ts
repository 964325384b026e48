/** The page on which a person arranges their apps: a list with two buttons for each app, and a handle if scripts run. */
import { type Html, html } from '../../../platform/ui/html.ts'
import { icon } from '../../../platform/ui/icons.ts'
import { message } from '../../../platform/ui/message.ts'
import type { Page } from '../../../platform/ui/page.ts'
import { linkButton } from '../../../platform/ui/parts.ts'
import type { Translate } from '../../../platform/ui/translate.ts'
import { top } from './parts.ts'
import { type AppTile, renderMark } from './tile.ts'

export interface ArrangePage {
  readonly apps: readonly AppTile[]
  readonly formToken: string
  /** The app that was just moved, and with which button: the focus stays on it. */
  readonly moved?: { readonly id: string; readonly by: 'up' | 'down' | undefined }
  /** The order is not by name. */
  readonly isArranged: boolean
}

export const arrangePath = '/account/apps'

export function arrangePage(
  { apps, formToken, moved, isArranged }: ArrangePage,
  t: Translate,
): Page {
  const title = t(message('arrange.title'))
  const lead = t(message('arrange.lead'))
  const hidden = html`<input type="hidden" name="form_token" value="${formToken}">`
  const said = moved && apps.find(({ id }) => id === moved.id)
  const place = said === undefined ? 0 : apps.indexOf(said) + 1
  const status =
    said &&
    html`<p class="unseen" role="status">${t(message('arrange.moved', { app: said.name, place, count: apps.length }))}</p>`
  const rows = apps.map((app, index) => renderRow(app, { index, count: apps.length, moved }, t))
  const byName =
    isArranged &&
    html`<form method="post" action="${arrangePath}">${hidden}<button class="act" type="submit" name="move" value="name">${t(message('arrange.by_name'))}</button></form>`
  const body = html`${top({ title, lead, isFieldFocused: moved !== undefined }, t)}${status}<form class="stack" method="post" action="${arrangePath}">${hidden}<input type="hidden" name="order" value=""><ol class="rows arrange" role="list" data-rows>${rows}</ol></form><div class="stack choices">${linkButton('/', t(message('arrange.done')), 'primary')}${byName}</div>`
  return { title, body, width: 'wide', scripts: ['arrange'] }
}

interface Place {
  readonly index: number
  readonly count: number
  readonly moved: ArrangePage['moved']
}

function renderRow(app: AppTile, { index, count, moved }: Place, t: Translate): Html {
  const isMoved = moved?.id === app.id
  const button = (by: 'up' | 'down', isEnd: boolean) => {
    const label = t(message(`arrange.${by}`, { app: app.name }))
    const isFocused = isMoved && !isEnd && (moved.by === by || index === 0 || index === count - 1)
    return html`<button class="act" type="submit" name="move" value="${by} ${app.id}" aria-label="${label}"${isEnd && html` disabled`}${isFocused && html` autofocus`}>${icon(by)}</button>`
  }
  return html`<li data-id="${app.id}"><span class="handle" data-handle hidden aria-hidden="true">${icon('grip')}</span>${renderMark(app)}<span class="pick-text"><span class="pick-title">${app.name}</span></span><span class="moves">${button('up', index === 0)}${button('down', index === count - 1)}</span></li>`
}
