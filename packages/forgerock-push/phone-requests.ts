/**
 * The phone's side: the three requests exactly as the vendor's clients write them, including headers. For the phone in the
 * terminal and for tests; a server does not use it.
 */
import { asciiJson } from './json.ts'
import { type Claims, signPayload } from './jwt.ts'
import type { RegisteringPhone } from './requests.ts'
import { responseTo } from './response.ts'

export type PhoneClient = 'android' | 'ios'

export type PhoneAction = 'register' | 'authenticate' | 'refresh'

export type PhoneAnswer =
  | { readonly type: 'approve'; readonly number?: number }
  /** `challenge`: whether the request had numbers; the iOS client then sends a null beside the refusal. */
  | { readonly type: 'deny'; readonly challenge: boolean }

/** The request headers of a client, without those of its network library. */
export function phoneHeaders(
  client: PhoneClient,
  action: PhoneAction,
  cookie: string | undefined,
): Record<string, string> {
  const common = {
    'Accept-API-Version': 'resource=1.0, protocol=1.0',
    'x-requested-with': 'forgerock-sdk',
    'x-requested-platform': client,
  }
  if (client === 'android') {
    const sent = cookie !== undefined && action !== 'refresh'
    return {
      ...common,
      ...(sent && { Cookie: cookie }),
      'Content-Type': 'application/json; charset=utf-8',
      'User-Agent': 'okhttp/5.1.0',
    }
  }
  return {
    ...common,
    // Intended: the iOS client sends the cookie back under the name of the response header.
    ...(cookie !== undefined && { 'Set-Cookie': cookie }),
    'Content-Type': 'application/json',
    Accept: 'application/json',
  }
}

/** The body of `_action=register`. */
export function registerBody(input: {
  readonly messageId: string
  readonly challenge: string
  readonly secret: Uint8Array
  readonly phone: RegisteringPhone
}): string {
  const { messageId, secret, phone } = input
  const response = responseTo(input.challenge, secret)
  return JSON.stringify({ messageId, jwt: sign({ ...phone, response }, secret) })
}

/** The body of `_action=authenticate`. */
export function answerBody(input: {
  readonly client: PhoneClient
  readonly messageId: string
  readonly challenge: string
  readonly secret: Uint8Array
  readonly answer: PhoneAnswer
}): string {
  const { messageId, secret } = input
  const response = responseTo(input.challenge, secret)
  const claims = { response, ...answerClaims(input.client, input.answer) }
  return JSON.stringify({ messageId, jwt: sign(claims, secret) })
}

function answerClaims(client: PhoneClient, answer: PhoneAnswer): Claims {
  if (answer.type === 'deny')
    return {
      deny: true,
      ...(client === 'ios' && answer.challenge && { challengeResponse: null }),
    }
  return answer.number === undefined ? {} : { challengeResponse: `${answer.number}` }
}

/** The body of `_action=refresh`: no message id and no response. */
export function refreshBody(input: {
  readonly client: PhoneClient
  readonly secret: Uint8Array
  readonly username?: string
  /** With the new `deviceId`. */
  readonly phone: RegisteringPhone
}): string {
  const { mechanismUid, ...device } = input.phone
  const claims = input.client === 'ios' ? input.phone : device
  return JSON.stringify({
    mechanismUid,
    ...(input.username !== undefined && { username: input.username }),
    jwt: sign(claims, input.secret),
  })
}

/** Both clients escape the slash in JSON strings. */
function sign(claims: object, secret: Uint8Array): string {
  return signPayload(asciiJson(claims).replaceAll('/', '\\/'), secret)
}
