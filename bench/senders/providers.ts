// The push services of the measurement: the stand-ins of the senders' tests, which check each request as strictly as in the
// tests. They run in the process of bench.ts, on the core of the load, so their work is not measured.

import { startApns } from '../../src/dev/stand-ins/apns.ts'
import { startFcm } from '../../src/dev/stand-ins/fcm.ts'
import { androidPhone } from '../../src/dev/stand-ins/push-service.ts'
import { googleApplication, startSns } from '../../src/dev/stand-ins/sns.ts'
import { startPushService } from '../../src/dev/stand-ins/webpush.ts'
import { systemClock } from '../../src/platform/kernel/clock.ts'
import type { Where } from './where.ts'

export type Provider = {
  /** The settings for a client in another process. */
  where: Where
  /** Number of messages accepted so far. */
  arrived: () => number
  mistakes: () => readonly string[]
  close: () => void
}

const clock = systemClock
const pem = { type: 'pkcs8', format: 'pem' } as const

export const providers: Record<Where['name'], () => Promise<Provider>> = {
  sns: async () => {
    const { origin, region, credentials, published, plan, addEndpoint, close } = await startSns()
    const { token } = androidPhone()
    const { arn } = addEndpoint({ application: googleApplication, token })
    return {
      where: { name: 'sns', origin, region, credentials, application: googleApplication, arn },
      arrived: () => published.length,
      mistakes: () => plan.mistakes,
      close,
    }
  },
  fcm: async () => {
    const { origin, account, valid, messages, messaging, tokens, close } = await startFcm({ clock })
    valid.add('bench')
    const privateKey = account.privateKey.export(pem).toString()
    return {
      where: { name: 'fcm', origin, account: { ...account, privateKey }, bearer: 'bench' },
      arrived: () => messages.length,
      mistakes: () => [...messaging.mistakes, ...tokens.mistakes],
      close,
    }
  },
  apns: async () => {
    const apns = await startApns({ clock })
    const { origin, ca, keyId, teamId, topic, messages, plan, close } = apns
    const privateKey = apns.privateKey.export(pem).toString()
    return {
      where: { name: 'apns', origin, ca, privateKey, keyId, teamId, topic },
      arrived: () => messages.length,
      mistakes: () => plan.mistakes,
      close,
    }
  },
  webpush: async () => {
    const { origin, ca, keys, subscription, messages, plan, close } = await startPushService({
      clock,
    })
    return {
      where: { name: 'webpush', origin, ca, keys, subscription: subscription() },
      arrived: () => messages.length,
      mistakes: () => plan.mistakes,
      close,
    }
  },
}
