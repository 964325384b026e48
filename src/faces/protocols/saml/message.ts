/** Takes a SAML message out of a request: from the query of a GET, or from the form of a POST. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  type BeforeParsing,
  type Reading,
  type ReceivedMessage,
  receivePost,
  receiveRedirect,
} from '#saml'
import { parseForm, readText } from '../../../platform/http/body.ts'
import { readRequest } from '../../../platform/http/request.ts'
import { Fault } from '../../../platform/kernel/fault.ts'

/** Plain text, because the app writes it to its log. */
const soapAnswer =
  'SAML messages by SOAP are not taken here. The metadata of this login names the bindings: HTTP-Redirect and HTTP-POST, through the browser of the person.\n'

/** Refuses a message by SOAP, which comes from the server of an app and not from a browser. `false`: it is not SOAP. */
export function refuseSoap(req: IncomingMessage, res: ServerResponse): boolean {
  const type = req.headers['content-type'] ?? ''
  if (!/^\s*(?:text|application)\/(?:soap\+)?xml\b/i.test(type)) return false
  res.writeHead(415, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' })
  res.end(soapAnswer)
  return true
}

/** Base64 of the largest message, percent-encoded. */
const maxFormBytes = 200 * 1024

type Fields = Readonly<Record<string, string>>

export async function receiveMessage(
  req: IncomingMessage,
  beforeParsing: BeforeParsing,
): Promise<Reading<{ readonly message: ReceivedMessage }>> {
  if (req.method !== 'POST') {
    const [, query = ''] = (req.url ?? '').split(/\?(.*)/s)
    return receiveRedirect(query, beforeParsing)
  }
  const form = await readForm(req)
  return form.type === 'refused' ? form : receivePost(form.fields, beforeParsing)
}

async function readForm(req: IncomingMessage): Promise<Reading<{ readonly fields: Fields }>> {
  try {
    const fields = parseForm(await readText(readRequest(req, '/'), maxFormBytes))
    return { type: 'ok', fields }
  } catch (error) {
    if (!(error instanceof Fault) || error.code === 'unavailable') throw error
    const reason = error.code === 'too_large' ? 'too_large' : 'bad_encoding'
    return { type: 'refused', reason, detail: error.message }
  }
}
