/**
 * Which addresses of an Exchange server still accept a password alone. Owns the list of addresses, and what an answer without
 * credentials means for each. A login page in front of Outlook on the web protects only that page: every other address has its
 * own setting, and admits anybody who knows the password.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { seconds } from '../../platform/kernel/clock.ts'

export interface ExchangePath {
  readonly path: string
  /** The programs that use it. */
  readonly usedBy: string
}

/** The virtual directories of Exchange 2016, 2019 and Subscription Edition that clients use. */
export const exchangePaths: readonly ExchangePath[] = [
  { path: '/owa/', usedBy: 'Outlook on the web' },
  { path: '/ecp/', usedBy: 'settings of Outlook on the web, administration' },
  { path: '/EWS/Exchange.asmx', usedBy: 'Outlook for Mac, Apple Mail, calendars, scripts' },
  { path: '/Microsoft-Server-ActiveSync', usedBy: 'mail apps of phones' },
  { path: '/mapi/emsmdb/', usedBy: 'Outlook for Windows' },
  { path: '/mapi/nspi/', usedBy: 'Outlook for Windows, address book' },
  { path: '/Autodiscover/Autodiscover.xml', usedBy: 'the set-up of every mail program' },
  { path: '/OAB/', usedBy: 'Outlook for Windows, offline address book' },
  { path: '/rpc/rpcproxy.dll', usedBy: 'Outlook for Windows before 2013' },
  { path: '/PowerShell/', usedBy: 'administration from afar' },
]

/** The answer to a request without credentials. */
export type ExchangeAnswer =
  /** 401, with the names of the schemes of RFC 9110 section 11.6.1, for example `Basic`, `NTLM`. */
  | { readonly type: 'asks'; readonly schemes: readonly string[] }
  /** A redirect to Exchange's own form, which takes only a password. */
  | { readonly type: 'form' }
  | { readonly type: 'redirect'; readonly origin: string }
  /** 403 or 404: nobody can enter here. */
  | { readonly type: 'closed'; readonly status: number }
  /** An answer without a request for credentials. */
  | { readonly type: 'answers'; readonly status: number }
  | { readonly type: 'failed'; readonly reason: string }

export interface PathReport extends ExchangePath {
  readonly answer: ExchangeAnswer
  /** Whether a password alone is enough here, according to the answer. */
  readonly isLeak: boolean
}

export interface LeakOptions {
  readonly fetch: typeof globalThis.fetch
  /** Milliseconds for each address. */
  readonly timeout?: number
}

const passwordSchemes = ['Basic', 'Digest', 'NTLM', 'Negotiate']

/** Sends one request to each address, one after the other, without credentials and without following redirects. */
export async function findLeaks(
  origin: string,
  { fetch, timeout = seconds(10) }: LeakOptions,
): Promise<PathReport[]> {
  const reports: PathReport[] = []
  for (const one of exchangePaths) {
    const answer = await ask(new URL(one.path, origin), { fetch, timeout })
    reports.push({ ...one, answer, isLeak: isLeak(answer) })
    // Nobody should mistake it for an attack.
    await sleep(50)
  }
  return reports
}

/** A server that opens addresses and never asks for credentials is not Exchange, which opens no address to everybody. */
export function looksLikeExchange(reports: readonly PathReport[]): boolean {
  const types = new Set(reports.map(({ answer }) => answer.type))
  return !types.has('answers') || types.has('asks') || types.has('form') || types.has('redirect')
}

async function ask(url: URL, { fetch, timeout }: Required<LeakOptions>): Promise<ExchangeAnswer> {
  try {
    const response = await fetch(url, {
      redirect: 'manual',
      signal: AbortSignal.timeout(timeout),
      headers: { 'user-agent': 'einlass owa leaks' },
    })
    await response.body?.cancel()
    return readAnswer(url, response)
  } catch (error) {
    return { type: 'failed', reason: describeFailure(error) }
  }
}

function readAnswer(url: URL, { status, headers }: Response): ExchangeAnswer {
  if (status === 401) return { type: 'asks', schemes: readSchemes(headers) }
  if (status === 403 || status === 404) return { type: 'closed', status }
  const location = headers.get('location')
  if (status >= 300 && status < 400 && location !== null && URL.canParse(location, url)) {
    const target = new URL(location, url)
    const isOwnForm = target.origin === url.origin && /\/auth\/logon\.aspx$/i.test(target.pathname)
    return isOwnForm ? { type: 'form' } : { type: 'redirect', origin: target.origin }
  }
  return { type: 'answers', status }
}

/** Exchange sends one header for each scheme; they arrive as one list. A scheme is a word that no `=` follows. */
function readSchemes(headers: Headers): string[] {
  const list = headers.get('www-authenticate') ?? ''
  const names = [...list.matchAll(/(?:^|,)\s*([A-Za-z][\w-]*)(?=\s*(?:,|$)|\s+[^=\s,])/g)]
  return [...new Set(names.map(([, name = '']) => name))]
}

function isLeak(answer: ExchangeAnswer): boolean {
  if (answer.type === 'form') return true
  if (answer.type !== 'asks') return false
  return answer.schemes.some((scheme) =>
    passwordSchemes.some((known) => known.toLowerCase() === scheme.toLowerCase()),
  )
}

function describeFailure(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  if (cause instanceof Error && cause.name === 'TimeoutError') return 'no answer in time'
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined
  return code ?? (cause instanceof Error ? cause.message : 'unknown')
}

/** The answer in words, for a person at a terminal. */
export function describeAnswer({ answer, isLeak: isOpen }: PathReport): string {
  switch (answer.type) {
    case 'asks': {
      const schemes = answer.schemes.join(', ')
      if (schemes === '') return 'asks for credentials, and does not say which'
      return isOpen ? `A PASSWORD IS ENOUGH: ${schemes}` : `asks for ${schemes}`
    }
    case 'form':
      return 'A PASSWORD IS ENOUGH: the form of Exchange itself'
    case 'redirect':
      return `sends browsers to ${answer.origin}`
    case 'closed':
      return `closed (${answer.status})`
    case 'answers':
      return `answers ${answer.status} without a question`
    case 'failed':
      return `no answer: ${answer.reason}`
  }
}
