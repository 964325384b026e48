/**
 * A phone for tests: takes messages on an address of its own and signs what a real one would sign, and also what it
 * never would. Unlike src/dev/phone it sends the same answer as often as a test wants, and to any process.
 */
import {
  answerBody,
  type NotificationReading,
  type PhoneAnswer,
  parseNotification,
  parseRegistrationUri,
  type ReadNotification,
  type RegisteringPhone,
  type Registration,
  refreshBody,
  registerBody,
} from '#forgerock-push'
import type { PhoneMessage } from '../../src/dev/phone/phone.ts'
import { startReceiver } from '../../src/dev/phone/receiver.ts'
import type { Scope } from '../../src/dev/test-support/on-each-engine.ts'
import { systemRandom } from '../../src/platform/kernel/random.ts'

export interface ReceivedMessage {
  readonly messageId: string
  readonly notification: ReadNotification
}

export interface PhoneReply {
  readonly status: number
  readonly body: unknown
  readonly headers: Headers
}

/** Where phones call; `at` replaces the origin that the code names, for a second process. */
export type Target = { readonly at?: string }

export type TestPhone = Awaited<ReturnType<typeof startTestPhone>>

export async function startTestPhone(t: Scope, name = 'Test phone') {
  const inbox: PhoneMessage[] = []
  const waiting: ((message: PhoneMessage) => void)[] = []
  const start = await startReceiver({
    port: 0,
    onMessage(message) {
      const next = waiting.shift()
      if (next === undefined) inbox.push(message)
      else next(message)
    },
  })
  if (start.type !== 'listening') throw new Error('no port for a phone')
  const { receiver } = start
  t.after(() => receiver.close())
  const device: RegisteringPhone = {
    mechanismUid: systemRandom.uuid(),
    deviceId: receiver.address,
    deviceType: 'android',
    communicationType: 'gcm',
    deviceName: name,
  }
  let account: Registration | undefined

  function enrolled(): Registration {
    if (account === undefined) throw new Error('the phone has scanned nothing')
    return account
  }

  return {
    device,

    /** What `_action=register` carries, without sending it. */
    registration(uri: string) {
      const registration = readUri(uri)
      account = registration
      const { messageId, challenge, sharedSecret: secret } = registration
      return registerBody({ messageId, challenge, secret, phone: device })
    },

    async scan(uri: string, target: Target = {}): Promise<PhoneReply> {
      const body = this.registration(uri)
      return await callServer(enrolled().registerUrl, body, target)
    },

    /** The next message that arrives, or has. */
    async nextMessage(): Promise<ReceivedMessage> {
      const message = inbox.shift() ?? (await new Promise<PhoneMessage>((go) => waiting.push(go)))
      const reading = parseNotification(message.message, enrolled().sharedSecret)
      return { messageId: message.messageId, notification: expectNotification(reading) }
    },

    /** What `_action=authenticate` carries, without sending it. */
    answerTo({ messageId, notification }: ReceivedMessage, answer: PhoneAnswer): string {
      const { challenge } = notification
      const secret = enrolled().sharedSecret
      return answerBody({ client: 'android', messageId, challenge, secret, answer })
    },

    async answer(message: ReceivedMessage, answer: PhoneAnswer, target: Target = {}) {
      return await this.sendAnswer(this.answerTo(message, answer), target)
    },

    sendAnswer: (body: string, target: Target = {}): Promise<PhoneReply> =>
      callServer(enrolled().authenticateUrl, body, target),

    async refresh(deviceId: string, target: Target = {}): Promise<PhoneReply> {
      const { registerUrl, sharedSecret: secret } = enrolled()
      const body = refreshBody({ client: 'android', secret, phone: { ...device, deviceId } })
      const url = registerUrl.replace('_action=register', '_action=refresh')
      return await callServer(url, body, target)
    },
  }
}

export async function callServer(
  url: string,
  body: string,
  { at }: Target = {},
): Promise<PhoneReply> {
  const { pathname, search, origin } = new URL(url)
  const response = await fetch(new URL(`${pathname}${search}`, at ?? origin), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
    redirect: 'manual',
  })
  const text = await response.text()
  return { status: response.status, body: JSON.parse(text), headers: response.headers }
}

function readUri(uri: string): Registration {
  const reading = parseRegistrationUri(uri)
  if (reading.type === 'refused') throw new Error(`a registration that is ${reading.reason}`)
  return reading.registration
}

function expectNotification(reading: NotificationReading): ReadNotification {
  if (reading.type === 'refused') throw new Error(`a message that is ${reading.reason}`)
  return reading.notification
}
