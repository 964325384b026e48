/** Requests recorded from the vendor's clients: each is accepted, and the phone side writes the same. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromBase64 } from './base64.ts'
import {
  answerBody,
  type ExpectedAnswer,
  type PhoneAction,
  type PhoneClient,
  parseNotification,
  parseRegistrationUri,
  phoneHeaders,
  readAnswer,
  readMessageBody,
  readRefresh,
  readRefreshBody,
  readRegistration,
  refreshBody,
  registerBody,
  verifyJwt,
} from './index.ts'
import captures from './vectors/vendor-captures.json' with { type: 'json' }

/** Headers that the network library wrote during the recording, not the client. */
const transportHeaders = new Set([
  'content-length',
  'host',
  'connection',
  'accept-encoding',
  'accept-language',
])

for (const recorded of captures.cases) {
  const kind = recorded.id.split('/')[1] ?? ''
  const client: PhoneClient = recorded.client.startsWith('ios') ? 'ios' : 'android'
  const secret = fromBase64(recorded.sharedSecret) ?? new Uint8Array()

  if (kind === 'register')
    test(`the recorded registration of ${recorded.client} is accepted, and the phone side writes the same request`, () => {
      const uri = parseRegistrationUri(recorded.qr ?? '')
      assert.ok(uri.type === 'ok')
      const { challenge, messageId, cookie, sharedSecret } = uri.registration
      assert.deepEqual(Buffer.from(sharedSecret), Buffer.from(secret))
      const body = readMessageBody(recorded.request.body, 'REGISTER')
      assert.ok(body.type === 'ok')
      const reading = readRegistration(body.jwt, { secret, challenge })
      assert.ok(reading.type === 'ok')
      const { phone } = reading
      assertSameBody(registerBody({ messageId, challenge, secret, phone }))
      assertSameHeaders('register', cookie)
    })
  else if (kind === 'refresh-token')
    test(`the recorded refresh of ${recorded.client} is accepted, and the phone side writes the same request`, () => {
      const body = readRefreshBody(recorded.request.body)
      assert.ok(body.type === 'ok')
      const { mechanismUid } = body
      const reading = readRefresh(body.jwt, { secret, mechanismUid })
      assert.ok(reading.type === 'ok')
      const phone = { ...reading.device, mechanismUid }
      assertSameBody(refreshBody({ client, secret, username: 'demo', phone }))
      assertSameHeaders('refresh', 'amlbcookie=01')
    })
  else
    test(`the recorded ${kind} of ${recorded.client} is accepted, and the phone side writes the same request`, () => {
      const { messageId, message } = recorded.notification ?? { messageId: '', message: '' }
      const parsed = parseNotification(message, secret)
      assert.ok(parsed.type === 'ok')
      const { challenge, cookie, kind: asked } = parsed.notification
      const answer: ExpectedAnswer =
        asked.type === 'challenge' ? { type: 'challenge', rightNumber: 56 } : asked
      const body = readMessageBody(recorded.request.body, 'AUTHENTICATE')
      assert.ok(body.type === 'ok')
      const denied = kind.endsWith('deny')
      assert.deepEqual(readAnswer(body.jwt, { secret, challenge, answer }), {
        type: denied ? 'denied' : 'approved',
      })
      const number = asked.type === 'challenge' ? { number: 56 } : {}
      const given = denied
        ? ({ type: 'deny', challenge: asked.type === 'challenge' } as const)
        : ({ type: 'approve', ...number } as const)
      assertSameBody(answerBody({ client, messageId, challenge, secret, answer: given }))
      assertSameHeaders('authenticate', cookie)
    })

  function assertSameBody(written: string) {
    const { jwt: writtenJwt, ...members } = JSON.parse(written)
    const { jwt: recordedJwt, ...recordedMembers } = JSON.parse(recorded.request.body)
    assert.deepEqual(members, recordedMembers)
    assert.deepEqual(verifyJwt(writtenJwt, secret), verifyJwt(recordedJwt, secret))
  }

  function assertSameHeaders(action: PhoneAction, cookie: string) {
    const wanted = recorded.request.headers
      .map(([name = '', value = '']) => [name.toLowerCase(), value] as const)
      .filter(([name]) => !transportHeaders.has(name))
      .filter(([name]) => client === 'android' || name !== 'user-agent')
    const written = Object.entries(phoneHeaders(client, action, cookie)).map(
      ([name, value]) => [name.toLowerCase(), value] as const,
    )
    assert.deepEqual(Object.fromEntries(written), Object.fromEntries(wanted))
  }
}
