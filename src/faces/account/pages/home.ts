/** The start page: a person's apps as tiles, with a search if there are many. Takes plain data and returns a page. */
import { type Html, html } from '../../../platform/ui/html.ts'
import { icon } from '../../../platform/ui/icons.ts'
import { message } from '../../../platform/ui/message.ts'
import type { Page } from '../../../platform/ui/page.ts'
import { heading, linkButton, note } from '../../../platform/ui/parts.ts'
import type { Translate } from '../../../platform/ui/translate.ts'
import { passwordOnlyNote } from '../../frame/pages.ts'
import { type AppTile, renderMark } from './tile.ts'

export interface HomePage {
  readonly name: string
  /** The apps that match the search. */
  readonly apps: readonly AppTile[]
  /** The number of apps without a search. */
  readonly count: number
  /** The search text; absent: no search. */
  readonly search?: string
  /** The apps that were opened last, the latest first. */
  readonly recent?: readonly AppTile[]
  readonly arrangeUrl: string
  readonly accountUrl?: string
  readonly logoutUrl: string
  /** The person declined a second factor and may undo that. */
  readonly declined?: { readonly at: number; readonly href: string }
  /** The decline was just undone. */
  readonly declineUndone?: boolean
}

/** With this many apps or more there is a search; fewer are seen at a glance. */
export const searchFrom = 9

export function homePage(home: HomePage, t: Translate): Page {
  const { accountUrl, logoutUrl, count, recent = [], search } = home
  const hasSearch = count >= searchFrom
  const links = html`<p class="head-links">${accountUrl && html`<a href="${accountUrl}">${t(message('home.account'))}</a>`}<a href="${logoutUrl}">${t(message('home.logout'))}</a></p>`
  const title = t(message('home.title', { name: home.name }))
  const lead = t(message('home.lead'))
  const head = html`<div class="head"><div class="head-text">${heading(title, { lead, isFocused: !hasSearch })}</div>${links}</div>`
  const undone =
    home.declineUndone === true &&
    note({ tone: 'success', text: t(message('home.declined_undone')), isFocused: false })
  const isAll = search === undefined
  const body = html`${head}${undone}${declinedNote(home.declined, t)}${hasSearch && searchForm(search, t)}${hasSearch && isAll && recentTiles(recent, t)}${allTiles(home, t)}`
  return {
    title,
    body,
    width: hasSearch ? 'broad' : 'wide',
    ...(hasSearch && { scripts: ['search'] }),
  }
}

function declinedNote(declined: HomePage['declined'], t: Translate): Html | undefined {
  if (declined === undefined) return undefined
  const undo = linkButton(declined.href, t(message('home.decline.undo')), 'secondary')
  return passwordOnlyNote(message('home.decline.text', { at: declined.at }), t, undo)
}

/** Without its script, the form leads to the matching tiles. */
function searchForm(search: string | undefined, t: Translate): Html {
  const label = t(message('home.search'))
  return html`<form class="search" role="search" method="get" action="/"><label class="unseen" for="search">${label}</label><div class="box"><input id="search" name="q" type="search" maxlength="100" autocomplete="off" autocapitalize="none" spellcheck="false" placeholder="${label}" value="${search}" autofocus data-search><button class="act" type="submit">${t(message('home.search.submit'))}</button></div></form>`
}

function recentTiles(recent: readonly AppTile[], t: Translate): Html | undefined {
  if (recent.length === 0) return undefined
  return html`<section data-unsearched><h2 class="tiles-title" id="recent">${t(message('home.recent'))}</h2><ul class="tiles" role="list" aria-labelledby="recent">${recent.map((app) => tile(app, t))}</ul></section>`
}

function allTiles(home: HomePage, t: Translate): Html {
  const { apps, count, search, recent = [] } = home
  if (count === 0) {
    return html`<div class="empty">${icon('apps')}<h2>${t(message('home.empty.title'))}</h2><p class="lead">${t(message('home.empty'))}</p></div>`
  }
  const isAll = search === undefined
  const isTitled = count >= searchFrom && (recent.length > 0 || search !== undefined)
  const titleText = message(isAll ? 'home.all' : 'home.found', {
    search: search ?? '',
  })
  const title =
    isTitled &&
    html`<h2 class="tiles-title" id="all"${isAll && html` data-unsearched`}>${t(titleText)}</h2>`
  const none = html`<p class="empty" data-none${apps.length > 0 && html` hidden`}>${t(message('home.none', { search: search ?? '' }))}</p>`
  const tiles = html`<ul class="tiles" role="list"${isTitled && html` aria-labelledby="all"`} data-tiles>${apps.map((app) => tile(app, t))}</ul>`
  const back = search !== undefined && html`<a href="/">${t(message('home.show_all'))}</a>`
  const arrange = count > 1 && html`<a href="${home.arrangeUrl}">${t(message('home.arrange'))}</a>`
  const said =
    count >= searchFrom &&
    html`<p class="unseen" role="status" data-said data-one="${t(message('home.said.one'))}" data-some="${t(message('home.said.some'))}"></p>`
  return html`${title}${tiles}${count >= searchFrom && none}${said}<p class="links tiles-links">${back}${arrange}</p>`
}

function tile(app: AppTile, t: Translate): Html {
  const { name, href, foreseen } = app
  const hint =
    foreseen && html`<span class="pick-hint">${t(message(`home.foreseen.${foreseen}`))}</span>`
  return html`<li><a class="pick" href="${href}">${renderMark(app)}<span class="pick-text"><span class="pick-title">${name}</span>${hint}</span>${icon('next')}</a></li>`
}
