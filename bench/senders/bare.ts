// The smallest code that hands a message over with the same library or transport: tokens and addresses are made beforehand;
// nothing is limited, tried again or counted. Each message is serialised separately, as no two are alike, and each answer is
// read to its end. It is only for comparison.

import { createPrivateKey } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:http2'
import { Agent } from 'node:https'
import { apnsPayload, fcmData, fcmV1Body, snsMessage } from '#forgerock-push'
import { androidPhone, iPhone, testMessage } from '../../src/dev/stand-ins/push-service.ts'
import { createProviderTokens } from '../../src/login/factors/push/senders/apns/provider-token.ts'
import { systemClock } from '../../src/platform/kernel/clock.ts'
import { createVapid } from '../../src/platform/web-push/vapid.ts'
import type { Where, WhereApns, WhereFcm, WhereSns, WhereWebPush } from './where.ts'

const clock = systemClock

/** Hands one message over; throws when it was not accepted. */
type Send = () => Promise<void>

const snsClient = async ({ region, origin, credentials, arn }: WhereSns): Promise<Send> => {
  const { PublishCommand, SNSClient } = await import('@aws-sdk/client-sns')
  const client = new SNSClient({ region, endpoint: origin, credentials, maxAttempts: 1 })
  return async () => {
    const message = {
      TargetArn: arn,
      MessageStructure: 'json',
      Message: snsMessage(testMessage, 'legacy'),
      MessageAttributes: {
        'AWS.SNS.MOBILE.FCM.TTL': { DataType: 'String', StringValue: '120' },
      },
    }
    await client.send(new PublishCommand(message))
  }
}

const fcmClient = async ({ origin, account, bearer }: WhereFcm): Promise<Send> => {
  const { token } = androidPhone()
  const headers = { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' }
  const address = `${origin}/v1/projects/${account.projectId}/messages:send`
  return async () => {
    const body = JSON.stringify(fcmV1Body(token, testMessage))
    const response = await fetch(address, { method: 'POST', headers, body })
    await response.text()
    if (response.status !== 200) throw new Error(`fcm: status ${response.status}`)
  }
}

const apnsClient = async (where: WhereApns): Promise<Send> => {
  const privateKey = createPrivateKey(where.privateKey)
  const bearer = await createProviderTokens({ ...where, privateKey, clock }).get()
  const session = connect(where.origin, { ca: where.ca })
  const headers = {
    ':method': 'POST',
    ':path': `/3/device/${iPhone().token.toLowerCase()}`,
    authorization: `bearer ${bearer}`,
    'apns-topic': where.topic,
    'apns-push-type': 'alert',
    'apns-priority': '10',
  }
  return async () => {
    const body = JSON.stringify(apnsPayload(testMessage))
    const expiration = Math.floor(clock.now() / 1000) + testMessage.ttlSeconds
    const stream = session.request({ ...headers, 'apns-expiration': `${expiration}` })
    stream.resume().end(body)
    const [[answer]] = await Promise.all([once(stream, 'response'), once(stream, 'end')])
    if (answer[':status'] !== 200) throw new Error(`apns: status ${answer[':status']}`)
  }
}

const webPushClient = async ({ origin, ca, keys, subscription }: WhereWebPush): Promise<Send> => {
  const { default: webPush } = await import('web-push')
  const vapid = createVapid({ keys, subject: 'mailto:desk@example.org', clock })
  const headers = { Authorization: await vapid.authorization(origin) }
  const agent = new Agent({ keepAlive: true, maxSockets: 64, ca })
  const target = JSON.parse(subscription)
  const options = { TTL: 120, urgency: 'high', topic: 'login', headers, agent } as const
  return async () => {
    await webPush.sendNotification(target, JSON.stringify(fcmData(testMessage)), options)
  }
}

export const bareClient = (where: Where): Promise<Send> => {
  if (where.name === 'sns') return snsClient(where)
  if (where.name === 'fcm') return fcmClient(where)
  return where.name === 'apns' ? apnsClient(where) : webPushClient(where)
}
