/** Takes a SAML message out of a request: of the query of a GET, or of the form of a POST. */
import type { IncomingMessage } from 'node:http'
import { type Reading, type ReceivedMessage, receivePost, receiveRedirect } from '#saml'
import { parseForm, readText } from '../../../platform/http/body.ts'
import { readRequest } from '../../../platform/http/request.ts'
import { Fault } from '../../../platform/kernel/fault.ts'

/** Base64 of the largest message, percent-encoded. */
const maxFormBytes = 200 * 1024

export async function receiveMessage(
  req: IncomingMessage,
): Promise<Reading<{ readonly message: ReceivedMessage }>> {
  if (req.method !== 'POST') {
    const [, query = ''] = (req.url ?? '').split(/\?(.*)/s)
    return receiveRedirect(query)
  }
  try {
    return receivePost(parseForm(await readText(readRequest(req, '/'), maxFormBytes)))
  } catch (error) {
    if (!(error instanceof Fault) || error.code === 'unavailable') throw error
    const reason = error.code === 'too_large' ? 'too_large' : 'bad_encoding'
    return { type: 'refused', reason, detail: error.message }
  }
}
