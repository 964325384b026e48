/**
 * What apps ask again and again, answered without the library: userinfo, introspection, and tokens for codes and refresh
 * tokens. A direct answer is given where a request is plainly right, from the same records and with fewer questions to the
 * database. What is not plain, and what is to be refused, goes on to the library, untouched: so every refusal is made in one
 * place, and a mistake here can only be an answer that the library would not have given. The tests compare the two.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'

/** The body of an answer 200; `undefined`: the library answers. */
export type Answer = (req: IncomingMessage) => Promise<object | undefined>

/** By method and path below the prefix of the protocol. */
export type Answers = Readonly<Record<string, Answer>>

/** Whether it has answered. */
export type AnswerDirectly = (req: IncomingMessage, res: ServerResponse) => Promise<boolean>

export function createDirectAnswers(answers: Answers): AnswerDirectly {
  const byRequest = new Map(Object.entries(answers))
  return async (req, res) => {
    const answer = byRequest.get(`${req.method} ${req.url}`)
    const content = await answer?.(req)
    if (content === undefined) return false
    const body = JSON.stringify(content)
    res.writeHead(200, {
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Length': Buffer.byteLength(body),
      'Cache-Control': 'no-store',
      Vary: 'Origin',
    })
    res.end(body)
    // A body that was only looked at is still there.
    req.resume()
    return true
  }
}
