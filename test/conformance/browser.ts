/**
 * A browser without a window: cookies, redirects and forms over HTTP, as far as a login needs them. It knows Einlass only
 * as pages with forms, so that what it finds out holds for the server from outside.
 */
import { request as requestHttp } from 'node:http'
import { type RequestOptions, request as requestHttps } from 'node:https'
import { text } from 'node:stream/consumers'

export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly body: string
}

export interface Sending {
  readonly method?: 'GET' | 'POST' | 'DELETE'
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as a form. */
  readonly form?: URLSearchParams
  /** Sent as JSON. */
  readonly json?: unknown
}

/** Where the browser stands when nothing goes on by itself. */
export type Landing =
  /** At an address of the app, with what it was sent. */
  | {
      readonly type: 'app'
      readonly method: 'GET' | 'POST'
      readonly url: URL
      readonly sent: URLSearchParams
    }
  | { readonly type: 'page'; readonly url: URL; readonly status: number; readonly html: string }

export interface BrowserOptions {
  /** The origin of the app: what goes there is not sent, but is where the browser lands. */
  readonly appOrigin: string
  /** The certificate to believe, in PEM. */
  readonly ca: string
  readonly username: string
  readonly password: string
}

/** One request without cookies and without following anything. */
export async function send(url: URL, ca: string, sending: Sending = {}): Promise<Reply> {
  const { method = 'GET', headers = {}, form, json } = sending
  const body = json === undefined ? form?.toString() : JSON.stringify(json)
  const type = json === undefined ? 'application/x-www-form-urlencoded' : 'application/json'
  const options: RequestOptions = {
    method,
    headers: {
      ...headers,
      ...(body !== undefined && {
        'content-type': type,
        'content-length': Buffer.byteLength(body),
      }),
    },
    ...(url.protocol === 'https:' && { ca }),
  }
  const request = url.protocol === 'https:' ? requestHttps : requestHttp
  return await new Promise<Reply>((resolve, reject) => {
    const sent = request(url, options, (response) => {
      const received = new Headers()
      for (const [name, values] of Object.entries(response.headersDistinct)) {
        for (const value of values ?? []) received.append(name, value)
      }
      text(response).then(
        (content) =>
          resolve({ status: response.statusCode ?? 0, headers: received, body: content }),
        reject,
      )
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

export interface Form {
  readonly action: URL
  readonly method: 'GET' | 'POST'
  /** What is sent along without a person's doing, and the button that Enter presses. */
  readonly fields: URLSearchParams
  readonly names: readonly string[]
}

export type Browser = ReturnType<typeof createBrowser>

export function createBrowser({ appOrigin, ca, username, password }: BrowserOptions) {
  const jar = new Map<string, string>()
  let logins = 0

  const step = async (url: URL, sending: Sending): Promise<Reply> => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const reply = await send(url, ca, {
      ...sending,
      headers: {
        accept: 'text/html',
        'accept-language': 'en',
        'sec-fetch-dest': 'document',
        'sec-fetch-mode': 'navigate',
        ...(cookie !== '' && { cookie }),
        ...sending.headers,
      },
    })
    for (const line of reply.headers.getSetCookie()) keepCookie(jar, line)
    return reply
  }

  /** A form that asks for a password is filled in. */
  const fillIn = ({ names, sending }: Next): Sending => {
    if (names?.includes('password') !== true) return sending
    logins += 1
    sending.form?.set('username', username)
    sending.form?.set('password', password)
    return sending
  }

  /** Follows redirects and forms that send themselves, and fills in others unless it only looks. */
  const go = async (start: URL, first: Sending = {}, isLooking = false): Promise<Landing> => {
    let url = start
    let sending = first
    for (let hop = 0; hop < 30; hop += 1) {
      if (url.origin === appOrigin) return arrive(url, sending)
      const reply = await step(url, sending)
      const next = findNext(url, sending, reply)
      if (next === undefined || (isLooking && next.names !== undefined)) {
        return { type: 'page', url, status: reply.status, html: reply.body }
      }
      url = next.url
      sending = fillIn(next)
    }
    throw new Error(`the browser is sent around without an end, at last to ${url}`)
  }

  return {
    go: (start: URL, first?: Sending) => go(start, first),
    /** Follows redirects, and fills in nothing. */
    look: (start: URL) => go(start, {}, true),
    /** How often a page asked for the password. */
    countLogins: () => logins,
    submit: ({ action, method, fields }: Form) =>
      go(action, { method, form: fields, headers: fromSamePage(action) }),
  }
}

const arrive = (url: URL, { method, form }: Sending): Landing => ({
  type: 'app',
  method: method === 'POST' ? 'POST' : 'GET',
  url,
  sent: form ?? url.searchParams,
})

const fromSamePage = (url: URL) => ({ origin: url.origin, 'sec-fetch-site': 'same-origin' })

interface Next {
  readonly url: URL
  readonly sending: Sending
  readonly names?: readonly string[]
}

/** A form by which the person lets in an app that registered itself. */
const letsIn = /\/allow$/

/** Where the browser goes by itself from this reply; undefined: it stays. */
function findNext(url: URL, sending: Sending, reply: Reply): Next | undefined {
  const location = reply.headers.get('location')
  if (location !== null && [301, 302, 303].includes(reply.status)) {
    return { url: new URL(location, url), sending: {} }
  }
  if (location !== null && [307, 308].includes(reply.status)) {
    return { url: new URL(location, url), sending }
  }
  const refresh = /<meta http-equiv="refresh" content="0; ?url=([^"]*)"/.exec(reply.body)?.[1]
  if (refresh !== undefined) return { url: new URL(unescapeHtml(refresh), url), sending: {} }
  const form = readForms(reply.body, url).find(
    ({ action, names }) =>
      names.includes('password') || letsIn.test(action.pathname) || action.origin !== url.origin,
  )
  if (form === undefined) return undefined
  const { action, method, fields, names } = form
  return { url: action, names, sending: { method, form: fields, headers: fromSamePage(url) } }
}

function keepCookie(jar: Map<string, string>, line: string): void {
  const [pair = '', ...attributes] = line.split(';')
  const at = pair.indexOf('=')
  const [name, value] = [pair.slice(0, at), pair.slice(at + 1)]
  const isOver = attributes.some((one) => {
    const [key = '', text = ''] = one.trim().split('=')
    if (key.toLowerCase() === 'max-age') return Number(text) <= 0
    return key.toLowerCase() === 'expires' && Date.parse(text) <= Date.now()
  })
  if (isOver) jar.delete(name)
  else jar.set(name, value)
}

export function readForms(html: string, page: URL): Form[] {
  return (html.match(/<form[\s\S]*?<\/form>/g) ?? []).map((form) => {
    const opening = /<form[^>]*>/.exec(form)?.[0] ?? ''
    const inputs = form.match(/<(input|button|textarea)[^>]*>/g) ?? []
    const named = inputs.map((tag) => ({
      name: readAttribute(tag, 'name'),
      value: readAttribute(tag, 'value') ?? '',
      isSent: /type="hidden"/.test(tag),
      isButton: tag.startsWith('<button'),
    }))
    const fields = new URLSearchParams()
    const button = named.find(({ isButton }) => isButton)
    for (const { name, value, isSent } of named) if (isSent && name) fields.append(name, value)
    if (button?.name) fields.append(button.name, button.value)
    const isPost = readAttribute(opening, 'method')?.toUpperCase() === 'POST'
    return {
      action: new URL(readAttribute(opening, 'action') ?? '', page),
      method: isPost ? 'POST' : 'GET',
      fields,
      names: named.flatMap(({ name }) => name ?? []),
    }
  })
}

function readAttribute(tag: string, name: string): string | undefined {
  const value = new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1]
  return value === undefined ? undefined : unescapeHtml(value)
}

function unescapeHtml(text: string): string {
  return text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}
