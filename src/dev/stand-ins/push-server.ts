/** For tests: a server that has one registration, strictly checks what a phone sends, and pushes to it. */
import { createServer, type IncomingHttpHeaders } from 'node:http'
import {
  type BuiltNotification,
  buildNotification,
  buildRegistrationUri,
  type ExpectedAnswer,
  makeMessageId,
  type NotificationKind,
  type OathPart,
  type RegisteringPhone,
  randomChallenge,
  randomSecret,
  readAnswer,
  readMessageBody,
  readRefresh,
  readRefreshBody,
  readRegistration,
} from '#forgerock-push'
import { systemRandom } from '../../platform/kernel/random.ts'

export interface StandIn {
  readonly uri: string
  /** The accepted and refused requests, in order. */
  readonly outcomes: string[]
  readonly requests: { readonly action: string; readonly headers: IncomingHttpHeaders }[]
  readonly phone: () => RegisteringPhone | undefined
  readonly username: () => string | undefined
  /** Makes a message for the registered phone; `right` is the number that the page would show. */
  notify(
    kind: NotificationKind,
    right?: number,
    change?: { readonly createdAt?: number; readonly mechanismUid?: string },
  ): BuiltNotification
  /** Makes a message and posts it to the phone's address. */
  push(kind: NotificationKind, right?: number): Promise<number>
  /** Answers everything with this instead, until called without an argument. */
  answerWith(answer?: { readonly status: number; readonly body: string }): void
  /** Called before a registration is answered. */
  onRegistered(listener: () => void | Promise<void>): void
  close(): Promise<void>
}

/** The server's side of the protocol, for one registration. */
function createServerSide(oath: OathPart | undefined) {
  const secret = randomSecret(systemRandom)
  const registerChallenge = randomChallenge(systemRandom)
  const registrationId = makeMessageId('REGISTER', systemRandom.uuid(), Date.now())
  const open = new Map<string, { challenge: string; answer: ExpectedAnswer }>()
  let phone: RegisteringPhone | undefined
  let username: string | undefined

  function register(text: string): string {
    const body = readMessageBody(text, 'REGISTER')
    if (body.type === 'refused' || body.messageId !== registrationId) return 'refused'
    const reading = readRegistration(body.jwt, { secret, challenge: registerChallenge })
    if (reading.type === 'refused') return `refused: ${reading.reason}`
    phone = reading.phone
    return 'registered'
  }

  function authenticate(text: string): string {
    const body = readMessageBody(text, 'AUTHENTICATE')
    const expected = body.type === 'ok' ? open.get(body.messageId) : undefined
    if (body.type === 'refused' || expected === undefined) return 'refused'
    const reading = readAnswer(body.jwt, { secret, ...expected })
    if (reading.type === 'refused') return `refused: ${reading.reason}`
    open.delete(body.messageId)
    return reading.type
  }

  function refresh(text: string): string {
    const body = readRefreshBody(text)
    if (body.type === 'refused' || body.mechanismUid !== phone?.mechanismUid) return 'refused'
    const { mechanismUid } = body
    const reading = readRefresh(body.jwt, { secret, mechanismUid })
    if (reading.type === 'refused') return `refused: ${reading.reason}`
    username = body.username
    phone = { ...reading.device, mechanismUid }
    return 'refreshed'
  }

  const notify: StandIn['notify'] = (kind, right = 0, change = {}) => {
    const now = Date.now()
    const messageId = makeMessageId('AUTHENTICATE', systemRandom.uuid(), now)
    const challenge = randomChallenge(systemRandom)
    const answer: ExpectedAnswer =
      kind.type === 'challenge' ? { type: kind.type, rightNumber: right } : kind
    open.set(messageId, { challenge, answer })
    return buildNotification({
      messageId,
      phone: {
        mechanismUid: change.mechanismUid ?? phone?.mechanismUid ?? '',
        secret,
        username: 'erika',
      },
      challenge,
      lifetime: { createdAt: change.createdAt ?? now, ttlSeconds: 120 },
      text: 'Anmeldung bei Müller & Söhne',
      kind,
      context: { remoteIp: '203.0.113.7', userAgent: 'Mozilla/5.0' },
      attributes: { app: 'Wiki', browser: 'Firefox' },
    })
  }

  const uri = (base: string) =>
    buildRegistrationUri({
      brand: { issuer: 'Müller & Söhne' },
      account: { name: 'erika' },
      endpoints: {
        registerUrl: `${base}?_action=register`,
        authenticateUrl: `${base}?_action=authenticate`,
      },
      messageId: registrationId,
      sharedSecret: secret,
      challenge: registerChallenge,
      ...(oath !== undefined && { oath }),
    })

  const actions: Readonly<Record<string, (text: string) => string>> = {
    register,
    authenticate,
    refresh,
  }
  const take = (action: string, text: string) => actions[action]?.(text) ?? 'refused'
  return { take, notify, uri, phone: () => phone, username: () => username }
}

/** @param oath one-time codes in the same registration */
export async function startStandIn(oath?: OathPart): Promise<StandIn> {
  const { take, notify, uri, phone, username } = createServerSide(oath)
  const outcomes: string[] = []
  const requests: StandIn['requests'] = []
  let override: { readonly status: number; readonly body: string } | undefined
  let registered: () => void | Promise<void> = () => {}

  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const action = new URL(request.url ?? '', 'http://x').searchParams.get('_action') ?? ''
    requests.push({ action, headers: request.headers })
    const outcome = override ? 'overridden' : take(action, Buffer.concat(chunks).toString())
    outcomes.push(outcome)
    if (outcome === 'registered') await registered()
    const answer = override ?? { status: outcome.startsWith('refused') ? 400 : 200, body: '{}' }
    response.writeHead(answer.status, { 'Content-Type': 'application/json' }).end(answer.body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0

  async function push(kind: NotificationKind, right?: number): Promise<number> {
    const response = await fetch(phone()?.deviceId ?? '', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(notify(kind, right)),
    })
    await response.text()
    return response.status
  }

  function answerWith(answer?: { readonly status: number; readonly body: string }): void {
    override = answer
  }

  function onRegistered(listener: () => void | Promise<void>): void {
    registered = listener
  }

  async function close(): Promise<void> {
    await new Promise((resolve) => {
      server.close(resolve)
      server.closeAllConnections()
    })
  }

  return {
    uri: uri(`http://127.0.0.1:${port}/am/json/push/sns/message`),
    outcomes,
    requests,
    phone,
    username,
    notify,
    push,
    answerWith,
    onRegistered,
    close,
  }
}
