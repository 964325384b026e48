/**
 * The document around every page: head, header with brand and language, card, footer. Owns the frame and the hashes for the
 * Content-Security-Policy; the content of the card comes from pages.ts and from the engine.
 */
import { createHash } from 'node:crypto'
import type { Assets } from './assets.ts'
import type { Brand } from './brand.ts'
import { type Html, html, trustedHtml } from './html.ts'
import { type Language, languages } from './language.ts'
import { type MessageKey, message } from './message.ts'
import type { Page } from './page.ts'
import { telephone } from './parts.ts'
import { buildStyles } from './style.ts'
import { createTranslator, type Translate, type TranslatorOptions } from './translate.ts'

export interface RenderedDocument {
  readonly html: string
  /** For `style-src` and `script-src`, without quotes: `sha256-…`. */
  readonly cspStyleHashes: readonly string[]
  readonly cspScriptHashes: readonly string[]
}

export interface Layout {
  /** `path` is the path and query of this page; the language links lead there. */
  renderDocument(page: Page, options: { t: Translate; path: string }): RenderedDocument
  /** The translator of this installation, with its own texts and time zone. */
  translator(language: Language): Translate
}

export interface LayoutOptions {
  readonly brand: Brand
  readonly assets: Assets
  readonly timeZone?: TranslatorOptions['timeZone']
}

interface InlineText {
  readonly text: Html
  readonly hash: string
}

/** Browser engines of 2016 never run scripts that are modules; they reload the page instead. */
const reloadInOldEngines = 'setTimeout(function(){location.replace(location.href)},5000)'

const mainClass = {
  narrow: 'narrow',
  wide: 'wide',
  halves: 'narrow halves',
  broad: 'wide broad',
} as const

/**
 * The frame of all pages of an installation. Styles, headers and footers are made once.
 *
 *     const { html, cspStyleHashes } = layout.renderDocument(page, { t: layout.translator('de'), path: '/login' })
 */
export function createLayout({ brand, assets, timeZone }: LayoutOptions): Layout {
  const texts = buildStyles(brand)
  const styles = {
    form: inline(texts.form),
    cards: inline(texts.cards),
    all: inline(texts.all),
  }
  const reload = inline(reloadInOldEngines)
  const scripts = new Map(
    Object.entries(assets.scripts).map(([name, text]) => [name, inline(text)]),
  )
  const headers = createHeaders(brand, assets)
  const footers = new Map<string, Html>()
  const translators = new Map(
    languages.map((language) => [language, chooseTranslator(brand, language, timeZone)]),
  )

  function renderFooter(t: Translate, { namesSupport = false }: Page): Html {
    const key = namesSupport ? `${t.language} bare` : t.language
    const made = footers.get(key) ?? footer(namesSupport ? { ...brand, support: {} } : brand, t)
    footers.set(key, made)
    return made
  }

  function findScript(name: string): InlineText {
    const found = scripts.get(name)
    if (found === undefined) throw new Error(`there is no script ${name}`)
    return found
  }

  function renderDocument(page: Page, { t, path }: { t: Translate; path: string }) {
    const used = (page.scripts ?? []).map(findScript)
    const style = styles[page.style ?? 'all']
    const waits = page.refresh?.when === 'scripts_off'
    const document = html`<!doctype html>
<html lang="${t.language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${writeTitle(page, brand, t)}</title><meta name="color-scheme" content="light dark"><meta name="robots" content="noindex"><meta name="format-detection" content="telephone=no"><link rel="icon" href="${assets.iconUrl}"><style>${style.text}</style>${writeRefresh(page)}</head>
<body><a class="skip" href="#main">${t(message('chrome.skip_link'))}</a>${headers(t, path)}
<main id="main" class="${mainClass[page.width]}${page.isSheet === true && ' paper'}" tabindex="-1">${page.body}</main>
${renderFooter(t, page)}${used.map(({ text }) => html`<script type="module">${text}</script>`)}${waits && html`<script nomodule>${reload.text}</script>`}</body></html>`
    return {
      html: document.toString(),
      cspStyleHashes: [style.hash],
      cspScriptHashes: [...used.map(({ hash }) => hash), ...(waits ? [reload.hash] : [])],
    }
  }

  return {
    renderDocument,
    translator: (language) => translators.get(language) ?? createTranslator(language),
  }
}

function chooseTranslator(
  brand: Brand,
  language: Language,
  timeZone: LayoutOptions['timeZone'],
): Translate {
  const lead = brand.appsLine?.[language]
  const texts: Partial<Record<MessageKey, string>> =
    lead === undefined ? {} : { 'login.lead': lead }
  return createTranslator(language, { texts, ...(timeZone !== undefined && { timeZone }) })
}

function inline(text: string): InlineText {
  if (/<\/|<!--/.test(text)) throw new Error('inline text would end its element')
  const hash = createHash('sha256').update(text).digest('base64')
  return { text: trustedHtml(text), hash: `sha256-${hash}` }
}

/**
 * Writes the dash as a character reference: one character beyond Latin-1 would double the text's memory and the work of sending
 * it.
 */
function writeTitle(page: Page, brand: Brand, t: Translate): Html {
  const prefix = page.isError === true ? t(message('chrome.error_prefix')) : ''
  return html`${prefix}${page.title} &ndash; ${brand.name}`
}

function writeRefresh({ refresh }: Page): Html | undefined {
  if (refresh === undefined) return undefined
  const meta = html`<meta http-equiv="refresh" content="${refresh.seconds};url=${refresh.url}">`
  return refresh.when === 'always' ? meta : html`<noscript>${meta}</noscript>`
}

/** From so many characters on, a name does not fit beside the languages on a phone. */
const longName = 32

/** Most pages in a row are the first page of the login, so the latest header of each language is cached. */
function createHeaders(brand: Brand, assets: Assets) {
  const latest = new Map<Language, { readonly path: string; readonly made: Html }>()
  return (t: Translate, path: string): Html => {
    const known = latest.get(t.language)
    if (known?.path === path) return known.made
    const made = header(brand, assets, t, path)
    latest.set(t.language, { path, made })
    return made
  }
}

function header(brand: Brand, assets: Assets, t: Translate, path: string): Html {
  const languageLink = (language: Language, name: string) =>
    html`<a href="${withLanguage(path, language)}" lang="${language}" hreflang="${language}"${language === t.language && html` aria-current="true"`}>${name}</a>`
  return html`<header class="top${brand.name.length > longName && ' long'}"><a class="brand" href="/"><img class="logo" src="${assets.logoUrl}" alt="" height="32"><span>${brand.name}</span></a><nav class="lang" aria-label="${t(message('chrome.language'))}">${languageLink('de', t(message('chrome.german')))}${languageLink('en', t(message('chrome.english')))}</nav></header>`
}

function footer(brand: Brand, t: Translate): Html {
  const { email, phone } = brand.support ?? {}
  const links = [
    email &&
      html`<li class="way">${t(message('chrome.help'))}: <a href="mailto:${email}">${email}</a></li>`,
    phone &&
      html`<li class="way"><a href="${telephone(phone)}">${t(message('chrome.phone', { phone }))}</a></li>`,
    brand.imprintUrl && link(brand.imprintUrl, t(message('chrome.imprint'))),
    brand.privacyUrl && link(brand.privacyUrl, t(message('chrome.privacy'))),
  ]
  return html`<footer class="foot"><ul aria-label="${t(message('chrome.footer'))}">${links}</ul></footer>`
}

function link(href: string, text: string): Html {
  return html`<li><a href="${href}">${text}</a></li>`
}

/** The address of the same page in another language, with its query. */
function withLanguage(path: string, language: Language): string {
  const [pathname = '/', ...query] = path.split('?')
  const parameters = new URLSearchParams(query.join('?'))
  parameters.set('lang', language)
  // Two slashes at the start would lead to another host.
  return `/${pathname.replace(/^[/\\]+/, '')}?${parameters}`
}
