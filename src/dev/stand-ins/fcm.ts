/** For tests: the token endpoint of Google and FCM HTTP v1 on loopback. Checks assertion, bearer token and message. */
import { generateKeyPairSync } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { jwtVerify } from 'jose'
import type { ServiceAccount } from '../../login/factors/push/senders/keys.ts'
import type { Clock } from '../../platform/kernel/clock.ts'
import { createPlan, listen, makeTrouble, readBody, reply } from './push-service.ts'

export interface FcmMessage {
  readonly token: string
  readonly android: { readonly priority: string; readonly ttl: string }
  readonly data: Readonly<Record<string, string>>
}

const scope = 'https://www.googleapis.com/auth/firebase.messaging'

export async function startFcm({ clock }: { clock: Clock }) {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const messaging = createPlan()
  const tokens = createPlan()
  const state = {
    messages: [] as FcmMessage[],
    /** Access tokens that are taken. */
    valid: new Set<string>(),
    /** Registration tokens that are gone. */
    unregistered: new Set<string>(),
  }
  let issued = 0

  const server = createServer((request, response) => {
    const answer = request.url === '/token' ? grant : send
    answer(request, response).catch((error: unknown) => {
      messaging.mistakes.push(String(error))
      response.destroy()
    })
  })

  async function grant(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = new URLSearchParams((await readBody(request)).toString())
    if (makeTrouble(tokens, response)) return
    try {
      await checkAssertion(request, form)
    } catch (error) {
      tokens.mistakes.push(String(error))
      reply(response, 400, {}, JSON.stringify({ error: 'invalid_grant' }))
      return
    }
    issued += 1
    const token = `ya29.token-${issued}`
    state.valid.add(token)
    const body = { access_token: token, expires_in: 3600, token_type: 'Bearer' }
    reply(response, 200, { 'content-type': 'application/json' }, JSON.stringify(body))
  }

  async function checkAssertion(request: IncomingMessage, form: URLSearchParams): Promise<void> {
    const type = request.headers['content-type'] ?? ''
    if (!type.startsWith('application/x-www-form-urlencoded')) throw new Error(`a body of ${type}`)
    if (form.get('grant_type') !== 'urn:ietf:params:oauth:grant-type:jwt-bearer') {
      throw new Error('another grant')
    }
    const { payload, protectedHeader } = await jwtVerify(
      form.get('assertion') ?? '',
      pair.publicKey,
      {
        algorithms: ['RS256'],
        issuer: account.clientEmail,
        audience: account.tokenUri,
        currentDate: new Date(clock.now()),
        requiredClaims: ['iat', 'exp', 'scope'],
      },
    )
    if (protectedHeader.kid !== account.keyId) throw new Error('another key')
    if (payload.scope !== scope) throw new Error('another scope')
    if ((payload.exp ?? 0) - (payload.iat ?? 0) !== 3600) throw new Error('another lifetime')
  }

  async function send(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = (await readBody(request)).toString()
    if (makeTrouble(messaging, response)) return
    const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
    if (!state.valid.has(bearer)) return refuse(response, 401, 'UNAUTHENTICATED')
    const mistake = findMistake(request, body)
    if (mistake !== undefined) {
      messaging.mistakes.push(mistake)
      return refuse(response, 400, 'INVALID_ARGUMENT')
    }
    const { message } = JSON.parse(body) as { message: FcmMessage }
    if (state.unregistered.has(message.token)) {
      return refuse(response, 404, 'NOT_FOUND', 'UNREGISTERED')
    }
    state.messages.push(message)
    const name = `projects/${account.projectId}/messages/${state.messages.length}`
    reply(response, 200, { 'content-type': 'application/json' }, JSON.stringify({ name }))
  }

  const port = await listen(server)
  const origin = `http://127.0.0.1:${port}`
  const account: ServiceAccount = {
    projectId: 'example-login',
    clientEmail: 'push@example-login.iam.gserviceaccount.com',
    keyId: '0123456789abcdef',
    privateKey: pair.privateKey,
    tokenUri: `${origin}/token`,
  }
  return {
    origin,
    account,
    ...state,
    messaging,
    tokens,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

function findMistake(request: IncomingMessage, body: string): string | undefined {
  if (request.method !== 'POST' || request.url !== '/v1/projects/example-login/messages:send') {
    return `${request.method} ${request.url}`
  }
  if (request.headers['content-type'] !== 'application/json') return 'not application/json'
  if (Buffer.byteLength(body) > 4096) return 'too long'
  const { message, ...others } = JSON.parse(body) as { message: Record<string, unknown> }
  if (Object.keys(others).length > 0) return 'more than a message'
  if (Object.keys(message).toSorted().join() !== 'android,data,token') return 'other members'
  const { android, data } = message as unknown as FcmMessage
  if (android.priority !== 'high') return 'no high priority'
  if (!/^\d+s$/.test(android.ttl)) return 'a ttl that is no duration'
  if (Object.values(data).some((value) => typeof value !== 'string')) return 'data that is no text'
  return undefined
}

function refuse(response: ServerResponse, code: number, status: string, errorCode?: string): void {
  const type = 'type.googleapis.com/google.firebase.fcm.v1.FcmError'
  const details = errorCode === undefined ? [] : [{ '@type': type, errorCode }]
  const error = { code, message: 'no', status, details }
  reply(response, code, { 'content-type': 'application/json' }, JSON.stringify({ error }))
}
