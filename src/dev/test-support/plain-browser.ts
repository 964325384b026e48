/**
 * A browser without a screen: a cookie jar, the forms of a page, redirects one by one. For tests over HTTP; it runs no scripts.
 */

import type { Language } from '../../platform/ui/language.ts'

export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** Where a redirect leads, path and query; undefined for other replies. */
  readonly location: string | undefined
}

export interface Form {
  /** Path and query. */
  readonly action: string
  /** Hidden fields. */
  readonly hidden: Readonly<Record<string, string>>
  /** Names and values of its buttons. */
  readonly buttons: readonly { readonly name: string; readonly value: string }[]
}

export type PlainBrowser = ReturnType<typeof createPlainBrowser>

/** @param origin where requests go; `at` sends single ones to another process with the same cookies */
export function createPlainBrowser(
  origin: string,
  { language }: { readonly language?: Language } = {},
) {
  const jar = new Map<string, string>()

  async function send(path: string, init: RequestInit, at: string): Promise<Reply> {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const accepted = language !== undefined && { 'accept-language': language }
    const headers = { ...init.headers, ...accepted, ...(cookie !== '' && { cookie }) }
    const response = await fetch(new URL(path, at), { ...init, headers, redirect: 'manual' })
    keepCookies(jar, response.headers)
    const location = response.headers.get('location') ?? undefined
    return {
      status: response.status,
      headers: response.headers,
      text: await response.text(),
      location: location === undefined ? undefined : resolvePath(location, at),
    }
  }

  const get = (path: string, at = origin): Promise<Reply> => send(path, {}, at)

  const post = (
    path: string,
    fields: Readonly<Record<string, string>>,
    at = origin,
  ): Promise<Reply> => send(path, { method: 'POST', body: new URLSearchParams(fields) }, at)

  return {
    get,
    post,

    /** Answers the form of a page and follows the redirects that come of it. */
    async answer(page: Reply, answers: Readonly<Record<string, string>>): Promise<Reply> {
      const { action, hidden } = readForm(page)
      return await this.follow(await post(action, { ...hidden, ...answers }))
    },

    /** Follows redirects on this server. */
    async follow(reply: Reply): Promise<Reply> {
      let now = reply
      for (let hops = 0; now.location !== undefined && hops < 10; hops += 1) {
        now = await get(now.location)
      }
      return now
    },

    cookie: (name: string): string | undefined => jar.get(name),
    setCookie: (name: string, value: string): void => void jar.set(name, value),
    cookieHeader: (): string => [...jar].map(([name, value]) => `${name}=${value}`).join('; '),
  }
}

function keepCookies(jar: Map<string, string>, headers: Headers): void {
  for (const cookie of headers.getSetCookie()) {
    const [pair = '', ...attributes] = cookie.split(/; */)
    const at = pair.indexOf('=')
    if (attributes.includes('Max-Age=0')) jar.delete(pair.slice(0, at))
    else jar.set(pair.slice(0, at), pair.slice(at + 1))
  }
}

function resolvePath(location: string, at: string): string {
  const { pathname, search } = new URL(location, at)
  return `${pathname}${search}`
}

/** The one form of a page. */
export function readForm({ text }: Pick<Reply, 'text'>): Form {
  const form = /<form class="stack[^>]*>[\s\S]*?<\/form>/.exec(text)?.[0]
  if (form === undefined) throw new Error(`a page without a form:\n${text.slice(0, 2000)}`)
  const hidden: Record<string, string> = {}
  for (const [tag] of form.matchAll(/<input type="hidden"[^>]*>/g)) {
    hidden[readAttribute(tag, 'name')] = readAttribute(tag, 'value')
  }
  const buttons = [...form.matchAll(/<button[^>]*>/g)].map(([tag]) => ({
    name: readAttribute(tag, 'name'),
    value: readAttribute(tag, 'value'),
  }))
  return { action: readAttribute(/<form[^>]*>/.exec(form)?.[0] ?? '', 'action'), hidden, buttons }
}

/** The text inside the code of a registration, `pushauth://…`. */
export function findRegistrationUri({ text }: Pick<Reply, 'text'>): string {
  const uri = /href="((?:pushauth|mfauth):\/\/[^"]*)"/.exec(text)?.[1]
  if (uri === undefined) throw new Error('a page without a registration')
  return unescapeHtml(uri)
}

/** The number that a waiting page shows. */
export function findNumber({ text }: Pick<Reply, 'text'>): number {
  const found = /<p class="number"[^>]*>(?:<span[^>]*>[^<]*<\/span>)?(\d+)<\/p>/.exec(text)?.[1]
  if (found === undefined) throw new Error('a page without a number')
  return Number(found)
}

function readAttribute(tag: string, name: string): string {
  return unescapeHtml(new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1] ?? '')
}

function unescapeHtml(text: string): string {
  return text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}
