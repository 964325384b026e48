/**
 * Answers the frequent requests of apps without the library: codes for browsers that are logged in, tokens for codes and
 * refresh tokens, userinfo and introspection. A direct answer is given only to a request that is plainly valid. It uses the
 * same records with fewer database queries. All other requests go to the library unchanged. So every refusal is made in one
 * place, and an error here can only be an answer that the library would not have given. Tests compare the two.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { emptyPagePolicy } from '../../../../platform/http/headers.ts'

/** The body of an answer 200, or the address of a redirect. */
export type DirectAnswer = { readonly content: object } | { readonly location: string }

/** `undefined`: the library answers. */
export type Answer = (req: IncomingMessage) => Promise<DirectAnswer | undefined>

/** By method and path below the prefix of the protocol. The path ends with `?` if a query follows. */
export type Answers = Readonly<Record<string, Answer>>

/** Returns whether it has answered. */
export type AnswerDirectly = (req: IncomingMessage, res: ServerResponse) => Promise<boolean>

/** @param headers the headers of every answer of the protocol, by name */
export function createDirectAnswers(
  answers: Answers,
  headers: Readonly<Record<string, string>>,
): AnswerDirectly {
  const fixed = listHeaders(headers)
  const byRequest = new Map(Object.entries(answers))
  return async (req, res) => {
    const answer = byRequest.get(`${req.method} ${withoutQuery(req.url ?? '')}`)
    const given = await answer?.(req)
    if (given === undefined) return false
    if ('content' in given) sendContent(res, fixed.content, given.content)
    else sendBrowser(res, fixed.browser, given.location)
    // The body was only peeked at and is still unread.
    req.resume()
    return true
  }
}

function withoutQuery(url: string): string {
  const at = url.indexOf('?')
  return at === -1 ? url : url.slice(0, at + 1)
}

/** Names and values in turn, as `writeHead` takes them without checking each name again. */
type HeaderList = readonly string[]

function listHeaders(common: Readonly<Record<string, string>>) {
  const list = (others: Readonly<Record<string, string>>): HeaderList =>
    Object.entries({ ...common, 'cache-control': 'no-store', ...others }).flat()
  return {
    content: list({ 'content-type': 'application/json; charset=utf-8', vary: 'Origin' }),
    browser: list({ 'content-security-policy': emptyPagePolicy, 'content-length': '0' }),
  }
}

function sendContent(res: ServerResponse, headers: HeaderList, content: object): void {
  const body = JSON.stringify(content)
  res.writeHead(200, [...headers, 'content-length', `${Buffer.byteLength(body)}`])
  res.end(body)
}

function sendBrowser(res: ServerResponse, headers: HeaderList, location: string): void {
  res.writeHead(303, [...headers, 'location', location])
  res.end()
}
